"""The parent's side of the reader process: starts it, feeds it, listens, ends it (D3.8).

The reader gets an empty environment: no database address, no key. Whatever it says is checked;
when it dies, the load ends with a sentence that says why, and nothing is stored.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import numpy as np

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.loading.faults import file_fault
from geoapp.loading.files import Source
from geoapp.loading.options import LoadOptions
from geoapp.loading.reading import frames

Column = np.ndarray | list[str | None]
FROM_OUTSIDE = frozenset({signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT})
"""How others end a process. Its own limits end it with an error of memory, SIGXCPU or SIGXFSZ."""
Box = tuple[float, float, float, float]
_PIPE_BYTES = 1 << 20


class ReaderKilled(InvalidInput):
    """Somebody, or a machine short of memory, has ended the reader; the file may be in order."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What the reader says of the file: CRS and encoding in words, fields by name.

    `size` is -1 where the format does not tell; `found` says how the encoding was found.
    """

    driver: str
    size: int
    crs: str
    encoding: str
    found: str
    geometry_type: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the load wants of each row: columns, geometry types, whether one may be missing, areas."""

    columns: tuple[str, ...]
    types: tuple[str, ...] = ()
    optional: bool = False
    areas: bool = False


@dataclass
class Rows:
    """Consecutive rows of the file. `first` counts from 0.

    `wkb` (degrees, EPSG:4326) is None for rows with a faulty shape or none; `points` (n, 2) lie
    on the shapes, NaN without; `areas` are m², roughly. `faults` are (row from 0 within these,
    code, column of the file or "", facts).
    """

    first: int
    size: int
    columns: dict[str, Column]
    faults: list[tuple[int, str, str, dict]]
    wkb: list[bytes | None]
    points: np.ndarray
    areas: np.ndarray
    fids: np.ndarray


@dataclass(frozen=True, slots=True)
class Process:
    """A reader process, a folder of its own, and what it has to say in tracebacks."""

    popen: subprocess.Popen[bytes]
    folder: Path
    errors: IO[bytes]

    def tell(self, words: Mapping[str, object]) -> None:
        """Send one line of JSON."""
        assert self.popen.stdin
        with suppress(BrokenPipeError):
            self.popen.stdin.write(json.dumps(words).encode() + b"\n")
            self.popen.stdin.flush()


@contextmanager
def reader_process() -> Iterator[Process]:
    """Start a reader; process and folder are gone when the block ends, whatever happens."""
    with (
        tempfile.TemporaryDirectory(prefix="geoapp-load-") as folder,
        tempfile.TemporaryFile() as errors,
    ):
        popen = _start(errors)
        try:
            yield Process(popen, Path(folder), errors)
        finally:
            _end(popen)


