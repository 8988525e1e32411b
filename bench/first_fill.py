"""The first fill beside a staged COPY with an upsert of the same sealed rows into the same table, with all indexes.

`python -m bench.claiming --rows 3000000` calls it. Rows are made, and sent again, in pieces; the fill runs in a process
of its own, whose peak of memory is told (`python -m bench.first_fill BATCH …`: one line of JSON).
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, text

from bench.place import say
from geoapp.core.settings import get_settings

AIM, AT_ONCE = 2.0, 100_000
"""The ratio (#6, figure 3); rows of a piece of the staged COPY."""
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Took:
    """Seconds by the clock, and of processors: the database's and our processes'."""

    clock: float = 0.0
    database: float = 0.0
    python: float = 0.0

    @property
    def processors(self) -> float:
        """Seconds of processors, whoever used them."""
        return self.database + self.python


def filled(batches: list[int], rows: int, postmaster: int) -> bool:
    """Fill the batches, send the same again, say both; whether the aim is met."""
    load = os.getloadavg()[0]
    ours, peaks = _filled(batches, rows, postmaster)
    say(f"first fill of {rows:,} residents (load {load:.0f}): {_words(ours, rows)}")
    say(f"peak of memory: {peaks[0]:.0f} MB, of a helper {peaks[1]:.0f} MB")
    theirs = _sent_again(rows, postmaster)
    ratio, work = ours.clock / theirs.clock, ours.processors / theirs.processors
    say(f"staged COPY + upsert: {_words(theirs, rows)}")
    say(f"{ratio:.2f} times by the clock (<= {AIM}), {work:.2f} times of processors")
    return ratio <= AIM


def killed(batches: list[int], rows: int) -> bool:
    """Killed when a third is made and started again: each row has one record, and that all that belongs to it."""
    command = [sys.executable, "-m", "bench.first_fill", *map(str, batches)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while process.poll() is None and _count("resident") < rows // 3:
        time.sleep(0.05)
    process.kill()
    process.wait()
    before = _count("resident")
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    there = {name: _count(name) for name in ("resident", "number_check", "record_change")}
    named = _count("(SELECT DISTINCT resident_id FROM name_token) x")
    marked = _count("(SELECT DISTINCT target_id FROM import_row WHERE state = 10) x")
    found = f"{there}, {named:,} found by name, {marked:,} rows marked"
    say(f"killed at {before:,} of {rows:,} rows and started again: {found}")
    return {*there.values(), named, marked} == {rows}


def main() -> int:
    """Fill the batches that are named; what was made and what it took, as JSON."""
    from geoapp.importing.filling import fill

    made, start = 0, time.perf_counter()
    for batch in sys.argv[1:]:
        made += fill(get_settings(), int(batch)).made
    clock = time.perf_counter() - start
    us, crew = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    cpu = sum(one.ru_utime + one.ru_stime for one in (us, crew))
    peaks = [_own_peak(), crew.ru_maxrss / 1024]
    print(json.dumps({"made": made, "clock": clock, "cpu": cpu, "peaks": peaks}))
    return 0


# -- parts ---------------------------------------------------------------------------------


def _own_peak() -> float:
    """MB since this program began; what getrusage tells is that of the program before `exec`, too."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def _count(what: str) -> int:
    from geoapp.core.db import owner_transaction

    with owner_transaction() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {what}")).scalar_one())


def _words(took: Took, rows: int) -> str:
    rate = f"{took.clock:.1f} s, {rows / took.clock:,.0f} rows/s"
    return f"{rate} (processors: database {took.database:.1f} s, Python {took.python:.1f} s)"


def _filled(batches: list[int], rows: int, postmaster: int) -> tuple[Took, list[float]]:
    before = _database_seconds(postmaster)
    command = [sys.executable, "-m", "bench.first_fill", *map(str, batches)]
    told = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
    if told["made"] != rows:
        raise RuntimeError(f"{told['made']} of {rows} rows")
    return Took(told["clock"], _database_seconds(postmaster) - before, told["cpu"]), told["peaks"]


def _sent_again(rows: int, postmaster: int) -> Took:
    """The rows the fill has made, sent again into the emptied table, all of its indexes in place."""
    from geoapp.core.bulk import copy_rows
    from geoapp.core.db import owner_transaction
    from geoapp.importing.fill_statements import STORED

    columns = STORED | {"no_house_reason": "text"}
    names, types = ", ".join(columns), ", ".join(f"{name} {kind}" for name, kind in columns.items())
    with owner_transaction() as connection:
        connection.execute(text("DROP TABLE IF EXISTS kept"))
        connection.execute(text(f"CREATE UNLOGGED TABLE kept AS SELECT {names} FROM resident"))
        connection.execute(text("TRUNCATE resident CASCADE"))
    took, sent = Took(), 0
    with owner_transaction() as reading:
        for lines in _pieces(reading, names):
            with _timed(took, postmaster), owner_transaction() as connection:
                connection.execute(text(f"CREATE TEMP TABLE staged ({types}) ON COMMIT DROP"))
                sent += copy_rows(connection, "staged", columns, lines)
                connection.execute(text(
                    f"INSERT INTO resident ({names}, origin) SELECT {names}, 'entered' FROM staged "
                    "ON CONFLICT (county_code, id) DO UPDATE SET name = excluded.name"
                ))  # fmt: skip
    with owner_transaction() as connection:
        connection.execute(text("DROP TABLE kept"))
    if sent != rows:
        raise RuntimeError(f"{sent} of {rows} rows")
    return took


def _pieces(connection: Connection, names: str) -> Iterator[list[tuple]]:
    found = connection.execution_options(yield_per=AT_ONCE).execute(text(f"SELECT {names} FROM kept"))
    for piece in found.partitions():
        yield [tuple(row) for row in piece]


@contextmanager
def _timed(took: Took, postmaster: int) -> Iterator[None]:
    clocks: tuple[Callable[[], float], ...] = (
        time.perf_counter, lambda: _database_seconds(postmaster), time.process_time,
    )  # fmt: skip
    before = [clock() for clock in clocks]
    yield
    clock, database, python = (clock() - start for clock, start in zip(clocks, before, strict=True))
    took.clock, took.database, took.python = took.clock + clock, took.database + database, took.python + python


def _database_seconds(postmaster: int) -> float:
    """Seconds of processors of a server and all its processes, those that ended included."""
    tasks = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    total = sum(_ticks(postmaster))
    for pid in tasks:
        try:
            total += sum(_ticks(int(pid))[:2])
        except FileNotFoundError:  # it has ended since
            continue
    return total / _TICKS


def _ticks(pid: int) -> list[int]:
    """Its own time in user and system, and that of its processes that have ended."""
    return [int(one) for one in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]]


if __name__ == "__main__":
    sys.exit(main())
