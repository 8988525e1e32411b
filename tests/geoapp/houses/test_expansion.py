import itertools
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

import geoapp
from geoapp.houses.derive import dwelling_form, estimate_buildings
from geoapp.houses.expansion import (
    building_codes,
    building_title,
    building_titles,
    expand_houses,
    points_along,
)
from geoapp.houses.rules import GENERATED_DIGITS, building_code, generated_number, is_generated

CODE = "1101080140010300007"


def expand(*rows, shapes=None):
    """Rows of (form, storeys, entrances, units)."""
    form, storeys, entrances, units = zip(*rows, strict=True)
    frame = pd.DataFrame(
        {
            "code": [f"{int(CODE) + i}" for i in range(len(rows))],
            "title": [f"静淑苑{i}号楼" for i in range(len(rows))],
            "form": form, "storeys": storeys, "entrances": entrances, "units": units, "area_m2": 720.0,
        }
    )  # fmt: skip
    if shapes is None:
        shapes = shapely.box(np.arange(len(rows)) * 100.0, 0, np.arange(len(rows)) * 100.0 + 60, 12)
    return expand_houses(frame, shapes)


def test_a_house_for_each_unit_of_each_storey_and_entrance():
    houses = expand(("slab", 6, 3, 2), ("other", 4, 1, 0), ("tower", 18, 1, 6))
    assert houses.groupby("building").size().to_dict() == {0: 36, 2: 108}
    first = houses[houses["building"] == 0]
    assert set(zip(first["entrance"], first["storey"], first["room"], strict=True)) == {
        (e, s, f"{s}{u:02d}") for e in (1, 2, 3) for s in range(1, 7) for u in (1, 2)
    }


def test_numbers_and_addresses_as_on_the_door():
    """Standards C3: 25 digits; estate, building, 单元, 室."""
    houses = expand(("slab", 6, 3, 2), ("tower", 18, 1, 6))
    flat = houses[(houses["entrance"] == 2) & (houses["room"] == "301")].iloc[0]
    assert flat["address"] == "静淑苑0号楼2单元301室"
    assert flat["number"] == CODE + "020301"
    tower = houses[(houses["building"] == 1) & (houses["room"] == "1806")].iloc[0]
    assert tower["address"] == "静淑苑1号楼1806室"


def test_numbers_are_those_the_rules_generate():
    houses = expand(("slab", 6, 12, 2), ("dormitory", 7, 1, 40))
    assert houses["number"].map(is_generated).all()
    assert houses["number"].is_unique
    assert (houses["number"].str.len() == GENERATED_DIGITS).all()
    row = houses.iloc[-1]
    assert row["number"] == generated_number(str(int(CODE) + 1), row["entrance"], row["storey"], 40)


def test_dormitory_rooms_are_dormitory_houses():
    houses = expand(("slab", 1, 1, 1), ("dormitory", 1, 1, 2))
    assert houses["use"].tolist() == ["dwelling", "dormitory", "dormitory"]


def test_units_lie_along_the_front_and_storeys_above_each_other():
    houses = expand(("slab", 2, 3, 2))
    ground, upper = (houses[houses["storey"] == s] for s in (1, 2))
    assert sorted(ground["x"]) == [5, 15, 25, 35, 45, 55]
    assert ground["x"].tolist() == upper["x"].tolist()
    assert set(houses["y"]) == {6}


def test_no_houses_in_no_buildings():
    assert len(expand(("other", 4, 1, 0))) == 0


CENTIMETRES = st.integers(-5000, 5000).map(lambda number: number / 100)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(CENTIMETRES, CENTIMETRES), min_size=4, max_size=9, unique=True),
    st.floats(0.01, 0.99),
)
def test_a_point_of_any_footprint_lies_inside_it(corners, share):
    """Concave, thin and U-shaped footprints too: each is a union of triangles from one corner."""
    fan = [shapely.Polygon([corners[0], a, b]) for a, b in itertools.pairwise(corners)]
    shape = shapely.union_all([t for t in fan if t.is_valid and t.area > 1])
    parts = [p for p in shapely.get_parts(shape) if p.area > 1]
    if not parts:
        return
    shapes = np.array(parts)
    points = points_along(shapes, np.arange(len(parts)), np.full(len(parts), share))
    assert shapely.contains_xy(shapes, points[:, 0], points[:, 1]).all()


