"""CQL2 JSON to nodes (OGC 21-065r2, clause 8.3). The depth is measured before parsing (GE-5)."""

from __future__ import annotations

import re
from collections.abc import Callable

import orjson
import shapely

from geoapp.core.i18n import N_
from spatial_queries.cql2_nodes import (
    MAX_CHARACTERS,
    MAX_CONDITIONS,
    MAX_DEPTH,
    Call,
    FilterFault,
    Geometry,
    Instant,
    Interval,
    Node,
    Place,
    Property,
    Value,
    too_long,
)
from spatial_queries.cql2_values import box, day, interval, moment

_SCAN = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)


def read_json(text: str) -> Node:
    """The tree of a filter in CQL2 JSON. Raises TooLarge, or FilterFault with the path."""
    _check_size(text)
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise FilterFault(N_("不是有效的 JSON：%(reason)s。"), error.pos + 1, reason=error.msg) from None
    return _node(document, "$")


def _check_size(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise too_long()
    depth = opened = 0
    for found in _SCAN.finditer(text):
        sign = found[0]
        if sign in "[{":
            depth += 1
            opened += sign == "{"
        elif sign in "]}":
            depth -= 1
        # an operation nests an object and a list, so twice the depth of the text
        if depth > 2 * MAX_DEPTH or opened > 4 * MAX_CONDITIONS:
            raise too_long()


def _node(document: object, place: str) -> Node:
    if isinstance(document, str | bool | int | float):
        return Value(document, place)
    if not isinstance(document, dict):
        raise FilterFault(N_("这里应为一个值或一个对象。"), place)
    for key, make in _OBJECTS.items():
        if key in document:
            return make(document, place)
    raise FilterFault(N_("对象应含有 op、property、date、timestamp、interval、bbox 或 type。"), place)


def _operation(document: dict, place: str) -> Node:
    op, args = document["op"], document.get("args", [])
    if not isinstance(op, str):
        raise FilterFault(N_("op 应为一段文字。"), place)
    if not isinstance(args, list):
        args = [args]
    path = f"{place}.args"
    if op.lower() == "in" and len(args) == 2 and isinstance(args[1], list):
        values = tuple(_node(v, f"{path}[1][{i}]") for i, v in enumerate(args[1]))
        return Call("in", (_node(args[0], f"{path}[0]"), *values), place)
    return Call(op.lower(), tuple(_node(a, f"{path}[{i}]") for i, a in enumerate(args)), place)


def _fold(name: str) -> Callable[[dict, str], Node]:
    return lambda document, place: Call(name, (_node(document[name], f"{place}.{name}"),), place)


def _property(document: dict, place: str) -> Property:
    if not isinstance(document["property"], str):
        raise FilterFault(N_("property 应为字段名。"), place)
    return Property(document["property"], place)


def _text(document: dict, key: str, place: str) -> str:
    text = document[key]
    if not isinstance(text, str):
        raise FilterFault(N_("日期和时间应为一段文字。"), place)
    return text


def _date(document: dict, place: str) -> Instant:
    return day(_text(document, "date", place), place)


def _timestamp(document: dict, place: str) -> Instant:
    return moment(_text(document, "timestamp", place), place)


def _interval(document: dict, place: str) -> Interval:
    ends = document["interval"]
    if not isinstance(ends, list):
        raise FilterFault(N_("时间段应有起止两端。"), place)
    nodes = [_node(end, f"{place}.interval[{i}]") for i, end in enumerate(ends)]
    return interval(tuple(nodes), place)


def _bbox(document: dict, place: str) -> Geometry:
    numbers = document["bbox"]
    if not isinstance(numbers, list) or not all(type(n) in (int, float) for n in numbers):
        raise FilterFault(N_("范围框应为 4 个或 6 个数字。"), place)
    return box([float(n) for n in numbers], place)


def _geometry(document: dict, place: Place) -> Geometry:
    try:
        return Geometry(shapely.from_geojson(orjson.dumps(document)), place)
    except (shapely.errors.ShapelyError, ValueError, TypeError) as error:
        reason = str(error).partition(":")[2].strip() or str(error)
        raise FilterFault(N_("图形（GeoJSON）无效：%(reason)s"), place, reason=reason[:200]) from None


_OBJECTS: dict[str, Callable[[dict, str], Node]] = {
    "op": _operation, "property": _property, "date": _date, "timestamp": _timestamp, "interval": _interval,
    "casei": _fold("casei"), "accenti": _fold("accenti"), "type": _geometry, "bbox": _bbox,
}
