"""The layout of a building's units (楼盘表): entrances, storeys from top to bottom, columns."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from geoapp.houses.unit_grid import lay_out


@dataclass(frozen=True)
class Unit:
    id: int
    entrance: int | None
    storey: int | None
    room: str | None


def units(*rooms, entrance=1):
    return [Unit(n, entrance, storey, room) for n, (storey, room) in enumerate(rooms, start=1)]


def shown(grid):
    """{entrance: [(storey, [room or None])]}, as the page shows it."""
    return {
        e.entrance: [(r.storey, [c and c.room for c in r.cells]) for r in e.rows]
        for e in grid.entrances
    }


def test_storeys_run_from_top_to_bottom_and_rooms_from_left_to_right():
    grid = lay_out(units((1, "102"), (1, "101"), (2, "201"), (2, "202")))
    assert shown(grid) == {1: [(2, ["201", "202"]), (1, ["101", "102"])]}


def test_rooms_with_one_ending_share_a_column_and_gaps_stay_open():
    grid = lay_out(units((1, "101"), (1, "103"), (2, "202"), (2, "203"), (10, "1001")))
    rows = dict(shown(grid)[1])
    assert rows[1] == ["101", None, "103"]
    assert rows[2] == [None, "202", "203"]
    assert rows[10] == ["1001", None, None]


def test_storeys_of_the_building_without_a_house_stand_empty():
    grid = lay_out(units((1, "101")), storeys=3, entrances=2)
    assert [r.storey for r in grid.entrances[0].rows] == [3, 2, 1]
    assert [e.entrance for e in grid.entrances] == [1, 2]
    assert grid.entrances[1].units == 0


def test_storeys_below_ground_stand_below_and_there_is_no_storey_0():
    grid = lay_out(units((-1, "B101"), (-2, "B201"), (1, "101")))
    assert [r.storey for r in grid.entrances[0].rows] == [1, -1, -2]
    assert [r.cells[0].room for r in grid.entrances[0].rows] == ["101", "B101", "B201"]


def test_names_that_tell_no_column_fill_each_storey_from_the_left():
    grid = lay_out(units((1, "东"), (1, "西"), (2, "甲"), (2, None)))
    rows = dict(shown(grid)[1])
    assert sorted(rows[1]) == ["东", "西"]
    assert rows[2] == ["甲", None]
    assert sum(c is not None for r in grid.entrances[0].rows for c in r.cells) == 4


def test_nine_stands_before_ten():
    grid = lay_out(units((1, "10"), (1, "9"), (1, "9A")))
    assert shown(grid)[1] == [(1, ["9", "9A", "10"])]


def test_houses_without_a_storey_are_listed_apart():
    grid = lay_out([Unit(1, 1, None, "门房"), Unit(2, None, None, None)])
    assert grid.entrances == ()
    assert [u.id for u in grid.unplaced] == [1, 2]


def test_an_unknown_entrance_comes_last():
    grid = lay_out([Unit(1, None, 1, "101"), Unit(2, 2, 1, "101"), Unit(3, 1, 1, "101")])
    assert [e.entrance for e in grid.entrances] == [1, 2, None]


rooms = st.one_of(
    st.none(), st.sampled_from(["101", "102", "1-1", "A", "101", "²", "B101", "１０１", "室", ""]), st.text(max_size=4)
)


@given(
    st.lists(st.tuples(st.one_of(st.none(), st.integers(1, 4)),
                       st.one_of(st.none(), st.integers(-3, 30).filter(bool)), rooms), max_size=40),
    st.one_of(st.none(), st.integers(0, 40)), st.one_of(st.none(), st.integers(0, 5)),
)  # fmt: skip
def test_every_house_stands_in_exactly_one_place(found, storeys, entrances):
    given_units = [Unit(n, *place) for n, place in enumerate(found)]
    grid = lay_out(given_units, storeys, entrances)
    placed = [c for e in grid.entrances for r in e.rows for c in r.cells if c is not None]
    assert sorted(u.id for u in (*placed, *grid.unplaced)) == [u.id for u in given_units]
    for entrance in grid.entrances:
        assert all(len(r.cells) == entrance.columns for r in entrance.rows)
        assert all(c.storey == r.storey and c.entrance == entrance.entrance
                   for r in entrance.rows for c in r.cells if c is not None)  # fmt: skip
