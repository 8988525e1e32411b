"""Small counts of people (D3.4; research/trust C8), as pure functions.

| reader                              | smallest count | smallest area | rounded |
|-------------------------------------|----------------|---------------|---------|
| with person rights, in their area   | exact          | none          | no      |
| staff above the grid (`STAFF`)      | 5              | 40 residents  | no      |
| wall display and public (`PUBLIC`)  | 10             | 40 residents  | to 5    |

What is hidden must not come back by subtraction, in one table or across the tables of a region
tree, whose rows are the totals of the tables below. So every hidden number is given a *move*: a
change of hidden numbers by one person that leaves all that is shown as it was. A move of a row,
(up, down), makes one category larger and another smaller by one. It is made good by a second row
of the table that does the opposite, or by a move of the table's own totals; and every move of a
row is handed down to the table below that row (`hide_table`), which hides two of its numbers so
that the move can happen there, too. Zeros are small counts: that nobody is there tells as well.

The same counts always hide the same numbers: nothing is random, so asking twice tells no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

Move = tuple[int, int]
"""(category that grows, category that shrinks), as column numbers."""
RowMove = tuple[int, int, int]
"""The row, and a move in it."""
Option = tuple[tuple[bool, int], list[RowMove]]
"""A price, lower is better, and the moves that are to be had for it."""


@dataclass(frozen=True)
class Rule:
    """`least`: smallest count shown; `area`: residents an area must have; `base`: rounding."""

    least: int
    area: int
    base: int = 1


STAFF = Rule(least=5, area=40)
PUBLIC = Rule(least=10, area=40, base=5)


@dataclass(frozen=True)
class HiddenTable:
    """`cells[r, c]` is true where a count is hidden; `moves[r]` go on to the table below row r."""

    cells: np.ndarray
    moves: tuple[frozenset[Move], ...]


@dataclass(frozen=True)
class HiddenRow:
    """`cells[c]` is true where a count is hidden, `total` where their sum is.

    `moves` go on to the table this row sums up.
    """

    cells: np.ndarray
    total: bool = False
    moves: frozenset[Move] = frozenset()


def shown(count: int, rule: Rule | None, coin: float = 0.5) -> int:
    """A count that may be shown, rounded as the rule says.

    Up or down by the cell's own `coin`, 0 to 1, so that sums stay right on average and the nearest
    multiple does not tell in which half of it the count lies.
    """
    if rule is None:
        return count
    rest = count % rule.base
    return count - rest + (rule.base if coin * rule.base < rest else 0)


def hide_totals(totals: Sequence[int], rule: Rule) -> frozenset[int]:
    """Rows whose number of residents is hidden, where the sum of all rows is shown.

    Areas with fewer residents than the rule asks for, and then the smallest others, until those
    hidden are at least two and together large enough. An area where nobody lives shows its 0.
    """
    hidden = [r for r, n in enumerate(totals) if 0 < n < max(rule.area, rule.least)]
    others = sorted((n, r) for r, n in enumerate(totals) if n > 0 and r not in hidden)
    while hidden and others and (len(hidden) < 2 or sum(totals[r] for r in hidden) < rule.area):
        hidden.append(others.pop(0)[1])
    return frozenset(hidden)


def hide_top_row(counts: Sequence[int], rule: Rule) -> HiddenRow:
    """The topmost row of totals a reader sees: nothing lies above it.

    Its sum is shown, unless the whole area has fewer residents than the rule asks for.
    """
    row = np.asarray(counts)
    if 0 < row.sum() < max(rule.area, rule.least):
        return HiddenRow(np.ones(len(row), dtype=bool), total=True)
    hidden = (row < rule.least) & (row.sum() > 0) & (len(row) > 1)
    moves = set()
    for up in np.flatnonzero(hidden):
        down = min(
            (c for c in range(len(row)) if c != up and row[c] > 0),
            key=lambda c: (row[c] < rule.least, 0 if hidden[c] else row[c], c),
        )
        hidden[down] = True
        moves.add((int(up), int(down)))
    return HiddenRow(hidden, moves=frozenset(moves))


def hide_table(
    table: Sequence[Sequence[int]], hidden_rows: Iterable[int], moves: Iterable[Move], rule: Rule
) -> HiddenTable:
    """What to hide of the counts of each row (region) in each column (category).

    `hidden_rows` are those of `hide_totals`; `moves` are those of the row that sums this table up,
    whose total is shown.
    """
    work = _Table(np.asarray(table, dtype=np.int64), frozenset(hidden_rows), rule)
    if work.counts.shape[1] > 1:
        work.hide_small()
        work.realise(sorted(moves))
        if len(work.active) > 1:
            for row, column in work.exposed():
                work.protect(row, column)
    return HiddenTable(work.hidden, tuple(frozenset(found) for found in work.moves))


class _Table:
    """Counts while their hiding is worked out."""

    def __init__(self, counts: np.ndarray, hidden_rows: frozenset[int], rule: Rule) -> None:
        self.counts, self.hidden_rows, self.rule = counts, hidden_rows, rule
        self.hidden = np.zeros(counts.shape, dtype=bool)
        self.hidden[sorted(hidden_rows)] = True
        self.moves: list[set[Move]] = [set() for _ in counts]
        self.active = [int(r) for r in np.flatnonzero(counts.sum(axis=1))]
        self.above: list[Move] = []

    def hide_small(self) -> None:
        """Counts below the least, in rows where anybody lives; a lone row is its own total."""
        if len(self.active) > 1:
            self.hidden[self.active] |= self.counts[self.active] < self.rule.least

    def realise(self, moves: list[Move]) -> None:
        """Let the totals' moves happen in the row with most of what shrinks."""
        self.above = moves
        for up, down in moves:
            self._move(int(np.argmax(self.counts[:, down])), up, down)

    def exposed(self) -> list[tuple[int, int]]:
        """Small counts; in hidden rows only those no other hidden row could take from or give to.

        Between two rows with hidden totals a person can be moved without a trace.
        """
        rows = sorted(self.hidden_rows)
        found = []
        for r in self.active:
            for c in np.flatnonzero(self.hidden[r]):
                others = [o for o in rows if o != r]
                free = r in self.hidden_rows and (
                    self.counts[r, c] > 0 or bool(self.counts[others, c].any())
                )
                if not free and self.counts[r, c] < self.rule.least:
                    found.append((r, int(c)))
        return found

    def protect(self, row: int, column: int) -> None:
        """Give the count at (row, column) a move, at the least cost in further hidden counts."""
        if any(column in move for move in self.moves[row]):
            return
        best = min(self._options(row, column), key=lambda option: option[0], default=None)
        if best is None:  # rows and totals were read before and after a change
            self.hidden[:] = True
            return
        for other, up, down in best[1]:
            self._move(other, up, down)

    def _options(self, row: int, column: int) -> Iterator[Option]:
        """(cost, moves by row): with another row, or carried by a move of the totals."""
        for down in range(self.counts.shape[1]):
            if down == column or self.counts[row, down] == 0:
                continue
            first = (row, column, down)
            for end in {column, *(d for u, d in self.above if u == column)}:
                if end == down:
                    yield self._priced([first])
                    continue
                for other in self.active:
                    if other != row and self.counts[other, end] > 0:
                        yield self._priced([first, (other, down, end)])

    def _priced(self, moves: list[RowMove]) -> Option:
        """Prefer moves that can be large, then few newly hidden people, then the first."""
        room = min(int(self.counts[row, down]) for row, _, down in moves)
        cells = {(row, c) for row, up, down in moves for c in (up, down)}
        price = sum(int(self.counts[cell]) + 1 for cell in cells if not self.hidden[cell])
        return (room < self.rule.least, price), moves

    def _move(self, row: int, up: int, down: int) -> None:
        self.hidden[row, [up, down]] = True
        self.moves[row].add((up, down))
