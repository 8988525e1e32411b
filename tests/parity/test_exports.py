"""One query, all outputs: the pages of a list, every export and the total hold the same rows (D4.1).

Habit 11 of the style anchors: one table of cases runs through every output. GeoJSON carries the
ids; the others are compared cell by cell, in order, with the pages of the list.
"""

from __future__ import annotations

import re

import pytest

from geoapp.accounts.roles import DEFAULT_ROLES
from grids_boundaries.access import begin
from layers.registry import all_registers
from spatial_queries.columns import shown_columns
from spatial_queries.paging import read_tallies
from tests.factories.city import USERS
from tests.parity.test_lists import AREAS, CASES
from tests.support.exports import (
    as_printed,
    listed,
    read_csv,
    read_gdal,
    read_geojson,
    read_xlsx,
    write,
)
from tests.support.tiles import selected

MORE = [
    ("regions", "", None), ("regions", "region=110108001", None), ("regions", "level=grid&sort=-name", None),
    ("buildings", "", None), ("buildings", "sort=-storeys&region=110108", None), ("sites", "", None),
    ("sites", "position=outside", None), ("houses", "sort=-updated_at&status=1", None),
    ("houses", "near=116.312,39.997,25", None), ("residents", "region=110108001001001&sort=-birth_year", None),
]  # fmt: skip
READERS = ("director", "officer", "community", "roamer", "planner")
NAMED = ("community", "roamer")
"""Those with person rights: others get counts of people, no rows (D3.4)."""


def may_ask(username: str, name: str, query: str) -> bool:
    permissions = DEFAULT_ROLES[USERS[username][0]][1]
    return f"register:{name}:read" in permissions and (not all_registers()[name].people or username in NAMED)


ASKED = [
    (username, name, query) for username in READERS for name, query, _ in [*CASES, *MORE]
    if may_ask(username, name, query)
]  # fmt: skip


@pytest.mark.parametrize(("username", "name", "query"), ASKED, ids=[f"{u}-{n}?{q}" for u, n, q in ASKED])
def test_az9_every_export_holds_the_rows_of_the_list(city, tmp_path, username, name, query):
    access = city.access(username)
    rows = listed(access, name, query, AREAS)
    with begin(access) as connection:
        total = read_tallies(connection, selected(access, name, query, AREAS)).total
    assert len({record_id for record_id, _ in rows}) == len(rows) == total
    cells = [values for _, values in rows]
    for fmt in ("xlsx", "csv", "geojson", "gpkg"):
        path = tmp_path / f"a.{fmt}"
        assert write(access, name, query, fmt, path, AREAS).rows == total
        assert READ[fmt](path, name, access) == (rows if fmt == "geojson" else cells), fmt


def from_xlsx(path, _name, _access):
    return [[as_printed(value) for value in row] for row in read_xlsx(path)[1:]]


def from_csv(path, _name, _access):
    return read_csv(path)[1:]


def from_geojson(path, name, access):
    columns = shown_columns(all_registers()[name], access)
    features = read_geojson(path)["features"]
    return [(f["id"], [moment(f["properties"][c.label], c) for c in columns]) for f in features]


def from_gpkg(path, name, access):
    columns = shown_columns(all_registers()[name], access)
    meta, _, values = read_gdal(path, name)
    assert list(meta["fields"]) == [c.label for c in columns]
    return [
        [local(value, c) for value, c in zip(row, columns, strict=True)]
        for row in zip(*(values[c.label] for c in columns), strict=True)
    ]


def moment(value, column) -> str:
    """A JSON value as the list prints it."""
    if column.type == "datetime" and value is not None:
        return re.sub(r"T(\d\d:\d\d).*", r" \1", value)
    return as_printed(value)


def local(value, column) -> str:
    """A value of GDAL as the list prints it: null is nothing, moments are in UTC."""
    import numpy as np
    import pandas as pd

    if value is None or (column.numeric and np.isnan(value)):
        return ""
    if column.type == "datetime":
        return pd.Timestamp(value, tz="UTC").tz_convert("Asia/Shanghai").strftime("%Y-%m-%d %H:%M")
    return as_printed(value.item() if hasattr(value, "item") else value)


READ = {"xlsx": from_xlsx, "csv": from_csv, "geojson": from_geojson, "gpkg": from_gpkg}


@pytest.mark.parametrize("username", READERS)
def test_a_map_stands_for_as_many_rows_as_the_list_has(city, tmp_path, username):
    access = city.access(username)
    for reader, name, query in ASKED:
        if reader == username and not all_registers()[name].people:
            file = write(access, name, query, "html", tmp_path / "a.html", AREAS)
            assert file.rows == len(listed(access, name, query, AREAS)), (name, query)
