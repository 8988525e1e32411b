"""Who may belong to a household, and what may be done with it (A3.10 to A3.13)."""

from __future__ import annotations

import pytest

from geoapp.core.errors import Conflict, InvalidInput
from geoapp.households import rules
from geoapp.households.rules import Candidate

GRID, OTHER = 110108001001001, 110108001001002


@pytest.mark.parametrize(("kind", "person", "fine"), [
    ("hukou", Candidate("registered", "active", GRID, None), True),
    ("hukou", Candidate("registered", "active", GRID, 8), True),  # of another number
    ("hukou", Candidate("registered", "active", GRID, 7), False),
    ("hukou", Candidate("floating", "active", GRID, None), False),
    ("hukou", Candidate("unregistered", "active", GRID, None), False),
    ("hukou", Candidate("overseas", "active", GRID, None), False),
    ("hukou", Candidate("registered", "deregistered", GRID, None), False),
    ("hukou", Candidate("registered", "active", OTHER, None), False),
    ("family", Candidate("registered", "active", GRID, None), True),
    ("family", Candidate("floating", "active", GRID, None), True),
    ("family", Candidate("unregistered", "active", GRID, None), True),
    ("family", Candidate("overseas", "active", GRID, None), True),
    ("family", Candidate("overseas", "active", GRID, 8), False),  # attached already
    ("family", Candidate("floating", "deregistered", GRID, None), False),
    ("family", Candidate("floating", "active", OTHER, None), False),
])  # fmt: skip
def test_a312_a313_candidates_are_exactly_these(kind, person, fine):
    assert rules.is_candidate(kind, person, 7, GRID) is fine
    if fine:
        rules.check_candidate(kind, person, 7, GRID)
    else:
        with pytest.raises(InvalidInput):
            rules.check_candidate(kind, person, 7, GRID)


def test_a313_local_families_are_switched():
    rules.check_kind("hukou", families=False)
    rules.check_kind("family", families=True)
    for kind, on in (("family", False), ("", True), ("household", True)):
        with pytest.raises(InvalidInput):
            rules.check_kind(kind, on)


@pytest.mark.parametrize(("text", "number"), [(" h1 ", "H1"), ("ｈ１２", "H12"), ("字" * 32, "字" * 32), ("", None), ("1 2", None), ("1" * 33, None), ("1\x002", None)])
def test_a310_a_number_is_one_word(text, number):
    if number is None:
        with pytest.raises(InvalidInput):
            rules.normal_number(text)
    else:
        assert rules.normal_number(text) == number


def test_a311_the_head_is_a_member_and_only_an_empty_one_goes():
    """And, as A17 has it, for a reason."""
    rules.check_head({1, 2}, 2)
    rules.check_delete(0, "merged")
    with pytest.raises(InvalidInput):
        rules.check_head({1, 2}, 3)
    with pytest.raises(Conflict):
        rules.check_delete(1, "merged")
    for reason in ("", "unheard_of"):
        with pytest.raises(InvalidInput):
            rules.check_delete(0, reason)
