"""Zip files judged by their directory, before anything is unpacked (trust B3: FL-2)."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import IO

from geoapp.loading.reading.refusal import Refusal

MOST_MEMBERS, MOST_DIRECTORY = 1000, 1 << 20
LARGE_BYTES, MAX_RATIO = 10 << 20, 200
"""Spreadsheets shrink to a tenth; only a bomb has a member of more than LARGE_BYTES that shrinks this far."""
_END, _END_MARK = struct.Struct("<4s4H2LH"), b"PK\x05\x06"
_ENCRYPTED = 0x1


def open_zip(file: Path | IO[bytes], unpacked_mb: int) -> zipfile.ZipFile:
    """The archive, once its directory says nothing hostile. Raises Refusal."""
    try:
        if isinstance(file, Path):
            with file.open("rb") as stream:
                size = _check_end(stream)
        else:
            size = _check_end(file)
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, struct.error) as error:
        raise Refusal("broken_zip") from error
    members = archive.infolist()
    total, packed = sum(one.file_size for one in members), sum(one.compress_size for one in members)
    swells = any(one.file_size > max(LARGE_BYTES, MAX_RATIO * one.compress_size) for one in members)
    if total > unpacked_mb << 20 or swells or packed > size:
        raise Refusal("bomb", size=unpacked_mb)
    if any(one.flag_bits & _ENCRYPTED for one in members):
        raise Refusal("password")
    if any(one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for one in members):
        raise Refusal("broken_zip")
    return archive


def _check_end(stream: IO[bytes]) -> int:
    """The last record counts the members: a hundred thousand are refused unread. The file's size."""
    size = stream.seek(0, 2)
    stream.seek(max(size - _END.size - 0xFFFF, 0))
    tail = stream.read()
    at = tail.rfind(_END_MARK)
    if at < 0:
        raise Refusal("broken_zip")
    _, _, _, _, members, directory, _, _ = _END.unpack_from(tail, at)
    if members > MOST_MEMBERS or directory > MOST_DIRECTORY:
        raise Refusal("too_many_parts", most=MOST_MEMBERS)
    return size
