"""Generations of the key of search hashes and name tokens: which one writes, which are read.

A file each (`index.key`, then `index-2.key` …) and a row of `index_key`. A new generation is read at
once and writes a minute later, when every process has learned of it; until everything is hashed anew
(`geoapp.protection.index_rotation`) both are read. A process asks again every KEEP_SECONDS.
"""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Integer,
    LargeBinary,
    Row,
    Table,
    func,
    inspect,
    select,
)
from sqlalchemy.exc import SQLAlchemyError

from geoapp.core.data_keys import KEEP_SECONDS
from geoapp.core.db import Base, app_engine
from geoapp.core.keys import load_index_key
from geoapp.core.settings import Settings, get_settings

FIRST = 1
ASK_AGAIN = 1.0
"""Seconds until a database that did not answer is asked again: not at each of a million hashes."""
index_key = Table(
    "index_key", Base.metadata,
    Column("generation", Integer, primary_key=True), Column("mark", LargeBinary, nullable=False),
    Column("made_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
    Column("writes_from", DateTime(timezone=True), nullable=False), Column("hashed_at", DateTime(timezone=True)),
)  # fmt: skip


@dataclass(frozen=True)
class IndexKeys:
    """The key that writes, and all that are read, the writing one first."""

    writing: bytes
    reading: tuple[bytes, ...]

    @property
    def changing(self) -> bool:
        """Whether one number may have two hashes."""
        return len(self.reading) > 1


class IndexRing:
    """The generations of one database."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known: IndexKeys | None = None
        self._read_at = float("-inf")

    def keys(self) -> IndexKeys:
        """As they were at most KEEP_SECONDS ago. Raises SettingsError for a missing file.

        Before a database has the table, or is there at all, there is the first generation.
        """
        if self._known is None or time.monotonic() - self._read_at >= KEEP_SECONDS:
            try:
                with app_engine(self._settings).connect() as connection:
                    self._known = read_keys(connection, self._settings.key_dir)
                self._read_at = time.monotonic()
            except SQLAlchemyError:
                self._known = self._known or _only(load_index_key(self._settings.key_dir, FIRST))
                self._read_at = time.monotonic() - KEEP_SECONDS + ASK_AGAIN
        return self._known

    def forget(self) -> None:
        """Ask again before the next use."""
        self._read_at = float("-inf")


_last: list[tuple[Settings, IndexRing]] = []


def index_ring() -> IndexRing:
    """The ring of the database this process serves."""
    settings = get_settings()
    if not _last or _last[0][0] is not settings:  # hashing all settings takes longer than the rest
        _last[:] = [(settings, _ring(settings))]
    return _last[0][1]


@lru_cache(maxsize=8)
def _ring(settings: Settings) -> IndexRing:
    return IndexRing(settings)


def read_keys(connection: Connection, folder: Path) -> IndexKeys:
    """The keys of the database behind this connection."""
    if not inspect(connection).has_table(index_key.name):
        return _only(load_index_key(folder, FIRST))
    writes = (index_key.c.writes_from <= func.now()).label("writes")
    rows = connection.execute(select(index_key.c.generation, writes).order_by(index_key.c.generation.desc())).all()
    if not rows:
        return _only(load_index_key(folder, FIRST))
    order = sorted(rows, key=lambda row: (not row.writes, -row.generation))
    keys = tuple(load_index_key(folder, row.generation) for row in order)
    return IndexKeys(keys[0], keys)


def generations(connection: Connection) -> list[Row]:
    """The rows, oldest first."""
    return list(connection.execute(select(index_key).order_by(index_key.c.generation)))


def mark_of(key: bytes) -> bytes:
    """What tells two keys apart without telling the key."""
    return hmac.digest(key, b"geoapp.index_key.mark", "sha256")[:8]


def _only(key: bytes) -> IndexKeys:
    return IndexKeys(key, (key,))
