"""100,000 rows of 20 columns from a spreadsheet, checked, placed, sealed, staged; beside calamine and COPY alone.

`python -m bench.importing [rows]`: into a database of its own in the bench cluster. `--points 1000000` places so many
points in 2,000 grids, `--memory 500000` reads a file of so many rows, `--kills 100` and `--mutations 10000` do harm
(`bench.import_kills`, `bench.import_mutations`).
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import shapely
import xlsxwriter
from python_calamine import load_workbook

from bench.place import HOME, cluster, say
from geoapp.core.cluster import Cluster
from geoapp.core.cluster_roles import ensure_database
from geoapp.core.migrate import upgrade
from geoapp.core.settings import get_settings

ROWS, ROUNDS, DATABASE = 100_000, 3, "bench_import"
LEAST_RATE, MOST_TIMES = 15_000, 3.0
POINT_GRIDS, MOST_POINT_SECONDS = 2_000, 6.0
WEST, SOUTH, SIDE, GRIDS = 116.3, 39.9, 0.002, 20
COUNTY, NAMES = 110108, "王李张刘陈杨赵黄周吴"


def main() -> int:
    """Print rows a second and the ratio; 1 where an aim is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", type=int, nargs="?", default=ROWS)
    for name in ("points", "memory", "kills", "mutations"):
        parser.add_argument(f"--{name}", type=int)
    parser.add_argument("--seed", type=int, default=6, help="of the mutations")
    asked = parser.parse_args()
    if asked.kills:
        from bench import import_kills

        return import_kills.main(asked.kills, asked.rows)
    with cluster() as running:
        settings = _database(running)
        if asked.points:
            return points(settings, asked.points)
        if asked.memory:
            return memory(asked.memory)
        if asked.mutations:
            from bench import import_mutations

            return import_mutations.main(asked.mutations, asked.seed)
        return measured(settings, asked.rows)


def _database(running: Cluster) -> Any:
    os.environ |= {"GEOAPP_DATABASE_NAME": DATABASE, "GEOAPP_DATA_DIR": str(HOME), "GEOAPP_KEY_DIR": str(HOME / "keys")}
    get_settings.cache_clear()
    settings = get_settings()
    ensure_database(running.place, DATABASE)
    upgrade(settings)
    regions(settings)
    return settings


