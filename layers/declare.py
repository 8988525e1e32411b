"""Declaring a register: one file gives list, filter form, layer, tiles, export and OGC collection.

A `Field` is declared once: label, type, codes, where it may appear and who may read it. A
`Register` names its table, scope column, position and fields. `layers.registry` finds them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    SmallInteger,
    Table,
    Text,
    case,
    cast,
    func,
)

from geoapp.accounts.permissions import Permission
from geoapp.core.db import HALF_WORLD, WORLD_BITS
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_, Label, translate
from geoapp.core.settings import get_settings
from grids_boundaries.access import Access

KINDS = ("text", "code", "integer", "number", "boolean", "date", "datetime", "region")
ORIGIN_CODES = {
    "official": N_("官方"),
    "osm": N_("开放街图"),
    "derived": N_("推算"),
    "synthetic": N_("模拟"),
    "entered": N_("登记"),
}
SMALLEST_TYPE = 2**15 - 1
"""What a smallint holds; a larger value in a condition would be an error of the database."""
RECORD, RECORD_TITLE = "record", N_("记录编号")
PLACED_CODES = {0: N_("无位置"), 1: N_("网格内"), 2: N_("网格外")}


@dataclass(frozen=True, eq=False)
class Field:
    """One column of a register. `kind` is one of KINDS; `codes` maps stored values to labels.

    `mask(value, record_id)` turns the stored value into what a reader without
    `clear_permission` sees; without that permission the field cannot be filtered, sorted or
    searched either. A mask without `clear_permission` is what everybody sees.

    `field_class` is S0 to S4 (D3.1; research/trust C2). Of S3 upwards `column` holds sealed cells
    named `cell`; one value of one record is shown to whoever has `reveal_permission`, for a reason.
    `words` are texts of ours that stand among people's own, to their message ids.
    """

    name: str
    title: str
    column: ColumnElement
    kind: str = "text"
    codes: Mapping[Any, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    filterable: bool = True
    sortable: bool = False
    nullable: bool = True
    listed: bool = True
    exported: bool = True
    searched: bool = False
    permission: Permission | None = None
    mask: Callable[[object, int], str] | None = None
    clear_permission: Permission | None = None
    field_class: str = "S1"
    cell: str = ""
    reveal_permission: Permission | None = None
    help: str = ""

    def __repr__(self) -> str:
        """The same in every process: it ends in the token of a query."""
        return f"<{self.name}>"

    @property
    def empty_value(self) -> object:
        """What a missing value sorts as."""
        return {
            "text": "",
            "code": "",
            "datetime": datetime(1, 1, 1, tzinfo=ZoneInfo("UTC")),
            "date": date(1, 1, 1),
            "boolean": False,
        }.get(self.kind, -1)

    def parse(self, text: str) -> object:
        """A value of the field's type. Raises InvalidInput naming field, value and what is meant."""
        try:
            if "\x00" in text:
                raise ValueError
            value: Any = _PARSERS[self.kind](text)
            if isinstance(self.column.type, SmallInteger) and abs(value) > SMALLEST_TYPE:
                raise ValueError
        except (ValueError, OverflowError) as error:
            raise self._refusal(text) from error
        if self.codes and value not in self.codes:
            raise self._refusal(text)
        return value

    def readable(self, access: Access) -> bool:
        """Whether the reader sees the field at all."""
        return access.may(self.permission)

    def clear(self, access: Access) -> bool:
        """Whether the reader sees the stored value itself, and may therefore filter by it."""
        if not self.readable(access):
            return False
        return self.mask is None or (
            self.clear_permission is not None and access.may(self.clear_permission)
        )

    def revealable(self, access: Access) -> bool:
        """Whether the reader may have one value of it shown in full, for a reason (D3.2)."""
        return bool(self.cell) and self.reveal_permission is not None and access.may(self.reveal_permission)

    def _refusal(self, text: str) -> InvalidInput:
        allowed = (
            ", ".join(str(code) for code in self.codes) if self.codes else _EXPECTED[self.kind]
        )
        return InvalidInput(
            N_("字段“%(name)s”的取值“%(value)s”无效，应为：%(allowed)s。"),
            field=self.name,
            name=Label(self.title),
            value=text[:80],
            allowed=allowed if self.codes else Label(allowed),
        )

    def show(self, value: object, locale: str) -> str:
        """The value as text in the reader's language; empty for None."""
        if value is None:
            return ""
        if self.codes:
            return translate(self.codes.get(value, str(value)), locale)
        if isinstance(value, bool):
            return translate(N_("是") if value else N_("否"), locale)
        if isinstance(value, datetime):
            return _local(value).strftime("%Y-%m-%d %H:%M")
        return str(value)


