"""The synthetic county: exact partition, codes of no place, buildings that stay in their grid."""

import numpy as np
import pytest
import shapely

from grids_boundaries.derive.coverage import partition_error
from grids_boundaries.derive.synthetic_city import (
    BUILDING_M,
    COUNTY,
    CityPlan,
    region_name,
    synthetic_buildings,
    synthetic_regions,
)
from grids_boundaries.derive.synthetic_lattice import UNIT, lattice, split_box, split_counts
from grids_boundaries.keys import parse_code

PLAN = CityPlan(houses=60_000)


@pytest.fixture(scope="module")
def regions():
    return synthetic_regions(PLAN)


@pytest.fixture(scope="module")
def grids(regions):
    return regions[regions["level"] == "grid"]


def test_one_county_twelve_streets_150_communities_about_2000_grids(regions):
    assert regions["level"].value_counts().to_dict() == {
        "county": 1, "street": 12, "community": 150, "grid": 2016,
    }  # fmt: skip
    assert regions["code"].is_unique
    width, height = regions.total_bounds[2:] - regions.total_bounds[:2]
    assert width == pytest.approx(24_000, abs=400)
    assert height == pytest.approx(21_000, abs=400)


def test_codes_belong_to_no_province_and_to_their_parents(regions):
    levels = regions.set_index("code")
    for code, row in levels.iterrows():
        region = parse_code(code.ljust(12, "0") if len(code) < 12 else code, row["level"])
        assert region.digits.startswith("9999")
        assert region.parent().digits == row["parent"]
        assert row["level"] == "county" or row["parent"] in levels.index


@pytest.mark.parametrize("level", ["grid", "community", "street"])
def test_every_level_partitions_the_one_above(regions, level):
    """No gap, no overlap; every vertex shared."""
    shapes = regions.loc[regions["level"] == level].geometry.to_numpy()
    assert shapely.coverage_is_valid(shapes)
    assert shapely.is_valid(shapes).all()
    by_code = regions.set_index("code").geometry
    for parent, mine in regions[regions["level"] == level].groupby("parent"):
        assert partition_error(mine.geometry.to_numpy(), by_code[parent]) < 1e-3


def test_shared_vertices_stay_shared_in_degrees(grids):
    assert shapely.coverage_is_valid(grids.to_crs(4326).geometry.to_numpy())


def test_grids_are_numbered_west_to_east_in_their_community(grids):
    centres = grids.assign(x=grids.geometry.centroid.x).sort_values("code")
    assert centres.groupby("parent")["x"].apply(lambda x: x.is_monotonic_increasing).all()


def test_the_middle_is_dense_and_the_edge_thin(regions, grids):
    density = (grids["houses"] / grids.area).to_numpy()
    middle = regions.geometry.iloc[0].centroid
    away = grids.centroid.distance(middle).to_numpy()
    assert density[away < 3000].mean() > 3 * density[away > 10_000].mean()


def test_all_houses_are_given_out(grids):
    assert grids["houses"].sum() == PLAN.houses
    for houses in (0, 1, 999):
        assert synthetic_regions(CityPlan(houses))["houses"].sum() == houses


def test_grids_of_a_city_of_800000_houses_are_mostly_in_the_band():
    houses = synthetic_regions(CityPlan(800_000)).query("level == 'grid'")["houses"]
    assert houses.between(300, 500).mean() > 0.85


@pytest.mark.parametrize("houses", [60_000, 3_000_000], ids=["thin", "dense"])
def test_buildings_stand_in_their_grid_apart_from_each_other(houses):
    plan = CityPlan(houses)
    regions = synthetic_regions(plan)
    street = f"{COUNTY}006"
    found = synthetic_buildings(plan, regions, street)
    shapes = found.geometry.to_numpy()
    grid = regions.set_index("code").geometry
    assert shapely.contains(grid[found["grid"]].to_numpy(), shapes).all()
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    assert (a == b).all()
    assert shapely.area(shapes) == pytest.approx(np.prod(BUILDING_M))
    assert found["source_id"].is_unique


def test_units_of_a_street_add_up_to_its_houses(regions, grids):
    street = f"{COUNTY}001"
    found = synthetic_buildings(PLAN, regions, street)
    units = found["storeys"].astype(int) * found["entrances"] * found["units"]
    wanted = grids[grids["code"].str.startswith(street)].set_index("code")["houses"]
    assert units.groupby(found["grid"]).sum().to_dict() == wanted[wanted > 0].to_dict()
    assert units.min() >= 1


def test_about_five_houses_to_a_building(regions):
    streets = regions.loc[regions["level"] == "street", "code"]
    count = sum(len(synthetic_buildings(PLAN, regions, street)) for street in streets)
    assert 4 < PLAN.houses / count < 6


def test_the_same_plan_makes_the_same_city(regions):
    street = f"{COUNTY}003"
    first, second = (synthetic_buildings(PLAN, synthetic_regions(PLAN), street) for _ in range(2))
    assert first.geometry.geom_equals(second.geometry).all()
    other = synthetic_buildings(
        CityPlan(60_000, seed=2), synthetic_regions(CityPlan(60_000, seed=2)), street
    )
    assert len(other) != len(first) or not other.geometry.geom_equals(first.geometry).all()


@pytest.mark.parametrize("count", [1, 2, 3, 5, 7, 12, 13, 14])
def test_a_box_is_split_into_boxes_of_nearly_equal_area(count):
    boxes = np.array(split_box((0, 0, UNIT, UNIT), count))
    area = (boxes[:, 2] - boxes[:, 0]) / UNIT * (boxes[:, 3] - boxes[:, 1]) / UNIT
    assert len(boxes) == count
    assert area == pytest.approx(1 / count, rel=1e-6)


def test_counts_are_split_evenly():
    assert split_counts(14, 4) == [3, 3, 4, 4]
    assert len(lattice()) == 2016


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("999901", "合成县"), ("999901001", "子字街道"), ("999901012013", "亥十三社区"),
        ("999901012013004", "第4网格"),
    ],
)  # fmt: skip
def test_names_name_no_place(code, name):
    assert region_name(code) == name
