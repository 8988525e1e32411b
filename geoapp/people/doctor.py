"""What `geoapp doctor` says about residents: is every child sealed (D3.1)?"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from geoapp.core.clock import today
from geoapp.core.doctor.finding import Finding
from geoapp.core.i18n import N_
from geoapp.core.settings import Settings
from geoapp.people.children import plain_children


def findings_of(connection: Connection, _settings: Settings) -> Iterator[Finding]:
    """Those who are surely under 14 and stored plain; the server seals them once a day."""
    plain = plain_children(connection, today())
    yield Finding.of(N_("未成年人姓名均已加密"), not plain, str(plain))
