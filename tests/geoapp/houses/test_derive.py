import numpy as np
import pytest
import shapely

from geoapp.houses.derive import dwelling_form, estimate_buildings


def forms(*rows):
    kinds, names, estates = zip(*rows, strict=True)
    return dwelling_form(
        np.array(kinds, dtype=object), np.array(names, dtype=object), np.array(estates)
    ).tolist()


def estimate(*rows):
    """Rows of (form, front, depth[, levels[, id]])."""
    full = [(*row, *(np.nan, f"w{i}")[len(row) - 3 :]) for i, row in enumerate(rows)]
    form, front, depth, levels, ids = zip(*full, strict=True)
    shapes = shapely.box(0, 0, np.array(front, float), np.array(depth, float))
    return estimate_buildings(shapes, np.array(form), np.array(levels, float), np.array(ids))


@pytest.mark.parametrize(
    ("row", "form"),
    [
        (("residential", None, False), "flat"),
        (("apartments", "10号楼", False), "flat"),
        (("dormitory", None, False), "dormitory"),
        (("bungalow", None, False), "bungalow"),
        (("house", None, True), "cottage"),
        (("terrace", None, False), "cottage"),
        (("yes", None, True), "flat"),
        (("yes", None, False), "other"),
        (("yes", "北京大学燕东园4号楼", False), "flat"),
        (("yes", "学生公寓二号楼", False), "dormitory"),
        (("yes", "职工食堂", True), "other"),
        (("university", "3号楼", True), "other"),
        ((None, None, True), "flat"),
    ],
)
def test_what_people_live_in(row, form):
    assert forms(row) == [form]


def test_storeys_of_the_map_are_kept_and_named_as_such():
    found = estimate(("flat", 60, 13, 5), ("flat", 60, 13))
    assert found["storeys"].iloc[0] == 5
    assert found["storeys_origin"].tolist() == ["osm", "derived"]


@pytest.mark.parametrize(
    ("row", "form", "storeys", "entrances", "units"),
    [
        (("flat", 60, 13), "slab", {5, 6}, 3, 3),  # 780 m², 3 entrances of 260 m²
        (("flat", 24, 24), "tower", {16, 18, 20, 22}, 1, 6),
        (("flat", 15, 10), "cottage", {2}, 1, 1),
        (("flat", 9, 8), "cottage", {1}, 1, 1),
        (("cottage", 60, 10), "cottage", {2}, 4, 1),
        (("bungalow", 30, 6), "bungalow", {1}, 3, 1),
        (("dormitory", 60, 16), "dormitory", {6}, 1, 21),
        (("other", 80, 50), "other", {4}, 1, 0),
        (("other", 20, 20), "other", {2}, 1, 0),
        (("other", 5, 5), "other", {1}, 1, 0),
    ],
)
def test_the_documented_rule(row, form, storeys, entrances, units):
    found = estimate(row).iloc[0]
    assert found["form"] == form
    assert found["storeys"] in storeys
    assert (found["entrances"], found["units"]) == (entrances, units)


def test_households_leave_dormitory_rooms_out():
    found = estimate(("flat", 60, 13, 6), ("dormitory", 60, 16), ("other", 80, 50))
    assert found["households"].tolist() == [6 * 3 * 3, 0, 0]


def test_an_angled_building_counts_the_front_of_both_wings():
    wing = shapely.union(shapely.box(0, 0, 60, 13), shapely.box(0, 0, 13, 60))
    straight = estimate(("flat", 60, 13)).iloc[0]
    bent = estimate_buildings(
        np.array([wing]), np.array(["flat"]), np.array([np.nan]), np.array(["w1"])
    ).iloc[0]
    assert bent["form"] == "slab"
    assert bent["entrances"] == 6 > straight["entrances"]


def test_the_estimate_depends_on_the_building_not_on_its_neighbours_or_its_turning():
    rows = [("flat", 60, 13, np.nan, f"w{i}") for i in range(50)]
    together = estimate(*rows)["storeys"].tolist()
    alone = [estimate(row)["storeys"].iloc[0] for row in rows]
    assert together == alone
    assert set(together) == {5, 6}
    turned = shapely.affinity.rotate(shapely.box(0, 0, 60, 13), 33)
    again = estimate_buildings(
        np.array([turned]), np.array(["flat"]), np.array([np.nan]), np.array(["w0"])
    )
    assert again["storeys"].iloc[0] == together[0]


def test_nothing_in_nothing_out():
    empty = np.empty(0, dtype=object)
    assert len(estimate_buildings(empty, empty, np.empty(0), empty)) == 0
