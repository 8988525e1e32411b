"""When somebody was last served, as a condition of lists, totals and maps (A1.5)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Text, case, cast, func

WITHIN = (("d30", 30), ("d90", 90), ("d180", 180), ("d365", 365))


def band_of(served_on: ColumnElement) -> ColumnElement[str]:
    """SQL: the key of `codes.BANDS` for a day, counted on the day of the question."""
    days = func.current_date() - served_on
    found = case((served_on.is_(None), "never"), *((days < n, key) for key, n in WITHIN), else_="older")
    return cast(found, Text)
