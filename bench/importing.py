"""100,000 rows of 20 columns from a spreadsheet, checked, placed, sealed, staged; beside calamine and COPY alone.

`python -m bench.importing [rows]`: into a database of its own in the bench cluster, thrown away afterwards.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import xlsxwriter
from python_calamine import load_workbook

from bench.place import HOME, cluster, say
from geoapp.core.cluster import Cluster
from geoapp.core.cluster_roles import ensure_database
from geoapp.core.migrate import upgrade
from geoapp.core.settings import get_settings

ROWS, ROUNDS, DATABASE = 100_000, 3, "bench_import"
LEAST_RATE, MOST_TIMES = 15_000, 3.0
WEST, SOUTH, SIDE, GRIDS = 116.3, 39.9, 0.002, 20
COUNTY, NAMES = 110108, "王李张刘陈杨赵黄周吴"


def main() -> int:
    """Print rows a second and the ratio; 1 where an aim is missed."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with cluster() as running:
        return measured(running, rows)


def measured(running: Cluster, rows: int) -> int:
    """Each in turns; the middle one of the rounds."""
    os.environ |= {"GEOAPP_DATABASE_NAME": DATABASE, "GEOAPP_DATA_DIR": str(HOME), "GEOAPP_KEY_DIR": str(HOME / "keys")}
    get_settings.cache_clear()
    settings = get_settings()
    ensure_database(running.place, DATABASE)
    upgrade(settings)
    file = write_file(HOME / f"import_{rows}.xlsx", rows)
    regions(settings)
    ours, plain = [], []
    for _ in range(ROUNDS):
        ours.append(imported(settings, file, rows))
        plain.append(copied(settings, file, rows))
    mine, other = sorted(ours)[ROUNDS // 2], sorted(plain)[ROUNDS // 2]
    say(f"{rows:,} rows: {mine:.2f} s, {rows / mine:,.0f} rows/s (>= {LEAST_RATE:,})")
    say(f"calamine + COPY alone: {other:.2f} s; {mine / other:.2f} times (<= {MOST_TIMES})")
    return 0 if rows / mine >= LEAST_RATE and mine / other <= MOST_TIMES else 1


def write_file(path: Path, rows: int) -> Path:
    """The template of residents, all of its columns filled where a person has them."""
    from geoapp.importing.templates import all_templates

    if path.exists():
        return path
    columns = all_templates()["residents"].columns
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [column.title for column in columns])
        for at in range(rows):
            cells = one_row(at)
            for place, column in enumerate(columns):
                sheet.write_string(at + 1, place, cells.get(column.name, "无" if column.kind == "text" else ""))
    return path


def one_row(at: int) -> dict[str, str]:
    """A person at a point of some grid."""
    lon, lat = WEST + (at * 7919 % 39_000) * 1e-6 + 5e-4, SOUTH + (at * 104_729 % 39_000) * 1e-6 + 5e-4
    return {
        "county": str(COUNTY), "street": "", "community": "", "address": f"测试路{at % 900}号{at}室",
        "lon": f"{lon:.6f}", "lat": f"{lat:.6f}", "crs": "WGS84", "name": f"{NAMES[at % 10]}某某", "sex": "男",
        "type": "户籍人口", "id_number": f"{COUNTY}19900101{at % 1000:03d}{at % 10}", "phone": f"138{at:08d}",
        "birth_date": "1990-01-01", "id_kind": "居民身份证", "registered_place": "示例市",
        "no_house_reason": "住址待查",
    }  # fmt: skip


