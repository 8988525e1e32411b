"""Key sites: points, or areas that are taken by a point inside (A7.2 to A7.7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar, cast

import numpy as np
from sqlalchemy import Table

from geoapp.core.i18n import N_
from geoapp.loading import located
from geoapp.loading.batch import Batch
from geoapp.loading.located import LocatedTarget, joined_address
from geoapp.loading.mapping import Wanted
from geoapp.loading.points import point_wkb
from geoapp.loading.run import Load
from geoapp.loading.site_kinds import CATEGORIES, KINDS, level, several, types_of
from geoapp.loading.values import coded, labels
from geoapp.sites.codes import CATEGORIES as CATEGORY_LABELS
from geoapp.sites.codes import KINDS as KIND_LABELS
from geoapp.sites.models import Site


class Target(LocatedTarget):
    """A site without an `attention_level` is not rated; nobody's level is guessed.

    A cell may name several types, each with its level or one for all (A7.2); types that staff gave stay
    where a file names neither type nor level.
    """

    register = "sites"
    table = cast(Table, Site.__table__)
    id_field = "source_id"
    types = ("Point", "Polygon", "MultiPolygon")
    fields = (
        Wanted("source_id", (*located.ID_ALIASES, "siteid", "场所编号")),
        Wanted("name", (*located.NAME.aliases, "场所名称", "单位名称"), required=True),
        located.ADDRESS, located.STREET, located.HOUSENUMBER,
        Wanted("kind", ("sitekind", "场所类型")),
        Wanted("category", ("类别", "分类", "kind", "type", "类型", "fclass", "amenity", "poitype")),
        Wanted("attention_level", ("level", "关注等级", "关注程度", "等级")),
        Wanted("region", located.REGION_ALIASES),
    )  # fmt: skip
    columns = ("name", "address", "types", "category", "level_origin")
    needed = ("name", "types")
    spoken: ClassVar[dict[str, tuple[str, ...]]] = {
        "name": ("name",), "address": ("address",), "street": ("address",), "kind": ("types",),
        "category": ("category",), "attention_level": ("types", "level_origin"),
    }  # fmt: skip

    def __init__(self, load: Load) -> None:
        super().__init__(load)
        self.unknown["category"] = Counter()
        self.unknown["kind"] = Counter()
        self.parse_category = coded(CATEGORIES, labels(CATEGORY_LABELS))
        self.parse_kinds = several(coded(labels(KIND_LABELS)))

    def values(self, batch: Batch) -> list[Sequence[object]]:
        """Columns of `columns`; a site without a name is refused."""
        names = batch.short_text("name")
        nameless = np.fromiter((name is None for name in names), dtype=bool, count=batch.size)
        batch.refuse(nameless, "name", N_("没有名称。"))
        categories = batch.counted(
            "category", self.parse_category, "other", self.unknown["category"]
        )
        levels = batch.parsed("attention_level", several(level))
        kinds = batch.counted("kind", self.parse_kinds, (), self.unknown["kind"])
        wanted = [given or (KINDS.get(category, "other"),) for given, category in zip(kinds, categories, strict=True)]
        types = [_types(each, found or ()) for each, found in zip(wanted, levels, strict=True)]
        odd = np.fromiter((one is None for one in types), dtype=bool, count=batch.size)
        batch.refuse(odd, "attention_level", N_("等级的个数应为一个，或与场所类型的个数相同；类型不能重复。"))
        origin = self.load.options.origin
        return [
            names, joined_address(batch), [one or {} for one in types], categories,
            [origin if any(found or ()) else None for found in levels],
        ]  # fmt: skip

    def shapes(self, batch: Batch) -> Sequence[bytes | None]:
        """The point of each row."""
        return point_wkb(batch.rows.points)


def _types(kinds: Sequence[str], levels: Sequence[int]) -> dict[str, dict[str, int]] | None:
    """None where the levels do not fit the types."""
    try:
        return types_of(kinds, levels)
    except ValueError:
        return None
