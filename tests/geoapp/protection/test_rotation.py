"""Keys: envelope, rotation while others read, destruction, erasure of a year (PR-6, PR-7, DU-7)."""

import threading
from itertools import pairwise

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from geoapp.core.clock import today
from geoapp.core.crypto import CannotDecrypt, KeyDestroyed, decrypt, encrypt, key_of_cell
from geoapp.core.data_keys import KeyRing, WrongWrappingKey, ring
from geoapp.core.db import app_engine, owner_engine, owner_transaction
from geoapp.core.errors import Conflict, NotFound
from geoapp.core.keys import LEGACY_FIELD_KEY, wrapping_keys
from geoapp.core.setting_values import SettingsError
from geoapp.core.settings import get_settings
from geoapp.core.suites import SUITES
from geoapp.protection import rotation
from geoapp.protection.cells import cell_columns, cells_by_key
from geoapp.protection.cli import keys


@pytest.fixture
def folder(own_city, tmp_path, monkeypatch):
    """A key folder of the test's own, holding what the city was sealed with."""
    keys = get_settings().key_dir
    for path in keys.glob("*.key"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setenv("GEOAPP_KEY_DIR", str(tmp_path))
    get_settings.cache_clear()
    yield tmp_path
    close_engines()


def close_engines():
    """Settings that name other keys have engines of their own."""
    app_engine().dispose()
    owner_engine().dispose()
    get_settings.cache_clear()


def cells(name="id_number", column="id_enc"):
    with owner_engine().connect() as connection:
        rows = connection.execute(text(f"SELECT id, {column} AS cell FROM resident WHERE {column} IS NOT NULL"))
        return {row.id: bytes(row.cell) for row in rows}


def opened(cells):
    return {i: decrypt(cell, f"resident.id_number.{i}") for i, cell in cells.items()}


def settle():
    with owner_transaction() as connection:
        connection.execute(text("UPDATE data_key SET retired_at = retired_at - interval '1 hour'"))


def test_pr7_a_cell_moved_to_another_row_or_column_does_not_open(folder):
    stored = cells()
    ids = sorted(stored)
    refused = 0
    for mine, other in pairwise(ids):
        for place in (f"resident.id_number.{other}", f"resident.phone.{mine}", f"house.id_number.{mine}"):
            with pytest.raises(CannotDecrypt):
                decrypt(stored[mine], place)
            refused += 1
    assert refused == 3 * (len(ids) - 1) > 100
    with pytest.raises(CannotDecrypt):
        decrypt(stored[ids[0]][:-1] + b"\0", f"resident.id_number.{ids[0]}")


def test_pr6_keys_rotate_while_others_read_and_the_old_ones_can_go(folder):
    plain, failed, done = opened(cells()), [], threading.Event()

    def read():
        while not done.is_set():
            try:
                assert opened(cells()) == plain
            except Exception as error:
                failed.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    settings, old = get_settings(), {key_of_cell(c) for c in cells().values()}
    with owner_transaction() as connection:
        number = rotation.rotate_wrapping(connection, folder)
    with owner_transaction() as connection:
        assert set(rotation.rotate_data(connection, settings)) == old
    moved = list(rotation.reencrypt(settings))[-1]
    done.set()
    for reader in readers:
        reader.join()
    assert failed == []
    assert moved >= len(plain)
    assert not old & {key_of_cell(c) for c in cells().values()}
    settle()
    with owner_transaction() as connection:
        for key_id in old:
            rotation.destroy(connection, folder, key_id)
        rotation.remove_wrapping(connection, folder, number - 1)
    ring().forget()
    assert opened(cells()) == plain
    assert wrapping_keys(folder)[-1] == number
    assert number - 1 not in wrapping_keys(folder)


def test_pr6_a_key_with_cells_or_still_in_use_cannot_go(folder):
    with owner_transaction() as connection:
        key_id, n = next(iter(cells_by_key(connection).items()))
        assert n > 100
        with pytest.raises(Conflict):
            rotation.destroy(connection, folder, key_id)
        rotation.rotate_data(connection, get_settings())
        with pytest.raises(Conflict, match="60"):
            rotation.destroy(connection, folder, key_id)
    settle()
    with owner_transaction() as connection, pytest.raises(Conflict, match=str(n)):
        rotation.destroy(connection, folder, key_id)


def test_the_keys_of_a_year_that_is_written_with_stay(folder):
    done = CliRunner().invoke(keys, ["erase-year", "S3", str(today().year)], input="y\n")
    assert isinstance(done.exception, Conflict)
    assert decrypt(encrypt("13800000000", "resident.phone.7"), "resident.phone.7") == "13800000000"


def test_a_year_is_erased_with_its_keys_and_no_other_year(folder):
    place = "resident.phone.7"
    kept, gone = encrypt("13800000000", place, year=2031), encrypt("13900000000", place, year=2030)
    with owner_transaction() as connection:
        assert rotation.erase_year(connection, folder, "S3", 2030) == 1
        with pytest.raises(NotFound):
            rotation.erase_year(connection, folder, "S3", 2030)
    ring().forget()
    assert decrypt(kept, place) == "13800000000"
    with pytest.raises(KeyDestroyed):
        decrypt(gone, place)


def test_du7_a_lost_or_foreign_wrapping_key_fails_loudly(folder):
    stored = next(iter(cells().items()))
    number = wrapping_keys(folder)[-1]
    path = folder / f"wrap-{number}.key"
    right = path.read_bytes()
    path.write_bytes(bytes(32))
    with owner_transaction() as connection, pytest.raises(WrongWrappingKey):
        decrypt(stored[1], f"resident.id_number.{stored[0]}", keys=KeyRing.on(connection))
    path.unlink()
    with owner_transaction() as connection, pytest.raises(SettingsError):
        decrypt(stored[1], f"resident.id_number.{stored[0]}", keys=KeyRing.on(connection))
    assert not path.exists()
    path.write_bytes(right)
    with owner_transaction() as connection:
        assert decrypt(stored[1], f"resident.id_number.{stored[0]}", keys=KeyRing.on(connection))


def test_cells_from_before_there_were_data_keys_go_on_opening(folder):
    import os
    from importlib import import_module

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    old = os.urandom(32)
    (folder / LEGACY_FIELD_KEY).write_bytes(old)
    nonce, place = os.urandom(12), "resident.phone.1"
    cell = b"\x01" + (1).to_bytes(4, "big") + nonce + AESGCM(old).encrypt(nonce, b"13800138000", place.encode())
    with owner_transaction() as connection:
        connection.execute(text("TRUNCATE data_key"))
        connection.execute(text("ALTER SEQUENCE data_key_id_seq RESTART"))
        import_module("geoapp.core.migrations.versions.0004b_data_keys")._adopt_old_key(connection)
    ring().forget()
    assert decrypt(cell, place) == "13800138000"


@pytest.mark.parametrize("suite", SUITES)
def test_both_suites_hold_in_one_column(folder, suite, monkeypatch):
    close_engines()
    monkeypatch.setenv("GEOAPP_CIPHER", suite)
    cell = encrypt("机密", "resident.phone.3", year=2040)
    assert decrypt(cell, "resident.phone.3") == "机密"
    with owner_engine().connect() as connection:
        used = connection.scalar(text("SELECT suite FROM data_key WHERE id = :id"), {"id": key_of_cell(cell)})
    assert used == suite
    with pytest.raises(CannotDecrypt):
        decrypt(cell[:-1] + bytes([cell[-1] ^ 1]), "resident.phone.3")


def test_every_column_of_cells_is_known_to_the_rotation(city):
    named = {(w.table.name, w.column.name) for w in cell_columns()}
    with owner_engine().connect() as connection:
        stored = connection.execute(text("""
            SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition AND c.relkind IN ('r', 'p')
            AND a.attname LIKE '%\\_enc'""")).all()  # fmt: skip
    assert {tuple(row) for row in stored} <= named
    assert ("resident", "id_enc") in named
