"""Backups against a real database: made, drilled, restored; refused without their key (DU-6, DU-7)."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.audit.rules import SYSTEM
from geoapp.audit.sealing import Sealer
from geoapp.audit.verification import verify
from geoapp.backup.drill import run_drill
from geoapp.backup.errors import (
    BackupDamaged,
    BackupError,
    BackupKeyMissing,
    NotPrivate,
    WrongBackupKey,
)
from geoapp.backup.key_bundle import read_bundle, restore_bundle, write_bundle
from geoapp.backup.make import make_backup
from geoapp.backup.manifest import DUMP, MANIFEST
from geoapp.backup.restore import restore_backup
from geoapp.backup.restoring import open_backup
from geoapp.core import cluster_roles as roles
from geoapp.core.db import app_engine, owner_engine
from geoapp.core.runs import last_run
from geoapp.core.settings import Settings, get_settings
from tests.support.cluster import Databases

WORDS = "a long way to the safe"


@pytest.fixture(scope="module")
def keys(city_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The small city with a key folder of its own: a copy of the keys its cells were sealed with."""
    folder = tmp_path_factory.mktemp("keys") / "keys"
    shutil.copytree(city_settings.key_dir, folder)
    (folder / "backup.key").unlink(missing_ok=True)
    return replace(city_settings, key_dir=folder)


