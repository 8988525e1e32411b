"""Moments and spans of CQL2: comparisons with DATE and TIMESTAMP, and the fifteen T_ relations.

A day is the span from its first to its last microsecond in the deployment's time zone, so
`updated_at = DATE('2026-01-31')` means that day. Relations are comparisons of ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from spatial_queries.cql2_nodes import FilterFault, Instant, Interval, Node, Property
from spatial_queries.expressions import Always, And, Compare, Expression, IsNull, Not, Or
from spatial_queries.fields import FieldLike

KINDS = ("date", "datetime")
FindField = Callable[[Node], FieldLike]
# What holds between the ends of the first span (a, z) and of the second (A, Z); all parts must.
RELATIONS: dict[str, tuple[str, ...]] = {
    "t_after": ("a>Z",), "t_before": ("z<A",), "t_intersects": ("a<=Z", "z>=A"),
    "t_equals": ("a=A", "z=Z"), "t_during": ("a>A", "z<Z"), "t_contains": ("a<A", "z>Z"),
    "t_starts": ("a=A", "z<Z"), "t_startedby": ("a=A", "z>Z"), "t_finishes": ("a>A", "z=Z"),
    "t_finishedby": ("a<A", "z=Z"), "t_meets": ("z=A",), "t_metby": ("a=Z",),
    "t_overlaps": ("a<A", "z>A", "z<Z"), "t_overlappedby": ("a>A", "a<Z", "z>Z"),
    "t_disjoint": (),
}
_TURNED = {"=": "=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_HOLDS = {
    "=": lambda x, y: x == y, "<": lambda x, y: x < y, ">": lambda x, y: x > y,
    "<=": lambda x, y: x <= y, ">=": lambda x, y: x >= y,
}


@dataclass(frozen=True, slots=True)
class _End:
    """One end of a span: a moment, a field, or, with neither, for ever (sign -1 or 1)."""

    sign: int = 0
    moment: datetime | None = None
    field: FieldLike | None = None


def compare(field: FieldLike, op: str, instant: Instant) -> Expression:
    """`field op instant`. Raises FilterFault for a field that holds no time."""
    _require_time(field, instant)
    if field.kind == "date":
        return Compare(field, op, field.parse(instant.text[:10]))
    first, last = _ends(field, instant)
    if first == last:
        return Compare(field, op, first)
    if op in ("=", "<>"):
        within = And((Compare(field, ">=", first), Compare(field, "<=", last)))
        return within if op == "=" else Not(within)
    return Compare(field, op, first if op in ("<", ">=") else last)


def relate(op: str, left: Node, right: Node, find_field: FindField) -> Expression:
    """A T_ relation between a field (or a span of fields) and a moment or span."""
    if op == "t_disjoint":
        return Or((relate("t_after", left, right, find_field), relate("t_before", left, right, find_field)))
    one, two = _span(left, find_field), _span(right, find_field)
    ends = {"a": one[0], "z": one[1], "A": two[0], "Z": two[1]}
    if op == "t_equals" and left.__class__ is not right.__class__:
        op = "t_intersects" if not isinstance(left, Interval) and not isinstance(right, Interval) else op
    parts = tuple(_holds(ends[r[0]], r[1:-1], ends[r[-1]], left) for r in RELATIONS[op])
    return parts[0] if len(parts) == 1 else And(parts)


def _span(node: Node, find_field: FindField) -> tuple[_End, _End]:
    if isinstance(node, Interval):
        start = _span(node.start, find_field)[0] if node.start else _End(-1)
        end = _span(node.end, find_field)[1] if node.end else _End(1)
        if start.moment and end.moment and start.moment > end.moment:
            raise FilterFault(N_("时间段的开始晚于结束。"), node.place)
        return start, end
    if isinstance(node, Property):
        field = find_field(node)
        _require_time(field, node)
        return _End(field=field), _End(field=field)
    if isinstance(node, Instant):
        first, last = _ends(None, node)
        return _End(moment=first), _End(moment=last)
    raise FilterFault(N_("这里应为时间、日期或时间段。"), node.place)


def _holds(one: _End, op: str, two: _End, node: Node) -> Expression:
    if one.field is None:
        one, two, op = two, one, _TURNED[op]
    if one.field is None:
        return Always(_HOLDS[op](_key(one), _key(two)))
    if two.field is not None:
        raise FilterFault(N_("不支持两个字段之间的比较。"), node.place)
    if two.moment is None:
        return Not(IsNull(one.field)) if _HOLDS[op](0, two.sign) else Always(False)
    value = two.moment if one.field.kind == "datetime" else two.moment.date()
    return Compare(one.field, op, value)


def _key(end: _End) -> tuple[int, float]:
    return end.sign, end.moment.timestamp() if end.moment else 0.0


def _ends(field: FieldLike | None, instant: Instant) -> tuple[datetime, datetime]:
    """First and last moment of a literal, with its zone; a day has the deployment's."""
    from zoneinfo import ZoneInfo

    from geoapp.core.settings import get_settings

    first = datetime.fromisoformat(instant.text)
    if not instant.is_day:
        return first, first
    first = first.replace(tzinfo=ZoneInfo(get_settings().time_zone))
    return first, first.replace(hour=23, minute=59, second=59, microsecond=999_999)


def _require_time(field: FieldLike, node: Node) -> None:
    if field.kind not in KINDS:
        raise FilterFault.at(
            node.place, InvalidInput(N_("字段“%(name)s”不是时间或日期。"), name=field.name)
        )
