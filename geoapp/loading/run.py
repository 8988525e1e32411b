"""One load: file to reader to target to database, in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from sqlalchemy import Connection, Table, text

from geoapp.core.db import owner_engine
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.core.settings import get_settings
from geoapp.dictionaries.reads import refresh as refresh_words
from geoapp.loading.after import analyze, refresh_kept
from geoapp.loading.batch import Batch
from geoapp.loading.files import Source, examine
from geoapp.loading.mapping import Wanted, map_fields
from geoapp.loading.options import LoadOptions, Progress
from geoapp.loading.placing import known_extent
from geoapp.loading.reader import Box, Process, Reader, Wish
from geoapp.loading.report import LoadReport, write_report
from layers.registry import all_registers

READING, STORING, COUNTING = N_("读取与检查"), N_("写入"), N_("统计")
LOCK_WAIT = "60s"
_ENCODINGS = {
    "guess": N_("文件没有写明编码，按 %(encoding)s 读取；若有乱码，请用 --encoding 指明。"),
    "cpg": N_("编码：%(encoding)s（.cpg）。"),
    "mark": N_("编码：%(encoding)s（字节序标记）。"),
    "option": N_("编码：%(encoding)s（--encoding）。"),
}


@dataclass
class Load:
    """What a target works with."""

    connection: Connection
    options: LoadOptions
    report: LoadReport
    source: str
    mapping: dict[str, str] = field(default_factory=dict)
    driver: str = ""


class Target:
    """What becomes of the rows of a file; one subclass for each register.

    `take` gets the rows in batches, `finish` stores what `take` has prepared and returns, for
    each register that changed, the keys of the regions it changed in.
    """

    register: ClassVar[str]
    fields: ClassVar[tuple[Wanted, ...]]
    id_field: ClassVar[str]
    types: tuple[str, ...]
    geometry_optional: bool = False
    areas: ClassVar[bool] = False

    def __init__(self, load: Load) -> None:
        self.load = load

    @classmethod
    def accept(cls, source: Source, options: LoadOptions) -> None:
        """Raises InvalidInput for a file or options this register cannot use."""
        if source.kind == "CSV":
            raise InvalidInput(N_("CSV 只用于区划代码表（load regions --codes）。"), field="file")

    def take(self, batch: Batch) -> None:
        """Check the rows and prepare them for storing."""
        raise NotImplementedError

    def finish(self) -> dict[str, set[int]]:
        """Store; counts go to the report. Returns register to region keys."""
        raise NotImplementedError

    def changed(self) -> dict[Table, list[str]]:
        """Tables whose statistics are to be renewed, with those of their partitions that changed."""
        raise NotImplementedError


def run_load(
    target_class: type[Target],
    path: Path,
    options: LoadOptions,
    progress: Progress | None,
    process: Process,
) -> LoadReport:
    """Load one file through a reader process.

    Raises InvalidInput where nothing of it can be used; then nothing is stored.
    """
    report = LoadReport(path, target_class.register, dry_run=options.dry_run)
    clock = _Clock(report)
    source = examine(path, options.layer_name, options.limits.unpacked_mb)
    target_class.accept(source, options)
    engine = owner_engine(options.settings or get_settings())
    with engine.connect() as connection:
        with connection.begin() as transaction:
            reader = Reader(process, source, options, lambda: _look_around(connection))
            load = Load(connection, options, report, options.source or source.stem)
            target = _load(target_class, load, reader, _steps(progress), clock)
            if options.dry_run:
                transaction.rollback()
        if not options.dry_run and not report.all_refused:
            with clock.step("analyze"), connection.begin():
                for table, partitions in target.changed().items():
                    analyze(connection, table, partitions)
    report.faults.sort(key=lambda fault: fault.row)
    clock.stop()
    if options.report:
        write_report(options.report, [report], options.locale)
    return report


def _load(
    target_class: type[Target], load: Load, reader: Reader, say: Progress, clock: _Clock
) -> Target:
    opened, report = reader.opened, load.report
    load.mapping = map_fields(target_class.fields, opened.fields, load.options.fields)
    load.driver = opened.driver
    _note_file(report, reader, load)
    refresh_words(load.connection)
    target = target_class(load)
    wish = Wish(
        tuple(dict.fromkeys(load.mapping.values())),
        target.types,
        target.geometry_optional or load.options.unplaced == "keep",
        target.areas,
    )
    with clock.step("read"):
        for rows in reader.rows(wish):
            target.take(Batch(rows, load.mapping, report, target.id_field))
            report.read += rows.size
            say(READING, report.read, opened.size if opened.size >= 0 else None)
    for words in reader.said:
        report.note(N_("读取程序提示：%(words)s"), words=words)
    if not report.read:
        raise InvalidInput(N_("文件中没有记录。"), field="file")
    with clock.step("store"):
        say(STORING, 0, report.read)
        touched = target.finish()
    with clock.step("count"):
        say(COUNTING, 0, None)
        if not load.options.dry_run:
            refresh_kept(load.connection, touched)
    return target


def _look_around(connection: Connection) -> Box | None:
    """What takes its time while the reader starts; returns the extent of the known regions.

    One load at a time; it may wait for another, and for readers when partitions change.
    """
    all_registers()
    connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'"))
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('geoapp.load'))"))
    return known_extent(connection)


def _note_file(report: LoadReport, reader: Reader, load: Load) -> None:
    opened, mapping = reader.opened, load.mapping
    pairs = ", ".join(f"{name}={column}" for name, column in mapping.items())
    report.note(N_("字段对应：%(pairs)s。"), pairs=pairs)
    unused = [column for column in opened.fields if column not in mapping.values()]
    if unused:
        report.note(N_("未使用的列：%(columns)s。"), columns=", ".join(unused))
    if opened.crs:
        report.note(N_("坐标系：%(crs)s。"), crs=opened.crs)
    if opened.found in _ENCODINGS:
        report.note(_ENCODINGS[opened.found], encoding=opened.encoding)
    if opened.geometry_type.endswith((" Z", " M", " ZM")) or "2.5D" in opened.geometry_type:
        report.note(N_("图形带有高程或度量值，只保留平面坐标。"))


def _steps(progress: Progress | None) -> Progress:
    def nobody(step: str, done: int, total: int | None) -> None:
        """Nobody listens."""

    return progress or nobody


class _Clock:
    """Seconds of the steps, into the report."""

    def __init__(self, report: LoadReport, now: Callable[[], float] = time.perf_counter) -> None:
        self.report = report
        self.now = now
        self.start = now()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time one step."""
        start = self.now()
        yield
        self.report.seconds[name] = self.now() - start

    def stop(self) -> None:
        """Note the whole."""
        self.report.seconds["total"] = self.now() - self.start
