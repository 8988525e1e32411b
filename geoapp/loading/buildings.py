"""Buildings: footprints or points, each in the smallest region around it (A10.1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar, cast

import numpy as np
from sqlalchemy import Table

from geoapp.core.i18n import N_
from geoapp.houses.codes import BUILDING_USES
from geoapp.houses.models import Building
from geoapp.loading import located
from geoapp.loading.batch import Batch
from geoapp.loading.building_uses import PARTS, USES
from geoapp.loading.located import LocatedTarget, joined_address
from geoapp.loading.mapping import Wanted
from geoapp.loading.run import Load
from geoapp.loading.values import coded, labels, whole_between

MOST_STOREYS, MOST_ENTRANCES = 199, 99
_BUILDING_IDS = (
    "buildingid",
    "buildingcode",
    "bldid",
    "楼栋编号",
    "楼栋编码",
    "建筑编号",
    "建筑编码",
)


class Target(LocatedTarget):
    """`use` comes from the building's own value, else from what it is used for (`amenity`)."""

    register = "buildings"
    table = cast(Table, Building.__table__)
    id_field = "source_id"
    types = ("Polygon", "MultiPolygon", "Point")
    fields = (
        Wanted("source_id", (*located.ID_ALIASES, *_BUILDING_IDS)),
        Wanted("name", ("楼名", "楼栋名", "楼栋名称", "建筑名称", "建筑物名称", *located.NAME.aliases)),
        located.ADDRESS, located.STREET, located.HOUSENUMBER,
        Wanted("estate", ("小区", "小区名", "小区名称", "estatename", "xq")),
        Wanted("use", ("building", "用途", "建筑用途", "kind", "buildinguse", "usage", "fclass", "类型")),
        Wanted("amenity", ("kinddetail", "shop", "leisure", "office")),
        Wanted("storeys", (
            "levels", "buildinglevels", "floors", "floor", "层数", "楼层数", "总层数", "地上层数",
            "numfloors", "storey", "stories", "cs",
        )),
        Wanted("entrances", ("单元数", "entrancecount", "units")),
        Wanted("region", located.REGION_ALIASES),
    )  # fmt: skip
    columns = ("name", "address", "estate", "use", "storeys", "storeys_origin", "entrances")
    spoken: ClassVar[dict[str, tuple[str, ...]]] = {
        "name": ("name",), "address": ("address",), "street": ("address",), "estate": ("estate",),
        "use": ("use",), "amenity": ("use",), "storeys": ("storeys", "storeys_origin"),
        "entrances": ("entrances",),
    }  # fmt: skip

    def __init__(self, load: Load) -> None:
        super().__init__(load)
        self.unknown["use"] = Counter()
        self.parse_use = coded(USES, labels(BUILDING_USES))

    def values(self, batch: Batch) -> list[Sequence[object]]:
        """Columns of `columns`; parts of buildings are refused."""
        words = batch.text("use")
        parts = np.fromiter((word in PARTS for word in words), dtype=bool, count=batch.size)
        batch.refuse(parts, "use", N_("是建筑的一部分或不是建筑。"))
        storeys = batch.parsed("storeys", whole_between(1, MOST_STOREYS))
        origin = self.load.options.origin
        return [
            batch.short_text("name"),
            joined_address(batch),
            batch.short_text("estate"),
            self._uses(batch),
            storeys,
            [None if one is None else origin for one in storeys],
            batch.parsed("entrances", whole_between(1, MOST_ENTRANCES)),
        ]

    def _uses(self, batch: Batch) -> list[str]:
        uses = batch.counted("use", self.parse_use, "unknown", self.unknown["use"])
        if "amenity" not in self.load.mapping:
            return uses
        finer = batch.counted("amenity", self.parse_use, "unknown", Counter())
        return [other if use == "unknown" else use for use, other in zip(uses, finer, strict=True)]
