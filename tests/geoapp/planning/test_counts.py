"""What readers without person rights are shown of residents (decision 0010)."""

from __future__ import annotations

import numpy as np

from geoapp.planning.counts import _estimate


def estimated(homes, others, at_home, elsewhere):
    return _estimate(np.zeros(len(homes), int), np.array([homes, others]), np.array([at_home, elsewhere])).tolist()


def test_0010_residents_are_estimated_by_dwellings_and_other_houses_apart_where_both_are_many():
    # a campus: forty dwellings with a hundred people, eight dormitories with eight hundred
    assert estimated([40, 0], [0, 8], [100, 0], [0, 800]) == [100.0, 800.0]
    # one dormitory: its own number would be told, so all houses share one average
    assert estimated([40, 0], [0, 1], [100, 0], [0, 310]) == [400.0, 10.0]
    # a few people above shops count with the dwellings
    assert estimated([20, 20], [5, 9], [60, 40], [0, 20]) == [60.0, 60.0]
    # dormitories alone
    assert estimated([0, 0], [4, 6], [0, 0], [300, 200]) == [200.0, 300.0]
    assert np.isnan(estimated([5, 5], [0, 0], [20, 19], [0, 0])).all()
