"""From the query string of a standard request to what it asks for. Nothing unknown is let pass."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import NoReturn
from zoneinfo import ZoneInfo

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_, Label
from geoapp.core.settings import get_settings
from grids_boundaries.access import Access
from layers.declare import Register
from spatial_queries.columns import Column, shown_columns
from spatial_queries.cql2 import parse_filter
from spatial_queries.crs import System, box_shapes, system_of
from spatial_queries.expressions import And, Compare, Expression, Or, Spatial
from spatial_queries.fields import FieldLike
from spatial_queries.parse import numbers, parse_query, readable_field
from spatial_queries.query import MAX_LIMIT, SpatialQuery

DOCUMENT = ("f", "lang")
"""What every document takes: its format and the reader's language."""
SELECTING = ("bbox", "bbox-crs", "datetime", "filter", "filter-lang", "filter-crs", "region")
PAGING = ("limit", "after", "sortby")
SHAPING = ("crs", "properties")
ITEMS = (*DOCUMENT, *SELECTING, *PAGING, *SHAPING)
DEFAULT_LIMIT = 100
TIME_FIELD = "updated_at"
"""What `datetime` asks about: when a record was last changed."""
Pairs = list[tuple[str, str]]
_ZONED = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d{1,6}\d*)?)?([Zz]|[+-]\d\d:\d\d)")
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Asked:
    """A request for features: which rows, which columns, positions in which system."""

    query: SpatialQuery
    columns: tuple[Column, ...]
    system: System


