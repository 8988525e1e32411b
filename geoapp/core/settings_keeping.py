"""Settings of what is kept, for how long, and what leaves the house: backups, retention, exports."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from geoapp.core import setting_values as values
from geoapp.core.setting_values import SettingsError

VARIABLES = (
    "GEOAPP_BACKUP_HOURS",
    "GEOAPP_DRILL_HOURS",
    "GEOAPP_EXPORT_ALONE",
    "GEOAPP_EXPORT_KEEP_HOURS",
    "GEOAPP_REQUEST_DAYS",
    "GEOAPP_RETENTION_DAYS",
    "GEOAPP_UNDO_MINUTES",
)


@dataclass(frozen=True)
class KeepingSettings:
    """`backup_hours`, `drill_hours`: age from which the doctor complains of the last one.

    `export_alone`: people one person may take out without a second one (research/trust C5);
    `export_keep_hours`: after its approval, in which a large export can be downloaded. `request_days`:
    until a person's request must be answered. `retention_days`: class to days, where they differ from
    the defaults of `geoapp.retention.rules`. `undo_minutes`: in which a change of a resident's state
    can be taken back.
    """

    backup_hours: int = 26
    drill_hours: int = 48
    export_alone: int = 200
    export_keep_hours: int = 72
    request_days: int = 15
    retention_days: Mapping[str, int] = field(default_factory=dict, hash=False)
    undo_minutes: int = 10

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> KeepingSettings:
        """Read and check; raises SettingsError."""
        return cls(
            values.read(env, "GEOAPP_BACKUP_HOURS", values.integer(1, 8_760), cls.backup_hours),
            values.read(env, "GEOAPP_DRILL_HOURS", values.integer(1, 8_760), cls.drill_hours),
            values.read(env, "GEOAPP_EXPORT_ALONE", values.integer(0, 1_000_000), cls.export_alone),
            values.read(env, "GEOAPP_EXPORT_KEEP_HOURS", values.integer(1, 720), cls.export_keep_hours),
            values.read(env, "GEOAPP_REQUEST_DAYS", values.integer(1, 90), cls.request_days),
            _days(env, "GEOAPP_RETENTION_DAYS"),
            values.read(env, "GEOAPP_UNDO_MINUTES", values.integer(1, 1_440), cls.undo_minutes),
        )


def _days(env: Mapping[str, str], name: str) -> dict[str, int]:
    """`class=days, class=days`."""
    text = env.get(name, "").strip()
    found: dict[str, int] = {}
    for part in text.split(",") if text else ():
        pair = re.fullmatch(r"\s*([a-z_]+)\s*=\s*([0-9]{1,6})\s*", part)
        if pair is None:
            raise SettingsError.wrong(name, text, "deregistered=730, sessions=90, …")
        found[pair[1]] = int(pair[2])
    return found
