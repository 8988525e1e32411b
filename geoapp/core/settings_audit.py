"""Settings of the audit log: when it is sealed, when its silence counts, where its head goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from geoapp.core import setting_values as values

VARIABLES = (
    "GEOAPP_AUDIT_SEAL_SECONDS",
    "GEOAPP_AUDIT_STOP_MINUTES",
    "GEOAPP_AUDIT_WARN_MINUTES",
)


@dataclass(frozen=True)
class AuditSettings:
    """`seal`: between two runs of the sealer; `warn`, `stop`: its silence until it is told, until
    nothing more is revealed (research/trust C5: 5 minutes and 4 hours).
    """

    seal: timedelta = timedelta(seconds=30)
    warn: timedelta = timedelta(minutes=5)
    stop: timedelta = timedelta(hours=4)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> AuditSettings:
        """Read and check; raises SettingsError."""
        return cls(
            timedelta(seconds=_whole(env, "GEOAPP_AUDIT_SEAL_SECONDS", 1, 3600, 30)),
            timedelta(minutes=_whole(env, "GEOAPP_AUDIT_WARN_MINUTES", 1, 1440, 5)),
            timedelta(minutes=_whole(env, "GEOAPP_AUDIT_STOP_MINUTES", 1, 10_080, 240)),
        )


def _whole(env: Mapping[str, str], name: str, low: int, high: int, default: int) -> int:
    text = env.get(name, "").strip()
    return values.integer(low, high)(name, text) if text else default
