"""Geodata files for tests: the same features in every format the loaders read."""

from __future__ import annotations

import gzip
import json
import struct
import warnings
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyogrio.raw
import shapely

Row = tuple[shapely.Geometry | None, Mapping[str, object]]
DRIVERS = {".gpkg": "GPKG", ".fgb": "FlatGeobuf", ".shp": "ESRI Shapefile"}


def geojson(path: Path, rows: Iterable[Row], **members: object) -> Path:
    """A FeatureCollection, gzipped where the name says so; one feature a line for .geojsonl."""
    features = [
        {
            "type": "Feature",
            "properties": dict(properties),
            "geometry": None if shape is None else json.loads(shapely.to_geojson(shape)),
        }
        for shape, properties in rows
    ]
    if ".geojsonl" in path.name:
        text = "\n".join(json.dumps(one, ensure_ascii=False) for one in features)
    else:
        whole = {"type": "FeatureCollection", **members, "features": features}
        text = json.dumps(whole, ensure_ascii=False)
    data = text.encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def vector(path: Path, rows: Sequence[Row], crs: str | None = "EPSG:4326", **options: object) -> Path:
    """GeoPackage, FlatGeobuf or a bare shapefile of one geometry type."""
    names = list(rows[0][1])
    columns = [np.array([row[1][name] for row in rows], dtype=object) for name in names]
    columns = [_typed(column) for column in columns]
    wkb = np.array([shapely.to_wkb(row[0]) if row[0] else None for row in rows], dtype=object)
    first = next((row[0] for row in rows if row[0] is not None), None)
    with warnings.catch_warnings():
        # a missing CRS is what some of these files are for
        warnings.simplefilter("ignore")
        pyogrio.raw.write(
            str(path), wkb, columns, np.array(names, dtype=object), driver=DRIVERS[path.suffix],
            geometry_type=first.geom_type if first else "Unknown", crs=crs, **options,
        )
    return path


def _typed(column: np.ndarray) -> np.ndarray:
    kinds = {type(one) for one in column.tolist() if one is not None}
    if kinds == {int} and None not in column.tolist():
        return column.astype(np.int64)
    if kinds <= {int, float} and kinds:
        return column.astype(np.float64)
    return column


def shape_zip(
    path: Path,
    rows: Sequence[Row],
    crs: str | None = "EPSG:4326",
    encoding: str = "UTF-8",
    cpg: str | None = "UTF-8",
    stem: str = "layer",
) -> Path:
    """A zipped shapefile whose text is written in `encoding` while its .cpg says `cpg`."""
    folder = path.with_suffix("")
    folder.mkdir()
    vector(folder / f"{stem}.shp", rows, crs, encoding=encoding)
    said = folder / f"{stem}.cpg"
    said.unlink(missing_ok=True)
    dbf = folder / f"{stem}.dbf"
    data = bytearray(dbf.read_bytes())
    data[29] = 0  # the language driver would say it, too
    dbf.write_bytes(data)
    if cpg is not None:
        said.write_text(cpg)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(folder.iterdir()):
            archive.write(part, part.name)
    return path


def square(west: float, south: float, size: float = 0.001) -> shapely.Polygon:
    """A square with its lower left corner there, degrees."""
    return shapely.box(west, south, west + size, south + size)


def bow_tie(west: float, south: float, size: float = 0.001) -> shapely.Polygon:
    """A polygon that crosses itself in its middle."""
    east, north = west + size, south + size
    return shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])


def wkb_point(x: float, y: float) -> bytes:
    """WKB of a point, numbers that are none included."""
    return struct.pack("<BIdd", 1, 1, x, y)
