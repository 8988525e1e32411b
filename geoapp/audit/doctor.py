"""What `geoapp doctor` says about the audit log: is it sealed in time, does the whole chain verify?"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, text

from geoapp.audit import anchors
from geoapp.audit.rules import is_late
from geoapp.audit.verification import TROUBLES, verify
from geoapp.core.clock import now
from geoapp.core.console import tr
from geoapp.core.doctor.finding import Finding
from geoapp.core.i18n import N_
from geoapp.core.settings import Settings

_UNSEALED = text("SELECT s.sealed_at, EXISTS (SELECT FROM audit_event e WHERE e.at > s.sealed_at) FROM audit_state s")


def findings_of(connection: Connection, settings: Settings) -> Iterator[Finding]:
    """The age of the last seal, the chain, and that its head is written down outside the database."""
    yield _sealing(connection, settings)
    report = verify(connection, settings)
    detail = tr(TROUBLES[report.trouble]) if report.trouble else str(report.events)
    number = f" {report.bad_number}" if report.bad_number is not None else ""
    yield Finding.of(N_("审计链完好"), report.good, detail + number)
    head = anchors.last(settings)
    said = f"{head.number} {head.at:%Y-%m-%d %H:%M:%S}" if head else "–"
    yield Finding.of(N_("审计链已锚定"), head is not None or report.last == 0, said)


def _sealing(connection: Connection, settings: Settings) -> Finding:
    """Silence of the sealer counts only where something waits: no server may be running."""
    sealed_at, waiting = connection.execute(_UNSEALED).one()
    late = waiting and is_late(sealed_at, now(), settings.audit.warn)
    return Finding.of(N_("审计日志按时封存"), not late, f"{sealed_at:%Y-%m-%d %H:%M:%S %z}")