def only(pairs: Iterable[tuple[str, str]], allowed: Iterable[str]) -> dict[str, str]:
    """The parameters as a mapping. Raises InvalidInput for an unknown or repeated one."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in allowed:
            raise _unknown(name)
        if name in found:
            raise InvalidInput(N_("参数“%(name)s”只能出现一次。"), field=name, name=name)
        found[name] = value
    return found


def read_items(register: Register, pairs: Pairs, access: Access) -> Asked:
    """What a request for features asks. Raises InvalidInput naming the parameter."""
    given, query = _selecting(register, pairs, access, ITEMS)
    query = replace(
        query, limit=_limit(given.get("limit")), after=given.get("after"),
        sort=_sort(register, given.get("sortby"), access),
    )
    return Asked(query, read_columns(register, given.get("properties"), access), system_of(given.get("crs")))


def read_item(register: Register, pairs: Pairs, access: Access) -> Asked:
    """What a request for one feature asks."""
    given = only(pairs, (*DOCUMENT, *SHAPING))
    columns = read_columns(register, given.get("properties"), access)
    return Asked(SpatialQuery(register.name), columns, system_of(given.get("crs")))


def read_tile_query(register: Register, pairs: Pairs, access: Access) -> SpatialQuery:
    """Which rows a tile shows."""
    return _selecting(register, pairs, access, (*DOCUMENT, *SELECTING))[1]


def read_columns(register: Register, text: str | None, access: Access) -> tuple[Column, ...]:
    """The properties asked for; all a list or file may carry by default."""
    if text is not None:
        return shown_columns(register, access, [name.strip() for name in text.split(",")])
    return all_columns(register, access)


def all_columns(register: Register, access: Access) -> tuple[Column, ...]:
    """Every column this reader may see and take out."""
    names = [f.name for f in register.fields if f.readable(access) and (f.listed or f.exported)]
    return shown_columns(register, access, names)


def _selecting(
    register: Register, pairs: Pairs, access: Access, allowed: tuple[str, ...]
) -> tuple[dict[str, str], SpatialQuery]:
    """The named parameters, and a query of those that select rows."""
    fields = {field.name for field in register.fields}
    by_field = [(name, value) for name, value in pairs if name.partition("__")[0] in fields]
    given = only([pair for pair in pairs if pair[0].partition("__")[0] not in fields], allowed)
    if "region" in given:
        by_field.append(("region", given["region"]))
    query = parse_query(register, by_field, access, _no_area)
    if "bbox" in given or "bbox-crs" in given:
        query = _boxed(query, given)
    parts = [] if query.where is None else [query.where]
    if "datetime" in given:
        parts.append(_time(readable_field(register, TIME_FIELD, access), given["datetime"]))
    if "filter" in given:
        language = given.get("filter-lang", "cql2-text")
        crs = system_of(given.get("filter-crs"), "filter-crs")
        parts.append(parse_filter(given["filter"], language, register, access, crs))
    where = None if not parts else parts[0] if len(parts) == 1 else And(tuple(parts))
    if where is not query.where:
        query = replace(query, where=where)
    return given, query


def _no_area(_: str) -> NoReturn:
    raise InvalidInput(N_("未知的参数“%(name)s”。"), field="area", name="area")


def _unknown(name: str) -> InvalidInput:
    return InvalidInput(N_("未知的参数“%(name)s”。"), field=name[:80], name=name[:80])


def _boxed(query: SpatialQuery, given: dict[str, str]) -> SpatialQuery:
    """The query within the box; two boxes, at the antimeridian, are one condition."""
    text = given.get("bbox", "")
    box = numbers("bbox", text, 6 if text.count(",") == 5 else 4)
    shapes = box_shapes(box, system_of(given.get("bbox-crs"), "bbox-crs"))
    if len(shapes) == 1:
        return replace(query, shapes=shapes)
    return query.narrowed(Or(tuple(Spatial(shape) for shape in shapes)))


def _limit(text: str | None) -> int:
    """1 to 10,000; the standard asks that more be answered with what there may be at most."""
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit()) or int(text[:9]) < 1:
        raise InvalidInput(
            N_("参数“limit”应为 1 至 %(most)s 的整数（收到“%(value)s”）。"), field="limit", most=MAX_LIMIT,
            value=text[:40],
        )
    return min(int(text[:9]), MAX_LIMIT)


def _sort(register: Register, text: str | None, access: Access) -> tuple[tuple[str, bool], ...]:
    """`-updated_at,name` to ((field, descending), …)."""
    if text is None:
        return ()
    keys: dict[str, bool] = {}
    for part in text.split(","):
        # a plus sign arrives as a space where it was not escaped
        name = part.strip().lstrip("+-")
        field = readable_field(register, name[:80], access)
        if not field.sortable or name in keys:
            raise InvalidInput(N_("字段“%(name)s”不能排序。"), field="sortby", name=Label(field.title))
        keys[name] = part.strip().startswith("-")
    return tuple(keys.items())


def _time(field: FieldLike, text: str) -> Expression:
    """RFC 3339 moments, days and intervals, open at either end with `..` or nothing."""
    ends = text.split("/")
    if len(ends) > 2 or text in ("", "/", "..", "../..", "../", "/.."):
        raise _bad_time(text)
    first = _moment(ends[0], text)
    last = _moment(ends[-1], text)
    parts: list[Expression] = []
    if first is not None:
        parts.append(Compare(field, ">=", first[0]))
    if last is not None:
        parts.append(Compare(field, "<=", last[1]))
    if first is not None and last is not None and first[0] > last[1]:
        raise _bad_time(text)
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _moment(text: str, whole: str) -> tuple[datetime, datetime] | None:
    """First and last microsecond of a moment or a day; None for an open end."""
    if text in ("", ".."):
        return None
    try:
        if len(text) == 10:
            zone = ZoneInfo(get_settings().time_zone)
            start = datetime.combine(date.fromisoformat(text), time(), zone)
            return start, start + timedelta(days=1) - _MICROSECOND
        if not _ZONED.fullmatch(text):
            raise ValueError(text)
        moment = datetime.fromisoformat(text.upper())
    except (ValueError, OverflowError):
        raise _bad_time(whole) from None
    return moment, moment


def _bad_time(text: str) -> InvalidInput:
    return InvalidInput(
        N_("参数“datetime”应为带时区的时间、日期或时间段，例如 2026-01-01T00:00:00Z/..（收到“%(value)s”）。"),
        field="datetime", value=text[:80],
    )
