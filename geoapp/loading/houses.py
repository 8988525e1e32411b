"""Houses: a number unique in the system, an address, and a point or a building (A6.1 to A6.8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar, cast

import numpy as np
from sqlalchemy import Table

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.houses import rules
from geoapp.houses.codes import HOUSE_USES
from geoapp.houses.models import Building, House
from geoapp.loading import located
from geoapp.loading.batch import Batch
from geoapp.loading.house_store import HouseStore, Problem
from geoapp.loading.mapping import Wanted
from geoapp.loading.placing import RegionFinder
from geoapp.loading.points import point_wkb
from geoapp.loading.report import RowFault
from geoapp.loading.run import Load
from geoapp.loading.run import Target as LoadTarget
from geoapp.loading.values import coded, decimal_above_zero, labels, whole_between, yes_or_no

T = TypeVar("T")
USES = {
    "居住": "dwelling", "住宅": "dwelling", "residential": "dwelling", "apartment": "dwelling",
    "宿舍": "dormitory", "工棚": "shed", "商铺": "commercial", "店铺": "commercial", "厂房": "industrial",
    "仓库": "industrial",
}  # fmt: skip


class Target(LoadTarget):
    """The building, the stated region, then the point decide the region, in this order."""

    register = "houses"
    id_field = "number"
    types = ("Point",)
    geometry_optional = True
    fields = (
        Wanted("number", ("housenumber", "housecode", "房屋编号", "房屋编码", "房屋代码", "编号", "编码"),
               required=True),
        Wanted("address", ("addr", "fulladdress", "房屋地址", "地址", "详细地址"), required=True),
        Wanted("building", ("buildingsourceid", "buildingcode", "楼栋编号", "楼栋编码", "楼栋")),
        Wanted("building_id", ("楼栋标识",)),
        Wanted("entrance", ("unit", "单元", "单元号")),
        Wanted("storey", ("floor", "level", "楼层", "所在层", "层")),
        Wanted("room", ("roomnumber", "室", "室号", "房号", "门牌")),
        Wanted("use", ("usage", "房屋用途", "用途")),
        Wanted("rental", ("isrental", "出租", "出租房", "是否出租")),
        Wanted("area_m2", ("area", "面积", "建筑面积")),
        Wanted("region", located.REGION_ALIASES),
    )  # fmt: skip
    tables = (cast(Table, House.__table__), cast(Table, Building.__table__))

    def __init__(self, load: Load) -> None:
        super().__init__(load)
        self.finder = RegionFinder(load.connection)
        options = load.options
        keep = options.region if options.unplaced == "keep" else None
        self.keep = self.finder.required(keep)[0] if keep else None
        self.store = HouseStore(load.connection, options.origin, load.source, load.mapping)
        self.parse_use = coded(USES, labels(HOUSE_USES))
        self.seen: dict[str | None, int] = {}
        self.ids: dict[int, str] = {}

    def take(self, batch: Batch) -> None:
        """Check what a row says by itself and copy it."""
        numbers = self._numbers(batch)
        addresses = self._normal(batch, "address", rules.normal_address)
        rooms = self._normal(batch, "room", lambda text: rules.normal_room(text or None))
        building_ids = batch.parsed("building_id", whole_between(1, 10**9 - 1))
        storeys = batch.parsed("storey", whole_between(rules.LOWEST_STOREY, rules.HIGHEST_STOREY))
        uses, rentals = batch.parsed("use", self.parse_use), batch.parsed("rental", yes_or_no)
        columns = (
            numbers, addresses, batch.identifying_text("building"), building_ids,
            batch.parsed("entrance", whole_between(1, rules.MOST_ENTRANCES)),
            [storey or None for storey in storeys], rooms, uses, rentals,
            batch.parsed("area_m2", decimal_above_zero), *self._regions(batch),
            point_wkb(batch.rows.points),
        )  # fmt: skip
        self._need_place(batch, columns)
        for row in np.flatnonzero(batch.ok).tolist():
            self.ids[batch.number(row)] = numbers[row] or ""
        self.store.copy(
            (batch.number(row), *(column[row] for column in columns))
            for row in np.flatnonzero(batch.ok).tolist()
        )

    def finish(self) -> dict[str, set[int]]:
        """Find buildings, settle regions and numbers in the database, then store."""
        report = self.load.report
        for problem in self.store.settle(self.keep):
            report.faults.append(self._fault(problem))
        counts = self.store.finish()
        report.added, report.updated = counts.added, counts.updated
        report.unchanged = counts.unchanged
        report.outside, report.unplaced = counts.outside, counts.unplaced
        return {"houses": counts.houses_in, "buildings": counts.buildings_in}

    def changed(self) -> dict[Table, list[str]]:
        """Houses, and buildings for their number of houses."""
        return {table: self.store.partitions(table) for table in self.tables}

    def _fault(self, problem: Problem) -> RowFault:
        column = self.load.mapping.get(problem.field, problem.field)
        identity = self.ids.get(problem.row, "")
        return RowFault(problem.row, identity, column, problem.msgid, problem.facts)

    def _numbers(self, batch: Batch) -> list[str | None]:
        batch.identifying_text("number")
        numbers = self._normal(batch, "number", rules.normal_number)
        for row, number in enumerate(numbers):
            if not batch.ok[row]:
                continue
            if number in self.seen:
                facts = {"row": self.seen[number]}
                batch.refuse_row(row, "number", N_("房屋编号与第 %(row)s 行重复。"), facts)
            else:
                self.seen[number] = batch.number(row)
        return numbers

    @staticmethod
    def _normal(batch: Batch, name: str, normal: Callable[[str], T]) -> list[T | None]:
        """The field by its rule; a row that breaks it is refused in the rule's words."""
        values: list[T | None] = []
        for row, cell in enumerate(batch.text(name)):
            try:
                values.append(normal(cell or ""))
            except InvalidInput as error:
                batch.refuse_row(row, name, error.msgid, error.facts)
                values.append(None)
        return values

    def _regions(self, batch: Batch) -> tuple[list[int | None], list[int | None]]:
        """Stated region and the one around the point; a smaller one inside the stated is meant."""
        points = np.where(batch.ok[:, None], batch.rows.points, np.nan)
        found = [key or None for key in self.finder.find(points).tolist()]
        codes = batch.text("region")
        stated: list[int | None] = []
        for row, (code, own) in enumerate(zip(codes, self.finder.stated(codes), strict=True)):
            if code is not None and own is None:
                facts = {"code": code[:40]}
                batch.refuse_row(row, "region", N_("区划 %(code)s 不存在，或高于区县一级。"), facts)
            inner = found[row]
            inside = own is not None and inner is not None and own[0] <= inner <= own[1]
            stated.append(inner if inside else own and own[0])
        return stated, found

    def _need_place(self, batch: Batch, columns: Sequence[Sequence[object]]) -> None:
        """A house stands at a point or in a building (A6.1)."""
        if self.keep is not None:
            return
        places = [columns[2], columns[3], columns[-1]]
        nowhere = [not any(place[row] for place in places) for row in range(batch.size)]
        msgid = N_("没有位置，也没有写明所在楼栋。")
        batch.refuse(np.array(nowhere, dtype=bool), "geometry", msgid)
