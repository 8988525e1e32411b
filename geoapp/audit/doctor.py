"""What `geoapp doctor` says about the audit log besides its sealing: does the whole chain verify?"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from geoapp.audit import anchors
from geoapp.audit.verification import TROUBLES, verify
from geoapp.core.console import tr
from geoapp.core.doctor.finding import Finding
from geoapp.core.i18n import N_
from geoapp.core.settings import Settings


def findings_of(connection: Connection, settings: Settings) -> Iterator[Finding]:
    """The chain, and that its head is written down outside the database."""
    report = verify(connection, settings)
    detail = tr(TROUBLES[report.trouble]) if report.trouble else str(report.events)
    number = f" {report.bad_number}" if report.bad_number is not None else ""
    yield Finding.of(N_("审计链完好"), report.good, detail + number)
    head = anchors.last(settings)
    said = f"{head.number} {head.at:%Y-%m-%d %H:%M:%S}" if head else "–"
    yield Finding.of(N_("审计链已锚定"), head is not None or report.last == 0, said)
