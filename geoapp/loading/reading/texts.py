"""Text of the file: found out what it is written in, decoded strictly, never garbled in silence.

Unless the caller names an encoding: what the file says (`.cpg`, a byte order mark), else UTF-8,
else GB18030 with a message. A file that contradicts what is said of it is refused.
"""

from __future__ import annotations

import codecs
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from geoapp.loading.reading.refusal import Refusal

if TYPE_CHECKING:
    import numpy as np

UTF8, GB = "UTF-8", "GB18030"
CHUNK = 4 << 20
KNOWN = {
    "utf-8": UTF8, "utf8": UTF8, "65001": UTF8, "utf-8-sig": UTF8,
    "gb18030": GB, "gbk": GB, "gb2312": GB, "936": GB, "cp936": GB, "ansi 936": GB, "54936": GB,
    "big5": "BIG5", "950": "BIG5", "cp950": "BIG5",
    "utf-16": "UTF-16", "iso-8859-1": "ISO-8859-1", "88591": "ISO-8859-1", "latin1": "ISO-8859-1",
    "iso 88591": "ISO-8859-1", "1252": "CP1252", "cp1252": "CP1252", "ansi 1252": "CP1252",
}  # fmt: skip
"""What people and `.cpg` files write, to Python's name. GBK and GB2312 are parts of GB18030."""
LOST = ("\ufffd", "锟斤拷")
"""Signs of text that was decoded wrongly before it came to us."""
_CHARACTER_FIELDS = b"C"


@dataclass(frozen=True, slots=True)
class Found:
    """An encoding and how it was found: option, cpg, mark, utf8 or guess."""

    encoding: str
    how: str


def named(encoding: str) -> str:
    """Python's name of an encoding people write. Raises Refusal for an unknown one."""
    known = KNOWN.get(encoding.strip().lower().replace("_", "-"))
    if known is None:
        raise Refusal("unknown_encoding", name=encoding[:60])
    return known


def of_text_file(path: Path, wanted: str | None) -> Found:
    """The encoding of a GeoJSON or CSV file; the whole file is tried. Raises Refusal."""
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        _require(path, "UTF-16", "UTF-16")
        return Found("UTF-16", "mark")
    if start.startswith(codecs.BOM_UTF8):
        _require(path, "utf-8-sig", UTF8)
        return Found("utf-8-sig", "mark")
    if wanted:
        _require(path, named(wanted), named(wanted))
        return Found(named(wanted), "option")
    if _fault_at(path, UTF8) is None:
        return Found(UTF8, "utf8")
    if _fault_at(path, GB) is None:
        return Found(GB, "guess")
    raise Refusal("no_encoding", at=_fault_at(path, UTF8))


def rewrite_utf8(path: Path, encoding: str, target: Path) -> None:
    """Write the file's text as UTF-8 without a mark."""
    with (
        path.open(encoding=encoding, newline="") as source,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        while piece := source.read(CHUNK):
            out.write(piece)


def _require(path: Path, encoding: str, name: str) -> None:
    at = _fault_at(path, encoding)
    if at is not None:
        raise Refusal("wrong_encoding", name=name, at=at)


def _fault_at(path: Path, encoding: str) -> int | None:
    """Position of the first byte that is no text in this encoding, or None."""
    decoder, done = codecs.getincrementaldecoder(encoding)(), 0
    with path.open("rb") as file:
        while True:
            piece = file.read(CHUNK)
            try:
                decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                return done + error.start
            if not piece:
                return None
            done += len(piece)


def of_shapefile(path: Path, wanted: str | None) -> Found:
    """The encoding of a shapefile's table; every cell of text is tried. Raises Refusal."""
    cells = _dbf_cells(path.with_suffix(".dbf"))
    said = path.with_suffix(".cpg")
    is_utf8, has_signs = _dbf_fits(cells, UTF8) is None, _has_signs(cells)
    if wanted or said.exists():
        name = named(wanted or said.read_text("ascii", errors="replace")[:60])
        if is_utf8 and has_signs and name != UTF8:
            raise Refusal("encoding_contradicts", name=name)
        fault = _dbf_fits(cells, name)
        if fault is not None:
            raise Refusal("wrong_encoding_row", name=name, row=fault[0], column=fault[1])
        return Found(name, "option" if wanted else "cpg")
    if is_utf8:
        return Found(UTF8, "utf8")
    if _dbf_fits(cells, GB) is None:
        return Found(GB, "guess")
    row, column = _dbf_fits(cells, GB) or (0, "")
    raise Refusal("no_encoding_row", row=row, column=column)


def _dbf_cells(path: Path) -> dict[str, np.ndarray]:
    """The text columns of a dBASE table as bytes, by name. Raises Refusal where it is broken."""
    import numpy as np

    data = path.read_bytes()
    try:
        rows, head, width = struct.unpack_from("<IHH", data, 4)
        fields, at = [], 1
        for start in range(32, head - 32, 32):
            if data[start] == 0x0D:
                break
            name = data[start : start + 11].split(b"\x00")[0].decode("latin-1")
            fields.append((name, data[start + 11 : start + 12], at, data[start + 16]))
            at += data[start + 16]
        rows = min(rows, (len(data) - head) // width)
        table = np.frombuffer(data, dtype=f"V{width}", count=rows, offset=head)
    except (struct.error, IndexError, ValueError, ZeroDivisionError) as error:
        raise Refusal("unreadable", reason=f"dbf: {error}") from error
    raw = table.view(np.uint8).reshape(rows, width)
    return {
        name: np.ascontiguousarray(raw[:, start : start + size]).view(f"S{size}").reshape(-1)
        for name, kind, start, size in fields
        if kind == _CHARACTER_FIELDS and size and rows
    }


def _has_signs(cells: dict[str, np.ndarray]) -> bool:
    import numpy as np

    return any(bool((column.view(np.uint8) > 127).any()) for column in cells.values())


def _dbf_fits(cells: dict[str, np.ndarray], encoding: str) -> tuple[int, str] | None:
    """None where all text is of that encoding, else the first row (from 1) and field that is not."""
    for name, column in cells.items():
        try:
            b"\n".join(column.tolist()).decode(encoding)
        except UnicodeDecodeError:
            row = _first_wrong(column, encoding)
            if row:
                return row, name
    return None


def _first_wrong(column: np.ndarray, encoding: str) -> int:
    """Row (from 1) of the first cell that cannot be decoded; 0 if all are only cut at their end."""
    width = column.dtype.itemsize
    for row, cell in enumerate(column.tolist(), start=1):
        try:
            cell.decode(encoding)
        except UnicodeDecodeError as error:
            if len(cell) < width or error.start < width - 3:
                return row
    return 0