def test_a_courtyard_is_not_lived_in():
    ring = shapely.Polygon(
        [(0, 0), (60, 0), (60, 40), (0, 40)], [[(10, 10), (50, 10), (50, 30), (10, 30)]]
    )
    points = points_along(np.array([ring]), np.zeros(9, dtype=int), np.linspace(0.1, 0.9, 9))
    assert shapely.contains_xy(ring, points[:, 0], points[:, 1]).all()


def test_buildings_are_numbered_through_their_community():
    grids = np.array(["110108014001002", "110108014001001", "110108014002001"], dtype=object)
    codes = building_codes(grids, np.array([0.0, 5.0, 1.0]), np.zeros(3))
    assert codes.tolist() == [
        building_code(grids[0], 1), building_code(grids[1], 2), building_code(grids[2], 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "estate", "title"),
    [
        ("3号楼", "静淑苑", "静淑苑3号楼"),
        ("静淑苑3号楼", "静淑苑", "静淑苑3号楼"),
        ("西南15", None, "西南社区西南15号楼"),
        (None, "农大小区-北区", "农大小区北区7号楼"),
        (None, None, "西南社区7号楼"),
        ("35、36", None, "西南社区35、36号楼"),
    ],
)
def test_titles_of_buildings(name, estate, title):
    """Standards C3: no hyphen or dot in an address; a building without a name has a number."""
    assert building_title(name, estate, "西南社区", CODE) == title


def test_two_buildings_never_share_a_title():
    codes = ["1101080140010100001", "1101080140010200002", "1101080140020100001"]
    titles = building_titles(["7号楼"] * 3, [None] * 3, ["东楼社区", "东楼社区", "南楼社区"], codes)
    assert titles.tolist() == ["东楼社区7号楼", "东楼社区7号楼之2", "南楼社区7号楼"]


def test_real_footprints_hold_their_houses():
    """Every house of the Haidian windows lies in its own building."""
    path = Path(geoapp.__file__).parent / "demo/data/haidian/buildings.geojson.gz"
    frame = gpd.read_file(f"/vsigzip/{path}").to_crs(4548)
    shapes = frame.geometry.to_numpy()
    form = dwelling_form(
        frame["building"].to_numpy(), frame["name"].to_numpy(), np.zeros(len(frame), bool)
    )
    estimate = estimate_buildings(shapes, form, frame["levels"].to_numpy(), frame["id"].to_numpy())
    codes = building_codes(
        np.full(len(frame), "110108014001001", dtype=object),
        *shapely.get_coordinates(shapely.centroid(shapes)).T,
    )
    houses = expand_houses(estimate.assign(code=codes, title="试楼"), shapes)
    assert len(houses) > 15_000
    assert houses["number"].is_unique
    assert shapely.contains_xy(shapes[houses["building"]], houses["x"], houses["y"]).all()
    spots = houses.assign(spot=houses["x"].round(2).astype(str) + houses["y"].round(2).astype(str))
    many = estimate.index[(estimate["units"] * estimate["entrances"]) > 1]
    assert (spots[spots["building"].isin(many)].groupby("building")["spot"].nunique() > 1).all()


def test_a_hundred_thousand_houses_take_seconds_not_minutes():
    """1 M houses in less than 20 s; measured 3 CPU seconds."""
    number = np.arange(20_000)
    west, south = number % 200 * 70.0, number // 200 * 20.0
    frame = pd.DataFrame(
        {
            "code": [f"11010801400101{n:05d}" for n in range(1, 20_001)], "title": "试楼", "form": "slab",
            "storeys": 5, "entrances": 1, "units": 1, "area_m2": 720.0,
        }
    )  # fmt: skip
    start = time.process_time()
    houses = expand_houses(frame, shapely.box(west, south, west + 60, south + 12))
    assert len(houses) == 100_000
    assert time.process_time() - start < 2.0
