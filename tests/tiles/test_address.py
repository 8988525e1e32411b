"""Places of tiles, against PostGIS and against the numbers kept in the tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from geoapp.core.db import WORLD_BITS, owner_engine
from geoapp.core.errors import InvalidInput
from tiles.address import MAX_ZOOM, TileAddress


@st.composite
def addresses(draw):
    z = draw(st.integers(0, MAX_ZOOM))
    return TileAddress.at(z, draw(st.integers(0, 2**z - 1)), draw(st.integers(0, 2**z - 1)))


@pytest.mark.parametrize(
    ("z", "x", "y"), [(-1, 0, 0), (MAX_ZOOM + 1, 0, 0), (0, 1, 0), (0, 0, 1), (3, -1, 2), (3, 8, 0), (3, 0, 2**40)]
)
def test_a_tile_outside_the_world_is_refused_by_name(z, x, y):
    with pytest.raises(InvalidInput) as refused:
        TileAddress.at(z, x, y)
    assert f"{z}/{x}/{y}" in refused.value.message("zh")


@pytest.mark.parametrize(("z", "x", "y"), [(0, 0, 0), (9, 421, 193), (16, 53956, 24814), (22, 2**22 - 1, 0)])
def test_its_edges_are_those_of_postgis(city, z, x, y):
    with owner_engine().connect() as connection:
        row = connection.execute(
            text(
                "SELECT ST_XMin(m), ST_YMin(m), ST_XMax(m), ST_YMax(m), ST_XMin(d), ST_YMin(d), ST_XMax(d), ST_YMax(d)"
                " FROM (SELECT m, ST_Transform(m, 4326) d FROM (SELECT ST_TileEnvelope(:z, :x, :y) m) a) b"
            ),
            {"z": z, "x": x, "y": y},
        ).one()
    tile = TileAddress.at(z, x, y)
    assert tile.metres == pytest.approx(row[:4], abs=1e-6)
    assert tile.degrees(0) == pytest.approx(row[4:], abs=1e-9)


@given(addresses())
def test_the_margin_widens_every_side_but_never_leaves_the_world(tile):
    west, south, east, north = tile.degrees(0)
    wide = tile.degrees()
    assert -180 <= wide[0] <= west < east <= wide[2] <= 180
    assert -85.06 < wide[1] <= south < north <= wide[3] < 85.06
    assert (wide[0] < west) == (tile.x > 0)
    assert (wide[3] > north) == (tile.y > 0)


@given(addresses())
def test_windows_of_the_four_children_make_up_the_parents(tile):
    if tile.z == MAX_ZOOM:
        return
    west, east, north, south = tile.window
    first = TileAddress.at(tile.z + 1, 2 * tile.x, 2 * tile.y).window
    last = TileAddress.at(tile.z + 1, 2 * tile.x + 1, 2 * tile.y + 1).window
    assert (first[0], first[2], last[1], last[3]) == (west, north, east, south)
    assert first[1] + 1 == last[0] and first[3] + 1 == last[2]
    assert east < 2**WORLD_BITS
