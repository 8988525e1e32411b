"""Settings of accounts: how long a session lives, and who must bring a second factor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from geoapp.core import setting_values as values
from geoapp.core.setting_values import SettingsError

VARIABLES = ("GEOAPP_IDLE_MINUTES", "GEOAPP_SECOND_FACTOR", "GEOAPP_SESSION_HOURS")
FACTOR_CHOICES = ("administration", "everybody", "nobody")


@dataclass(frozen=True)
class AccountSettings:
    """`idle_minutes`: without a sign of life until a session ends, 0 for never; walls are exempt.

    `session_hours`: until any session ends. `second_factor`: whose role must have one, see
    `geoapp.accounts.rules.needs_second_factor`.
    """

    idle_minutes: int = 30
    session_hours: int = 12
    second_factor: str = "administration"

    @classmethod
    def from_env(cls, env: Mapping[str, str], *, demo: bool) -> AccountSettings:
        """Read and check; raises SettingsError. In a demo nobody is asked for a second factor."""
        return cls(
            values.read(env, "GEOAPP_IDLE_MINUTES", values.integer(0, 720), cls.idle_minutes),
            values.read(env, "GEOAPP_SESSION_HOURS", values.integer(1, 168), cls.session_hours),
            _factor(env, "nobody" if demo else cls.second_factor),
        )


def _factor(env: Mapping[str, str], default: str) -> str:
    text = env.get("GEOAPP_SECOND_FACTOR", "").strip() or default
    if text not in FACTOR_CHOICES:
        raise SettingsError.wrong("GEOAPP_SECOND_FACTOR", text, ", ".join(FACTOR_CHOICES))
    return text
