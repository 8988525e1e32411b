"""What is offered while somebody names an area or a colleague in a form."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import request
from sqlalchemy import Connection, Row

from geoapp.accounts.areas import areas_below, areas_named, find_areas
from geoapp.accounts.authority import authority_of
from geoapp.accounts.limits import SEARCHES, limited
from geoapp.accounts.people import list_users
from geoapp.accounts.permissions import SIGNED_IN, Permission
from geoapp.accounts.views.base import blueprint
from geoapp.core.i18n import translate
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.pages import ViewAnswer, json_answer, reader_locale
from grids_boundaries.keys import parse_code
from grids_boundaries.scope import RowScope
from layers.registers.regions import LEVELS

MAX_TEXT = 60
MOST_PEOPLE = 12


@blueprint.get("/account/areas.json")
@needs(SIGNED_IN)
@limited(SEARCHES)
def suggest_areas() -> ViewAnswer:
    """Areas inside one's own: ?q= by name or code, ?parent= one level, ?codes= names of codes."""
    with reading() as connection:
        return json_answer(offered(connection, current_access().scope))


@blueprint.get("/admin/users.json")
@needs(Permission.ACCOUNT_ADMIN)
@limited(SEARCHES)
def suggest_users() -> ViewAnswer:
    """Open accounts of the own area whom the administrator may change, oneself left out."""
    with reading() as connection:
        authority = authority_of(connection, current_access())
        rows = list_users(connection, authority, _text("q") or _text("codes"), state="on")
    return json_answer(
        [
            {
                "code": row.username,
                "name": row.display_name,
                "note": f"{row.username} · {translate(row.role_title, reader_locale())}",
                "children": False,
                "may": True,
            }
            for row in rows
            if row.id != authority.access.user_id and authority.hands_out(row.permissions)
        ][:MOST_PEOPLE]
    )


def offered(
    connection: Connection, scope: RowScope, levels: Collection[str] = ()
) -> list[dict[str, Any]]:
    """The request's question answered within a scope; `levels` are those that may be chosen."""
    codes, text = _text("codes"), _text("q")
    if codes:
        rows = areas_named(connection, scope, codes.split())
    elif text:
        rows = find_areas(connection, scope, text, levels)
    else:
        rows = areas_below(connection, scope, _text("parent"))
    return [_area(row, levels) for row in rows]


def _area(row: Row[Any], levels: Collection[str]) -> dict[str, Any]:
    return {
        "code": parse_code(row.code).digits,
        "name": row.name,
        "note": f"{translate(LEVELS[row.level], reader_locale())} · {row.full_name}",
        "children": bool(row.has_children),
        "may": not levels or row.level in levels,
    }


def _text(name: str) -> str:
    longest = 1000 if name == "codes" else MAX_TEXT
    return request.args.get(name, "").replace("\x00", "").strip()[:longest]
