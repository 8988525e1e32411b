"""The reader process: limits, then one file, its rows as frames on standard output.

Two lines of JSON come in on standard input: what to read, and, once the fields are known, which
of them and what geometry is wanted. Answers: `opened`, then `rows` … `end`, or `refused`.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from geoapp.loading.reading.refusal import Refusal

MB = 1 << 20
OPEN_FILES = 64
NOT_NEEDED = ("pandas", "geopandas", "pyarrow", "pyproj")
"""pyogrio looks whether they are there, which takes longer than reading most files."""


def set_limits(memory_mb: int, cpu_seconds: int, file_mb: int) -> None:
    """Memory (address space), CPU time and size of written files of this process, for good."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_mb * MB, file_mb * MB))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 5))
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb * MB, memory_mb * MB))


def main() -> None:
    """Read one file as told on standard input."""
    # what a library prints must not get between the frames
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    from geoapp.loading.reading.frames import write_frame

    request = json.loads(sys.stdin.readline() or "null")
    if request is None:
        return
    serve = _serving(request["kind"])
    set_limits(request["memory_mb"], request["cpu_seconds"], request["unpacked_mb"])
    try:
        serve(request, unpacked(request), out)
    except Refusal as refusal:
        write_frame(out, {"kind": "refused", "code": refusal.code, "facts": refusal.facts})
    except MemoryError:
        write_frame(out, {"kind": "refused", "code": "out_of_memory", "facts": {}})


def _serving(kind: str) -> Callable[[dict, Path, BinaryIO], None]:
    """What answers; a spreadsheet is read before the libraries of maps would be there."""
    if kind == "cells":
        from geoapp.loading.reading.sheets import serve_cells

        return serve_cells
    for name in NOT_NEEDED:
        sys.modules[name] = None  # type: ignore[assignment]
    from geoapp.loading.reading.serve import serve

    for name in NOT_NEEDED:
        del sys.modules[name]
    return serve


def unpacked(request: dict) -> Path:
    """The file to read, out of its zip or gzip. Raises Refusal."""
    path, folder = Path(request["path"]), Path(request["folder"])
    limit = request["unpacked_mb"] * MB
    if request["members"]:
        from geoapp.loading.reading.unpack import unpack_shape

        return unpack_shape(path, request["members"], folder, limit)
    if request["gzipped"]:
        from geoapp.loading.reading.unpack import unpack_gzip

        return unpack_gzip(path, folder / "unpacked", limit)
    return path


if __name__ == "__main__":
    main()
