import numpy as np
import pytest

from grids_boundaries.derive.codes import building_codes, grid_codes, room_codes


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


def test_building_codes_have_the_19_digits_of_the_shenzhen_layout():
    """Standards C3: 12 community + 2 grid + 5 building."""
    codes = building_codes(np.array(["110108014001003", "110108014001012"]), np.array([7, 99999]))
    assert codes.tolist() == ["1101080140010300007", "1101080140011299999"]


@pytest.mark.parametrize(
    ("grid", "number"),
    [
        ("110108014001100", 1),
        ("110108014001001", 0),
        ("110108014001001", 100_000),
        ("1101080140011", 1),
    ],
)
def test_what_has_no_place_in_the_layout_is_refused(grid, number):
    with pytest.raises(ValueError):
        building_codes(np.array([grid]), np.array([number]))


def test_room_codes_are_entrance_storey_unit():
    assert room_codes([2, 1], [3, 22], [1, 8]).tolist() == ["020301", "012208"]


def test_three_digits_do_not_fit_a_room_code():
    with pytest.raises(ValueError, match="two digits"):
        room_codes([1], [100], [1])
