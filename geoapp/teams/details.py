"""The page of a team, ready for its template (A1.1): what it is, its members, its records."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import Connection

from geoapp.accounts.permissions import Permission
from geoapp.changes.reads import read_changes
from geoapp.core.clock import now
from geoapp.core.i18n import N_, translate
from geoapp.core.settings import undo_minutes
from geoapp.edge.access import current_access, current_identity
from geoapp.edge.pages import reader_locale
from geoapp.edge.why import why_seen
from geoapp.teams import reads, rules
from geoapp.teams.actions import step_at
from geoapp.teams.codes import CLASSES, DISSOLVE_REASONS, REINSTATE_REASONS
from layers.registry import all_registers

STATE_REASONS = {**DISSOLVE_REASONS, **REINSTATE_REASONS}


def team_detail(connection: Connection, team_id: int) -> tuple[str, dict[str, Any]]:
    """(template, context) of a team: see templates/teams/team.html."""
    access, locale = current_access(), reader_locale()
    row = reads.read_team(connection, access, team_id)
    members = reads.read_members(connection, access, [team_id], locale)
    changes = read_changes(connection, access, locale, ("teams", [team_id]))
    reason, own = row["state_reason"], row["region_key"] in access.scope
    may = own and access.may(Permission.TEAM_WRITE)
    return "teams/team.html", {
        "detail": reads.head_of(connection, access, row, translate(all_registers()["teams"].title_one, locale)),
        "team": row, "team_class": translate(CLASSES[row["class"]], locale),
        "reason": translate(STATE_REASONS.get(reason, reason), locale) if reason else "",
        "members": [one for one in members if one.left_on is None],
        "former": [one for one in members if one.left_on is not None],
        "records": reads.records_of_team(connection, access, team_id, locale), "most": reads.SHOWN,
        "why": why_seen(connection, access, row["region_key"]) if own else _why_above(locale),
        "changes": changes, "last": changes[0] if changes else None,
        "can": {
            "write": may, "undo": may and rules.may_undo(step_at(row["previous"]), now(), undo_minutes()),
            "serve": access.may(Permission.SERVICE_WRITE), "records": access.may(Permission.RESIDENT_NAME),
            "reveal": own and access.may(Permission.RESIDENT_REVEAL),
        },
        "token": secrets.token_hex(16),
    }  # fmt: skip


def _why_above(locale: str) -> str:
    """Why a team above is seen: it serves the reader's area."""
    identity = current_identity()
    role = translate(identity.role_title, locale) if identity else ""
    return translate(N_("您的角色是“%(role)s”，该团队服务的区域包括您的辖区。"), locale, role=role)