class Reader:
    """Reads one file through a process; `opened` is known from the start."""

    def __init__(
        self,
        process: Process,
        source: Source,
        options: LoadOptions,
        extent: Callable[[], Box | None],
    ) -> None:
        """`extent` is asked for that of the known regions while the process starts.

        Raises InvalidInput for a file that cannot be used.
        """
        self.process = process
        self.limits, self.kind = options.limits, source.kind
        self.said: list[str] = []
        process.tell(_request(source, options, extent(), process.folder))
        head = self._frame("opened").head
        try:
            self.opened = Opened(
                driver=str(head["driver"]),
                size=int(head["size"]),
                crs=str(head["crs"]),
                encoding=str(head["encoding"]),
                found=str(head["found"]),
                geometry_type=str(head["geometry_type"]),
                fields={str(name): str(kind) for name, kind in head["fields"]},
            )
        except (KeyError, TypeError, ValueError) as error:
            raise self._broken() from error

    def rows(self, wish: Wish) -> Iterator[Rows]:
        """The rows, as they are read. Raises InvalidInput when the reader refuses or dies."""
        self.process.tell(asdict(wish))
        while (frame := self._frame("rows", "end")).head["kind"] == "rows":
            try:
                yield _unpack(frame)
            except (KeyError, TypeError, ValueError, IndexError) as error:
                raise self._broken() from error
        self.said = [str(one) for one in frame.head.get("said", [])]

    def _frame(self, *kinds: str) -> frames.Frame:
        try:
            frame = frames.read_frame(self._read)
        except frames.BrokenFrame as error:
            raise self._broken() from error
        kind = frame.head.get("kind")
        if kind == "refused":
            facts = {"mb": self.limits.memory_mb, **dict(frame.head.get("facts") or {})}
            raise file_fault(str(frame.head.get("code")), facts, self.kind)
        if kind not in kinds:
            raise self._broken()
        return frame

    def _read(self, size: int) -> bytes:
        """Exactly `size` bytes. Raises InvalidInput, or ReaderKilled, when they do not come."""
        assert self.process.popen.stdout
        pieces, missing = [], size
        descriptor = self.process.popen.stdout.fileno()
        while missing:
            if not select.select([descriptor], [], [], self.limits.silent_seconds)[0]:
                raise file_fault("too_slow", {"seconds": self.limits.silent_seconds})
            piece = os.read(descriptor, min(missing, _PIPE_BYTES))
            if not piece:
                raise self._died()
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

    def _died(self) -> InvalidInput:
        code = self.process.popen.wait()
        self.process.errors.seek(0)
        words = self.process.errors.read()[-4000:].decode(errors="replace")
        if code == -signal.SIGXCPU:
            return file_fault("too_much_cpu", {"seconds": self.limits.cpu_seconds})
        spent = ("MemoryError", "bad_alloc", "memory allocation of")
        if any(word in words for word in spent):
            return file_fault("out_of_memory", {"mb": self.limits.memory_mb}, self.kind)
        if -code in FROM_OUTSIDE:
            return ReaderKilled(N_("读取文件的进程被系统或他人终止，没有读完。"), field="file")
        if code == -signal.SIGXFSZ:
            return file_fault("bomb", {"size": self.limits.unpacked_mb})
        return file_fault("reader_died", {"code": code})

    def _broken(self) -> InvalidInput:
        return InvalidInput(N_("读取进程的回答无法理解，已停止。"), field="file")


def _request(source: Source, options: LoadOptions, extent: Box | None, folder: Path) -> dict:
    limits = options.limits
    return {
        "path": str(source.path.absolute()),
        "kind": source.kind,
        "gzipped": source.gzipped,
        "members": source.shape.members if source.shape else None,
        "layer": None if source.shape else options.layer_name,
        "folder": str(folder),
        "crs": options.crs,
        "encoding": options.encoding,
        "extent": extent,
        "memory_mb": limits.memory_mb,
        "cpu_seconds": limits.cpu_seconds,
        "unpacked_mb": limits.unpacked_mb,
    }


def _start(errors: IO[bytes]) -> subprocess.Popen[bytes]:
    environment = {
        "PATH": os.defpath,
        "LC_ALL": "C.UTF-8",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "geoapp.loading.reading.main"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        env=environment,
        start_new_session=True,
        pipesize=_PIPE_BYTES,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    for stream in (process.stdin, process.stdout):
        if stream:
            with suppress(BrokenPipeError):
                stream.close()
    process.wait()


def _unpack(frame: frames.Frame) -> Rows:
    head, buffers = frame.head, iter(frame.buffers)
    size = int(head["rows"])
    wkb: list[bytes | None] = [None] * size
    points, areas = np.full((size, 2), np.nan), np.zeros(size)
    fids = np.full(size, -1, dtype=np.int64)
    if head["shapes"]:
        wkb = frames.unpack_blobs(next(buffers), next(buffers))
        points = np.frombuffer(next(buffers)).reshape(size, 2)
        areas = np.frombuffer(next(buffers))
        fids = np.frombuffer(next(buffers), dtype=np.int64)
    columns: dict[str, Column] = {}
    for name, kind in head["columns"]:
        if kind == "number":
            columns[str(name)] = np.frombuffer(next(buffers))
        else:
            columns[str(name)] = frames.unpack_texts(next(buffers), size)
    lengths = {len(wkb), len(areas), len(fids), *(len(values) for values in columns.values())}
    if lengths - {size} or len(wkb) != size:
        raise frames.BrokenFrame
    faults = [(int(r), str(c), str(n), dict(f)) for r, c, n, f in head["faults"]]
    if any(not 0 <= fault[0] < size for fault in faults):
        raise frames.BrokenFrame
    return Rows(int(head["first"]), size, columns, faults, wkb, points, areas, fids)
