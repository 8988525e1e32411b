"""SpatialQuery: one immutable question that powers list, tiles, totals, breakdowns and exports (D4.1)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from geoapp.core.i18n import N_, translate
from grids_boundaries.keys import RegionCode
from spatial_queries.expressions import And, Expression
from spatial_queries.shapes import Shape

POSITIONS = {
    "none": N_("没有位置"),
    "outside": N_("位置在所属网格之外"),
    "inside": N_("位置在所属网格之内"),
}
PLACED = {"none": 0, "inside": 1, "outside": 2}
DEFAULT_LIMIT = 50
MAX_LIMIT = 10_000
MAX_NEAREST = 1_000


@dataclass(frozen=True)
class Nearest:
    """The k records nearest to a point (degrees, EPSG:4326), ranked in true metres."""

    lon: float
    lat: float
    k: int


@dataclass(frozen=True)
class SpatialQuery:
    """What is asked of one register; who asks is the `Access`, and it is never part of this.

    `as_of` is the day whose boundaries are read, None for those in force.
    `canonical` is the query string this was read from, normalised: equal questions have equal
    strings, which make links, tile URLs and cache keys.
    """

    register: str
    where: Expression | None = None
    region: RegionCode | None = None
    shapes: tuple[Shape, ...] = ()
    near: Nearest | None = None
    position: str | None = None
    text: str = ""
    sort: tuple[tuple[str, bool], ...] = ()
    limit: int = DEFAULT_LIMIT
    after: str | None = None
    as_of: date | None = None
    canonical: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    @cached_property
    def token(self) -> str:
        """Short hash of what selects rows (not of sort, limit or page); part of cache keys."""
        chosen = (
            self.register,
            self.where,
            self.region and self.region.digits,
            tuple((s.geometry.wkb_hex, s.metres, s.relation) for s in self.shapes),
            self.near,
            self.position,
            self.text,
            self.as_of,
        )
        return hashlib.sha256(repr(chosen).encode()).hexdigest()[:20]

    @property
    def plain(self) -> bool:
        """Whether it selects by region alone, so kept counts can answer it."""
        return not (self.where or self.shapes or self.near or self.text)

    def narrowed(self, extra: Expression) -> SpatialQuery:
        """The same question with one more condition (CQL2 on top of a collection)."""
        where = extra if self.where is None else And((self.where, extra))
        return replace(self, where=where)

    def sentence(self, locale: str, region_name: str | None = None) -> str:
        """What the list shows, as one sentence in the reader's language."""
        parts = [region_name] if region_name else []
        if self.as_of:
            parts.append(translate(N_("按 %(day)s 的区划边界"), locale, day=self.as_of.isoformat()))
        parts += [translate(POSITIONS[self.position], locale)] if self.position else []
        parts += [translate(N_("包含“%(text)s”"), locale, text=self.text)] if self.text else []
        parts += [shape.sentence(locale) for shape in self.shapes]
        if self.near:
            parts.append(translate(N_("离所选点最近的 %(k)s 条"), locale, k=self.near.k))
        if self.where:
            parts.append(self.where.sentence(locale))
        return translate(N_("，"), locale).join(parts) or translate(N_("全部记录"), locale)
