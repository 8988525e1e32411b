"""Settings of the audit log: when it is sealed, when its silence counts, where its head goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from geoapp.core import setting_values as values
from geoapp.core.setting_values import SettingsError

VARIABLES = (
    "GEOAPP_AUDIT_MAIL_FROM",
    "GEOAPP_AUDIT_MAIL_TO",
    "GEOAPP_AUDIT_SEAL_SECONDS",
    "GEOAPP_AUDIT_SMTP",
    "GEOAPP_AUDIT_STOP_MINUTES",
    "GEOAPP_AUDIT_SYSLOG",
    "GEOAPP_AUDIT_WARN_MINUTES",
)
Address = tuple[str, int]
"""Host and port."""


@dataclass(frozen=True)
class AuditSettings:
    """`seal`: between two runs of the sealer; `warn`, `stop`: its silence until it is told, until
    nothing more is revealed (research/trust C5: 5 minutes and 4 hours). The signed head goes to
    `syslog` at each run and to `mail_to` once a day, where these are set.
    """

    seal: timedelta = timedelta(seconds=30)
    warn: timedelta = timedelta(minutes=5)
    stop: timedelta = timedelta(hours=4)
    syslog: Address | None = None
    smtp: Address = ("localhost", 25)
    mail_to: str = ""
    mail_from: str = ""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> AuditSettings:
        """Read and check; raises SettingsError."""
        syslog = env.get("GEOAPP_AUDIT_SYSLOG", "").strip()
        return cls(
            timedelta(seconds=values.read(env, "GEOAPP_AUDIT_SEAL_SECONDS", values.integer(1, 3600), 30)),
            timedelta(minutes=values.read(env, "GEOAPP_AUDIT_WARN_MINUTES", values.integer(1, 1440), 5)),
            timedelta(minutes=values.read(env, "GEOAPP_AUDIT_STOP_MINUTES", values.integer(1, 10_080), 240)),
            address("GEOAPP_AUDIT_SYSLOG", syslog, 514) if syslog else None,
            address("GEOAPP_AUDIT_SMTP", env.get("GEOAPP_AUDIT_SMTP", "").strip() or "localhost", 25),
            _mailbox(env, "GEOAPP_AUDIT_MAIL_TO"),
            _mailbox(env, "GEOAPP_AUDIT_MAIL_FROM"),
        )


def address(name: str, text: str, port: int) -> Address:
    """Host and port from "host" or "host:port". Raises SettingsError."""
    host, colon, given = text.rpartition(":")
    if not colon:
        host, given = text, str(port)
    return values.host(name, host), values.integer(1, 65535)(name, given)


def _mailbox(env: Mapping[str, str], name: str) -> str:
    text = env.get(name, "").strip()
    if text and (text.count("@") != 1 or not text.isprintable() or " " in text):
        raise SettingsError.wrong(name, text, "name@host")
    return text
