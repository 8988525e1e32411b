"""Literals that are written like functions: DATE, TIMESTAMP, INTERVAL and BBOX."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime

from shapely import MultiPoint

from geoapp.core.i18n import N_
from spatial_queries.cql2_nodes import (
    Call,
    FilterFault,
    Geometry,
    Instant,
    Interval,
    Node,
    Place,
    Property,
    Value,
)


def literal_call(name: str, args: tuple[Node, ...], place: Place) -> Node:
    """`name(args)` as a literal if it is one, otherwise as a call."""
    make = _LITERALS.get(name)
    return make(args, place) if make else Call(name, args, place)


def day(text: str, place: Place) -> Instant:
    """A day. Raises FilterFault."""
    try:
        if len(text) != 10:
            raise ValueError(text)
        date.fromisoformat(text)
    except ValueError:
        raise FilterFault(N_("日期“%(text)s”无效，应为年-月-日。"), place, text=text[:40]) from None
    return Instant(text, place)


def moment(text: str, place: Place) -> Instant:
    """A moment with its zone. Raises FilterFault."""
    try:
        zone = datetime.fromisoformat(text).tzinfo
    except ValueError:
        zone = None
    if zone is None or len(text) <= 10:
        raise FilterFault(
            N_("时间“%(text)s”无效，应带时区，例如 2026-01-31T08:00:00Z。"), place, text=text[:40]
        )
    return Instant(text, place)


def bound(node: Node | str, place: Place) -> Instant | Property | None:
    """One end of an interval: a day, a moment, a field, or None for `..`."""
    if isinstance(node, Property | Instant):
        return node
    text = node.value if isinstance(node, Value) else node
    if not isinstance(text, str):
        raise FilterFault(N_("时间段的起止应为日期、时间、字段或“..”。"), place)
    if text in ("..", ""):
        return None
    return day(text, place) if len(text) <= 10 else moment(text, place)


def interval(args: tuple[Node, ...], place: Place) -> Interval:
    """INTERVAL(start, end). Raises FilterFault."""
    if len(args) != 2:
        raise FilterFault(N_("时间段应有起止两端。"), place)
    return Interval(bound(args[0], place), bound(args[1], place), place)


def box(numbers: list[float], place: Place) -> Geometry:
    """A box of 4 numbers, or 6 with heights, which say nothing here. Raises FilterFault."""
    if len(numbers) not in (4, 6) or not all(math.isfinite(n) for n in numbers):
        raise FilterFault(N_("范围框应为 4 个或 6 个数字。"), place)
    half = len(numbers) // 2
    low, high = numbers[:2], numbers[half : half + 2]
    if low[0] > high[0] or low[1] > high[1]:
        raise FilterFault(N_("范围框的最小值应写在最大值之前。"), place)
    return Geometry(MultiPoint([low, high]).envelope, place, box=True)


def _text(args: tuple[Node, ...], place: Place) -> str:
    if len(args) == 1 and isinstance(args[0], Value) and isinstance(args[0].value, str):
        return args[0].value
    raise FilterFault(N_("日期和时间应写成一段文字，例如 DATE('2026-01-31')。"), place)


def _box(args: tuple[Node, ...], place: Place) -> Geometry:
    numbers = [a.value for a in args if isinstance(a, Value) and _is_number(a.value)]
    if len(numbers) != len(args):
        raise FilterFault(N_("范围框应为 4 个或 6 个数字。"), place)
    return box([float(n) for n in numbers], place)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_LITERALS: dict[str, Callable[[tuple[Node, ...], Place], Node]] = {
    "date": lambda args, place: day(_text(args, place), place),
    "timestamp": lambda args, place: moment(_text(args, place), place),
    "interval": interval,
    "bbox": _box,
    "envelope": _box,
}
