"""The base map: roads, water, railways, land use, gates, and where there is data at all."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import cast

import numpy as np
from sqlalchemy import Table, text

from geoapp.core.bulk import copy_rows
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.loading import located
from geoapp.loading.base_classes import TYPES, first_zoom, kind_of
from geoapp.loading.batch import Batch
from geoapp.loading.files import Source
from geoapp.loading.mapping import Wanted
from geoapp.loading.options import LoadOptions
from geoapp.loading.placing import known_extent
from geoapp.loading.run import Load
from geoapp.loading.run import Target as LoadTarget
from grids_boundaries.models import BaseFeature

_STAGE = """
CREATE TEMP TABLE staged_base (
    layer text, kind text, name text, min_zoom smallint, origin text, source text, source_id text,
    geom geometry(Geometry, 4326)
) ON COMMIT DROP
"""
_COLUMNS = {
    "layer": "text", "kind": "text", "name": "text", "min_zoom": "int2", "origin": "text",
    "source": "text", "source_id": "text", "geom": "bytea",
}  # fmt: skip
_CHANGED = ("kind", "name", "min_zoom", "origin", "geom")
_KNOWN = """
SELECT count(*) FROM staged_base s JOIN base_feature b
    ON (b.layer, b.source, b.source_id) = (s.layer, s.source, s.source_id)
"""
_MERGE = f"""
INSERT INTO base_feature AS b ({", ".join(_COLUMNS)})
SELECT {", ".join(_COLUMNS)} FROM staged_base
ON CONFLICT (layer, source, source_id) DO UPDATE
SET {", ".join(f"{name} = excluded.{name}" for name in _CHANGED)}
WHERE ({", ".join(f"b.{name}" for name in _CHANGED)})
   IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in _CHANGED)})
"""  # noqa: S608 - column names of our own


class Target(LoadTarget):
    """One layer of the base map; public data without an area (`options.layer`)."""

    register = "base"
    id_field = "source_id"
    areas = True
    fields = (
        Wanted("source_id", located.ID_ALIASES),
        Wanted("name", ("名称", "路名", "道路名称", "namezh", "mc")),
        Wanted("kind", (
            "highway", "railway", "waterway", "barrier", "kinddetail", "class", "fclass", "natural",
            "landuse", "道路等级", "等级", "类型", "用地类型", "type",
        )),
    )  # fmt: skip
    table = cast(Table, BaseFeature.__table__)

    def __init__(self, load: Load) -> None:
        super().__init__(load)
        assert load.options.layer
        self.layer = load.options.layer
        self.types = TYPES[self.layer]
        self.identities = located.Identities(load)
        self.extent = known_extent(load.connection)
        self.away = 0
        self.rows = 0
        load.connection.execute(text(_STAGE))

    @classmethod
    def accept(cls, source: Source, options: LoadOptions) -> None:
        """Raises InvalidInput without a layer."""
        super().accept(source, options)
        if options.layer is None:
            raise InvalidInput(N_("须用 --layer 指明底图图层。"), field="layer")

    def take(self, batch: Batch) -> None:
        """Classify and copy one batch."""
        ids = self.identities.of(batch)
        names = batch.short_text("name")
        kinds = [kind_of(self.layer, word) for word in batch.short_text("kind")]
        areas = batch.rows.areas.tolist()
        zooms = [first_zoom(self.layer, k, a) for k, a in zip(kinds, areas, strict=True)]
        self._look_away(batch)
        rows = np.flatnonzero(batch.ok).tolist()
        if not rows:
            return
        pick = located.picker(rows)
        chosen = [pick(column) for column in (kinds, names, zooms)]
        self._copy([*chosen, pick(ids), pick(batch.rows.wkb)])

    def finish(self) -> dict[str, set[int]]:
        """Merge with what the layer has from the same source."""
        connection, report = self.load.connection, self.load.report
        connection.execute(text("ANALYZE staged_base"))
        known = connection.scalar(text(_KNOWN))
        written = connection.execute(text(_MERGE)).rowcount
        report.added = self.rows - known
        report.updated = written - report.added
        report.unchanged = known - report.updated
        if self.away:
            report.note(N_("有 %(count)s 个要素在已知区划的范围之外。"), count=self.away)
        return {}

    def changed(self) -> dict[Table, list[str]]:
        """The table is not partitioned."""
        return {self.table: []}

    def _look_away(self, batch: Batch) -> None:
        """Count areas and points outside the regions' extent; they are drawn all the same."""
        if self.extent is None:
            return
        west, south, east, north = self.extent
        x, y = batch.rows.points[:, 0], batch.rows.points[:, 1]
        with np.errstate(invalid="ignore"):
            away = (x < west) | (x > east) | (y < south) | (y > north)
        self.away += int((away & batch.ok).sum())

    def _copy(self, columns: list[Sequence[object]]) -> None:
        kinds, names, zooms, ids, shapes = columns
        origin, source = repeat(self.load.options.origin), repeat(self.load.source)
        rows = zip(
            repeat(self.layer), kinds, names, zooms, origin, source, ids, shapes, strict=False
        )
        self.rows += copy_rows(self.load.connection, "staged_base", _COLUMNS, rows)
