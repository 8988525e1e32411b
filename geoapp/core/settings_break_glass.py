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
            _whole(env, "GEOAPP_BREAK_GLASS_MINUTES", 240, cls.minutes),
            _whole(env, "GEOAPP_BREAK_GLASS_RECORDS", 500, cls.records),
            _whole(env, "GEOAPP_BREAK_GLASS_NOTE_LENGTH", 500, cls.note_length),
            _whole(env, "GEOAPP_BREAK_GLASS_REVIEW_DAYS", 30, cls.review_days),
            _whole(env, "GEOAPP_BREAK_GLASS_FACTOR", 100, cls.factor),
        )


def _whole(env: Mapping[str, str], name: str, high: int, default: int) -> int:
    text = env.get(name, "").strip()
    return values.integer(1, high)(name, text) if text else default
