"""Exports hold a few batches in memory, not the rows: eight times the rows, no more memory."""

from __future__ import annotations

import tracemalloc

import pytest
from sqlalchemy import text

from geoapp.core.db import owner_transaction
from tests.factories.city import refresh_all
from tests.support.exports import write

FEW, MANY = 2_000, 16_000
ADD = text(
    "INSERT INTO site (county_code, region_key, name, category, origin, placed, geom, types) "
    "SELECT '110108', 110108001001001, '场所' || n, 'shop', 'osm', 1, "
    "ST_SetSRID(ST_MakePoint(116.301 + n * 1e-8, 39.998), 4326), "
    "jsonb_build_object('other', jsonb_build_object('level', CASE WHEN n <= :few THEN 1 ELSE 2 END)) "
    "FROM generate_series(1, :many) n"
)


@pytest.fixture
def crowded(own_city):
    with owner_transaction() as connection:
        connection.execute(text("DELETE FROM site"))
        connection.execute(ADD, {"few": FEW, "many": MANY})
        refresh_all(connection)
    return own_city


def peak(access, query: str, fmt: str, path) -> tuple[int, float]:
    """Rows written, and the most memory Python held for it, MB."""
    tracemalloc.start()
    rows = write(access, "sites", query, fmt, path).rows
    held = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return rows, held


@pytest.mark.parametrize("fmt", ["csv", "geojson", "xlsx"])
def test_memory_does_not_grow_with_the_rows(crowded, tmp_path, fmt):
    access = crowded.access("director")
    write(access, "sites", "attention_level=3", fmt, tmp_path / "a")  # what is loaded once
    few, small = peak(access, "attention_level=1", fmt, tmp_path / "a")
    many, large = peak(access, "region=110108", fmt, tmp_path / "a")
    assert (few, many) == (FEW, MANY)
    assert large < small + 3


def test_a_geopackage_holds_one_batch(crowded, tmp_path):
    assert peak(crowded.access("director"), "region=110108", "gpkg", tmp_path / "a")[1] < 60


def test_a_map_of_many_rows_is_a_small_file(crowded, tmp_path):
    path = tmp_path / "a.html"
    assert write(crowded.access("director"), "sites", "region=110108", "html", path).rows == MANY
    assert path.stat().st_size < 300_000
