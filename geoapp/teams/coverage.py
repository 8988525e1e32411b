"""The page of a region's coverage: shares by span, the teams that serve it, who has not been served (A1.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from geoapp.core.db import table_of
from geoapp.core.errors import NotFound
from geoapp.core.i18n import translate
from geoapp.edge.access import current_access
from geoapp.edge.pages import reader_locale
from geoapp.edge.trail import region_trail
from geoapp.houses.reads import degrees
from geoapp.programmes.declared import OPEN
from geoapp.teams.bands import WITHIN
from geoapp.teams.board import SPANS, read_line
from geoapp.teams.codes import BANDS, CLASSES
from geoapp.teams.models import Team
from geoapp.teams.seen import seen_teams
from grids_boundaries.access import Access
from grids_boundaries.keys import from_key
from grids_boundaries.models import Region
from layers.declare import Register
from layers.registers.coverage import serving
from layers.registry import all_registers
from spatial_queries.breakdowns import Breakdown, breakdown
from spatial_queries.expressions import Compare
from spatial_queries.guard import counts_only
from spatial_queries.query import SpatialQuery
from spatial_queries.selection import compile_query

region, team = table_of(Region), table_of(Team)
FIELD = "served"
MOST_TEAMS = 100


@dataclass(frozen=True)
class Span:
    """Served within `days`: how many of the people, in per cent, and the list of who was not; None is not shown."""

    days: int
    reached: int | None
    percent: int | None
    missed_url: str | None


@dataclass(frozen=True)
class Group:
    """Whose coverage: everybody, or the people of one programme."""

    title: str
    total: int | None
    spans: tuple[Span, ...]


def coverage_detail(connection: Connection, key: int) -> tuple[str, dict[str, Any]]:
    """(template, context) of a region: see templates/teams/coverage.html. Raises NotFound."""
    access, locale = current_access(), reader_locale()
    centre = func.ST_PointOnSurface(region.c.geom)
    query = select(
        region.c.name, region.c.full_name, region.c.hi, region.c.origin, region.c.source, region.c.updated_at,
        func.ST_X(centre).label("lon"), func.ST_Y(centre).label("lat"),
    )  # fmt: skip
    row = connection.execute(query.where(access.scope.clause(region.c.key), region.c.key == key)).one_or_none()
    if row is None:
        raise NotFound()
    code = from_key(key)
    return "teams/coverage.html", {
        "detail": {
            "register": "coverage", "id": key, "url": f"/registers/coverage/{key}", "label": row.name,
            "kind": translate(all_registers()["coverage"].title_one, locale), "lon": degrees(row.lon),
            "lat": degrees(row.lat), "placed": 1, "regions": region_trail(connection, access, key),
            "origin": row.origin, "source": row.source, "updated_at": row.updated_at,
        },
        "teams": read_covering(connection, access, key, row.hi, locale), "most_teams": MOST_TEAMS,
        "groups": read_groups(connection, access, key, locale), "digits": code.digits,
        "shares": read_shares(connection, access, key),
    }  # fmt: skip


def read_shares(connection: Connection, access: Access, key: int) -> list[tuple[int, str]]:
    """(days, step in words) for who may count no people; nothing for others, who get the numbers."""
    if access.may(all_registers()["residents"].permission):
        return []
    line = read_line(connection, access.scope, key)
    return [(days, step.label) for days, step in zip(SPANS, line.steps, strict=True)] if line else []


def read_covering(connection: Connection, access: Access, key: int, hi: int, locale: str) -> list[tuple[int, str, str]]:
    """(id, name, class) of the active teams that serve a region: its own, those of areas above and of its parts."""
    query = select(team.c.id, team.c.name, team.c["class"]).where(seen_teams(access), *serving(key, hi))
    width = team.c.area_hi - team.c.region_key
    rows = connection.execute(query.order_by(width.desc(), team.c.name).limit(MOST_TEAMS))
    return [(row.id, row.name, translate(CLASSES[row[2]], locale)) for row in rows]


def read_groups(connection: Connection, access: Access, key: int, locale: str) -> list[Group]:
    """Everybody on the register, then each open programme for who may see its people by name (D3.3).

    Others get all open programmes as one: a programme of one grid is a small number (D3.4). Closed
    programmes are counted for nobody here.
    """
    found = [_group(connection, access, key, all_registers()["residents"], locale)]
    enrolments = all_registers()["enrolments"]
    if access.may(enrolments.permission) and counts_only(enrolments, access):
        found.append(_group(connection, access, key, enrolments, locale))
    elif access.may(enrolments.permission):
        found += [_group(connection, access, key, enrolments, locale, code) for code in OPEN]
    return [group for group in found if group is not None and (group.total is None or group.total)]


def _group(
    connection: Connection, access: Access, key: int, register: Register, locale: str, programme: str | None = None
) -> Group | None:
    """Counted as every breakdown is; None where the register is closed to the reader."""
    if not access.may(register.permission):
        return None
    where = Compare(register.field("programme"), "=", programme) if programme else None
    query = SpatialQuery(register.name, where=where, region=from_key(key))
    found = breakdown(connection, compile_query(query, register, access=access), FIELD)
    narrowed = f"&programme={programme}" if programme else ""
    lists = f"/registers/{register.name}?region={from_key(key).digits}{narrowed}"
    title = OPEN[programme].title if programme else register.title
    return Group(
        translate(title, locale), found.total, spans_of(found, None if counts_only(register, access) else lists)
    )


def spans_of(found: Breakdown, lists: str | None) -> tuple[Span, ...]:
    """The bands summed up from the latest on; a sum with a hidden part is hidden."""
    counts = {column.value: n for column, n in zip(found.columns, found.totals, strict=True)}
    spans = []
    for place, (_, days) in enumerate(WITHIN, start=1):
        inside = [counts.get(band, 0) for band, _ in WITHIN[:place]]
        reached = None if None in inside else sum(n or 0 for n in inside)
        percent = None if reached is None or not found.total else 100 * reached // found.total
        missed = "".join(f"&{FIELD}={band}" for band in list(BANDS)[place:])
        spans.append(Span(days, reached, percent, f"{lists}{missed}" if lists else None))
    return tuple(spans)
