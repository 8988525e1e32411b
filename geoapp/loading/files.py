"""What kind of file this is, by its name and its first bytes; nothing is parsed here."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.loading.zips import ZippedShape, zipped_shapes

KINDS = {
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".geojsonl": "GeoJSONSeq",
    ".geojsons": "GeoJSONSeq",
    ".ndjson": "GeoJSONSeq",
    ".jsonl": "GeoJSONSeq",
    ".gpkg": "GPKG",
    ".shp": "ESRI Shapefile",
    ".zip": "ESRI Shapefile",
    ".fgb": "FlatGeobuf",
    ".csv": "CSV",
}
"""File ending to kind; the kinds are names of GDAL drivers, but for CSV, which is read without."""
GZIPPED = ("GeoJSON", "GeoJSONSeq", "CSV")
MAGIC = {
    ".gpkg": b"SQLite format 3\x00",
    ".zip": b"PK",
    ".shp": b"\x00\x00\x27\x0a",
    ".fgb": b"fgb",
    ".gz": b"\x1f\x8b",
}
NAMES = ".geojson, .geojsonl, .gpkg, .zip (Shapefile), .shp, .fgb, .csv, .geojson.gz, .csv.gz"


@dataclass(frozen=True, slots=True)
class Source:
    """A file that may be read: `kind` of KINDS; `shape` is the chosen shapefile of a zip."""

    path: Path
    kind: str
    gzipped: bool = False
    shape: ZippedShape | None = None
    stem: str = field(default="")


def examine(path: Path, layer_name: str | None, unpacked_mb: int) -> Source:
    """Raises InvalidInput for a file that is not there, of no known kind, or not what it is named."""
    if not path.is_file():
        raise InvalidInput(N_("文件“%(name)s”不存在。"), field="file", name=str(path))
    endings = [ending.lower() for ending in path.suffixes[-2:]]
    gzipped = bool(endings) and endings[-1] == ".gz"
    if gzipped:
        endings.pop()
    ending = endings[-1] if endings else ""
    kind = KINDS.get(ending)
    if kind is None or (gzipped and kind not in GZIPPED):
        raise InvalidInput(
            N_("不支持“%(name)s”的格式，可用：%(names)s。"),
            field="file",
            name=path.name,
            names=NAMES,
        )
    _check_magic(path, ".gz" if gzipped else ending)
    stem = path.name.split(".", 1)[0]
    if ending != ".zip":
        return Source(path, kind, gzipped, stem=stem)
    shape = _choose(zipped_shapes(path, unpacked_mb), layer_name)
    return Source(path, kind, shape=shape, stem=stem)


def _check_magic(path: Path, ending: str) -> None:
    magic = MAGIC.get(ending)
    with path.open("rb") as file:
        start = file.read(16)
    if not start:
        raise InvalidInput(N_("文件“%(name)s”是空的。"), field="file", name=path.name)
    if magic and not start.startswith(magic):
        raise InvalidInput(
            N_("文件“%(name)s”的内容与扩展名 %(ending)s 不符。"),
            field="file",
            name=path.name,
            ending=ending,
        )


def _choose(shapes: list[ZippedShape], wanted: str | None) -> ZippedShape:
    named = [s for s in shapes if wanted in (None, s.name, s.name.rsplit("/", 1)[-1])]
    if len(named) == 1:
        return named[0]
    raise InvalidInput(
        N_("文件中有多个图层，请用 --layer-name 选择：%(names)s。"),
        field="layer_name",
        names=", ".join(shape.name for shape in (named or shapes)),
    )
