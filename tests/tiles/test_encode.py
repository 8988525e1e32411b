"""The point encoder, read back by a decoder that is not ours."""

from __future__ import annotations

import mapbox_vector_tile
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tiles.address import TileAddress
from tiles.encode import points_layer, to_units

AS_DRAWN = {"y_coord_down": True}


def decoded(body: bytes) -> dict:
    return mapbox_vector_tile.decode(body, default_options=AS_DRAWN)


def columns(rows: int, low: int, high: int):
    return arrays.arrays(np.int64, rows, elements=st.integers(low, high))


@st.composite
def layers(draw):
    rows = draw(st.integers(1, 40))
    names = draw(st.lists(st.sampled_from(["c", "n", "c0", "c1"]), unique=True))
    top = draw(st.sampled_from([3, 200, 70_000, 2**31 - 1]))
    properties = {name: draw(columns(rows, 0, top)) for name in names}
    ids = draw(st.none() | columns(rows, 1, draw(st.sampled_from([9, 2**20, 2**53]))))
    return draw(columns(rows, -64, 4160)), draw(columns(rows, -64, 4160)), properties, ids


@given(layers())
@settings(max_examples=300)
def test_every_number_comes_back(layer):
    x, y, properties, ids = layer
    found = decoded(points_layer("houses", x, y, properties, ids))["houses"]
    assert found["extent"] == 4096 and found["version"] == 2
    for row, feature in enumerate(found["features"]):
        assert feature["geometry"] == {"type": "Point", "coordinates": [x[row], y[row]]}
        assert feature["properties"] == {name: column[row] for name, column in properties.items()}
        assert feature["id"] == (0 if ids is None else ids[row])  # 0: the decoder's word for none
    assert len(found["features"]) == len(x)


def test_no_points_make_no_layer():
    none = np.zeros(0, np.int64)
    assert points_layer("houses", none, none, {"c": none}, none) == b""


def test_units_are_rounded_to_the_nearest_and_count_from_the_north_west():
    tile = TileAddress.at(14, 13489, 6203)
    west, _, north, _ = tile.window
    unit = 2**30 // 2**14 // 4096
    mx = np.array([west, west + unit // 2 - 1, west + unit // 2, west + 4096 * unit])
    x, y = to_units(mx, np.full(4, north + 3 * unit), tile)
    assert x.tolist() == [0, 0, 1, 4096]
    assert y.tolist() == [3] * 4


def test_units_finer_than_the_kept_places_are_still_in_order():
    tile = TileAddress.at(22, 3453184, 1588096)
    west, _, north, _ = tile.window
    x, _ = to_units(np.arange(west, west + 256), np.full(256, north), tile)
    assert x[0] >= 0 and x[-1] <= 4096 and (np.diff(x) == 16).all()
