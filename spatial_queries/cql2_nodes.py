"""CQL2 as a tree: what both encodings are read into before fields and permissions come in.

Every node knows its place, so that a fault names it: the position of a character in CQL2 text
(counted from 1), or the path in CQL2 JSON.
"""

from __future__ import annotations

from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

from geoapp.core.errors import InvalidInput, TooLarge
from geoapp.core.i18n import N_, translate

Place = int | str
MAX_CHARACTERS = 100_000
"""Length of a filter, about 5,000 vertices."""
MAX_DEPTH = 64
"""Brackets within brackets; a MultiPolygon alone needs four (research/trust GE-5)."""
MAX_CONDITIONS = 300
MAX_LIST = 1_000
"""Values of all IN lists together."""


@dataclass(frozen=True, slots=True)
class Property:
    """The name of a field, as it was written."""

    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Value:
    """A text, number or truth value."""

    value: str | int | float | bool
    place: Place


@dataclass(frozen=True, slots=True)
class Instant:
    """DATE('2026-01-31') or TIMESTAMP('2026-01-31T08:00:00Z'), not yet read."""

    text: str
    place: Place

    @property
    def is_day(self) -> bool:
        """Whether it names a whole day."""
        return len(self.text) == len("2026-01-31")


@dataclass(frozen=True, slots=True)
class Interval:
    """INTERVAL(start, end); None is the open end `..`."""

    start: Instant | Property | None
    end: Instant | Property | None
    place: Place


@dataclass(frozen=True, slots=True)
class Geometry:
    """A literal in the filter's CRS with that CRS's axis order; `box` for BBOX(…)."""

    geometry: BaseGeometry
    place: Place
    box: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or function with its arguments; `op` is in the spelling of CQL2 JSON, lower case."""

    op: str
    args: tuple[Node, ...]
    place: Place


Node = Property | Value | Instant | Interval | Geometry | Call


class FilterFault(InvalidInput):
    """Something is wrong in a filter, at a place."""

    def __init__(self, msgid: str, place: Place, /, **facts: object):
        self.place = place
        self.reason: InvalidInput | None = None
        super().__init__(msgid, field="filter", **facts)

    @classmethod
    def at(cls, place: Place, reason: InvalidInput) -> FilterFault:
        """`reason`, told with its place."""
        fault = cls(reason.msgid, place, **reason.facts)
        fault.reason = reason
        return fault

    def message(self, locale: str) -> str:
        """The sentence in the reader's language, place first."""
        said = self.reason.message(locale) if self.reason else super().message(locale)
        place = N_("第 %(place)s 个字符") if isinstance(self.place, int) else N_("路径 %(place)s")
        return translate(
            N_("筛选条件有误（%(place)s）：%(reason)s"), locale,
            place=translate(place, locale, place=self.place), reason=said,
        )


def too_long() -> InvalidInput:
    """The error for a filter over the limits, raised before anything is parsed."""
    return TooLarge(
        N_("筛选条件过长：最多 %(characters)s 个字符、%(conditions)s 个条件、%(values)s 个取值、%(depth)s 层括号。"),
        field="filter", characters=MAX_CHARACTERS, conditions=MAX_CONDITIONS, values=MAX_LIST, depth=MAX_DEPTH,
    )
