"""What `geoapp doctor` says about roles: which edited ones lack what their declaration has by now."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from geoapp.accounts.following import differences
from geoapp.core.doctor.finding import Finding
from geoapp.core.i18n import N_
from geoapp.core.settings import Settings


def findings_of(connection: Connection, _settings: Settings) -> Iterator[Finding]:
    """A reminder: whoever edited a role may have meant it."""
    lacking = [f"{key}: {', '.join(more)}" for key, more in differences(connection)]
    yield Finding.of(N_("默认角色具有当前声明的权限"), not lacking, "; ".join(lacking) or "✓", otherwise="warn")
