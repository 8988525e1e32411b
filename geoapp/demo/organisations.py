"""Invented organisations for the demo cities: in some of their buildings, with numbers that check."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import cycle

from sqlalchemy import Connection, text

from geoapp.loading.after import refresh_kept
from geoapp.organisations.codes import KINDS
from geoapp.organisations.licences import credit_check

EVERY = 6
"""Every so many buildings one holds an organisation."""
SOURCE = "geoapp-demo-organisations"
MIX = ("unit", "new_economic", "unit", "social", "new_economic")
_INSERT = text(
    "INSERT INTO organisation (county_code, region_key, source_id, source, kind, category, name, licence_number, "
    "registered, address, placed, position_source, origin, geom) "
    "SELECT b.county_code, b.region_key, :source_id, :source, :kind, :category, :name, :licence_number, :registered, "
    "b.address, 1, 'building', 'synthetic', ST_PointOnSurface(b.geom) FROM building b "
    "WHERE b.county_code = :county AND b.id = :building ON CONFLICT DO NOTHING"
)


def licence(county: str, number: int) -> str:
    """A credit code that checks and looks invented: nine digits in a row for the body."""
    first = f"91{county}{number:09d}"
    return first + credit_check(first)


def organisation_rows(county: str, buildings: Iterable[tuple[int, str]]) -> list[dict[str, object]]:
    """One organisation for each building (id, name of its community); kinds and categories in turn."""
    turns = {key: cycle(one.categories or (None,)) for key, one in KINDS.items()}
    rows: list[dict[str, object]] = []
    for number, ((building, place), kind) in enumerate(zip(buildings, cycle(MIX), strict=False), start=1):
        category = next(turns[kind])
        registered = category != "activity_team"
        word = KINDS[kind].categories.get(category or "", "") or KINDS[kind].title
        rows.append({
            "county": county, "building": building, "source": SOURCE, "source_id": f"organisation-{building}",
            "kind": kind, "category": category, "registered": registered,
            "name": f"{place}模拟{word}{number}号", "licence_number": licence(county, number) if registered else None,
        })  # fmt: skip
    return rows


def add_organisations(connection: Connection, county: str) -> int:
    """Organisations in buildings of a county that stand in a grid; returns how many."""
    found = connection.execute(text(
        "SELECT b.id, c.name FROM building b JOIN region r ON r.key = b.region_key AND r.level = 'grid' "
        "JOIN region c ON c.key = r.parent_key WHERE b.county_code = :county AND b.placed = 1 "
        "ORDER BY b.region_key, b.id"
    ), {"county": county}).all()  # fmt: skip
    rows = organisation_rows(county, [(row.id, row.name) for row in found[::EVERY]])
    if not rows:
        return 0
    connection.execute(_INSERT, rows)
    keys = connection.scalars(
        text("SELECT DISTINCT region_key FROM organisation WHERE county_code = :county AND source = :source"),
        {"county": county, "source": SOURCE},
    ).all()
    refresh_kept(connection, {"organisations": keys})
    return len(rows)
