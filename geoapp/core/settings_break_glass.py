"""Settings of break-glass: how long, how much, how it is reviewed (research/trust C5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from geoapp.core import setting_values as values

VARIABLES = (
    "GEOAPP_BREAK_GLASS_FACTOR",
    "GEOAPP_BREAK_GLASS_MINUTES",
    "GEOAPP_BREAK_GLASS_NOTE_LENGTH",
    "GEOAPP_BREAK_GLASS_RECORDS",
    "GEOAPP_BREAK_GLASS_REVIEW_DAYS",
)


@dataclass(frozen=True)
class BreakGlassSettings:
    """`minutes` it stays open, `records` it opens at most, characters the reason has at least,
    working days until the review, times the median from which a use is alarming.
    """

    minutes: int = 30
    records: int = 20
    note_length: int = 10
    review_days: int = 3
    factor: int = 2

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> BreakGlassSettings:
        """Read and check; raises SettingsError."""
        return cls(
            values.read(env, "GEOAPP_BREAK_GLASS_MINUTES", values.integer(1, 240), cls.minutes),
            values.read(env, "GEOAPP_BREAK_GLASS_RECORDS", values.integer(1, 500), cls.records),
            values.read(env, "GEOAPP_BREAK_GLASS_NOTE_LENGTH", values.integer(1, 500), cls.note_length),
            values.read(env, "GEOAPP_BREAK_GLASS_REVIEW_DAYS", values.integer(1, 30), cls.review_days),
            values.read(env, "GEOAPP_BREAK_GLASS_FACTOR", values.integer(1, 100), cls.factor),
        )