def regions(settings: Any) -> None:
    """A county of GRIDS x GRIDS grids; one user who sends."""
    from sqlalchemy import text

    from geoapp.accounts.actions import create_user, ensure_roles
    from geoapp.core.db import owner_transaction

    with owner_transaction(settings) as connection:
        if connection.scalar(text("SELECT count(*) FROM region")):
            return
        connection.execute(text("SELECT ensure_county(:code)"), {"code": str(COUNTY)})
        whole = (WEST, SOUTH, WEST + SIDE * GRIDS, SOUTH + SIDE * GRIDS)
        add(connection, COUNTY * 10**9, "county", "海甸区", whole)
        for number in range(GRIDS * GRIDS):
            west, south = WEST + SIDE * (number % GRIDS), SOUTH + SIDE * (number // GRIDS)
            key = COUNTY * 10**9 + 1_001_001 + number
            add(connection, key, "grid", f"第{number}网格", (west, south, west + SIDE, south + SIDE))
        ensure_roles(connection)
        create_user(connection, "sender", "correct horse 42", "Sender", "street_officer", [str(COUNTY)])


def add(connection: Any, key: int, level: str, name: str, box: tuple[float, float, float, float]) -> None:
    """One region."""
    from sqlalchemy import text

    size = {"county": 10**9, "grid": 1}[level]
    west, south, east, north = box
    connection.execute(
        text(
            "INSERT INTO region (key, hi, code, level, name, full_name, county_code, origin, geom)"
            " VALUES (:key, :hi, :code, :level, :name, :name, :county, 'synthetic',"
            " ST_Multi(ST_MakeEnvelope(:west, :south, :east, :north, 4326)))"
        ),
        {
            "key": key, "hi": key + size - 1, "code": str(key), "level": level, "name": name, "county": str(COUNTY),
            "west": west, "south": south, "east": east, "north": north,
        },
    )  # fmt: skip


def imported(settings: Any, file: Path, rows: int) -> float:
    """Seconds of the whole batch: unsealing, child, checks, grids, sealing, COPY, commits."""
    from sqlalchemy import text

    from geoapp.core.db import owner_transaction
    from geoapp.importing import actions, files
    from geoapp.importing.staging import run_batch
    from grids_boundaries.access import Access, begin
    from grids_boundaries.scope import RowScope

    lo = COUNTY * 10**9
    access = Access(RowScope(((lo, lo + 10**9 - 1),)), frozenset({"register:residents:read"}), 1)
    with file.open("rb") as stream:
        stored = files.store(settings, stream, file.name)
    with begin(access) as connection:
        batch = actions.send(connection, access, "residents", stored, file.name)
    start = time.perf_counter()
    run_batch(settings, batch)
    took = time.perf_counter() - start
    with owner_transaction(settings) as connection:
        counted = text("SELECT state, good, bad, error FROM import_batch WHERE id = :id")
        found = connection.execute(counted, {"id": batch}).one()
        by_position = text("SELECT count(*) FROM import_row WHERE batch_id = :id AND proposed = 'position'")
        placed = connection.scalar(by_position, {"id": batch})
        if (found.state, found.good, placed) != ("done", rows, rows):
            raise RuntimeError(f"{found}, {placed} placed")
        connection.execute(text("TRUNCATE import_row"))
    return took


def copied(settings: Any, file: Path, rows: int) -> float:
    """Seconds of reading with calamine and sending every cell as text by COPY, nothing else."""
    from sqlalchemy import text

    from geoapp.core.bulk import copy_rows
    from geoapp.core.db import owner_transaction

    start = time.perf_counter()
    with file.open("rb") as stream, owner_transaction(settings) as connection:
        found = load_workbook(stream).get_sheet_by_index(0).to_python()
        columns = {f"c{place}": "text" for place in range(len(found[0]))}
        named = ", ".join(f"{name} text" for name in columns)
        connection.execute(text(f"CREATE TABLE plain_copy ({named})"))
        sent = copy_rows(connection, "plain_copy", columns, (tuple(row) for row in found[1:]))
    took = time.perf_counter() - start
    with owner_transaction(settings) as connection:
        connection.execute(text("DROP TABLE plain_copy"))
    if sent != rows:
        raise RuntimeError(f"{sent} of {rows} rows")
    return took


if __name__ == "__main__":
    sys.exit(main())