def region_field(column: ColumnElement) -> Field:
    """The region a record lies in, shown by its code; filtering goes by the query's region."""
    code = cast(column, Text)
    shown = case((column % 1000 > 0, code), else_=func.left(code, 12))
    return Field("region", N_("所属区划"), shown, "region", filterable=False, nullable=False)


def located_fields(table: Table, sources: Mapping[str, str]) -> tuple[Field, Field]:
    """Whether a record has a position, inside its region or not, and from which of the `sources`."""
    placed, source = table.c.placed, table.c.position_source
    return (
        Field("placed", N_("位置"), placed, "integer", PLACED_CODES, nullable=False, listed=False),
        Field("position_source", N_("位置来源"), source, "code", sources, listed=False),
    )


def origin_field(column: ColumnElement) -> Field:
    """Where a record comes from (docs/decisions/0004-origins.md)."""
    return Field("origin", N_("来源"), column, "code", ORIGIN_CODES, nullable=False)


def updated_field(column: ColumnElement) -> Field:
    """When a record was last saved."""
    return Field("updated_at", N_("更新时间"), column, "datetime", sortable=True, nullable=False)


def centre_cells(geometry_3857: ColumnElement) -> tuple[ColumnElement, ColumnElement]:
    """Place of a shape's centre in the 2^30 world (geoapp.core.db.WORLD_BITS), east and south."""
    # the centre of its box: five times as fast as a centroid, which tells cells apart no better
    x = func.ST_XMin(geometry_3857) + func.ST_XMax(geometry_3857)
    y = func.ST_YMin(geometry_3857) + func.ST_YMax(geometry_3857)
    # one division by a float: by a whole number it would be done in decimals, three times as slow
    metres, half = 2 * HALF_WORLD / 2**WORLD_BITS, 2 ** (WORLD_BITS - 1)
    east = cast(func.floor(x / (2.0 * metres)) + half, Integer)
    south = cast(func.floor(-y / (2.0 * metres)) + half, Integer)
    return east, south


@dataclass(frozen=True)
class Holder:
    """Where a record without a position of its own finds one: a resident's house."""

    id_column: Column
    county_column: ColumnElement
    scope_column: ColumnElement
    geometry: ColumnElement
    reference: ColumnElement
    cells: tuple[ColumnElement, ColumnElement]


@dataclass(frozen=True)
class LegendEntry:
    """One line of the legend: value in the tile, label, colour and shape (never colour alone).

    `mark` is the label in a few signs that need no language: it stands in the area itself.
    """

    value: int
    label: str
    colour: str
    shape: str
    mark: str = ""


