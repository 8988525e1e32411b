"""Area codes as key ranges (D3.7, D4.4; standards C2, C3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoapp.core.errors import InvalidInput
from grids_boundaries.keys import DIGITS, LEVELS, RegionCode, from_key, parse_code


@pytest.mark.parametrize(
    ("text", "level", "digits"),
    [
        ("11", "province", "11"), ("110000000000", "province", "11"), ("1101", "city", "1101"),
        ("110108", "county", "110108"), ("110108000000", "county", "110108"),
        ("110108014", "street", "110108014"), ("110108014000", "street", "110108014"),
        ("110108010000", "street", "110108010"), ("110108014010", "community", "110108014010"),
        ("110108014001003", "grid", "110108014001003"), ("110108014001010", "grid", "110108014001010"),
        ("110000", "province", "11"), ("10", "province", "10"), ("101000000000", "city", "1010"),
    ],
)  # fmt: skip
def test_c2_level_is_read_from_length_and_zeros(text, level, digits):
    code = parse_code(text)
    assert (code.level, code.digits) == (level, digits)


def test_c2_a_city_without_counties_is_told_by_its_level():
    assert parse_code("441900000000", "city").digits == "4419"
    assert parse_code("441900003000", "street").digits == "441900003"


@pytest.mark.parametrize("text", ["", "0", "abc", "1101080140010031", "１１０１", "11-01", "-110108", "33.01", "000000"])
def test_a_code_that_is_none_is_refused_by_name(text):
    with pytest.raises(InvalidInput) as error:
        parse_code(text)
    assert error.value.field == "code"


def test_a_level_that_does_not_fit_is_refused():
    with pytest.raises(InvalidInput):
        parse_code("110108014000", "county")
    with pytest.raises(InvalidInput):
        parse_code("110108", "hamlet")


codes = st.sampled_from(LEVELS).flatmap(
    lambda level: st.text("0123456789", min_size=DIGITS[level], max_size=DIGITS[level])
    .filter(lambda t: int(t[:2]) >= 10 and t[-1] != "0").map(lambda t: RegionCode(t, level))
)  # fmt: skip


@given(codes, codes)
def test_d3_7_a_subtree_is_a_range_and_only_whole_segments_count(one, other):
    below = other.digits.startswith(one.digits) and LEVELS.index(other.level) >= LEVELS.index(one.level)
    assert (one.lo <= other.lo and other.hi <= one.hi) == below


@given(codes)
def test_a_key_fits_a_bigint_and_a_javascript_number(code):
    assert 0 < code.lo <= code.hi < 2**53
    assert from_key(code.lo).lo == code.lo
    assert parse_code(code.text).lo == code.lo


def test_a_parent_is_the_next_level_up():
    chain = [parse_code("110108014001003")]
    while (parent := chain[-1].parent()) is not None:
        chain.append(parent)
    assert [c.level for c in chain] == list(reversed(LEVELS))
