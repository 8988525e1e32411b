import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grids_boundaries.derive.coverage import connected_parts
from grids_boundaries.derive.split import Band, Units, bridge, plan_cost, split


def raster(columns: int, rows: int, weight) -> Units:
    near: list[dict[int, float]] = [{} for _ in range(columns * rows)]
    for j in range(rows):
        for i in range(columns):
            here = j * columns + i
            for there in [here + 1] * (i + 1 < columns) + [here + columns] * (j + 1 < rows):
                near[here][there] = near[there][here] = 100.0
    return Units(np.resize(np.asarray(weight, dtype=float), columns * rows), near)


@pytest.mark.parametrize(
    ("households", "counts"),
    [
        (0, []), (299, []), (300, [1]), (500, [1]), (501, []), (599, []), (600, [2]), (900, [2, 3]),
        (1000, [2, 3]), (1001, [3]), (1500, [3, 4, 5]),
    ],
)  # fmt: skip
def test_how_many_grids_households_allow(households, counts):
    """A9.4: 300 to 500 households in each grid."""
    assert [k for k in Band().counts(households) if k > 0] == counts


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 120), min_size=36, max_size=36).filter(lambda w: sum(w) >= 900),
    st.integers(0, 5),
)
def test_groups_are_contiguous_and_in_the_band_where_units_are_small(weights, seed):
    units = raster(6, 6, weights)
    groups = Band().counts(sum(weights))[0]
    label = split(units, groups, Band(), seed)
    assert set(label.tolist()) == set(range(groups))
    for group in range(groups):
        assert len(connected_parts(np.flatnonzero(label == group).tolist(), units.neighbours)) == 1
    assert plan_cost(units, label, groups, Band())[0] <= 120


def test_equal_units_are_divided_evenly():
    units = raster(6, 6, 50)
    load = np.bincount(split(units, 4, Band(), 1), weights=units.weight)
    assert load.min() >= 400
    assert load.max() <= 500


def test_the_same_seed_gives_the_same_plan():
    units = raster(7, 5, [10, 50, 90, 30])
    assert (split(units, 3, Band(), 7) == split(units, 3, Band(), 7)).all()


def test_separate_parts_are_bridged_at_their_nearest_centres():
    centres = np.array([[0, 0], [10, 0], [100, 0], [110, 0]], dtype=float)
    linked = bridge(centres, [{1: 5.0}, {0: 5.0}, {3: 5.0}, {2: 5.0}])
    assert linked[1] == {0: 5.0, 2: 0.0}
    assert len(connected_parts(range(4), linked)) == 1
