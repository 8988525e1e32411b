"""Settings of the rule about unusually many records read (research/trust C5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from geoapp.core import setting_values as values
from geoapp.core.setting_values import SettingsError

VARIABLES = ("GEOAPP_READS_NOTE_TIMES", "GEOAPP_READS_STOP_TIMES", "GEOAPP_READS_USUAL")
DEMO_USUAL = 10_000


@dataclass(frozen=True)
class UnusualSettings:
    """`usual`: records a day taken as usual while there is no history, and at the least.

    From `note_times` the usual number a person and their supervisors are told; at `stop_times` reading
    stops until a supervisor confirms.
    """

    usual: int = 30
    note_times: int = 3
    stop_times: int = 10

    @classmethod
    def from_env(cls, env: Mapping[str, str], *, demo: bool) -> UnusualSettings:
        """Read and check; raises SettingsError. Nothing is usual in a demo, so much is let pass there."""
        usual = DEMO_USUAL if demo else cls.usual
        note = values.read(env, "GEOAPP_READS_NOTE_TIMES", values.integer(1, 1_000), cls.note_times)
        stop = values.read(env, "GEOAPP_READS_STOP_TIMES", values.integer(1, 1_000), cls.stop_times)
        if stop < note:
            raise SettingsError.wrong("GEOAPP_READS_STOP_TIMES", str(stop), f"≥ {note} (GEOAPP_READS_NOTE_TIMES)")
        return cls(values.read(env, "GEOAPP_READS_USUAL", values.integer(1, 1_000_000), usual), note, stop)
