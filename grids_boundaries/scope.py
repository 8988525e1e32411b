"""RowScope: what part of the region tree a reader may see. Required by every query.

A scope is a set of key ranges (`grids_boundaries.keys`). It is built from the reader's areas,
never from a URL; an empty scope sees nothing. The same ranges go to the database as settings of
the transaction, where row-level security applies them again (D3.7).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, false, or_

from grids_boundaries.keys import RegionCode

MAX_RANGES = 64


@dataclass(frozen=True, slots=True)
class RowScope:
    """Sorted, disjoint, inclusive ranges of region keys."""

    ranges: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, regions: Iterable[RegionCode]) -> RowScope:
        """The union of the regions' subtrees."""
        return cls.from_ranges((r.lo, r.hi) for r in regions)

    @classmethod
    def from_ranges(cls, ranges: Iterable[tuple[int, int]]) -> RowScope:
        """Merge overlapping and touching ranges, so that equal scopes compare equal."""
        merged: list[tuple[int, int]] = []
        for lo, hi in sorted(ranges):
            if merged and lo <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(hi, merged[-1][1]))
            else:
                merged.append((lo, hi))
        return cls(tuple(merged))

    @classmethod
    def nothing(cls) -> RowScope:
        """The scope that sees no row."""
        return cls(())

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __contains__(self, key: int) -> bool:
        return any(lo <= key <= hi for lo, hi in self.ranges)

    def covers(self, region: RegionCode) -> bool:
        """Whether the whole subtree of `region` lies inside."""
        return any(lo <= region.lo and region.hi <= hi for lo, hi in self.ranges)

    def intersect(self, region: RegionCode) -> RowScope:
        """The part of this scope inside `region`."""
        cut = ((max(lo, region.lo), min(hi, region.hi)) for lo, hi in self.ranges)
        return RowScope(tuple((lo, hi) for lo, hi in cut if lo <= hi))

    def clause(self, column: SQLColumnExpression) -> ColumnElement[bool]:
        """`column` lies in the scope.

        One range:   key BETWEEN :lo AND :hi
        Several:     key BETWEEN :a AND :b OR key BETWEEN :c AND :d
        None:        false
        """
        if not self.ranges:
            return false()
        parts = [column.between(lo, hi) for lo, hi in self.ranges]
        return or_(*parts) if len(parts) > 1 else and_(*parts)

    def settings_sql(self) -> str:
        """`SET LOCAL` of the ranges, as literals (Citus propagates only literals).

        `app.scope_lo` and `app.scope_hi` hold the hull, which the planner can estimate;
        `app.scope_ranges` holds the exact multirange when there is more than one.
        """
        lo, hi = (self.ranges[0][0], self.ranges[-1][1]) if self.ranges else (0, -1)
        exact = ",".join(f"[{a},{b}]" for a, b in self.ranges) if len(self.ranges) > 1 else ""
        exact = f"{{{exact}}}" if exact else ""
        return (
            f"SET LOCAL app.scope_lo = '{lo:d}'; SET LOCAL app.scope_hi = '{hi:d}'; "
            f"SET LOCAL app.scope_ranges = '{exact}'"
        )

    @property
    def multirange(self) -> str:
        """PostgreSQL's text of an int8multirange."""
        return f"{{{','.join(f'[{lo:d},{hi:d}]' for lo, hi in self.ranges)}}}"

    @property
    def token(self) -> str:
        """Short text that is equal for equal scopes; part of every cache key."""
        return ".".join(f"{lo:x}-{hi:x}" for lo, hi in self.ranges) or "none"
