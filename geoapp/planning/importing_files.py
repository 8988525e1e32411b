"""Reading foreign polygons: the readers, formats and CRS of every load (D4.2, D3.8), nothing repaired."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import shapely

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.loading.batch import Batch
from geoapp.loading.files import examine
from geoapp.loading.mapping import Wanted, map_fields
from geoapp.loading.options import Limits, LoadOptions
from geoapp.loading.reader import Box, Reader, Wish, reader_process
from geoapp.loading.report import LoadReport

MOST_POLYGONS = 2000
MOST_TOLD = 200
MOST_PLACES = 10
LIMITS = Limits(memory_mb=2048, cpu_seconds=60, silent_seconds=60, unpacked_mb=512)
"""A file that is read while somebody waits."""
FIELDS = (
    Wanted("code", ("code15", "gridcode", "regioncode", "网格编码", "网格代码", "区划代码", "代码", "编码", "code")),
    Wanted("name", ("名称", "网格名称", "社区名称", "gridname", "regionname", "mc", "name")),
)


@dataclass(frozen=True, slots=True)
class Found:
    """One polygon of the file: its row from 1, its code and name where it has any, its shape (EPSG:4326)."""

    line: int
    code: str | None
    name: str | None
    shape: shapely.Geometry


@dataclass
class Content:
    """What a file held; `refused` are rows with the message id and facts that say why."""

    crs: str
    polygons: list[Found] = field(default_factory=list)
    refused: list[dict] = field(default_factory=list)


def read_polygons(path: Path, extent: Box | None, crs: str | None, layer: str | None) -> Content:
    """Every polygon of a file. Raises InvalidInput for a file that cannot be used."""
    options = LoadOptions(crs=crs or None, layer_name=layer or None, limits=LIMITS)
    source = examine(path, options.layer_name, LIMITS.unpacked_mb)
    if source.kind == "CSV":
        raise InvalidInput(N_("CSV 没有多边形，请使用 GeoJSON、GeoPackage 或 Shapefile。"), field="file")
    report = LoadReport(path, "regions")
    with reader_process() as process:
        reader = Reader(process, source, options, lambda: extent)
        mapping = map_fields(FIELDS, reader.opened.fields, {})
        content = Content(reader.opened.crs)
        for rows in reader.rows(Wish(tuple(dict.fromkeys(mapping.values())), ("Polygon", "MultiPolygon"))):
            batch = Batch(rows, mapping, report, "code")
            report.read += rows.size
            if report.read > MOST_POLYGONS:
                raise InvalidInput(N_("文件超过 %(most)s 个多边形，请按街道拆分。"), field="file", most=MOST_POLYGONS)
            _take(content, batch)
    content.refused = [
        {"line": one.row, "msgid": one.msgid, "facts": _plain(one.facts)} for one in report.faults[:MOST_TOLD]
    ]
    if not report.read:
        raise InvalidInput(N_("文件中没有记录。"), field="file")
    _refuse_doubles(content)
    return content


def _take(content: Content, batch: Batch) -> None:
    codes, names = batch.text("code"), batch.text("name")
    for row, wkb in enumerate(batch.rows.wkb):
        if batch.ok[row] and wkb is not None:
            content.polygons.append(Found(batch.number(row), codes[row], names[row], shapely.from_wkb(wkb)))


def _refuse_doubles(content: Content) -> None:
    """Two polygons with one code: which of them is meant, nobody can know."""
    counts = Counter(one.code for one in content.polygons if one.code)
    for code, number in counts.items():
        if number > 1:
            mine = [one for one in content.polygons if one.code == code]
            places = (", ".join(map(str, point_in(one.shape))) for one in mine[:MOST_PLACES])
            raise InvalidInput(
                N_("编号“%(code)s”用在了 %(n)s 个多边形上（第 %(lines)s 行，位于 %(places)s），请先更正文件。"),
                field="file", code=str(code)[:40], n=number, lines="、".join(str(one.line) for one in mine),
                places="；".join(places),
            )  # fmt: skip


def point_in(shape: shapely.Geometry) -> list[float]:
    """Longitude and latitude of a point inside a shape."""
    point = shapely.point_on_surface(shape)
    return [round(point.x, 6), round(point.y, 6)]


def _plain(facts: Mapping[str, object]) -> dict[str, str]:
    """Facts as they can be stored."""
    return {name: str(value) for name, value in facts.items()}