def measured(settings: Any, rows: int) -> int:
    """Each in turns; the middle one of the rounds. Processor time is that of all processes on our side."""
    file = write_file(rows)
    ours, plain = [], []
    for _ in range(ROUNDS):
        ours.append(_timed(lambda: imported(settings, file, rows)))
        plain.append(_timed(lambda: copied(settings, file, rows)))
    (mine, work), (other, plain_work) = sorted(ours)[ROUNDS // 2], sorted(plain)[ROUNDS // 2]
    say(f"{rows:,} rows: {mine:.2f} s, {rows / mine:,.0f} rows/s (>= {LEAST_RATE:,}); processor {work:.2f} s")
    times = f"{mine / other:.2f} times (<= {MOST_TIMES})"
    say(f"calamine + COPY alone: {other:.2f} s; {times}; processor {plain_work:.2f} s")
    return 0 if rows / mine >= LEAST_RATE and mine / other <= MOST_TIMES else 1


def _timed(do: Callable[[], float]) -> tuple[float, float]:
    """Seconds that `do` tells, and processor seconds of this process, its children and the database's sessions."""
    before, server = os.times(), _server_seconds()
    took = do()
    after = os.times()
    own = sum(after[:4]) - sum(before[:4])
    return took, own + _server_seconds() - server


def _server_seconds() -> float:
    """Processor seconds of the database server, of its sessions that live and those that have ended, by /proc."""
    own = Cluster(HOME, time_zone="Asia/Shanghai").pid
    ticks = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            facts = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            if int(folder.name) == own:
                ticks += sum(map(int, facts[11:15]))
            elif int(facts[1]) == own:
                ticks += sum(map(int, facts[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def points(settings: Any, count: int) -> int:
    """Positions of rows to grids as an import does it, 5,000 at a time; grids with borders of 60 corners."""
    import numpy as np

    from geoapp.loading.placing import RegionFinder

    dice = np.random.default_rng(6)
    middles = shapely.multipoints(dice.uniform((0, 0), (1, 1), (POINT_GRIDS, 2)))
    outlines = shapely.get_parts(shapely.voronoi_polygons(middles))
    finder = RegionFinder.__new__(RegionFinder)
    finder = RegionFinder(None)  # type: ignore[arg-type]  # nothing is read: its box is given
    finder._box = np.array([-1.0, -1.0, 2.0, 2.0])
    shapes = shapely.segmentize(shapely.intersection(outlines, shapely.box(0, 0, 1, 1)), 0.0015)
    shapely.prepare(shapes)
    finder._shapes["grid"], finder._keys["grid"] = list(shapes), list(range(1, len(shapes) + 1))
    positions = dice.uniform((0, 0), (1, 1), (count, 2))
    start, work, found = time.perf_counter(), time.process_time(), 0
    for at in range(0, count, 5_000):
        found += int((finder.find(positions[at : at + 5_000]) > 0).sum())
    took, work = time.perf_counter() - start, time.process_time() - work
    corners = shapely.get_num_coordinates(shapes).mean()
    say(f"{count:,} points to {len(shapes):,} grids ({corners:.0f} corners): {took:.2f} s (<= {MOST_POINT_SECONDS}), "
        f"processor {work:.2f} s; {found:,} found")  # fmt: skip
    return 0 if took <= MOST_POINT_SECONDS and found == count else 1


def memory(rows: int) -> int:
    """Peak of the reader process over a file of so many rows: strings shared, as Excel writes them, and inline."""
    from geoapp.importing.staging import LIMITS
    from geoapp.loading.files import Source
    from geoapp.loading.options import LoadOptions
    from geoapp.loading.reader import Reader, Wish, reader_process

    worst = 0
    for shared in (False, True):
        file = write_shared(rows) if shared else write_file(rows)
        start, read = time.perf_counter(), 0
        with reader_process() as process:
            reader = Reader(process, Source(file, "cells"), LoadOptions(limits=LIMITS), lambda: None)
            for piece in reader.rows(Wish(())):
                read += piece.size
                status = Path(f"/proc/{process.popen.pid}/status").read_text().split()
                if "VmHWM:" in status:  # one that has said all is gone
                    worst = max(worst, int(status[status.index("VmHWM:") + 1]) >> 10)
        took = time.perf_counter() - start
        say(f"{file.name}: {read:,} rows in {took:.1f} s, reader at most {worst} MB (<= {LIMITS.memory_mb})")
    return 0 if worst <= LIMITS.memory_mb else 1


def write_shared(rows: int) -> Path:
    """The same rows with every different text once in the table of strings."""
    from geoapp.importing.templates import all_templates

    template, strings = all_templates()["residents"], dict[str, int]()
    columns, path = template.columns, HOME / f"import_{template.version}_{rows}_shared.xlsx"
    if path.exists():
        return path
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/workbook.xml", '<workbook><sheets><sheet name="a" r:id="a"/></sheets></workbook>')
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships><Relationship Id="a" Type="/worksheet" Target="a.xml"/>'
            '<Relationship Id="b" Type="/sharedStrings" Target="b.xml"/></Relationships>',
        )
        with archive.open("xl/a.xml", "w") as out:
            out.write(b"<worksheet><sheetData>")
            for at in range(-1, rows):
                cells = one_row(at) if at >= 0 else {}
                texts = [cells.get(c.name, "无" if c.kind == "text" else "") if cells else c.title for c in columns]
                row = (
                    f'<c r="{chr(65 + n)}{at + 2}" t="s"><v>{strings.setdefault(text, len(strings))}</v></c>'
                    for n, text in enumerate(texts) if text
                )  # fmt: skip
                out.write(f'<row r="{at + 2}">{"".join(row)}</row>'.encode())
            out.write(b"</sheetData></worksheet>")
        whole = "".join(f"<si><t>{text}</t></si>" for text in strings)
        archive.writestr("xl/b.xml", f'<sst count="{len(strings)}">{whole}</sst>')
    return path


def write_file(rows: int) -> Path:
    """The template of residents, all of its columns filled where a person has them."""
    from geoapp.importing.templates import all_templates

    template = all_templates()["residents"]
    path = HOME / f"import_{template.version}_{rows}.xlsx"
    if path.exists():
        return path
    columns = template.columns
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


def send_one(settings: Any, file: Path) -> int:
    """The file waits; id of its batch."""
    from geoapp.importing import actions, files
    from grids_boundaries.access import Access, begin
    from grids_boundaries.scope import RowScope

    lo = COUNTY * 10**9
    access = Access(RowScope(((lo, lo + 10**9 - 1),)), frozenset({"register:residents:read"}), 1)
    with file.open("rb") as stream:
        stored = files.store(settings, stream, file.name)
    with begin(access) as connection:
        return actions.send(connection, access, "residents", stored, file.name)


def imported(settings: Any, file: Path, rows: int) -> float:
    """Seconds of the whole batch: unsealing, child, checks, grids, sealing, COPY, commits."""
    from sqlalchemy import text

    from geoapp.core.db import owner_transaction
    from geoapp.importing.staging import run_batch

    batch = send_one(settings, file)
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
