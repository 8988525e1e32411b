"""From a query string to a SpatialQuery. Unknown names, fields and operators are errors."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shapely.geometry.base import BaseGeometry

from geoapp.core.clock import today
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_, Label
from geoapp.core.settings import get_settings
from grids_boundaries.access import Access
from grids_boundaries.keys import RegionCode, parse_code
from spatial_queries import shapes
from spatial_queries.expressions import (
    And,
    AnyOf,
    Compare,
    Expression,
    IsNull,
    Like,
    Not,
    plain_pattern,
)
from spatial_queries.fields import FieldLike, RegisterLike
from spatial_queries.query import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    MAX_NEAREST,
    POSITIONS,
    Nearest,
    SpatialQuery,
)

Pairs = Iterable[tuple[str, str]]
AreaLookup = Callable[[str], BaseGeometry]
SearchLookup = Callable[[str], Expression]
RESERVED = (
    "region",
    "bbox",
    "circle",
    "area",
    "within",
    "near",
    "position",
    "q",
    "search",
    "sort",
    "limit",
    "after",
    "as_of",
)
SUFFIXES = {
    "gte": ">=",
    "lte": "<=",
    "ne": "<>",
    "contains": "like",
    "older_than_days": "age",
    "null": "null",
}
MAX_VALUES = 200
MAX_TEXT = 100


def parse_query(
    register: RegisterLike,
    pairs: Pairs,
    access: Access,
    find_area: AreaLookup,
    find_search: SearchLookup | None = None,
) -> SpatialQuery:
    """Read (name, value) pairs; empty values are left out.

    `find_area` turns the id of a saved area into its geometry (EPSG:4326), `find_search` that of a
    kept search into its condition. A field the reader may not see is refused exactly like one that
    does not exist. Raises InvalidInput.
    """
    given = [(k, v.strip()) for k, v in pairs if v.strip()]
    single = _singles(given)
    _refuse_personal(register, single)
    conditions = tuple(_conditions(register, given, access))
    if "search" in single:
        if find_search is None:
            raise unknown_field(register, "search")
        conditions += (find_search(single["search"]),)
    return SpatialQuery(
        register=register.name,
        where=None
        if not conditions
        else conditions[0]
        if len(conditions) == 1
        else And(conditions),
        region=_region(single.get("region")),
        shapes=tuple(_shapes(single, find_area)),
        near=_near(single.get("near")),
        position=_choice("position", single.get("position"), POSITIONS),
        text=_text(single.get("q", "")),
        sort=_sort(register, single.get("sort"), access),
        limit=_limit(single.get("limit")),
        after=single.get("after"),
        as_of=_day(single.get("as_of"), access),
        canonical=tuple(sorted(given)),
    )


def readable_field(register: RegisterLike, name: str, access: Access) -> FieldLike:
    """The field if it exists and the reader may see its values; the same error otherwise."""
    field = register.field(name)
    if not field.clear(access):
        raise unknown_field(register, name)
    return field


def unknown_field(register: RegisterLike, name: str) -> InvalidInput:
    """The error for a field that is not there for this reader."""
    return InvalidInput(
        N_("登记册“%(register)s”没有字段“%(name)s”。"),
        field=name,
        register=Label(register.title),
        name=name,
    )


def numbers(name: str, text: str, count: int) -> list[float]:
    """`count` finite numbers separated by commas. Raises InvalidInput naming the parameter."""
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if len(values) != count or not all(math.isfinite(v) for v in values):
        raise InvalidInput(
            N_("参数“%(name)s”应为 %(count)s 个以逗号分隔的数字（收到“%(value)s”）。"),
            field=name,
            name=name,
            count=count,
            value=text[:80],
        )
    return values


def _singles(given: list[tuple[str, str]]) -> dict[str, str]:
    single: dict[str, str] = {}
    for name, value in given:
        if name in RESERVED:
            if name in single:
                raise InvalidInput(N_("参数“%(name)s”只能出现一次。"), field=name, name=name)
            single[name] = value
    return single


def _refuse_personal(register: RegisterLike, single: dict[str, str]) -> None:
    """What names a person belongs in no address, so not in a link or a log either (ASVS 14.2.1)."""
    if register.people and "q" in single:
        raise InvalidInput(N_("姓名和号码不能写在网址里，请用查找框查找。"), field="q")


def _region(text: str | None) -> RegionCode | None:
    return parse_code(text) if text else None


def _text(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise InvalidInput(N_("检索词最多 %(most)s 个字符。"), field="q", most=MAX_TEXT)
    if "\x00" in text:
        raise InvalidInput(N_("检索词含有无效字符。"), field="q")
    return text


def _day(text: str | None, access: Access) -> date | None:
    """The access decides; here it is checked that a day was asked for."""
    if text is not None:
        try:
            date.fromisoformat(text)
        except ValueError as error:
            said = N_("日期应写成“年-月-日”（收到“%(value)s”）。")
            raise InvalidInput(said, field="as_of", value=text[:40]) from error
    return access.as_of


def _choice(name: str, text: str | None, allowed: Iterable[str]) -> str | None:
    if text is None or text in allowed:
        return text
    raise InvalidInput(
        N_("参数“%(name)s”的取值“%(value)s”无效，可用：%(allowed)s。"),
        field=name,
        name=name,
        value=text[:80],
        allowed=", ".join(allowed),
    )


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= MAX_LIMIT:
        raise InvalidInput(
            N_("参数“limit”应为 1 至 %(most)s 的整数（收到“%(value)s”）。"),
            field="limit",
            most=MAX_LIMIT,
            value=text[:40],
        )
    return int(text)


def _near(text: str | None) -> Nearest | None:
    if text is None:
        return None
    lon, lat, k = numbers("near", text, 3)
    if not 1 <= k <= MAX_NEAREST or k != int(k):
        raise InvalidInput(
            N_("最近查询的数量应为 1 至 %(most)s 的整数。"), field="near", most=MAX_NEAREST
        )
    shapes.circle(lon, lat, 1)
    return Nearest(lon, lat, int(k))


def _shapes(single: dict[str, str], find_area: AreaLookup) -> Iterable[shapes.Shape]:
    if "bbox" in single:
        yield shapes.bbox(*numbers("bbox", single["bbox"], 4))
    if "circle" in single:
        yield shapes.circle(*numbers("circle", single["circle"], 3))
    if "area" in single:
        metres = numbers("within", single["within"], 1)[0] if "within" in single else 0.0
        yield shapes.around(find_area(single["area"]), metres)
    elif "within" in single:
        raise InvalidInput(N_("参数“within”须与“area”一起使用。"), field="within")


def _sort(register: RegisterLike, text: str | None, access: Access) -> tuple[tuple[str, bool], ...]:
    if not text:
        return ()
    name = text.removeprefix("-")
    field = readable_field(register, name, access)
    if not field.sortable:
        raise InvalidInput(N_("字段“%(name)s”不能排序。"), field="sort", name=Label(field.title))
    return ((name, text.startswith("-")),)


def _conditions(
    register: RegisterLike, given: list[tuple[str, str]], access: Access
) -> Iterable[Expression]:
    grouped: dict[str, list[str]] = {}
    for name, value in given:
        if name not in RESERVED:
            grouped.setdefault(name, []).append(value)
    for name, values in grouped.items():
        base, _, suffix = name.partition("__")
        if "__" in name and suffix not in SUFFIXES:
            raise InvalidInput(
                N_("未知的运算符“%(suffix)s”，可用：%(allowed)s。"),
                field=name,
                suffix=suffix,
                allowed=", ".join(SUFFIXES),
            )
        field = readable_field(register, base, access)
        if not field.filterable:
            raise InvalidInput(N_("字段“%(name)s”不能筛选。"), field=name, name=Label(field.title))
        yield _condition(field, SUFFIXES.get(suffix, "="), values)


def _condition(field: FieldLike, op: str, values: list[str]) -> Expression:
    if len(values) > MAX_VALUES:
        raise InvalidInput(
            N_("字段“%(name)s”的取值过多。"), field=field.name, name=Label(field.title)
        )
    if op == "=":
        parsed = tuple(field.parse(v) for v in values)
        return Compare(field, "=", parsed[0]) if len(parsed) == 1 else AnyOf(field, parsed)
    if len(values) > 1:
        raise InvalidInput(N_("参数“%(name)s”只能出现一次。"), field=field.name, name=field.name)
    if op == "like":
        return contains(field, values[0])
    if op == "age":
        days = numbers(field.name, values[0], 1)[0]
        if field.kind != "datetime" or not 0 <= days <= 36_500:
            raise InvalidInput(
                N_("“未更新天数”只适用于时间字段，且应为 0 至 36500。"), field=field.name
            )
        return Compare(field, "<", _midnight() - timedelta(days=days))
    if op == "null":
        return IsNull(field) if values[0] in ("1", "true", "yes") else Not(IsNull(field))
    return Compare(field, op, field.parse(values[0]))


def _midnight() -> datetime:
    """When today began where the deployment is.

    A question about age is then the same question all day long, with one name for its tiles.
    """
    return datetime.combine(today(), time(), ZoneInfo(get_settings().time_zone))


def contains(field: FieldLike, text: str) -> Like:
    """`field` contains `text`, whatever signs the text holds."""
    if field.kind not in ("text", "code"):
        raise InvalidInput(
            N_("字段“%(name)s”不是文本，不能用“包含”。"), field=field.name, name=Label(field.title)
        )
    return Like(field, f"%{plain_pattern(_text(text))}%", ignore_case=True)
