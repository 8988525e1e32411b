"""Putting a backup in the place of the database; the one that was there is kept under another name."""

from __future__ import annotations

from pathlib import Path
from time import monotonic, sleep

from psycopg import Connection, sql
from sqlalchemy import text

from geoapp.audit.codes import Action
from geoapp.backup.audit import note_in_log
from geoapp.backup.errors import BackupError
from geoapp.backup.restoring import place_of, restore_into
from geoapp.core.anchor_files import set_aside
from geoapp.core.clock import now
from geoapp.core.cluster_place import Place
from geoapp.core.cluster_roles import connect, databases
from geoapp.core.db import owner_engine, owner_transaction
from geoapp.core.i18n import N_
from geoapp.core.settings import Settings
from geoapp.retention.run import erase_again, erased_path

SECONDS_TO_LEAVE = 5.0
"""As long as PostgreSQL itself waits for others before it refuses to rename a database."""

_END_ALL = """
UPDATE app_session SET revoked_at = now() WHERE revoked_at IS NULL;
UPDATE api_token SET revoked_at = now() WHERE revoked_at IS NULL;
"""
"""What was revoked after the day of the backup must not come back to life."""


def restore_backup(settings: Settings, folder: Path) -> str | None:
    """Restore `folder` as the settings' database; the name the old one is kept under, if there was one.

    Sessions and tokens end. Raises what `restore_into` does; BackupError while somebody uses the database.
    """
    place, name = place_of(settings), settings.database_name
    _require_unused(place, name)
    stamp = f"{now():%Y%m%d%H%M%S}"
    draft = f"restored_{stamp}"
    restored = restore_into(settings, folder, draft)
    with owner_transaction(restored.settings) as connection:
        connection.execute(text(_END_ALL))
    note_in_log(restored.settings, Action.RESTORE, made_at=restored.manifest.made_at)
    erase_again(restored.settings, erased_path(settings))
    owner_engine(restored.settings).dispose()
    old = f"{name}_before_{stamp}" if name in databases(place) else None
    if old:
        _require_unused(place, name)
        _rename(place, name, old)
    _rename(place, draft, name)
    set_aside(settings)
    return old


def _require_unused(place: Place, name: str) -> None:
    """Raises BackupError while clients stay connected; a session that was closed may need a moment to end."""
    deadline = monotonic() + SECONDS_TO_LEAVE
    with connect(place) as connection:
        while clients := _clients(connection, name):
            if monotonic() > deadline:
                raise BackupError(
                    N_("数据库 %(name)s 正在使用（%(n)s 个连接），请先停止服务。"), name=name, n=clients
                )
            sleep(0.1)


def _clients(connection: Connection, name: str) -> int:
    """How many clients use the database; the server's own workers give way by themselves when it is renamed."""
    row = connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'", [name]
    ).fetchone()
    return row[0] if row else 0


def _rename(place: Place, old: str, new: str) -> None:
    with connect(place) as connection:
        connection.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new))
        )
