"""Claims against each other, and the first fill beside a staged COPY with an upsert.

`python -m bench.claiming [--rows 100000] [--races 1000] [--workers 50] [--grouped 10000] [--kill]`: into a database of
its own in the bench cluster; ends with 1 where a row or a group was claimed more or less than once, or an aim missed.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bench.first_fill import filled, killed
from bench.importing import COUNTY, GRIDS, regions
from bench.place import HOME, cluster, say
from geoapp.core.cluster import Cluster
from geoapp.core.cluster_roles import ensure_database
from geoapp.core.migrate import upgrade
from geoapp.core.settings import get_settings

DATABASE = "bench_claims"
AT_A_TIME = 100_000
"""Rows that are made at a time."""
RIVALS, AT_ONCE, OF_EACH, SHARE, THREADS = 4, 50, 4, 5, 5
"""Who race for one row; rows of one claim; rows of a group; each worker tries one row of so many; processes."""
LO = COUNTY * 10**9
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国文辉志红海燕春梅小雨欣怡"


def main() -> int:
    """Print what was claimed how often, and the ratio of the fill."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("rows", 100_000), ("races", 1_000), ("workers", 50), ("grouped", 10_000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--kill", action="store_true", help="kill the fill instead of measuring it")
    asked = parser.parse_args()
    with cluster() as running:
        _prepare(running)
        good = [raced(asked.races), grouped(asked.workers, asked.grouped)]
        _emptied()
        batches = rows_waiting(asked.rows)
        did = killed(batches, asked.rows) if asked.kill else filled(batches, asked.rows, running.pid or 0)
        good.append(did)
    return 0 if all(good) else 1


def raced(races: int) -> bool:
    """Each row claimed by RIVALS at the same moment: exactly one of them has it."""
    from geoapp.importing import claiming

    ids = _rows([_person(n) for n in range(races)])
    start = time.perf_counter()
    with ThreadPoolExecutor(RIVALS) as pool:
        for row_id in ids:
            outcomes = list(pool.map(lambda _n, one=row_id: _claim(claiming, [one]), range(RIVALS)))
            wins = sum(len(one.claimed) for one in outcomes)
            if wins != 1:
                say(f"row {row_id}: claimed {wins} times")
                return False
    took = time.perf_counter() - start
    made = _count("SELECT count(*) FROM resident WHERE state = 'active'")
    say(f"{races:,} races of {RIVALS} for one row: {races:,} claims, {made:,} records, {took:.1f} s")
    return made == races


def grouped(workers: int, rows: int) -> bool:
    """Workers claim rows at random until none is left: each group of equal rows becomes one record."""
    from geoapp.importing import claiming

    groups = rows // OF_EACH
    ids = _rows([_person(1_000_000 + n % groups, n % groups) for n in range(rows)])

    before, start = _count("SELECT count(*) FROM resident"), time.perf_counter()
    crowds = [range(workers)[at::THREADS] for at in range(min(THREADS, workers))]
    with ProcessPoolExecutor(len(crowds), mp_context=get_context("spawn")) as pool:
        each = [one for crowd in pool.map(_crowd, [ids] * len(crowds), crowds) for one in crowd]
    won, refused = (sum(column) for column in zip(*each, strict=True))
    for at in range(0, len(ids), AT_ONCE):
        won += len(_claim(claiming, ids[at : at + AT_ONCE]).claimed)
    took = time.perf_counter() - start
    left = _count("SELECT count(*) FROM import_row WHERE state < 10")
    made = _count("SELECT count(*) FROM resident") - before
    per_record = _count(
        "SELECT count(*) FROM (SELECT target_id FROM import_row WHERE state = 10 GROUP BY 1 HAVING count(*) > 1) x"
    )
    said = f"{workers} workers, {rows:,} rows in {groups:,} groups"
    say(f"{said}: {won:,} claims, {made:,} records, {left} left, {refused} told to wait, {took:.1f} s")
    return (won, made, left, per_record) == (groups, groups, 0, 0)


def rows_waiting(rows: int) -> list[int]:
    """Batches of so many rows, made in pieces."""
    for first in range(0, rows, AT_A_TIME):
        _rows([_person(number) for number in range(first, min(first + AT_A_TIME, rows))])
    return list(range(_count("SELECT min(id) FROM import_batch"), _count("SELECT max(id) FROM import_batch") + 1))


# -- parts ---------------------------------------------------------------------------------


def _crowd(ids: Sequence[int], seeds: Sequence[int]) -> list[tuple[int, int]]:
    """Some of the workers, in a process of their own: (claims, times told to wait) of each."""
    with ThreadPoolExecutor(len(seeds)) as pool:
        return list(pool.map(lambda seed: _work(ids, seed), seeds))


