"""D3.4 and research/trust C8: small counts of people are hidden and do not come back by subtraction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_queries.small_cells import (
    PUBLIC,
    STAFF,
    HiddenRow,
    Rule,
    hide_table,
    hide_top_row,
    hide_totals,
    shown,
)


def test_d3_4_the_figures_of_the_decision():
    assert (STAFF.least, STAFF.area, STAFF.base) == (5, 40, 1)
    assert (PUBLIC.least, PUBLIC.area, PUBLIC.base) == (10, 40, 5)


@pytest.mark.parametrize(
    ("rule", "count", "text"),
    [(None, 1, 1), (STAFF, 5, 5), (STAFF, 43, 43), (PUBLIC, 10, 10), (PUBLIC, 12, 10), (PUBLIC, 13, 15), (PUBLIC, 18, 20)],
)
def test_d3_4_counts_on_the_wall_and_in_public_are_rounded_to_five_and_those_of_staff_are_not(rule, count, text):
    assert shown(count, rule) == text


@pytest.mark.parametrize(
    ("totals", "hidden"),
    [
        ((50, 60), set()),
        ((39, 60, 70), {0, 1}),  # one alone could be had by subtraction: the smallest other goes, too
        ((39, 39, 200), {0, 1}),  # two that together have 40 residents
        ((10, 20, 70, 90), {0, 1, 2}),  # the two together are still an area below 40
        ((0, 80, 90), set()),  # nobody lives there: nobody to protect
        ((12, 0, 300), {0, 2}),
        ((12,), {0}),
    ],
)
def test_d3_4_areas_below_forty_residents_are_hidden_with_enough_others(totals, hidden):
    assert hide_totals(totals, STAFF) == hidden


@pytest.mark.parametrize(
    ("counts", "hidden", "total"),
    [
        ((40, 30, 20), (False, False, False), False),
        ((40, 4, 20), (False, True, True), False),
        ((40, 0, 20), (False, True, True), False),  # a zero tells as well
        ((40, 2, 3), (True, True, True), False),
        ((20, 19), (True, True), True),  # an area below 40
        ((0, 0), (False, False), False),
        ((41,), (False,), False),
    ],
)
def test_d3_4_the_top_row_hides_a_small_category_and_a_partner(counts, hidden, total):
    row = hide_top_row(counts, STAFF)
    assert (tuple(row.cells), row.total) == (hidden, total)


def test_d3_4_a_hidden_count_has_three_partners_in_a_table():
    table = [(50, 3, 30), (60, 20, 9), (70, 25, 40)]
    hidden = hide_table(table, (), (), STAFF).cells
    assert hidden[0, 1]
    assert hidden.sum() == 4
    assert hidden.any(axis=0).sum() == hidden.any(axis=1).sum() == 2


def test_d3_4_counts_of_five_and_more_stay_where_nothing_is_small():
    assert not hide_table([(50, 5), (60, 20)], (), (), STAFF).cells.any()


def test_d3_4_the_same_counts_always_hide_the_same():
    table = [(50, 3, 30, 0), (60, 20, 9, 7), (70, 25, 40, 6)]
    first = hide_table(table, (), (), STAFF)
    assert all((hide_table(table, (), (), STAFF).cells == first.cells).all() for _ in range(5))


# -- every table of a region tree, attacked together -------------------------------------------


class World:
    """A tree of regions: `leaves[path]` are counts by category; tables are published as in breakdowns."""

    def __init__(self, counts: dict[tuple[int, ...], tuple[int, ...]], rule: Rule) -> None:
        self.leaves = {path: np.array(row) for path, row in counts.items()}
        self.order = list(self.leaves)
        self.width = len(next(iter(counts.values())))
        self.rule = rule
        self.known: list[tuple[np.ndarray, int]] = []
        self.secret: list[tuple[str, np.ndarray, int]] = []
        top = hide_top_row(self.row(()), rule)
        self.publish((), top)
        self.table((), top)

    def row(self, path) -> np.ndarray:
        return sum((row for leaf, row in self.leaves.items() if leaf[: len(path)] == path), np.zeros(self.width, int))

    def children(self, path) -> list[tuple[int, ...]]:
        return sorted({leaf[: len(path) + 1] for leaf in self.leaves if leaf[: len(path)] == path and len(leaf) > len(path)})

    def table(self, path, above: HiddenRow) -> None:
        children = self.children(path)
        if not children:
            return
        counts = [tuple(int(n) for n in self.row(child)) for child in children]
        if above.total:
            rows, cells, moves = set(range(len(children))), np.ones((len(children), self.width), bool), [()] * len(children)
        else:
            rows = hide_totals([sum(row) for row in counts], self.rule)
            found = hide_table(counts, rows, above.moves, self.rule)
            cells, moves = found.cells, found.moves
        for number, child in enumerate(children):
            row = HiddenRow(cells[number], above.total or number in rows, frozenset(moves[number]))
            self.publish(child, row)
            self.table(child, row)

    def publish(self, path, row: HiddenRow) -> None:
        counts = self.row(path)
        for category in range(self.width):
            self.note(f"{path}/{category}", self.sum_of(path, category), int(counts[category]), row.cells[category])
        self.note(f"{path}/total", self.sum_of(path, None), int(counts.sum()), row.total, self.rule.area)

    def note(self, name, terms, value, hidden, least=None) -> None:
        if not hidden:
            self.known.append((terms, value))
        elif value < (least or self.rule.least):
            self.secret.append((name, terms, value))

    def sum_of(self, path, category) -> np.ndarray:
        terms = np.zeros((len(self.order), self.width))
        inside = [n for n, leaf in enumerate(self.order) if leaf[: len(path)] == path]
        terms[inside, slice(None) if category is None else category] = 1
        return terms.ravel()

    def recovered(self) -> list[str]:
        """Secrets that subtraction, linear solving or bounds give away."""
        known = np.array([terms for terms, _ in self.known]).reshape(-1, len(self.order) * self.width)
        _, sizes, right = np.linalg.svd(known)
        free = right[(sizes > 1e-9).sum():]
        lower, upper = self.bounds()
        found = []
        for name, terms, _ in self.secret:
            linear = np.abs(free @ terms).max(initial=0) < 1e-7
            bounded = (terms @ upper) - (terms @ lower) < 1
            if linear or bounded:
                found.append(name)
        return found

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """What each leaf count must lie between, told by repeated subtraction of bounds."""
        size = len(self.order) * self.width
        lower, upper = np.zeros(size), np.full(size, float(self.row(()).sum()))
        for _ in range(30):
            before = (lower.copy(), upper.copy())
            for terms, value in self.known:
                at = terms > 0
                low, high = lower[at].sum(), upper[at].sum()
                upper[at] = np.minimum(upper[at], value - (low - lower[at]))
                lower[at] = np.maximum(lower[at], value - (high - upper[at]))
            if (before[0] == lower).all() and (before[1] == upper).all():
                break
        return lower, upper


COUNT = st.one_of(st.just(0), st.integers(0, 4), st.integers(0, 12), st.integers(20, 90))


@st.composite
def trees(draw):
    width = draw(st.integers(1, 5))
    row = st.tuples(*[COUNT] * width)
    leaves = {}
    for street in range(draw(st.integers(1, 3))):
        for community in range(draw(st.integers(1, 3))):
            for grid in range(draw(st.integers(1, 4))):
                leaves[(street, community, grid)] = draw(row)
    return leaves


@pytest.mark.parametrize("rule", [STAFF, PUBLIC], ids=["staff", "public"])
@settings(max_examples=120, deadline=None)
@given(leaves=trees())
def test_pr_2_no_small_count_of_any_table_of_a_tree_comes_back(rule, leaves):
    assert World(leaves, rule).recovered() == []


def test_pr_2_the_attack_finds_what_a_naive_rule_gives_away():
    """The attack itself works: hiding only what is small is undone at once."""
    world = World({(0, 0, 0): (50, 3), (0, 0, 1): (60, 20)}, STAFF)
    assert world.recovered() == []
    world.known, world.secret = [], [("small", world.sum_of((0, 0, 0), 1), 3)]
    for path, category in (((0, 0, 0), 0), ((0, 0, 0), None), ((0, 0, 1), 0), ((0, 0, 1), 1), ((), 1)):
        row = world.row(path)
        world.known.append((world.sum_of(path, category), int(row.sum() if category is None else row[category])))
    assert world.recovered() == ["small"]


@settings(max_examples=100, deadline=None)
@given(leaves=trees())
def test_d3_4_what_is_small_is_never_shown(leaves):
    """But for the zeros of an area where nobody lives."""
    world = World(leaves, STAFF)
    inhabited = {n for n, leaf in enumerate(world.order) if world.leaves[leaf].any()}
    for terms, value in world.known:
        places = set(np.flatnonzero(terms.reshape(-1, world.width).any(axis=1)))
        assert value >= STAFF.least or not places & inhabited


def test_moves_go_down_to_the_grids():
    """A category hidden for a community hides two of its counts in one grid, or the grids' sum would tell."""
    table = [(50, 3, 30), (60, 20, 9)]
    above = hide_table(table, (), (), STAFF)
    assert above.moves[1]
    below = hide_table([(30, 12, 5), (30, 8, 4)], (), above.moves[1], STAFF)
    for up, down in above.moves[1]:
        assert any(row[up] and row[down] for row in below.cells)


def test_totals_that_do_not_fit_their_rows_hide_everything():
    """They were read before and after a change by somebody else."""
    impossible = [(50, 0, 0), (60, 0, 0)]
    assert hide_table(impossible, (), (), STAFF).cells.all()
