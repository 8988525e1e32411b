"""Data keys: one for each class and year, stored wrapped in `data_key` (research/trust C2).

    wrapping key (file, outside the database and its dumps)
        └─ data key (row of `data_key`, sealed by it)
             └─ cells

A process keeps the opened keys of its database for KEEP_SECONDS, so a rotation is noticed within
that time; `geoapp.protection.rotation` waits longer before it lets a key go.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Integer,
    LargeBinary,
    Row,
    SmallInteger,
    Table,
    Text,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert

from geoapp.core.db import Base, app_engine
from geoapp.core.errors import GeoappError
from geoapp.core.i18n import N_
from geoapp.core.keys import load_wrapping_key, wrapping_keys
from geoapp.core.settings import Settings, get_settings
from geoapp.core.suites import SUITES, Cipher

KEEP_SECONDS = 20.0
NONCE_BYTES = 12
data_key = Table(
    "data_key", Base.metadata,
    Column("id", Integer, primary_key=True), Column("class", Text, nullable=False),
    Column("year", SmallInteger, nullable=False), Column("suite", Text, nullable=False),
    Column("wrapping_key", Integer, nullable=False), Column("wrapped", LargeBinary),
    Column("created_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
    Column("retired_at", DateTime(timezone=True)), Column("destroyed_at", DateTime(timezone=True)),
)  # fmt: skip
Opening = Callable[[], AbstractContextManager[Connection]]


class CannotDecrypt(GeoappError):
    """A cell does not open: wrong key, or moved from another row."""

    msgid = N_("受保护的字段无法解密：密钥不符或数据被移动。")


class KeyDestroyed(CannotDecrypt):
    """The cell's data key was destroyed on purpose: what it held is erased."""

    msgid = N_("该数据的密钥已销毁，内容不可恢复。")


class WrongWrappingKey(CannotDecrypt):
    """The wrapping key's file does not belong to this database."""

    msgid = N_("主密钥文件与数据库不符：数据密钥无法打开。请核对 GEOAPP_KEY_DIR 或恢复密钥备份。")


@dataclass(frozen=True, slots=True)
class DataKey:
    """An opened data key."""

    id: int
    cipher: Cipher


class KeyRing:
    """The data keys of one database. `begin` opens a transaction in it that commits at its end."""

    def __init__(self, begin: Opening, folder: Path, suite: str) -> None:
        self._begin, self._folder, self._suite = begin, folder, suite
        self._rows: dict[int, Row] = {}
        self._opened: dict[tuple[int, bytes], DataKey] = {}
        self._read_at = float("-inf")
        self._lock = Lock()

    @classmethod
    def on(cls, connection: Connection) -> KeyRing:
        """Keys of the database behind this connection; new ones are made in its transaction."""
        settings = get_settings()
        return cls(lambda: nullcontext(connection), settings.key_dir, settings.cipher)

    def for_writing(self, key_class: str, year: int) -> DataKey:
        """The key new cells of the class and year are sealed with; made when first needed."""
        row = self._active(key_class, year, self._fresh_rows())
        if row is None:
            with self._begin() as connection:
                make_key(connection, self._folder, self._suite, key_class, year)
            row = self._active(key_class, year, self._read())
        if row is None:
            raise CannotDecrypt()
        return self._open(row)

    def for_reading(self, key_id: int) -> DataKey:
        """The key of that id. Raises KeyDestroyed, CannotDecrypt."""
        row = self._fresh_rows().get(key_id) or self._read().get(key_id)
        if row is None:
            raise CannotDecrypt()
        return self._open(row)

    def forget(self) -> None:
        """Read the table again before the next use."""
        self._read_at = float("-inf")

    @staticmethod
    def _active(key_class: str, year: int, rows: dict[int, Row]) -> Row | None:
        mine = (r for r in rows.values() if (r[1], r.year) == (key_class, year))
        return next((r for r in mine if r.retired_at is None and r.wrapped is not None), None)

    def _fresh_rows(self) -> dict[int, Row]:
        return self._rows if time.monotonic() - self._read_at < KEEP_SECONDS else self._read()

    def _read(self) -> dict[int, Row]:
        with self._begin() as connection:
            rows = {row.id: row for row in connection.execute(select(data_key))}
        with self._lock:
            self._rows, self._read_at = rows, time.monotonic()
            living = {(row.id, row.wrapped) for row in rows.values()}
            self._opened = {name: key for name, key in self._opened.items() if name in living}
        return rows

    def _open(self, row: Row) -> DataKey:
        if row.wrapped is None:
            raise KeyDestroyed()
        found = self._opened.get((row.id, row.wrapped))
        if found is None:
            secret = unwrap(load_wrapping_key(self._folder, row.wrapping_key), row.wrapped, row.id)
            found = DataKey(row.id, SUITES[row.suite].cipher(secret))
            with self._lock:
                self._opened[row.id, row.wrapped] = found
        return found


_last: list[Any] = [None, None]
"""The settings asked for last, and their ring."""


def ring() -> KeyRing:
    """The ring of the database this process serves."""
    settings = get_settings()
    if _last[0] is not settings:  # hashing all settings takes longer than opening a cell
        _last[:] = settings, _ring(settings)
    found: KeyRing = _last[1]
    return found


@lru_cache(maxsize=8)
def _ring(settings: Settings) -> KeyRing:
    return KeyRing(app_engine(settings).begin, settings.key_dir, settings.cipher)


def make_key(connection: Connection, folder: Path, suite: str, key_class: str, year: int) -> None:
    """A new data key for the class and year, unless there is one by now.

    Raises SettingsError where the newest wrapping key's file is missing.
    """
    number = newest_wrapping_key(connection, folder)
    secret = secrets.token_bytes(SUITES[suite].key_bytes)
    insert_key(connection, folder, number, secret, {"class": key_class, "year": year, "suite": suite})


def insert_key(
    connection: Connection, folder: Path, number: int, secret: bytes, words: dict[str, object]
) -> None:
    """Store `secret` wrapped by key `number`; nothing where the class and year have a key in use."""
    key_id = connection.execute(text("SELECT nextval('data_key_id_seq')")).scalar_one()
    wrapped = wrap(load_wrapping_key(folder, number), secret, key_id)
    row = insert(data_key).values(id=key_id, wrapping_key=number, wrapped=wrapped, **words)
    connection.execute(row.on_conflict_do_nothing())


def newest_wrapping_key(connection: Connection, folder: Path) -> int:
    """Number of the wrapping key for new data keys; the first is made with the first data key."""
    used = connection.scalar(select(func.max(data_key.c.wrapping_key)).where(data_key.c.wrapped.is_not(None)))
    numbers = wrapping_keys(folder)
    if used is None and not numbers:
        load_wrapping_key(folder, 1, make=True)
    return max([used or 1, *numbers])


def wrap(wrapping_key: bytes, secret: bytes, key_id: int) -> bytes:
    """A data key sealed by a wrapping key; it opens under its own id only."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(wrapping_key).encrypt(nonce, secret, _place(key_id))


def unwrap(wrapping_key: bytes, wrapped: bytes, key_id: int) -> bytes:
    """The data key. Raises WrongWrappingKey."""
    nonce, body = bytes(wrapped[:NONCE_BYTES]), bytes(wrapped[NONCE_BYTES:])
    try:
        return AESGCM(wrapping_key).decrypt(nonce, body, _place(key_id))
    except InvalidTag as error:
        raise WrongWrappingKey() from error


def _place(key_id: int) -> bytes:
    return f"data_key.wrapped.{key_id}".encode()