@pytest.fixture(scope="module")
def made(keys: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the small city."""
    return make_backup(keys, tmp_path_factory.mktemp("backups"))


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    """A copy of the backup to spoil."""
    return Path(shutil.copytree(made, tmp_path / "copy"))


def with_keys(settings: Settings, folder: Path) -> Settings:
    return replace(settings, key_dir=folder)


def test_a_backup_says_what_it_holds_and_holds_no_key(made: Path, keys: Settings):
    manifest = json.loads((made / MANIFEST).read_text("utf-8"))
    assert manifest["tables"]["house"]["rows"] > 50
    assert manifest["tables"]["resident"]["rows"] > 50
    assert manifest["database"] == keys.database_name
    everything = b"".join(path.read_bytes() for path in made.iterdir())
    for key in keys.key_dir.glob("*.key"):
        content = key.read_bytes()
        assert content not in everything
        assert content.hex().encode() not in everything
    assert {path.name for path in made.iterdir()} == {DUMP, MANIFEST}
    assert (made / DUMP).stat().st_mode & 0o077 == 0


def test_pr5_nothing_personal_can_be_read_in_the_dump_without_the_key(made: Path, keys: Settings):
    with owner_engine(keys).connect() as connection:
        name, address = connection.execute(text("SELECT r.name, h.address FROM resident r, house h LIMIT 1")).one()
    owner_engine(keys).dispose()
    everything = b"".join(path.read_bytes() for path in made.iterdir())
    assert name.encode() not in everything
    assert address.encode() not in everything


def test_du6_a_drill_restores_aside_signs_in_decrypts_and_leaves_nothing(made: Path, keys: Settings, databases: Databases):
    found = run_drill(keys, made)
    assert found.rows > 200
    assert found.cells >= 1
    assert found.page == 200
    assert found.seconds > 0
    assert f"drill_{os.getpid()}" not in roles.databases(databases.cluster.place)
    assert last_run(keys.data_dir, "drill") is not None


def test_du7_a_backup_without_its_key_is_refused_by_name(made: Path, keys: Settings, tmp_path: Path):
    shutil.copytree(keys.key_dir, tmp_path / "keys")
    (tmp_path / "keys" / "backup.key").unlink()
    with pytest.raises(BackupKeyMissing, match=r"backup\.key"):
        run_drill(with_keys(keys, tmp_path / "keys"), made)


def test_du7_another_key_does_not_open_it(made: Path, keys: Settings, tmp_path: Path):
    shutil.copytree(keys.key_dir, tmp_path / "keys")
    (tmp_path / "keys" / "backup.key").unlink()
    other = with_keys(keys, tmp_path / "keys")
    make_backup(other, tmp_path / "other")
    with pytest.raises(WrongBackupKey):
        run_drill(other, made)


def test_du7_a_key_of_the_cells_that_is_missing_or_different_is_named(made: Path, keys: Settings, tmp_path: Path):
    shutil.copytree(keys.key_dir, tmp_path / "keys")
    index = tmp_path / "keys" / "index.key"
    index.write_bytes(bytes(32))
    with pytest.raises(BackupError, match=r"index\.key"):
        open_backup(with_keys(keys, tmp_path / "keys"), made)
    index.unlink()
    with pytest.raises(BackupError, match=r"index\.key"):
        open_backup(with_keys(keys, tmp_path / "keys"), made)


def test_du7_keys_without_their_backup_restore_nothing(keys: Settings, tmp_path: Path):
    with pytest.raises(BackupDamaged, match=MANIFEST):
        run_drill(keys, tmp_path)


@pytest.mark.parametrize("spoil", ["cut", "bit", "gone", "manifest", "mark"])
def test_du7_a_spoilt_backup_is_refused(copy: Path, keys: Settings, spoil: str):
    dump, manifest = copy / DUMP, copy / MANIFEST
    if spoil == "cut":
        dump.write_bytes(dump.read_bytes()[:-1])
    elif spoil == "bit":
        content = bytearray(dump.read_bytes())
        content[len(content) // 2] ^= 1
        dump.write_bytes(content)
    elif spoil == "gone":
        dump.unlink()
    elif spoil == "manifest":
        manifest.write_text("{", "utf-8")
    else:
        body = json.loads(manifest.read_text("utf-8"))
        body["tables"]["house"]["rows"] += 1
        manifest.write_text(json.dumps(body), "utf-8")
    with pytest.raises(BackupDamaged):
        open_backup(keys, copy)


def test_a_restore_takes_the_place_of_the_database_and_keeps_the_old_one(own_city, databases: Databases, tmp_path: Path):
    settings = get_settings()
    folder = make_backup(settings, tmp_path)
    with owner_engine(settings).begin() as connection:
        connection.execute(text("UPDATE house SET address = 'changed since'"))
        connection.execute(text(
            "INSERT INTO app_session (token_hash, user_id, csrf_token, expires_at) VALUES ('x', 1, 'x', now() + '1 day')"
        ))  # fmt: skip
    with owner_engine(settings).connect() as connection, pytest.raises(BackupError):
        connection.execute(text("SELECT 1"))
        restore_backup(settings, folder)
    app_engine(settings).dispose()
    owner_engine(settings).dispose()
    old = restore_backup(settings, folder)
    with owner_engine(settings).connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM house WHERE address = 'changed since'")) == 0
        assert connection.scalar(text("SELECT count(*) FROM app_session WHERE revoked_at IS NULL")) == 0
    assert Sealer(settings).run()  # what was open on the day of the backup, and the restore itself
    sealer = Sealer(settings)
    with owner_engine(settings).begin() as connection:
        record(connection, SYSTEM, Action.BACKUP)
    with owner_engine(settings).connect() as connection:
        assert sealer.run() == 1 and verify(connection, settings).good
    assert old in roles.databases(databases.cluster.place)
    roles.drop_database(databases.cluster.place, old)


def test_an_installation_on_another_server_is_backed_up_and_drilled_at_home(own_city, keys: Settings, tmp_path: Path):
    """GEOAPP_DATABASE_URL: made through one URL, its owner's own; a drill needs a private cluster."""
    home = get_settings()
    for number, url in enumerate((home.owner_database_url, home.superuser_database_url)):
        env = {"GEOAPP_DATABASE_URL": url, "GEOAPP_DATA_DIR": str(tmp_path), "GEOAPP_KEY_DIR": str(keys.key_dir)}
        outside = Settings.from_env(env)
        folder = make_backup(outside, tmp_path / str(number))
        with pytest.raises(NotPrivate):
            run_drill(outside, folder)
    assert run_drill(replace(home, key_dir=keys.key_dir), folder).rows > 200


def test_du7_keys_go_to_the_safe_and_come_back(made: Path, keys: Settings, tmp_path: Path):
    assert made.exists()
    bundle, folder = tmp_path / "keys.age", tmp_path / "restored"
    names = write_bundle(keys.key_dir, bundle, WORDS)
    assert {"index.key", "backup.key"} <= set(names)
    assert bundle.stat().st_mode & 0o077 == 0
    with pytest.raises(WrongBackupKey):
        read_bundle(bundle, "another passphrase")
    assert restore_bundle(bundle, folder, WORDS) == names
    assert all((folder / n).read_bytes() == (keys.key_dir / n).read_bytes() for n in names)
    (folder / "index.key").write_bytes(bytes(32))
    with pytest.raises(BackupError, match=r"index\.key"):
        restore_bundle(bundle, folder, WORDS)
    with pytest.raises(BackupError):
        write_bundle(keys.key_dir, tmp_path / "short.age", "short")
