"""Making a backup: one snapshot of the database, dumped, encrypted, described."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine, text

from geoapp import __version__
from geoapp.audit.codes import Action
from geoapp.backup import programs
from geoapp.backup.audit import note_in_log, read_head
from geoapp.backup.errors import BackupError
from geoapp.backup.keys import ensure_identity, fingerprints
from geoapp.backup.manifest import DUMP, Manifest, describe, write_manifest
from geoapp.backup.sums import read_sums
from geoapp.core.clock import now
from geoapp.core.i18n import N_
from geoapp.core.runs import note_run
from geoapp.core.settings import Settings

SPARE = 1.0
"""Bytes that must be free, as a share of the database; a dump is about a fifth of it."""


def make_backup(settings: Settings, into: Path) -> Path:
    """Write `<into>/<database>-<moment>/`, whole or not at all; returns it. Raises BackupError."""
    moment = now()
    folder = into / f"{settings.database_name}-{moment:%Y%m%dT%H%M%SZ}"
    draft = folder.with_name(f".{folder.name}.draft")
    draft.mkdir(mode=0o700, parents=True)
    identity = ensure_identity(settings.key_dir)
    try:
        with _snapshot(settings) as (connection, snapshot):
            _require_space(connection, draft)
            url, free = _reader_url(settings), _reads_all(connection)
            programs.dump(url, snapshot, draft / DUMP, identity.to_public(), all_rows=free)
            manifest = Manifest(
                made_at=moment.isoformat(timespec="seconds"), database=settings.database_name, geoapp=__version__,
                recipient=str(identity.to_public()), keys=fingerprints(settings.key_dir),
                tables=read_sums(connection), audit=read_head(connection),
                files={DUMP: describe(draft / DUMP)},
                postgresql=_ask(connection, "current_setting('server_version')"),
                postgis=_ask(connection, "postgis_lib_version()"),
                schema=_ask(connection, "version_num FROM alembic_version"),
            )  # fmt: skip
        write_manifest(draft, manifest, identity)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    seconds = round((now() - moment).total_seconds(), 1)
    note_in_log(settings, Action.BACKUP, seconds=seconds, tables=len(manifest.tables))
    note_run(settings.data_dir, "backup", folder=str(folder), seconds=seconds, bytes=manifest.files[DUMP]["bytes"])
    return folder


@contextmanager
def _snapshot(settings: Settings) -> Iterator[tuple[Connection, str]]:
    """A transaction in which nothing changes any more, and the name others join it by."""
    engine = create_engine(_reader_url(settings), poolclass=NullPool, isolation_level="REPEATABLE READ")
    with engine.begin() as connection:
        yield connection, connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()


def _reader_url(settings: Settings) -> str:
    return settings.superuser_database_url or settings.owner_database_url


def _reads_all(connection: Connection) -> bool:
    query = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    return bool(connection.scalar(text(query)))


def _require_space(connection: Connection, folder: Path) -> None:
    size = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
    free = shutil.disk_usage(folder).free
    if free < size * SPARE:
        raise BackupError(
            N_("%(path)s 所在磁盘只剩 %(free)s MiB，数据库有 %(size)s MiB。"),
            path=str(folder.parent), free=free >> 20, size=size >> 20,
        )  # fmt: skip


def _ask(connection: Connection, what: str) -> str:
    return str(connection.scalar(text(f"SELECT {what}")))
