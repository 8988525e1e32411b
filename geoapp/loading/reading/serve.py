"""Answers of the reader: what the file is, then its rows, checked, in pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import shapely

from geoapp.loading.reading import texts
from geoapp.loading.reading.answers import Columns, Fault, asked, send_opened, send_rows
from geoapp.loading.reading.axes import SAMPLE, Axes
from geoapp.loading.reading.frames import SEPARATOR, pack_blobs, write_frame
from geoapp.loading.reading.layers import (
    MOST_EXACT,
    PIECE_ROWS,
    Layer,
    Piece,
    allow_only_our_drivers,
    as_column,
    open_layer,
)
from geoapp.loading.reading.refusal import Refusal
from geoapp.loading.reading.shapes import Wanted, check_shapes
from geoapp.loading.reading.tables import TablePiece, read_header, read_rows

SPOILT = (*((sign, "lost_text") for sign in texts.LOST), ("\x00", "nul_text"))
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_UNTIDY = ("  ", f"{SEPARATOR} ", f" {SEPARATOR}")


def serve(request: dict, path: Path, out: BinaryIO) -> None:
    """Answer one request about an unpacked file. Raises Refusal."""
    if request["kind"] == "CSV":
        _serve_table(request, path, out)
    else:
        _serve_layer(request, path, out)


def _serve_table(request: dict, path: Path, out: BinaryIO) -> None:
    found = texts.of_text_file(path, request["encoding"])
    header = read_header(path, found.encoding)
    opened = {"driver": "CSV", "size": -1, "crs": "", "geometry_type": ""}
    send_opened(out, opened, dict.fromkeys(header, "OFTString"), found)
    wish = asked()
    for piece in read_rows(path, found.encoding, header):
        _send_table_piece(out, piece, wish["columns"])
    write_frame(out, {"kind": "end", "said": []})


def _send_table_piece(out: BinaryIO, piece: TablePiece, names: list[str]) -> None:
    columns: Columns = {name: piece.columns[name] for name in names}
    faults: list[Fault] = [(row, "odd_row", "", {"count": n}) for row, n in piece.odd.items()]
    rows = len(next(iter(piece.columns.values())))
    send_rows(out, (piece.first, rows), columns, [*faults, *_clean_texts(columns)], [])


def _serve_layer(request: dict, path: Path, out: BinaryIO) -> None:
    allow_only_our_drivers()
    found, path, encoding = _readable(request, path)
    layer = open_layer(path, request["kind"], encoding, request["layer"])
    axes = Axes(_stated_crs(layer, request["crs"]), request["extent"])
    opened = {"driver": layer.driver, "size": layer.size, "crs": axes.name}
    opened |= {"geometry_type": layer.geometry_type}
    send_opened(out, opened, layer.fields, found)
    wish = asked()
    wanted = Wanted(tuple(wish["types"]), wish["optional"], wish["areas"])
    judged = False
    for piece in layer.pieces(wish["columns"]):
        judged = judged or _judge_axes(axes, piece.wkb)
        for part in _parts(piece):
            _send_piece(out, part, axes, wanted)
    write_frame(out, {"kind": "end", "said": list(dict.fromkeys(layer.said))[:5]})


def _readable(request: dict, path: Path) -> tuple[texts.Found, Path, str | None]:
    """How the text was found, the file GDAL is to open, the encoding it is to be told."""
    if request["kind"] == "ESRI Shapefile":
        found = texts.of_shapefile(path, request["encoding"])
        return found, path, found.encoding
    if not request["kind"].startswith("GeoJSON"):
        return texts.Found(texts.UTF8, "utf8"), path, None
    found = texts.of_text_file(path, request["encoding"])
    if found.encoding == texts.UTF8:
        return found, path, None
    target = Path(request["folder"]) / "text.json"
    texts.rewrite_utf8(path, found.encoding, target)
    return found, target, None


def _stated_crs(layer: Layer, option: str | None) -> str:
    """The CRS of a layer. GeoJSON that names none is taken for WGS84 unless told otherwise."""
    if layer.driver.startswith("GeoJSON") and layer.crs in (None, "EPSG:4326"):
        return option or "EPSG:4326"
    if layer.crs is None:
        if option is None:
            raise Refusal("no_crs")
        return option
    if option is not None and not _same_crs(layer.crs, option):
        raise Refusal("other_crs", stated=layer.crs[:120], option=option)
    return layer.crs


def _same_crs(one: str, other: str) -> bool:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return bool(CRS.from_user_input(one) == CRS.from_user_input(other))
    except CRSError:
        return False


def _judge_axes(axes: Axes, wkb: np.ndarray) -> bool:
    """Look at coordinates from all over the piece; False where it has none. Raises Refusal."""
    some = wkb[:: max(len(wkb) // SAMPLE, 1)]
    shapes = shapely.from_wkb(some, on_invalid="ignore")
    points = shapely.get_coordinates(shapes)
    axes.check(points[:: max(len(points) // SAMPLE, 1)])
    return len(points) > 0


def _parts(piece: Piece) -> Iterator[Piece]:
    for start in range(0, len(piece.fids), PIECE_ROWS):
        part = slice(start, start + PIECE_ROWS)
        columns = {name: values[part] for name, values in piece.columns.items()}
        yield Piece(piece.first + start, piece.fids[part], piece.wkb[part], columns)


def _send_piece(out: BinaryIO, piece: Piece, axes: Axes, wanted: Wanted) -> None:
    checked = check_shapes(piece.wkb, axes, wanted)
    columns: Columns = {name: as_column(values) for name, values in piece.columns.items()}
    faults: list[Fault] = [(row, code, "", facts) for row, code, facts in checked.faults]
    faults += [*_clean_texts(columns), *_inexact_numbers(columns)]
    shapes = [*pack_blobs(checked.wkb), checked.points.tobytes(), checked.areas.tobytes()]
    shapes.append(piece.fids.astype(np.int64).tobytes())
    send_rows(out, (piece.first, len(piece.fids)), columns, faults, shapes)


def _clean_texts(columns: Columns) -> list[Fault]:
    """Close up blanks in place; tell texts nobody can have meant: spoilt before, or with a NUL."""
    faults: list[Fault] = []
    for name, values in columns.items():
        if isinstance(values, np.ndarray):
            continue
        whole = SEPARATOR.join(values)
        for sign, code in SPOILT:
            if sign in whole:
                facts = ((row, text) for row, text in enumerate(values) if sign in text)
                faults += [(row, code, name, {"text": _shown(text)}) for row, text in facts]
        if _is_untidy(whole, len(values)):
            columns[name] = [" ".join(_CONTROL.sub(" ", text).split()) for text in values]
    return faults


def _is_untidy(whole: str, cells: int) -> bool:
    """Whether some cell of the joined ones has blanks at an end, two in a row, or other signs."""
    if whole.count(SEPARATOR) != cells - 1 or any(sign in whole for sign in _UNTIDY):
        return True
    edges = whole[:1] == " " or whole[-1:] == " "
    return edges or not whole.replace(SEPARATOR, "").isprintable()


def _inexact_numbers(columns: Columns) -> Iterator[Fault]:
    """Numbers so large that digits are lost: a code that was stored as a number."""
    for name, values in columns.items():
        if isinstance(values, np.ndarray):
            for row in np.flatnonzero(np.abs(values) > MOST_EXACT).tolist():
                yield row, "inexact_number", name, {"value": f"{values[row]:.6g}"}


def _shown(text: str) -> str:
    return text[:40].replace("\x00", " ")
