"""Rules of houses: rows A6.3, A6.4, A6.6, A6.11, A2.8; standards C3; decision D4.4."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoapp.core.errors import InvalidInput
from geoapp.houses import rules


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("3-2-501", "3-2-501"), ("  3-2-501 ", "3-2-501"), ("３－２－５０１", "3-2-501"),
        ("东里  5 号", "东里 5 号"), ("东里\t5\n号", "东里 5 号"), ("a" * 64, "a" * 64),
    ],
)  # fmt: skip
def test_d44_free_text_is_accepted_and_stored_in_one_spelling(typed, stored):
    assert rules.normal_number(typed) == stored


@pytest.mark.parametrize("typed", ["", "   ", "a" * 65, "12\x0034", "12\u202e34"])
def test_a66_a_house_number_is_required_and_printable(typed):
    with pytest.raises(InvalidInput) as refused:
        rules.normal_number(typed)
    assert refused.value.field == "number"


@pytest.mark.parametrize("typed", ["", " \t", "路" * 201, "示例路\x001号"])
def test_a66_a_house_address_is_required_and_printable(typed):
    with pytest.raises(InvalidInput) as refused:
        rules.normal_address(typed)
    assert refused.value.field == "address"


@pytest.mark.parametrize("storey", [0, -10, 200])
def test_no_building_has_such_a_storey(storey):
    with pytest.raises(InvalidInput) as refused:
        rules.check_storey(storey)
    assert refused.value.field == "storey"


def test_storeys_above_and_below_ground_are_taken():
    def taken(storey):
        try:
            rules.check_storey(storey)
        except InvalidInput:
            return False
        return True

    assert [storey for storey in range(-20, 300) if taken(storey)] == [*range(-9, 0), *range(1, 200)]
    assert taken(None)


@pytest.mark.parametrize("area", ["0", "-3", "NaN", "Infinity", "10000000", "0.004", "-1e309", "1e309", "1e-400"])
def test_an_area_is_a_finite_positive_number_of_square_metres(area):
    with pytest.raises(InvalidInput) as refused:
        rules.check_area(Decimal(area))
    assert refused.value.field == "area_m2"


def test_an_area_is_compared_as_it_is_stored():
    assert [rules.stored_area(Decimal(text)) for text in ("12.345", "0.005", "0.0049")] == [Decimal("12.35"), Decimal("0.01"), None]


@pytest.mark.parametrize(
    ("lon", "lat", "field"),
    [(float("nan"), 40, "lon"), (181, 40, "lon"), (116, float("inf"), "lat"), (40, 116, "lat")],
)
def test_a_position_is_a_longitude_and_a_latitude(lon, lat, field):
    with pytest.raises(InvalidInput) as refused:
        rules.check_position(lon, lat)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("inside", "metres", "placed"), [(True, 0.0, 1), (False, 30.0, 2), (None, None, 1)]
)
def test_a_point_lies_inside_its_grid_or_outside(inside, metres, placed):
    assert rules.placed_of(inside, metres) == placed


def test_a_point_far_from_its_grid_is_a_slip_of_the_hand():
    with pytest.raises(InvalidInput):
        rules.placed_of(False, 20_001.0)


def test_c3_a_generated_number_has_25_digits_of_which_19_name_the_building():
    code = rules.building_code("110108014003002", 12)
    assert code == "110108014003" + "02" + "00012"
    number = rules.generated_number(code, 2, 5, 1)
    assert number == code + "02" + "05" + "01"
    assert rules.is_generated(number) and len(code) == rules.BUILDING_CODE_DIGITS == 19


@pytest.mark.parametrize(
    ("entrance", "storey", "tail"),
    [(None, None, "000001"), (1, -1, "019901"), (1, -9, "019101"), (99, 99, "999901")],
)
def test_c3_unknown_parts_are_zeros_and_storeys_below_ground_count_down(entrance, storey, tail):
    assert rules.generated_number("1" * 19, entrance, storey, 1)[-6:] == tail


def test_c3_the_first_free_number_of_a_place_is_offered():
    code = "1" * 19
    taken = [rules.generated_number(code, 1, 2, unit) for unit in (1, 2, 4)]
    assert rules.free_number(code, 1, 2, taken) == rules.generated_number(code, 1, 2, 3)
    full = [rules.generated_number(code, 1, 2, unit) for unit in range(1, 100)]
    assert rules.free_number(code, 1, 2, full) is None


def test_c3_a_new_building_takes_the_sequence_after_the_largest():
    numbers = ["110108014003" + "02" + f"{n:05d}" + "010101" for n in (1, 7, 3)]
    assert rules.next_building_sequence([*numbers, "free text", "12"]) == 8
    assert rules.next_building_sequence([]) == 1


def test_c3_sequences_run_out_with_a_sentence():
    with pytest.raises(InvalidInput):
        rules.building_code("110108014003002", 100_000)


@given(
    st.integers(1, 99), st.one_of(st.none(), st.integers(1, 99)),
    st.one_of(st.none(), st.integers(-9, 90).filter(bool)), st.integers(1, 99),
)  # fmt: skip
def test_c3_different_places_never_share_a_number(sequence, entrance, storey, unit):
    code = rules.building_code("110108014003002", sequence)
    number = rules.generated_number(code, entrance, storey, unit)
    assert rules.is_generated(number)
    assert number != rules.generated_number(code, entrance, (storey or 1) + 1 or 1, unit)
    assert number != rules.generated_number(code, entrance, storey, unit % 99 + 1)


@pytest.mark.parametrize(
    ("days", "band"), [(0, "fresh"), (90, "fresh"), (91, "ageing"), (365, "ageing"), (366, "stale")]
)
def test_a28_a611_freshness_falls_in_bands_of_90_and_365_days(days, band):
    today = date(2026, 11, 22)
    assert rules.freshness(today - timedelta(days=days), today) == rules.Freshness(band, days)


def test_a28_never_updated_is_stale_and_the_future_is_today():
    today = date(2026, 11, 22)
    assert rules.freshness(None, today) == rules.Freshness("stale", None)
    assert rules.freshness(today + timedelta(days=1), today).days == 0


@pytest.mark.parametrize(
    ("storey", "room"), [(3, "302"), (12, "1202"), (-1, "B102"), (None, None)]
)
def test_a_room_and_an_address_are_offered_with_the_number(storey, room):
    number = rules.generated_number("1" * 19, 2, storey, 2)
    assert rules.offered_room(number, storey) == room
    assert rules.offered_address("示例路7号", 2, room) == "示例路7号2单元" + (f"{room}室" if room else "")


def test_free_text_offers_no_room():
    assert rules.offered_room("甲-3", 3) is None
    assert rules.offered_room(None, 3) is None
    assert rules.offered_address("示例路7号", None, None) == "示例路7号"


def test_c3_most_of_a_buildings_numbers_name_it():
    numbers = ["1" * 19 + "010101", "1" * 19 + "010102", "2" * 19 + "010101", "free"]
    assert rules.shared_code(numbers) == "1" * 19
    assert rules.shared_code(["free", "12"]) is None
