import numpy as np
import pytest

from grids_boundaries.derive.codes import grid_codes


def test_grids_are_numbered_west_to_east_then_north_to_south():
    x, y = np.array([200.0, 0.0, 100.0, 100.0]), np.array([0.0, 0.0, 0.0, 50.0])
    assert grid_codes("110108014001", x, y) == [
        "110108014001004", "110108014001001", "110108014001003", "110108014001002",
    ]  # fmt: skip


@pytest.mark.parametrize("community", ["11010801400", "1101080140010", "11010801400x"])
def test_a_malformed_community_code_is_refused(community):
    with pytest.raises(ValueError, match="12 digits"):
        grid_codes(community, np.zeros(1), np.zeros(1))


def test_a_thousand_grids_do_not_fit():
    with pytest.raises(ValueError, match="999"):
        grid_codes("110108014001", np.arange(1000.0), np.zeros(1000))
