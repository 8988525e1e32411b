"""`python -m bench.importing --kills 100`: an import killed again and again, app, its reader and database in turn.

In a cluster of its own under the bench's folder. A life of the importing process lasts a random time; then the
process, its reader alone, one of its database sessions, or the whole server gets SIGKILL. After each the rows
stored are exactly those that the batch says are done; at the end every row of the file is there once.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from contextlib import suppress
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.exc import DBAPIError

from bench.importing import DATABASE, regions, send_one, write_file
from bench.place import HOME, say
from geoapp.core.cluster import Cluster
from geoapp.core.cluster_roles import ensure_database
from geoapp.core.migrate import upgrade
from geoapp.core.settings import get_settings

VICTIMS = ("process", "reader", "session", "server")
SHORTEST, LONGEST = 0.2, 8.0
"""Seconds of a life at the start of a file; one that has further to go lives longer."""


def main(kills: int, rows: int) -> int:
    """Kill so many times; 1 where a row was lost or doubled."""
    home = HOME / "kills"
    os.environ |= {"GEOAPP_DATABASE_NAME": DATABASE, "GEOAPP_DATA_DIR": str(home), "GEOAPP_KEY_DIR": str(home / "keys")}
    get_settings.cache_clear()
    cluster = Cluster(home, time_zone="Asia/Shanghai")
    with cluster.use():
        ensure_database(cluster.place, DATABASE)
        settings = get_settings()
        upgrade(settings)
        regions(settings)
        file = write_file(rows)
        return _killed(cluster, file, kills, rows)


def _killed(cluster: Cluster, file: Path, kills: int, rows: int) -> int:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["geoapp.importing.staging"])
    dice, struck, files, told = random.Random(6), dict.fromkeys(VICTIMS, 0), 0, list[str]()
    while sum(struck.values()) < kills:
        batch, files = _send(file), files + 1
        while not _ended(cluster, batch):
            victim = VICTIMS[sum(struck.values()) % len(VICTIMS)] if sum(struck.values()) < kills else ""
            if _life(context, cluster, batch, rows, dice, victim):
                struck[victim] += 1
            told += _wrong(cluster, batch)
        told += _wrong(cluster, batch, rows)
    say(f"{sum(struck.values())} kills {struck} over {files} files of {rows:,} rows: {len(told)} wrong {told[:5]}")
    return 1 if told else 0


def _send(file: Path) -> int:
    """The file waits; our own sessions may have died with the server."""
    for _ in range(10):
        with suppress(DBAPIError):
            return send_one(get_settings(), file)
    return send_one(get_settings(), file)


def _life(
    context: ForkServerContext, cluster: Cluster, batch: int, rows: int, dice: random.Random, victim: str
) -> bool:
    """One process deals with the batch until it is done or killed; whether the blow struck a living one."""
    process = context.Process(target=_deal, args=(batch,))
    process.start()
    if not victim:
        process.join()
        return False
    process.join(SHORTEST + dice.random() * LONGEST * (1 + 3 * _done(cluster, batch) / rows))
    alive = process.is_alive()
    if alive and victim == "process":
        os.kill(process.pid or 0, signal.SIGKILL)
    elif alive:
        target = {"server": lambda: cluster.pid, "session": lambda: _session(cluster)}.get(
            victim, lambda: _reader(process.pid or 0)
        )()
        alive = target is not None
        if target:
            os.kill(target, signal.SIGKILL)
    process.join(120)
    if process.is_alive():
        process.kill()
        process.join()
    _wait(cluster)
    return alive


def _reader(parent: int) -> int | None:
    """The limited process that reads the file."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            above = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if above == parent and b"geoapp.loading.reading.main" in (folder / "cmdline").read_bytes():
                return int(folder.name)
    return None


def _deal(batch: int) -> None:
    from geoapp.importing.staging import run_batch

    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 2)
    run_batch(get_settings(), batch)


def _connect(cluster: Cluster) -> psycopg.Connection[Any]:
    from geoapp.core.cluster_place import OWNER_ROLE
    from geoapp.core.cluster_roles import connect

    return connect(cluster.place, DATABASE, OWNER_ROLE)


def _wait(cluster: Cluster) -> None:
    """Until the server answers again and no session of a killed process holds the batch."""
    for _ in range(600):
        with suppress(psycopg.OperationalError):
            if cluster.pid is None:
                cluster.revive()
            with _connect(cluster) as connection:
                if not connection.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'").fetchone():
                    return
        time.sleep(0.1)
    raise RuntimeError("the database does not come back")


def _session(cluster: Cluster) -> int | None:
    with _connect(cluster) as connection:
        found = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend' ORDER BY query ~ 'import_(row|piece)' DESC, random() LIMIT 1"
        ).fetchone()
    return found[0] if found else None


def _done(cluster: Cluster, batch: int) -> int:
    with _connect(cluster) as connection:
        found = connection.execute("SELECT done FROM import_batch WHERE id = %s", [batch]).fetchone()
    return int(found[0]) if found else 0


def _ended(cluster: Cluster, batch: int) -> bool:
    with _connect(cluster) as connection:
        found = connection.execute("SELECT state FROM import_batch WHERE id = %s", [batch]).fetchone()
    return found is not None and found[0] not in ("waiting", "running")


def _wrong(cluster: Cluster, batch: int, rows: int | None = None) -> list[str]:
    """What is not as it must be: rows 2 to `done` of the file, each once; all of them at the end."""
    with _connect(cluster) as connection:
        state, done, good, bad = connection.execute(
            "SELECT state, done, good, bad FROM import_batch WHERE id = %s", [batch]
        ).fetchone() or ("", 0, 0, 0)
        count, first, last, different = connection.execute(
            "SELECT count(*), min(row_no), max(row_no), count(DISTINCT row_no) FROM import_row WHERE batch_id = %s",
            [batch],
        ).fetchone() or (0, 0, 0, 0)
        if rows is not None:
            connection.execute("TRUNCATE import_row")
    wanted = rows if rows is not None else max(done - 1, 0)
    span = (first, last) == (2, wanted + 1) or not count
    if (count, different, good, bad) == (wanted, wanted, wanted, 0) and span and (rows is None or state == "done"):
        return []
    return [f"batch {batch} {state}: done {done}, {count} rows {first} to {last}, {different} unlike, {good} + {bad}"]
