"""What the audit log costs: `python -m bench.audit [writers] [events each] [events to verify]` (LG-2, C5).

Runs in a database of its own inside the bench cluster, which it drops afterwards.
"""

from __future__ import annotations

import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from bench.cpu import spent
from bench.load import Figures
from bench.place import HOME, cluster, say
from geoapp.audit.actions import mark_key, record
from geoapp.audit.codes import Action
from geoapp.audit.rules import SYSTEM, Event, body_of, mark
from geoapp.audit.sealing import Sealer
from geoapp.audit.verification import verify
from geoapp.core.anchor_files import set_aside
from geoapp.core.clock import now
from geoapp.core.cluster import Cluster
from geoapp.core.cluster_roles import drop_database, ensure_database
from geoapp.core.db import app_engine, owner_engine, owner_transaction
from geoapp.core.migrate import upgrade
from geoapp.core.settings import Settings, get_settings

NAME = "bench_audit"
AT_ONCE = 10_000
CONNECTIONS = 48
"""What the pool of a process has: whoever would be one more waits here, where waiting has no end."""


def main(writers: int = 50, each: int = 1000, many: int = 300_000) -> int:
    """Appends a second with one transaction each, forks, seconds to seal and to verify."""
    with cluster() as found, own_database(found) as settings:
        append(settings, found, writers, each)
        seal_and_verify(settings, many)
    return 0


def measure_appends(found: Cluster, writers: int, each: int) -> dict[str, Figures]:
    """The figures of `append` alone, for the table of the measurements."""
    with own_database(found) as settings:
        return {"ours": append(settings, found, writers, each)}


@contextmanager
def own_database(found: Cluster) -> Iterator[Settings]:
    """Settings of an empty database in the bench cluster, whose commits are durable."""
    keys = str(get_settings().key_dir)  # `record` marks with the keys of this process
    settings = Settings.from_env({"GEOAPP_DATA_DIR": str(HOME), "GEOAPP_DATABASE_NAME": NAME, "GEOAPP_KEY_DIR": keys})
    drop_database(found.place, NAME)
    set_aside(settings)
    ensure_database(found.place, NAME)
    upgrade(settings)
    try:
        yield settings
    finally:
        app_engine(settings).dispose()
        owner_engine(settings).dispose()
        drop_database(found.place, NAME)


def append(settings: Settings, found: Cluster, writers: int, each: int) -> Figures:
    """`writers` threads, `each` events apiece, each its own durable commit, while the sealer runs."""
    sealer, done = Sealer(settings), threading.Event()
    walls: list[float] = []
    turn = threading.Semaphore(CONNECTIONS)

    def write() -> None:
        for _ in range(each):
            begun = time.perf_counter()
            with turn, app_engine(settings).begin() as connection:
                record(connection, SYSTEM, Action.REVEAL, register="residents", fields=["phone"], count=1)
            walls.append((time.perf_counter() - begun) * 1000)

    def seal() -> None:
        while not done.wait(1):
            sealer.run()

    threads = [threading.Thread(target=write) for _ in range(writers)]
    beside = threading.Thread(target=seal)
    before, own, start = spent(found.pid), time.process_time(), time.perf_counter()
    for thread in [*threads, beside]:
        thread.start()
    for thread in threads:
        thread.join()
    seconds, mine, theirs = time.perf_counter() - start, time.process_time() - own, spent(found.pid) - before
    done.set()
    beside.join()
    sealer.run()
    with owner_transaction(settings) as connection:
        forks = connection.scalar(text("SELECT count(*) - count(DISTINCT previous) FROM audit_seal"))
        durable = connection.scalar(text("SELECT current_setting('fsync') || current_setting('synchronous_commit')"))
        whole = connection.scalar(text("SELECT count(*) FROM audit_seal"))
    count = writers * each
    say(f"{writers} writers x {each}: {count / seconds:,.0f} appends/s, {forks} forks")
    if forks or whole != count or durable != "onon":
        raise RuntimeError(f"{forks} forks, {whole} of {count} sealed, fsync and synchronous_commit {durable}")
    middle = statistics.quantiles(walls, n=20)
    return Figures(count, theirs * 1000 / count, mine * 1000 / count, middle[9], middle[-1], 0.0, count / seconds)


def seal_and_verify(settings: Settings, many: int) -> None:
    """Fill up to `many` events, seal them, verify all."""
    key = mark_key(settings)
    with owner_transaction(settings) as connection:
        there = connection.scalar(text("SELECT count(*) FROM audit_event"))
        for start in range(there, many, AT_ONCE):
            lines = [body_of(Event(Action.REVEAL, SYSTEM, now(), "residents", fields=("phone",), count=1))
                     for _ in range(min(AT_ONCE, many - start))]  # fmt: skip
            connection.execute(
                text("INSERT INTO audit_event (body, mark) SELECT CAST(b AS json), m "
                     "FROM unnest(CAST(:b AS text[]), CAST(:m AS bytea[])) x (b, m)"),
                {"b": lines, "m": [mark(key, line.encode()) for line in lines]},
            )
    start_at = time.perf_counter()
    sealed = Sealer(settings).run()
    say(f"sealed {sealed} in {time.perf_counter() - start_at:.1f} s")
    start_at = time.perf_counter()
    with owner_transaction(settings) as connection:
        report = verify(connection, settings)
    seconds = time.perf_counter() - start_at
    say(f"verified {report.events} in {seconds:.1f} s: {report.trouble or 'whole'}")


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:4])))
