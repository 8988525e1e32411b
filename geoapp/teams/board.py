"""Coverage where no records are opened, as on a wall: shares in steps, never a number of people (A1.5, D3.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, Row, Select, func, not_, or_, select, true

from geoapp.core.i18n import translate
from geoapp.edge.pages import reader_locale
from grids_boundaries.scope import RowScope
from layers.declare import LegendEntry
from layers.registers import coverage
from layers.registers.coverage import region
from spatial_queries.region_tables import single_region
from spatial_queries.selection import Selection

SPANS = (30, 90, 365)
"""Days, as the fields of the register have them."""
LEGEND = {entry.value: entry for entry in coverage.REGISTER.legend}


@dataclass(frozen=True)
class Line:
    """A region with its step for each of SPANS; `url` leads to the regions inside it, none for a grid.

    `latest` is the day of the last service in it, None where nobody was served or too few people live.
    """

    name: str
    url: str | None
    steps: tuple[LegendEntry, ...]
    teams: int
    latest: date | None


def read_board(connection: Connection, selection: Selection) -> dict[str, object]:
    """Context of templates/teams/board.html: the region asked for and those below it.

    Conditions but the region's are left aside: a share of some of the people would be another number.
    """
    scope = selection.scope
    whole = single_region(scope)
    inside = _regions(scope).where(region.c.parent_key == whole.lo if whole else _top(scope))
    lines = [_line(row) for row in connection.execute(inside.order_by(region.c.key))]
    return {"spans": SPANS, "whole": read_line(connection, scope, whole.lo) if whole else None, "lines": lines}


def read_line(connection: Connection, scope: RowScope, key: int) -> Line | None:
    """One region of the scope; None where there is none."""
    row = connection.execute(_regions(scope).where(region.c.key == key)).one_or_none()
    return _line(row) if row else None


def _regions(scope: RowScope) -> Select:
    """Regions of the scope with what the database tells of each: steps, never numbers (migration 0040)."""
    names = [f"d{days}" for days in SPANS]
    given = func.region_coverage(region.c.key).table_valued(*names, "latest", "teams").lateral("given")
    shown = (region.c.code, region.c.name, region.c.level, *given.c)
    return select(*shown).select_from(region.join(given, true())).where(scope.clause(region.c.key))


def _top(scope: RowScope) -> ColumnElement[bool]:
    return or_(region.c.parent_key.is_(None), not_(scope.clause(region.c.parent_key)))


def _line(row: Row) -> Line:
    steps = tuple(_said(getattr(row, f"d{days}")) for days in SPANS)
    url = None if row.level == "grid" else f"/registers/coverage?region={row.code}"
    return Line(row.name, url, steps, row.teams, row.latest)


def _said(number: int) -> LegendEntry:
    found = LEGEND[number]
    return LegendEntry(found.value, translate(found.label, reader_locale()), found.colour, found.shape, found.mark)
