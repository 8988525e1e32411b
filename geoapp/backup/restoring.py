"""Filling a new database of the private cluster from a backup, and checking that it is the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import NullPool, create_engine, text

from geoapp.backup import programs
from geoapp.backup.errors import BackupDamaged, BackupError, NotPrivate
from geoapp.backup.keys import fingerprints, read_identity
from geoapp.backup.manifest import DUMP, Manifest, read_manifest
from geoapp.backup.sums import differences, read_sums
from geoapp.core.cluster_place import OWNER_ROLE, SUPERUSER, Place
from geoapp.core.cluster_roles import create_database, databases, drop_database
from geoapp.core.i18n import N_
from geoapp.core.migrate import upgrade
from geoapp.core.settings import Settings


@dataclass(frozen=True)
class Restored:
    """A database filled from a backup, checked against its manifest and brought to our schema."""

    manifest: Manifest
    settings: Settings


def open_backup(settings: Settings, folder: Path) -> Manifest:
    """The manifest, once every file and every key is the one of the day.

    Raises BackupKeyMissing, WrongBackupKey, BackupDamaged, BackupError for keys that differ.
    """
    manifest = read_manifest(folder, read_identity(settings.key_dir))
    here = fingerprints(settings.key_dir)
    wrong = [name for name, mark in manifest.keys.items() if here.get(name) != mark]
    if wrong:
        raise BackupError(
            N_("密钥目录中的 %(names)s 缺失或与备份当日不同：恢复后无法解密。请先恢复密钥备份。"),
            names=", ".join(wrong),
        )
    return manifest


def restore_into(settings: Settings, folder: Path, name: str) -> Restored:
    """Make the database `name`, fill it, compare it with the manifest, bring it up to date.

    On any failure the database is dropped again. Raises what `open_backup` and `programs.restore` do.
    """
    place = place_of(settings)
    manifest = open_backup(settings, folder)
    if name in databases(place):
        raise BackupError(N_("数据库 %(name)s 已存在。"), name=name)
    create_database(place, name)
    target = settings_of(settings, name)
    try:
        programs.restore(folder / DUMP, place.url(SUPERUSER, name), read_identity(settings.key_dir))
        _compare(target, manifest, folder)
        upgrade(target)
    except BaseException:
        drop_database(place, name)
        raise
    return Restored(manifest, target)


@contextmanager
def scratch(settings: Settings, folder: Path, name: str) -> Iterator[Restored]:
    """A restored copy that is dropped at the end, whatever happens."""
    restored = restore_into(settings, folder, name)
    try:
        yield restored
    finally:
        drop_database(place_of(settings), name)


def place_of(settings: Settings) -> Place:
    """Where the private cluster is. Raises NotPrivate where another server is used."""
    if not settings.managed_cluster:
        raise NotPrivate()
    return Place.of(settings.data_dir)


def settings_of(settings: Settings, name: str) -> Settings:
    """The same settings for another database of the private cluster."""
    place = place_of(settings)
    app = place.url(settings.app_role, name)
    return replace(
        settings, database_url=app, owner_database_url=place.url(OWNER_ROLE, name),
        superuser_database_url=place.url(SUPERUSER, name),
    )  # fmt: skip


def _compare(target: Settings, manifest: Manifest, folder: Path) -> None:
    assert target.superuser_database_url
    engine = create_engine(target.superuser_database_url, poolclass=NullPool)
    with engine.begin() as connection:
        found = read_sums(connection)
        schema = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    wrong = differences(manifest.tables, found)
    if wrong or schema != manifest.schema:
        raise BackupDamaged(path=str(folder), reason=", ".join(wrong) or schema)
