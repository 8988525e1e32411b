"""Unpacking into the reader's own folder, with a limit on every byte that comes out."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from pathlib import Path
from typing import IO

from geoapp.loading.reading.refusal import Refusal

CHUNK = 1 << 20
LARGE_BYTES = 100 << 20
MAX_RATIO = 200
"""Text shrinks to a tenth; only a bomb shrinks this far."""


def unpack_gzip(path: Path, target: Path, limit: int) -> Path:
    """Write what the gzip holds. Raises Refusal when it is broken or more than `limit` bytes."""
    most = min(limit, max(LARGE_BYTES, MAX_RATIO * path.stat().st_size))
    try:
        with gzip.open(path) as packed, target.open("wb") as out:
            _copy(packed, out, most)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Refusal("broken_archive", reason=str(error)[:200]) from error
    return target


def unpack_shape(path: Path, members: dict[str, str], folder: Path, limit: int) -> Path:
    """Write the members of one shapefile as layer.shp, layer.dbf … into `folder`."""
    try:
        with zipfile.ZipFile(path) as archive:
            for ending, name in members.items():
                with archive.open(name) as packed, (folder / f"layer{ending}").open("wb") as out:
                    limit -= _copy(packed, out, limit)
    except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, KeyError) as error:
        raise Refusal("broken_archive", reason=str(error)[:200]) from error
    return folder / "layer.shp"


def _copy(packed: IO[bytes] | gzip.GzipFile, out: IO[bytes], limit: int) -> int:
    written = 0
    while piece := packed.read(CHUNK):
        written += len(piece)
        if written > limit:
            raise Refusal("bomb", size=limit >> 20)
        out.write(piece)
    return written
