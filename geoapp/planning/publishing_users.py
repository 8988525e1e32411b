"""Who works in which grid after a publication, and who is told (D3.3, LG-8)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import Connection, Row, text

from geoapp.accounts.models import User
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.audit.rules import Actor
from geoapp.core.db import table_of
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.messages.actions import send
from geoapp.planning.following import AREA_CODES, AREA_LISTS
from grids_boundaries.access import Access

user = table_of(User)
Codes = dict[str, dict[str, list[str]]]
"""User id to area codes {"before": [...], "after": [...]}."""
GRID_DIGITS, COMMUNITY_DIGITS = 15, 12
_WORKERS = text("""
SELECT u.id, u.username, u.display_name, u.area_codes, r.title AS role FROM app_user u JOIN role r ON r.key = u.role_key
WHERE u.active AND EXISTS (SELECT FROM unnest(u.area_codes) c WHERE length(c) = 15 AND left(c, 12) = ANY(:communities))
ORDER BY u.display_name, u.id
""")
_LEADERS = text("""
SELECT u.id FROM app_user u JOIN role r ON r.key = u.role_key
WHERE u.active AND EXISTS (SELECT FROM unnest(u.area_codes) c WHERE length(c) BETWEEN 9 AND 12
                           AND EXISTS (SELECT FROM unnest(CAST(:communities AS text[])) k WHERE starts_with(k, c)))
ORDER BY u.id
""")
_DOUBLE_ROLES = text("""
DELETE FROM programme_role p USING programme_role o
WHERE p.user_id = o.user_id AND p.programme = o.programme AND (p.area_code = ANY(:gone) OR o.area_code = ANY(:gone))
  AND coalesce(CAST(:next AS jsonb) ->> p.area_code, p.area_code)
    = coalesce(CAST(:next AS jsonb) ->> o.area_code, o.area_code)
  AND (o.ends_at, o.id) > (p.ends_at, p.id)
""")
"""Roles in two grids that become one are one role, until the later end."""
_END_ROLES = text("""
UPDATE programme_role SET ends_at = least(ends_at, now()) WHERE user_id = :id AND ends_at > now()
AND NOT EXISTS (SELECT FROM unnest(CAST(:codes AS text[])) c WHERE starts_with(area_code, c))
""")


def workers_of(connection: Connection, communities: Iterable[int]) -> Sequence[Row]:
    """Active users whose area is single grids of the communities (keys): id, names, role, area_codes."""
    return connection.execute(_WORKERS, {"communities": _codes(communities)}).all()


def check_assignments(
    connection: Connection, communities: Collection[int], assignments: Mapping[int, Collection[int]],
    numbers: Collection[int],
) -> None:  # fmt: skip
    """Only people who work in these grids already get others of them. Raises InvalidInput naming the user."""
    known = {row.id: row for row in workers_of(connection, communities)}
    for user_id, wanted in assignments.items():
        if user_id not in known:
            raise InvalidInput(
                N_("用户 %(id)s 不在本方案范围内的网格工作，不能在此调整。"), field="assignments", id=user_id
            )
        name = known[user_id].display_name
        if not wanted:
            raise InvalidInput(N_("请为“%(name)s”至少选择一个网格。"), field="assignments", name=name)
        unknown = sorted(set(wanted) - set(numbers))
        if unknown:
            raise InvalidInput(
                N_("为“%(name)s”选择的网格 %(grid)s 不在方案中。"), field="assignments", name=name, grid=unknown[0]
            )


def reassign(
    connection: Connection, communities: Collection[int], wanted: Mapping[int, Sequence[str]],
    successors: Mapping[str, str], actor: Access | Actor,
) -> Codes:  # fmt: skip
    """Give users their grids: `wanted` codes by user, for all others the grid that goes on for a vanished one."""
    inside = set(_codes(communities))
    changed: Codes = {}
    for row in workers_of(connection, communities):
        outside = [code for code in row.area_codes if len(code) < GRID_DIGITS or code[:COMMUNITY_DIGITS] not in inside]
        own = [code for code in row.area_codes if code not in outside]
        after = list(dict.fromkeys([*outside, *wanted.get(row.id, [successors.get(code, code) for code in own])]))
        if set(after) != set(row.area_codes):
            changed[str(row.id)] = {"before": list(row.area_codes), "after": after}
    give(connection, {int(user_id): codes["after"] for user_id, codes in changed.items()}, actor)
    _rename(connection, {"next": json.dumps(dict(successors)), "gone": list(successors)})
    return changed


def _rename(connection: Connection, facts: Mapping[str, object]) -> None:
    """Codes of vanished grids elsewhere become those of the grids that go on."""
    for table, column in AREA_LISTS:
        listed = f"SELECT array_agg(DISTINCT coalesce(CAST(:next AS jsonb) ->> c, c)) FROM unnest({column}) c"  # noqa: S608
        gone = f"{column} && CAST(:gone AS text[])"
        connection.execute(text(f"UPDATE {table} SET {column} = ({listed}) WHERE {gone}"), facts)  # noqa: S608
    connection.execute(_DOUBLE_ROLES, facts)
    for table, column in AREA_CODES:
        value = f"CAST(:next AS jsonb) ->> {column}"
        connection.execute(text(f"UPDATE {table} SET {column} = {value} WHERE {column} = ANY(:gone)"), facts)  # noqa: S608


def give(connection: Connection, areas: Mapping[int, Sequence[str]], actor: Access | Actor) -> None:
    """Write users' areas; programmes opened outside of them end. Each is in the audit log."""
    for user_id, codes in areas.items():
        facts = {"id": user_id, "codes": list(codes)}
        connection.execute(text("UPDATE app_user SET area_codes = :codes, version = version + 1 WHERE id = :id"), facts)
        connection.execute(_END_ROLES, facts)
        record(
            connection, actor, Action.USER_CHANGE, register="users", record_ids=[user_id], fields=["area_codes"],
            facts={"step": "publish"},
        )  # fmt: skip


def tell(
    connection: Connection, communities: Collection[int], area: str, day: date, publication_id: int, also: Iterable[int]
) -> int:  # fmt: skip
    """A message to everybody who works in these grids or leads there; how many were told."""
    codes = _codes(communities)
    people = dict.fromkeys([
        *(row.id for row in workers_of(connection, communities)),
        *connection.scalars(_LEADERS, {"communities": codes}), *also,
    ])  # fmt: skip
    facts = {"area": area, "day": day.isoformat()}
    url = f"/map?region={codes[0] if len(codes) == 1 else codes[0][:9]}"
    send(connection, people, f"grids_published:{publication_id}", "grids_published", facts, url)
    return len(people)


def _codes(communities: Iterable[int]) -> list[str]:
    return [f"{key:015d}"[:COMMUNITY_DIGITS] for key in sorted(communities)]
