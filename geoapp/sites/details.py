"""The page of a key site, ready for its template."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import Connection

from geoapp.accounts.permissions import Permission
from geoapp.changes.reads import read_changes
from geoapp.core.clock import now, today
from geoapp.core.i18n import translate
from geoapp.core.settings import undo_minutes
from geoapp.edge.access import current_access
from geoapp.edge.pages import reader_locale
from geoapp.importing.lists import provenance
from geoapp.sites import reads, rules
from geoapp.sites.actions import step_at
from geoapp.sites.codes import CATEGORIES
from geoapp.sites.inspection_rules import due_word
from geoapp.sites.inspections import read_inspections
from layers.registry import all_registers


def site_detail(connection: Connection, site_id: int) -> tuple[str, dict[str, Any]]:
    """(template, context) of a site: its types and levels, what can be done, what was changed."""
    access, locale = current_access(), reader_locale()
    row = reads.read_site(connection, access, site_id)
    changes = read_changes(connection, access, locale, ("sites", [site_id]))
    may = access.may(Permission.SITE_WRITE)
    register, category = all_registers()["sites"], CATEGORIES[row["category"]]
    return "sites/site.html", {
        "detail": reads.head_of(connection, access, row, translate(register.title_one, locale)),
        "site": row, "types": reads.type_lines(row["types"], locale),
        "inspections": read_inspections(connection, access, site_id, locale),
        "due": due_word(row["next_due"], today()),
        "released": rules.released_types(row["types"]),
        "category": translate(category, locale),
        "provenance": provenance(connection, "sites", site_id),
        "changes": changes, "last": changes[0] if changes else None,
        "can": {"write": may, "undo": may and rules.may_undo(step_at(row["previous"]), now(), undo_minutes())},
        "token": secrets.token_hex(16),
    }  # fmt: skip
