"""Processes that help a first fill: each takes spans of grids, so two never meet in a house or at a number.

A helper ends when its pipe closes, so also when the process it helps was killed: the piece it is at is
then committed or not, and either way each row's own mark says which.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, NamedTuple

AHEAD = 2
"""Spans a helper has at a time: one it is at, one to go on with."""
MOST = 4
"""Processes of one fill. Beyond that they wait for each other in the same indexes."""


class Span(NamedTuple):
    """Grids from one key to another, and how many rows wait there."""

    lo: int
    hi: int
    rows: int


@dataclass
class Helper:
    """A process, its pipe, and how many spans it has."""

    process: BaseProcess
    pipe: Connection
    has: int = 0


def processes_for(rows: int, least: int) -> int:
    """How many processes a fill of so many rows is worth: each takes seconds to start, so has `least` rows at least."""
    return max(1, min(len(os.sched_getaffinity(0)), MOST, rows // least))


def share(
    spans: Iterable[Span], do: Callable[[Span], object], told: Callable[[Any], object], helpers: Iterable[Helper]
) -> None:
    """All spans done, by this process with `do` and by its helpers; `told` hears what each of these answers.

    Raises what one of them raised, and EOFError where one was killed.
    """
    left, crew = deque(spans), list(helpers)
    while left or any(one.has for one in crew):
        for one in crew:
            while left and one.has < AHEAD:
                one.pipe.send(left.popleft())
                one.has += 1
        ready = wait([one.pipe for one in crew if one.has], timeout=0 if left else None)
        for helper in [one for one in crew if one.pipe in ready]:
            answer = helper.pipe.recv()
            helper.has -= 1
            if isinstance(answer, BaseException):
                raise answer
            told(answer)
        if left:
            do(left.popleft())


@contextmanager
def helping(count: int, work: Callable[..., Callable[[Span], object]], *facts: object) -> Iterator[list[Helper]]:
    """So many helpers, each doing what `work(*facts)` gives it; at the end they finish the span they are at."""
    helpers = [_start(work, facts) for _ in range(count)]
    try:
        yield helpers
    finally:
        for one in helpers:
            one.pipe.close()
        for one in helpers:
            one.process.join()


# -- parts ---------------------------------------------------------------------------------


def _start(work: Callable[..., Callable[[Span], object]], facts: tuple[object, ...]) -> Helper:
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_help, args=(theirs, work, facts), daemon=True)
    process.start()
    theirs.close()
    return Helper(process, ours)


def _help(pipe: Connection, work: Callable[..., Callable[[Span], object]], facts: tuple[object, ...]) -> None:
    """The helper's own side. A pipe that closes is the end."""
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        do = work(*facts)
        while True:
            span = pipe.recv()
            try:
                answer: object = do(span)
            except Exception as error:  # whatever it was is said where the fill is
                answer = RuntimeError(f"{type(error).__name__}: {error}")
            pipe.send(answer)
