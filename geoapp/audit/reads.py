"""What others ask about the audit log: is it being sealed, may values still be revealed?"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from geoapp.audit.models import AuditState
from geoapp.audit.rules import is_late
from geoapp.core.clock import now
from geoapp.core.errors import Unavailable
from geoapp.core.i18n import N_
from geoapp.core.settings import get_settings


class SealingStalled(Unavailable):
    """The log has not been sealed for so long that nothing more is revealed (LG-6)."""

    msgid = N_("审计日志长时间未能封存，暂停显示受保护的内容。请联系管理员。")


def sealed_at(connection: Connection) -> datetime:
    """When the sealer last left nothing unsealed."""
    return connection.execute(select(AuditState.sealed_at)).scalar_one()


def reveals_allowed(connection: Connection) -> bool:
    """False once sealing has stalled for `audit.stop` (4 hours): reveals wait until it goes on."""
    return not is_late(sealed_at(connection), now(), get_settings().audit.stop)


def require_sealing(connection: Connection) -> None:
    """Raise SealingStalled where `reveals_allowed` says no."""
    if not reveals_allowed(connection):
        raise SealingStalled()


def is_warning(connection: Connection) -> bool:
    """Whether sealing is late enough to tell people (5 minutes)."""
    return is_late(sealed_at(connection), now(), get_settings().audit.warn)


def lag(connection: Connection) -> timedelta:
    """How long ago the sealer last left nothing unsealed."""
    return now() - sealed_at(connection)
