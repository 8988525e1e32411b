"""A layer of a geodata file, opened by an allowed driver, read in pieces."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyogrio
import pyogrio.raw
from pyogrio._ogr import _register_drivers
from pyogrio.errors import CRSError, DataLayerError, DataSourceError, FeatureError, FieldError

from geoapp.loading.reading.refusal import Refusal

DRIVERS = ("GeoJSON", "GeoJSONSeq", "GPKG", "ESRI Shapefile", "FlatGeobuf")
PIECES = ("GPKG", "ESRI Shapefile", "FlatGeobuf")
"""Formats that can be entered in the middle; the others are read at once."""
PIECE_ROWS = 16_384
MAX_LAYERS_NAMED = 20
_BINARY = "OFTBinary"
MOST_EXACT = 2**53
"""Whole numbers beyond are no longer exact as float64."""
_CONFIG = {
    # an unclosed ring is a fault to be told, not to be closed
    "OGR_GEOMETRY_ACCEPT_UNCLOSED_RING": "NO",
    "OGR_GEOJSON_MAX_OBJ_SIZE": "200",
    "GDAL_HTTP_MAX_RETRY": "0",
    "CPL_CURL_ENABLE_VSIMEM": "NO",
}


def allow_only_our_drivers() -> list[str]:
    """Deregister every other driver; returns those that are left."""
    others = [name for name in pyogrio.list_drivers() if name not in DRIVERS]
    pyogrio.set_gdal_config_options({"GDAL_SKIP": ",".join(others), **_CONFIG})
    _register_drivers()
    return sorted(pyogrio.list_drivers())


@dataclass
class Piece:
    """Consecutive features: their numbers in the file, WKB (None without), columns by name."""

    first: int
    fids: np.ndarray
    wkb: np.ndarray
    columns: dict[str, np.ndarray]


@dataclass
class Layer:
    """An opened layer. `size` is -1 where the format does not say; `said` are GDAL's warnings."""

    path: Path
    driver: str
    encoding: str | None
    name: str = ""
    crs: str | None = None
    size: int = -1
    geometry_type: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def pieces(self, columns: list[str]) -> Iterator[Piece]:
        """The features in order. Raises Refusal."""
        step, first = (PIECE_ROWS, 0) if self.driver in PIECES else (None, 0)
        while True:
            piece = self._read(columns, first, step)
            rows = len(piece.fids)
            if rows:
                yield piece
            first += rows
            if step is None or rows < step:
                return

    def _read(self, columns: list[str], first: int, most: int | None) -> Piece:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            meta, fids, wkb, data = _told(
                lambda: pyogrio.raw.read(
                    str(self.path),
                    layer=self.name,
                    encoding=self.encoding,
                    columns=columns,
                    force_2d=True,
                    skip_features=first,
                    max_features=most,
                    return_fids=True,
                    datetime_as_string=True,
                )
            )
        self.said += [str(one.message)[:200] for one in caught]
        if wkb is None:
            wkb = np.full(len(fids), None, dtype=object)
        named = dict(zip(meta["fields"].tolist(), data, strict=True))
        return Piece(first, fids, wkb, {name: named[name] for name in columns if name in named})


def open_layer(path: Path, driver: str, encoding: str | None, wanted: str | None) -> Layer:
    """Open the one layer, or the one that is wanted. Raises Refusal."""
    layer = Layer(path, driver, encoding)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        names = [str(name) for name, _ in _told(lambda: pyogrio.list_layers(str(path)))]
        layer.name = _choose(names, wanted)
        info = _told(lambda: pyogrio.read_info(str(path), layer=layer.name, encoding=encoding))
    layer.said += [str(one.message)[:200] for one in caught]
    if info["driver"] != driver and {info["driver"], driver} != {"GeoJSON", "GeoJSONSeq"}:
        raise Refusal("unreadable", reason=str(info["driver"]))
    layer.driver, layer.crs, layer.size = info["driver"], info["crs"], int(info["features"])
    layer.geometry_type = info["geometry_type"] or ""
    kinds = zip(info["fields"].tolist(), info["ogr_types"], strict=True)
    layer.fields = {name: kind for name, kind in kinds if kind != _BINARY}
    return layer


def _choose(names: list[str], wanted: str | None) -> str:
    if len(names) == 1 and wanted is None:
        return names[0]
    if wanted in names:
        return wanted
    shown = ", ".join(names[:MAX_LAYERS_NAMED])
    raise Refusal("which_layer" if wanted is None else "no_such_layer", names=shown, name=wanted)


def _told(read):  # type: ignore[no-untyped-def]
    """Run a read; what GDAL has against the file becomes a Refusal."""
    errors = (DataSourceError, DataLayerError, FeatureError, FieldError, CRSError, RuntimeError)
    try:
        return read()
    except UnicodeDecodeError as error:
        raise Refusal("wrong_encoding", name=error.encoding, at=error.start) from error
    except (*errors, ValueError, OverflowError) as error:
        words = str(error).strip() or type(error).__name__
        if "out of memory" in words.lower():
            raise MemoryError from error
        raise Refusal("unreadable", reason=words.splitlines()[0][:200]) from error


def as_column(values: np.ndarray) -> np.ndarray | list[str]:
    """Numbers as float64 with NaN for none, as far as it holds them; everything else as text."""
    if values.dtype.kind in "iuf":
        whole = values.dtype.kind != "f"
        if whole and np.abs(values.astype(np.float64)).max(initial=0) > MOST_EXACT:
            return [str(one) for one in values.tolist()]
        return values.astype(np.float64)
    if values.dtype.kind == "M":
        return ["" if one == "NaT" else one for one in np.datetime_as_string(values).tolist()]
    return [one if type(one) is str else _text(one) for one in values.tolist()]


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
