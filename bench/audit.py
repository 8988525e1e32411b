"""What the audit log costs: `python -m bench.audit [writers] [events each] [events to verify]` (LG-2, C5).

Runs in a database of its own inside the bench cluster, which it drops afterwards.
"""

from __future__ import annotations

import sys
import threading
import time

from sqlalchemy import text

from bench.place import HOME, say
from geoapp.audit.actions import mark_key, record
from geoapp.audit.codes import Action
from geoapp.audit.rules import SYSTEM, Event, body_of, mark
from geoapp.audit.sealing import Sealer
from geoapp.audit.verification import verify
from geoapp.core.anchor_files import set_aside
from geoapp.core.clock import now
from geoapp.core.cluster import Cluster
from geoapp.core.cluster_roles import drop_database, ensure_database
from geoapp.core.db import app_engine, owner_transaction
from geoapp.core.migrate import upgrade
from geoapp.core.settings import Settings, get_settings

NAME = "bench_audit"
AT_ONCE = 10_000


def main(writers: int = 50, each: int = 1000, many: int = 300_000) -> int:
    """Appends a second with one transaction each, forks, seconds to seal and to verify."""
    keys = str(get_settings().key_dir)  # `record` marks with the keys of this process
    settings = Settings.from_env({"GEOAPP_DATA_DIR": str(HOME), "GEOAPP_DATABASE_NAME": NAME, "GEOAPP_KEY_DIR": keys})
    cluster = Cluster(HOME, time_zone=settings.time_zone)
    with cluster.use():
        drop_database(cluster.place, NAME)
        set_aside(settings)
        ensure_database(cluster.place, NAME)
        upgrade(settings)
        try:
            append(settings, writers, each)
            seal_and_verify(settings, many)
        finally:
            app_engine(settings).dispose()
            drop_database(cluster.place, NAME)
    return 0


def append(settings: Settings, writers: int, each: int) -> None:
    """`writers` threads, `each` events apiece, while the sealer runs."""
    sealer, done = Sealer(settings), threading.Event()

    def write() -> None:
        for _ in range(each):
            with app_engine(settings).begin() as connection:
                record(connection, SYSTEM, Action.REVEAL, register="residents", fields=["phone"], count=1)

    def seal() -> None:
        while not done.wait(1):
            sealer.run()

    threads = [threading.Thread(target=write) for _ in range(writers)]
    beside = threading.Thread(target=seal)
    start = time.perf_counter()
    for thread in [*threads, beside]:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - start
    done.set()
    beside.join()
    sealer.run()
    with owner_transaction(settings) as connection:
        forks = connection.scalar(text("SELECT count(*) - count(DISTINCT previous) FROM audit_seal"))
    say(f"{writers} writers x {each}: {writers * each / seconds:,.0f} appends/s, {forks} forks")


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
