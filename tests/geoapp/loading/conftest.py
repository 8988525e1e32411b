"""A small tree of regions, loaded with our own commands, for everything that is placed in it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import shapely
from sqlalchemy import Connection, text

from geoapp.core.db import owner_engine
from geoapp.core.settings import Settings
from geoapp.loading import LoadOptions, load_regions
from tests.factories.geofiles import geojson

WEST, SOUTH = 116.30, 40.00
STEP = 0.01
"""Side of a grid, degrees. County A: two streets side by side; street 1 has four grids."""


def box(column: float, row: float, columns: float = 1, rows: float = 1) -> shapely.Polygon:
    """Cells of the drawing board, counted from the lower left corner."""
    west, south = WEST + column * STEP, SOUTH + row * STEP
    return shapely.box(west, south, west + columns * STEP, south + rows * STEP)


def at(column: float, row: float) -> shapely.Point:
    """A point of the drawing board."""
    return shapely.Point(WEST + column * STEP, SOUTH + row * STEP)


REGIONS = (
    ("11", "北京市", None),
    ("1101", "市辖区", None),
    ("110108", "海淀区", box(0, 0, 4, 2)),
    ("110105", "朝阳区", box(4, 0, 2, 2)),
    ("110108001", "东街道", box(0, 0, 2, 2)),
    ("110108002", "西街道", box(2, 0, 2, 2)),
    ("110105001", "南街道", box(4, 0, 2, 2)),
    ("110108001001", "甲社区", box(0, 0, 2, 1)),
    ("110108001002", "乙社区", box(0, 1, 2, 1)),
    ("110108001001001", "第一网格", box(0, 0)),
    ("110108001001002", "第二网格", box(1, 0)),
)
"""Community 乙 has no grids, street 西 no communities, county 朝阳 one street."""
GRID_1, GRID_2 = 110108001001001, 110108001001002
COMMUNITY_2, STREET_2, COUNTY_2_STREET = 110108001002000, 110108002000000, 110105001000000


def fill_regions(settings: Settings) -> None:
    """Load the tree."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [(shape, {"code": code, "name": name}) for code, name, shape in REGIONS]
        codes = Path(folder) / "codes.csv"
        codes.write_text("code,name\n" + "".join(f"{c},{n}\n" for c, n, _ in REGIONS), "utf-8")
        load_regions(codes, LoadOptions(settings=settings))
        outlines = [row for row in rows if row[0] is not None]
        path = geojson(Path(folder) / "regions.geojson", outlines)
        report = load_regions(path, LoadOptions(settings=settings, origin="derived"))
        assert report.refused == 0


@pytest.fixture
def tree(databases) -> Iterator[Settings]:
    """A database with the tree and nothing else."""
    settings = databases.fresh("loading", fill_regions)
    yield settings
    owner_engine(settings).dispose()
    databases.drop(settings)


@pytest.fixture
def options(tree) -> LoadOptions:
    """Options that load into the tree."""
    return LoadOptions(settings=tree, origin="osm", source="test")


@pytest.fixture
def connection(tree) -> Iterator[Connection]:
    """The owner's look at the tree's database."""
    with owner_engine(tree).connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        yield connection


@pytest.fixture
def rows_of(connection):
    """Rows of a query."""
    return lambda sql, **facts: [tuple(row) for row in connection.execute(text(sql), facts)]


@pytest.fixture
def change():
    """Options with some of them changed."""
    return replace
