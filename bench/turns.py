"""Ways of doing one thing, asked in turns, so that a busy machine meets all of them alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bench.cpu import spent
from bench.load import Figures

Ask = Callable[[int], int]
"""Does it for the n-th time; how many bytes it gave."""


@dataclass
class Spent:
    """What one way needed: for each turn CPU milliseconds of database and server, and walls."""

    database: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    walls: list[float] = field(default_factory=list)
    size: int = 0

    def figures(self) -> Figures:
        """Medians of the turns."""
        count, middle = len(self.walls), statistics.quantiles(self.walls, n=100, method="inclusive")
        return Figures(
            count, statistics.median(self.database), statistics.median(self.server), middle[49], middle[94],
            self.size / count / 1000, 1000 * count / sum(self.walls),
        )  # fmt: skip


def in_turns(
    ways: Mapping[str, Ask], database: int, servers: Mapping[str, int], *, turns: int, each: int
) -> dict[str, Figures]:
    """Figures by way. `servers` are the processes that do the work; without one it is this process."""
    told = {name: Spent() for name in ways}
    for turn in range(-1, turns):  # the first warms up
        for name, ask in ways.items():
            one = _turn(ask, range(turn * each, (turn + 1) * each), database, servers.get(name))
            if turn >= 0:
                kept = told[name]
                kept.database.append(one.database[0])
                kept.server.append(one.server[0])
                kept.walls += one.walls
                kept.size += one.size
    return {name: one.figures() for name, one in told.items()}


def _turn(ask: Ask, numbers: range, database: int, server: int | None) -> Spent:
    made = Spent()
    before, own = (spent(database), spent(server)), time.process_time()
    for number in numbers:
        start = time.perf_counter()
        made.size += ask(number)
        made.walls.append((time.perf_counter() - start) * 1000)
    mine = time.process_time() - own if server is None else spent(server) - before[1]
    made.database.append((spent(database) - before[0]) * 1000 / len(numbers))
    made.server.append(mine * 1000 / len(numbers))
    return made
