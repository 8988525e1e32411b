import numpy as np
import pytest
import shapely

from grids_boundaries.derive.coverage import (
    connected_parts,
    dissolve,
    partition_error,
    shared_borders,
)

QUARTERS = shapely.box([0, 10, 0, 10], [0, 0, 10, 10], [10, 20, 10, 20], [10, 10, 20, 20])


def test_neighbours_share_an_edge_not_a_corner():
    borders = shared_borders(QUARTERS)
    assert borders.pairs.tolist() == [[0, 1], [0, 2], [1, 3], [2, 3]]
    assert borders.lengths.tolist() == [10, 10, 10, 10]


def test_borders_of_nothing_are_nothing():
    assert len(shared_borders(np.empty(0, dtype=object)).pairs) == 0


def test_dissolved_labels_keep_the_area_and_lose_the_inner_line():
    labels, shapes = dissolve(QUARTERS, np.array([5, 5, 2, 2]))
    assert labels.tolist() == [2, 5]
    assert shapely.area(shapes).tolist() == [200, 200]
    assert shapely.length(shapes).tolist() == [60, 60]


def test_parts_that_touch_in_a_corner_are_two():
    near = shared_borders(QUARTERS).neighbours(4)
    assert connected_parts([0, 3], near) == [[0], [3]]
    assert connected_parts([0, 1, 3], near) == [[0, 1, 3]]


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        (QUARTERS, 0),
        (QUARTERS[:3], 100),  # a hole that coverage_is_valid does not see
        (np.append(QUARTERS[:3], shapely.box(9, 10, 20, 20)), 10),  # an overlap
        (np.append(QUARTERS[:3], shapely.box(10, 10, 21, 20)), 10),  # beyond the edge
    ],
)
def test_the_measure_of_a_partition_sees_gaps_overlaps_and_overshoot(parts, error):
    assert partition_error(parts, shapely.box(0, 0, 20, 20)) == pytest.approx(error)