def _work(ids: Sequence[int], seed: int) -> tuple[int, int]:
    from geoapp.importing import claiming

    mine, refused, order = 0, 0, random.Random(seed).sample(ids, len(ids))
    for at in range(0, len(order) // SHARE, AT_ONCE):
        try:
            mine += len(_claim(claiming, order[at : at + AT_ONCE]).claimed)
        except OperationalError:  # counts of one region follow one claim after the other: told to try again
            refused += 1
    return mine, refused


def _prepare(running: Cluster) -> None:
    os.environ |= {"GEOAPP_DATABASE_NAME": DATABASE, "GEOAPP_DATA_DIR": str(HOME), "GEOAPP_KEY_DIR": str(HOME / "keys")}
    get_settings.cache_clear()
    ensure_database(running.place, DATABASE)
    upgrade(get_settings())
    regions(get_settings())
    _emptied()


def _emptied() -> None:
    from geoapp.core.db import owner_transaction

    with owner_transaction() as connection:
        connection.execute(text(
            "TRUNCATE import_row, import_batch, resident, residence, name_token, number_check, record_change, "
            "region_count CASCADE"
        ))  # fmt: skip


def _person(number: int, place: int | None = None) -> tuple[int, dict[str, str]]:
    """(grid, cells) of an invented person whose number is theirs alone."""
    from geoapp.people.numbers import check_digit

    year, day, order = 1950 + number // 1000 % 50, number // 50_000 % 28 + 1, number % 1000
    month = number // 1_400_000 % 12 + 1
    body = f"{COUNTY}{year}{month:02d}{day:02d}{order:03d}"
    grid = LO + 1_001_001 + (number if place is None else place) % (GRIDS * GRIDS)
    name = "王李张刘陈杨赵黄周吴"[number % 10] + GIVEN[number // 10 % len(GIVEN)] + GIVEN[number // 7 % len(GIVEN)]
    cells = {"name": name, "type": "registered", "id_number": body + check_digit(body), "phone": f"138{number:08d}"}
    return grid, cells


def _rows(people: Sequence[tuple[int, dict[str, str]]]) -> list[int]:
    """Ids of rows that wait, of a new batch."""
    from geoapp.core.bulk import copy_rows
    from geoapp.core.db import owner_transaction
    from geoapp.importing.models import ROWS_OF_BATCH
    from geoapp.importing.rows import COLUMNS

    ids: list[int] = []
    for first in range(0, len(people), ROWS_OF_BATCH // 2):
        with owner_transaction() as connection:
            batch = connection.scalar(text(
                "INSERT INTO import_batch (region_key, register, state, file_name, file_kind, stored, sha256, bytes, "
                "scope, sent_by, ended_at) VALUES (:lo, 'residents', 'done', 'bench', 'csv', '-', '-', 0, "
                "ARRAY[CAST(:lo AS int8), CAST(:hi AS int8)], 1, now()) RETURNING id"
            ), {"lo": LO, "hi": LO + 10**9 - 1})  # fmt: skip
            lines = list(_lines(batch, people[first : first + ROWS_OF_BATCH // 2]))
            names, types = ", ".join(COLUMNS), ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
            connection.execute(text(f"CREATE TEMP TABLE lines ({types}) ON COMMIT DROP"))
            copy_rows(connection, "lines", COLUMNS, lines)
            connection.execute(text(f"INSERT INTO import_row ({names}) SELECT {names} FROM lines"))
            ids += [line[0] for line in lines]
    with owner_transaction() as connection:
        connection.execute(text("ANALYZE import_row"))
    return ids


def _lines(batch: int, people: Sequence[tuple[int, dict[str, str]]]) -> Iterable[tuple]:
    from geoapp.core.clock import today
    from geoapp.core.crypto import encrypt_many
    from geoapp.core.data_keys import ring
    from geoapp.importing.models import ROWS_OF_BATCH
    from geoapp.importing.rows import COLUMNS
    from geoapp.importing.same import hashes_of

    numbers = range(1, len(people) + 1)
    cells = [one for _, one in people]
    places = (f"import_row.cells.{batch * ROWS_OF_BATCH + n}" for n in numbers)
    texts = [orjson.dumps({"cells": one}) for one in cells]
    sealed = encrypt_many(texts, places, keys=ring(), year=today().year)
    same = hashes_of([one["name"] for one in cells], [one["id_number"] for one in cells])
    for n, (grid, _), cell, hashed in zip(numbers, people, sealed, same, strict=True):
        values = {
            "id": batch * ROWS_OF_BATCH + n, "batch_id": batch, "row_no": n, "register": "residents",
            "region_key": grid, "proposed": "named", "state": 0, "cells_enc": cell, "same": hashed,
        }  # fmt: skip
        yield tuple(values.get(name) for name in COLUMNS)


def _claim(claiming: Any, ids: Sequence[int]) -> Any:
    from geoapp.changes.work import write
    from geoapp.importing.filling import ALL
    from grids_boundaries.access import Access
    from grids_boundaries.scope import RowScope

    with write(Access(RowScope(((LO, LO + 10**9 - 1),)), ALL, 1)) as work:
        return claiming.claim(work, ids)


def _count(statement: str) -> int:
    from geoapp.core.db import owner_transaction

    with owner_transaction() as connection:
        return int(connection.scalar(text(statement)) or 0)


if __name__ == "__main__":
    sys.exit(main())
