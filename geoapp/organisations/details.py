"""The page of an organisation, ready for its template."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import Connection

from geoapp.accounts.permissions import Permission
from geoapp.changes.reads import read_changes
from geoapp.core.clock import now
from geoapp.core.i18n import translate
from geoapp.core.settings import undo_minutes
from geoapp.edge.access import current_access
from geoapp.edge.pages import reader_locale
from geoapp.importing.lists import provenance
from geoapp.organisations import reads
from geoapp.organisations.actions import step_at
from geoapp.organisations.codes import CATEGORIES, DEREGISTER_REASONS, REINSTATE_REASONS, TITLES
from geoapp.organisations.rules import ACTIVE
from geoapp.sites.rules import may_undo

REASONS = REINSTATE_REASONS | DEREGISTER_REASONS


def organisation_detail(connection: Connection, record_id: int) -> tuple[str, dict[str, Any]]:
    """(template, context) of an organisation."""
    access, locale = current_access(), reader_locale()
    row = reads.read_organisation(connection, access, record_id)
    changes = read_changes(connection, access, locale, ("organisations", [record_id]))
    may = access.may(Permission.ORGANISATION_WRITE)
    kind, reason = TITLES[row["kind"]], REASONS.get(row["state_reason"], "")
    category = CATEGORIES.get(row["category"], "")
    return "organisations/organisation.html", {
        "detail": reads.head_of(connection, access, row, translate(kind, locale)),
        "organisation": row, "active": row["state"] == ACTIVE,
        "category": translate(category, locale),
        "reason": translate(reason, locale),
        "provenance": provenance(connection, "organisations", record_id),
        "changes": changes, "last": changes[0] if changes else None,
        "can": {"write": may, "undo": may and may_undo(step_at(row["previous"]), now(), undo_minutes())},
        "token": secrets.token_hex(16),
    }  # fmt: skip