@dataclass(frozen=True, eq=False)
class Register:
    """A register. `points_from`: first zoom with single records; below, cells are counted.

    `always` are conditions of the register itself (a programme, active records only);
    `gated` is a module and the rows that `always` leaves out while it is off: switching recounts them;
    `category` is a small integer made from `category_field`: its values themselves, or as
    `category_codes` numbers them. `zoom_filter(zoom)` chooses the rows a tile of that zoom shows.
    `people`: a row is a person, so small counts are hidden (D3.4) and a row is never a point.
    `cells` is the place of a record in the 2^30 world, or of its centre (`centre_cells`).
    `new_url` is the form that adds a record, for those with `write_permission`; `pages` are
    further pages of the register: (title, address, icon).
    `tile_columns` are tile properties beside id and category, `tile_labels` adds a layer of points
    with the name; `tiles_follow` names registers whose changes alter these tiles as well; `by_day`:
    so does midnight, since a field of it counts days up to the question. Below the zoom `wide_below` a
    colour counts what lies far from the tile: any change in the reader's area alters it.
    """

    name: str
    title: str
    title_one: str
    permission: Permission
    table: Table
    id_column: ColumnElement
    county_column: ColumnElement
    scope_column: ColumnElement
    fields: tuple[Field, ...]
    label_field: str
    geometry: ColumnElement | None = None
    geometry_3857: ColumnElement | None = None
    geometry_type: str | None = None
    holder: Holder | None = None
    placed: ColumnElement | None = None
    category: ColumnElement | None = None
    category_field: str | None = None
    category_codes: Mapping[Any, int] = field(default_factory=dict)
    cells: tuple[ColumnElement, ColumnElement] | None = None
    kept: bool = False
    always: tuple[ColumnElement, ...] = ()
    gated: tuple[str, ColumnElement] | None = None
    default_sort: tuple[str, ...] = ()
    people: bool = False
    zoom_filter: Callable[[int], ColumnElement[bool]] | None = None
    tile_columns: tuple[tuple[str, ColumnElement], ...] = ()
    tile_labels: bool = False
    tiles_follow: tuple[str, ...] = ()
    by_day: bool = False
    wide_below: int = 0
    legend: tuple[LegendEntry, ...] = ()
    symbol: str = "circle"
    points_from: int = 14
    order: int = 100
    new_url: str = ""
    pages: tuple[tuple[str, str, str], ...] = ()
    write_permission: Permission | None = None
    description: str = ""

    def field(self, name: str) -> Field:
        """The field of that name. Raises InvalidInput for an unknown one."""
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        raise InvalidInput(
            N_("登记册“%(register)s”没有字段“%(name)s”。"),
            field=name[:80],
            register=Label(self.title),
            name=name[:80],
        )

    @cached_property
    def number_field(self) -> Field:
        """The number of a record: the last column of the files that can be sent back (`geoapp.importing`)."""
        return Field(RECORD, RECORD_TITLE, self.id_column, filterable=False, nullable=False, listed=False)

    def search_fields(self, access: Access) -> tuple[Field, ...]:
        """Text fields a quick search looks through, as far as the reader may read them clearly."""
        return tuple(f for f in self.fields if f.searched and f.clear(access))


def _local(moment: datetime) -> datetime:
    """The moment on the deployment's clock; as it was written at the ends of the calendar."""
    try:
        return moment.astimezone(ZoneInfo(get_settings().time_zone))
    except OverflowError:
        return moment


def _boolean(text: str) -> bool:
    if text.lower() in ("1", "true", "yes", "是"):
        return True
    if text.lower() in ("0", "false", "no", "否"):
        return False
    raise ValueError(text)


def _integer(text: str) -> int:
    value = int(text)
    if abs(value) >= 2**31 or not text.isascii():
        raise ValueError(text)
    return value


def _number(text: str) -> float:
    value = float(text)
    if value != value or abs(value) > 1e15:
        raise ValueError(text)
    return value


def _datetime(text: str) -> datetime:
    value = datetime.fromisoformat(text)
    return value if value.tzinfo else value.replace(tzinfo=ZoneInfo(get_settings().time_zone))


_PARSERS: Mapping[str, Callable[[str], Any]] = {
    "text": str,
    "code": str,
    "region": str,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": date.fromisoformat,
    "datetime": _datetime,
}
_EXPECTED = {
    "text": N_("文字"),
    "code": N_("代码"),
    "region": N_("区划代码"),
    "integer": N_("整数"),
    "number": N_("数字"),
    "boolean": N_("是或否（true、false）"),
    "date": N_("日期（年-月-日）"),
    "datetime": N_("时间（年-月-日T时:分）"),
}
