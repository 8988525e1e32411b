"""One client, then eight: wall times, CPU, requests a second. Bounded in requests and seconds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass
from itertools import islice

from bench.cpu import spent

CLIENTS = 8
Ask = Callable[[object], int]
"""Sends one request and returns the bytes of its answer; raises for a wrong one."""


@dataclass(frozen=True)
class Limits:
    """How long a measurement may take."""

    requests: int = 300
    seconds: float = 6.0
    warm: int = 6
    crowd_seconds: float = 4.0

    def within(self, most: Limits) -> Limits:
        """These, as far as `most` allows."""
        mine, others = astuple(self), astuple(most)
        return Limits(*(min(pair) for pair in zip(mine, others, strict=True)))


QUICK = Limits(60, 0.8, 3, 0.4)


@dataclass(frozen=True)
class Way:
    """One way of doing a job. `client()` opens a connection and returns (ask, close).

    `processes` are the roots of the families that do the work: database, server (None for none).
    """

    name: str
    client: Callable[[], tuple[Ask, Callable[[], None]]]
    database: int
    server: int | None = None


@dataclass(frozen=True)
class Figures:
    """What a way needed for a job: milliseconds, requests a second, kilobytes an answer."""

    requests: int
    cpu_database: float
    cpu_server: float
    p50: float
    p95: float
    kilobytes: float
    rps: float
    crowd_rps: float | None = None
    crowd_p95: float | None = None

    @property
    def cpu(self) -> float:
        return self.cpu_database + self.cpu_server


def measure(way: Way, requests: Sequence[object], limits: Limits, crowd: bool = True) -> Figures:
    """Warm up, ask one after the other, then from CLIENTS threads at once."""
    ask, close = way.client()
    try:
        for request in islice(requests, limits.warm):
            ask(request)
        before = spent(way.database), spent(way.server)
        walls, size = _alone(ask, requests, limits)
        after = spent(way.database), spent(way.server)
    finally:
        close()
    count = len(walls)
    database, server = ((b - a) * 1000 / count for a, b in zip(before, after, strict=True))
    rps, p95 = _crowd(way, requests, limits) if crowd else (None, None)
    return Figures(
        count, database, server, _percentile(walls, 50), _percentile(walls, 95), size / count / 1000,
        count / sum(walls), rps, p95,
    )  # fmt: skip


def _alone(ask: Ask, requests: Sequence[object], limits: Limits) -> tuple[list[float], int]:
    walls: list[float] = []
    size, end = 0, time.perf_counter() + limits.seconds
    for request in islice(requests, limits.requests):
        start = time.perf_counter()
        size += ask(request)
        walls.append(time.perf_counter() - start)
        if time.perf_counter() > end:
            break
    return walls, size


def _crowd(way: Way, requests: Sequence[object], limits: Limits) -> tuple[float, float]:
    opened = [way.client() for _ in range(CLIENTS)]
    try:
        for ask, _ in opened:
            ask(requests[0])
        start = time.perf_counter()

        def work(number: int) -> list[float]:
            ask, walls = opened[number][0], []
            place = number * len(requests) // CLIENTS
            while time.perf_counter() - start < limits.crowd_seconds:
                begun = time.perf_counter()
                ask(requests[place % len(requests)])
                walls.append(time.perf_counter() - begun)
                place += 1
            return walls

        with ThreadPoolExecutor(CLIENTS) as pool:
            walls = [wall for part in pool.map(work, range(CLIENTS)) for wall in part]
        seconds = time.perf_counter() - start
    finally:
        for _, close in opened:
            close()
    return len(walls) / seconds, _percentile(walls, 95)


def _percentile(walls: list[float], share: int) -> float:
    """Milliseconds."""
    if len(walls) == 1:
        return walls[0] * 1000
    return statistics.quantiles(walls, n=100, method="inclusive")[share - 1] * 1000
