"""What buildings and sites have in common: a place decides the region, a source finds them again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import blake2b
from itertools import repeat
from operator import itemgetter
from typing import ClassVar

import numpy as np
from sqlalchemy import Table

from geoapp.core.i18n import N_
from geoapp.loading.batch import Batch
from geoapp.loading.county_store import CountyStore
from geoapp.loading.mapping import Wanted
from geoapp.loading.placing import RegionFinder
from geoapp.loading.report import RowFault
from geoapp.loading.run import Load, Target

REGION_ALIASES = (
    "regioncode", "gridcode", "grid", "communitycode", "网格编码", "网格代码", "所属网格", "所属区划",
    "区划代码", "社区编码", "社区代码",
)  # fmt: skip
ID_ALIASES = (
    "id", "sourceid", "osmid", "uid", "gid", "objectid", "fid", "guid", "uuid", "编号", "编码",
    "唯一编码", "标识码", "bsm",
)  # fmt: skip
ADDRESS = Wanted("address", ("addr", "addrfull", "fulladdress", "地址", "详细地址", "dz"))
STREET = Wanted("street", ("addrstreet", "街道名", "路名"))
HOUSENUMBER = Wanted("housenumber", ("addrhousenumber", "门牌号", "门牌"))
NAME = Wanted("name", ("名称", "名字", "namezh", "nameloc", "mc"))
PLACED_NONE, PLACED_INSIDE, PLACED_OUTSIDE = 0, 1, 2
COUNTY = 10**9
"""Region keys of one county."""


class Identities:
    """What finds each row again in the next load: its id, else its number, else its shape."""

    def __init__(self, load: Load) -> None:
        self.seen: dict[str | None, int] = {}
        self.given = "source_id" in load.mapping
        self.numbered = load.driver == "GPKG"
        if not self.given and self.numbered:
            load.report.note(N_("文件没有编号列，以 GeoPackage 的要素编号识别记录。"))
        elif not self.given:
            load.report.note(N_("文件没有编号列，以图形本身识别记录；图形改变后将视为新记录。"))

    def of(self, batch: Batch) -> Sequence[str | None]:
        """The identity of each row; a second row with the same is refused."""
        ids = batch.identifying_text("source_id") if self.given else self._own(batch)
        fresh = set(ids)
        if len(fresh) == batch.size and None not in fresh and fresh.isdisjoint(self.seen):
            first = batch.rows.first + 1
            self.seen.update(zip(ids, range(first, first + batch.size), strict=True))
            return ids
        for row, identity in enumerate(ids):
            if identity is None:
                batch.refuse_row(row, "source_id", N_("没有编号。"), {})
            elif identity in self.seen:
                facts = {"row": self.seen[identity]}
                batch.refuse_row(row, "source_id", N_("编号与第 %(row)s 行重复。"), facts)
            elif batch.ok[row]:
                self.seen[identity] = batch.number(row)
        return ids

    def _own(self, batch: Batch) -> list[str | None]:
        if self.numbered:
            return [str(fid) for fid in batch.rows.fids.tolist()]
        return [
            f"shape:{blake2b(blob, digest_size=10).hexdigest()}" if blob else None
            for blob in batch.rows.wkb
        ]


class LocatedTarget(Target):
    """Rows with a place: checks identity, finds the region, hands them to the county store."""

    table: ClassVar[Table]
    columns: ClassVar[tuple[str, ...]]
    """What `values` gives, after county_code, region_key, source_id, placed, position_source,
    origin, source, geom."""
    always = ("county_code", "region_key", "source_id", "placed", "position_source", "origin",
              "source", "geom")  # fmt: skip
    always_updated = ("region_key", "placed", "position_source", "origin", "geom")
    needed: ClassVar[tuple[str, ...]] = ()
    """Columns without a default in the table."""
    spoken: ClassVar[dict[str, tuple[str, ...]]]
    """Field of ours to the columns it decides; those of absent fields are left as they are."""

    def __init__(self, load: Load) -> None:
        super().__init__(load)
        self.finder = RegionFinder(load.connection)
        self.keep = (
            self.finder.required(load.options.region)
            if load.options.unplaced == "keep" and load.options.region
            else None
        )
        said = {c for f, columns in self.spoken.items() if f in load.mapping for c in columns}
        # what the file does not speak of is left to the table's defaults
        self.sent = [c for c in self.columns if c in said or c in self.needed]
        update = (*self.always_updated, *(c for c in self.columns if c in said))
        self.store = CountyStore(load.connection, self.table, (*self.always, *self.sent), update)
        self.identities = Identities(load)
        self.touched: set[int] = set()
        self.unknown: dict[str, Counter[str]] = {}
        self.places: Counter[int] = Counter()

    def values(self, batch: Batch) -> list[Sequence[object]]:
        """The columns of `columns`, one sequence each; refuses rows that cannot be."""
        raise NotImplementedError

    def shapes(self, batch: Batch) -> Sequence[bytes | None]:
        """WKB of each row as it is stored."""
        return batch.rows.wkb

    def take(self, batch: Batch) -> None:
        """Check, place and copy one batch."""
        ids = self.identities.of(batch)
        columns = dict(zip(self.columns, self.values(batch), strict=True))
        keys, placed = self._place(batch)
        if not batch.ok.any():
            return
        order = np.flatnonzero(batch.ok)
        order = order[np.argsort(keys[order], kind="stable")]
        self.touched.update(np.unique(keys[order]).tolist())
        self.places.update(placed[order].tolist())
        shapes = self.shapes(batch)
        sent = [keys.tolist(), ids, placed.tolist(), shapes, *(columns[c] for c in self.sent)]
        counties = keys[order] // COUNTY
        for number in np.unique(counties).tolist():
            pick = picker(order[counties == number].tolist())
            self._copy(f"{number:06d}", [pick(column) for column in sent])

    def _copy(self, county: str, columns: list[Sequence[object]]) -> None:
        keys, ids, placed, shapes, *others = columns
        sources = ["imported" if shape is not None else None for shape in shapes]
        origin, source = repeat(self.load.options.origin), repeat(self.load.source)
        same = (repeat(county), keys, ids, placed, sources, origin, source, shapes)
        # the endless ones end with the others
        self.store.copy(county, zip(*same, *others, strict=False))

    def finish(self) -> dict[str, set[int]]:
        """Store all; what another county holds under the same source and id is refused."""
        report = self.load.report
        rows = self.identities.seen
        for identity, county in self.store.strangers(self.load.source):
            msgid, facts = N_("同一来源的同一编号已登记在区县 %(county)s。"), {"county": county}
            column = self.load.mapping.get("source_id", "")
            report.faults.append(RowFault(rows[identity], identity, column, msgid, facts))
        counts = self.store.finish(self.load.options.dry_run)
        report.added, report.updated = counts.added, counts.updated
        report.unchanged = counts.unchanged
        report.outside, report.unplaced = self.places[PLACED_OUTSIDE], self.places[PLACED_NONE]
        for name, words in self.unknown.items():
            if words:
                shown = ", ".join(f"{word} ({n})" for word, n in words.most_common(10))
                report.note(N_("字段“%(name)s”中不认识的取值：%(words)s。"), name=name, words=shown)
        return {self.register: self.touched}

    def changed(self) -> dict[Table, list[str]]:
        """The register's own table."""
        return {self.table: self.store.partitions}

    def _place(self, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
        """Region key and `placed` of each row; what belongs nowhere is refused or kept."""
        points = np.where(batch.ok[:, None], batch.rows.points, np.nan)
        keys = self.finder.find(points)
        placed = np.where(batch.located, PLACED_INSIDE, PLACED_NONE)
        self._obey_stated(batch, keys, placed)
        lost = batch.ok & (keys == 0)
        if self.keep is not None:
            keys[lost] = self.keep[0]
            placed[lost & batch.located] = PLACED_OUTSIDE
            return keys, placed
        batch.refuse(lost & ~batch.located, "geometry", N_("没有位置，也没有写明所属区划。"))
        points = batch.rows.points
        batch.refuse(
            lost,
            "geometry",
            N_("不在任何已知区划内：经度 %(lon)s、纬度 %(lat)s。"),
            lambda row: {"lon": f"{points[row, 0]:.6f}", "lat": f"{points[row, 1]:.6f}"},
        )
        return keys, placed

    def _obey_stated(self, batch: Batch, keys: np.ndarray, placed: np.ndarray) -> None:
        """A region the row names is its own; a point elsewhere makes it one that lies outside."""
        if "region" not in self.load.mapping:
            return
        codes = batch.text("region")
        for row, (code, own) in enumerate(zip(codes, self.finder.stated(codes), strict=True)):
            if code is None:
                continue
            if own is None:
                facts = {"code": code[:40]}
                batch.refuse_row(row, "region", N_("区划 %(code)s 不存在，或高于区县一级。"), facts)
            elif not own[0] <= keys[row] <= own[1]:
                keys[row] = own[0]
                if placed[row] == PLACED_INSIDE:
                    placed[row] = PLACED_OUTSIDE


def picker(rows: list[int]) -> Callable[[Sequence[object]], Sequence[object]]:
    """Takes these rows of a column."""
    if len(rows) == 1:
        return lambda column: (column[rows[0]],)
    return itemgetter(*rows)


def joined_address(batch: Batch) -> Sequence[str | None]:
    """The address, or street and number put together: 滨江大道2727号; Decatur Street 102."""
    addresses = batch.short_text("address")
    if "street" not in batch.mapping:
        return addresses
    parts = zip(addresses, batch.short_text("street"), batch.short_text("housenumber"), strict=True)
    return [address or _joined(street, number) for address, street, number in parts]


def _joined(street: str | None, number: str | None) -> str | None:
    if street is None or number is None:
        return street
    if street.isascii():
        return f"{street} {number}"
    return f"{street}{number}{'' if number.endswith('号') else '号'}"
