"""Files that come in piece by piece: sealed as they come, kept a day, gone on with where the connection broke.

A file lies under its sender's id, in the form of `geoapp.importing.files`. Its key is a random name; who is not
its sender gets nothing for it.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from geoapp.core.clock import today
from geoapp.core.data_keys import NONCE_BYTES, ring
from geoapp.core.errors import Conflict, NotFound, TooLarge
from geoapp.core.i18n import N_
from geoapp.core.settings import Settings
from geoapp.importing import files

PIECE, MOST = 4 << 20, 256 << 20
"""Bytes of one piece, and of a whole file."""
MOST_OPEN = 3
"""Files of one sender on their way; one more, and the oldest is given up."""
_KEY = re.compile(r"[0-9a-f]{32}")
_SEALING = NONCE_BYTES + 16


class Elsewhere(Conflict):
    """The piece does not begin where the file ends; `done` bytes are there."""

    def __init__(self, done: int) -> None:
        super().__init__(N_("这一段与已收到的内容接不上，请从第 %(done)s 字节继续。"), done=done)
        self.done = done


def begin(settings: Settings, user_id: int) -> str:
    """A new file of this sender, empty; its key."""
    folder = files.folder_of(settings) / "parts" / str(user_id)
    for one in (folder.parent.parent, folder.parent, folder):
        one.mkdir(mode=0o700, parents=True, exist_ok=True)
    known = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    for path in known[: max(len(known) + 1 - MOST_OPEN, 0)]:
        path.unlink(missing_ok=True)
    key = secrets.token_hex(16)
    with (folder / key).open("xb") as out:
        os.fchmod(out.fileno(), 0o600)
        out.write(ring().for_writing("S3", today().year).id.to_bytes(4, "big"))
    return key


def append(settings: Settings, user_id: int, key: str, at: int, piece: bytes) -> int:
    """Add what begins at byte `at`; how many bytes are there now. On disk when this returns.

    Raises NotFound, Elsewhere, TooLarge.
    """
    with _open(settings, user_id, key, "r+b") as file:
        done, records, end = _look(file)
        if at != done:
            raise Elsewhere(done)
        if len(piece) > PIECE or done + len(piece) > MOST:
            raise TooLarge(N_("文件超过 %(mb)s MB，请拆分为几个文件。"), field="file", mb=MOST >> 20)
        file.seek(0)
        cipher = ring().for_reading(int.from_bytes(file.read(4), "big")).cipher
        nonce, name = os.urandom(NONCE_BYTES), _name(user_id, key)
        sealed = nonce + cipher.encrypt(nonce, piece, f"{name}.{records}".encode())
        file.truncate(end)  # a piece that was being written when the process died
        file.seek(end)
        file.write(len(sealed).to_bytes(4, "big") + sealed)
        file.flush()
        os.fsync(file.fileno())
    return done + len(piece)


def done(settings: Settings, user_id: int, key: str) -> int:
    """How many bytes are there. Raises NotFound."""
    with _open(settings, user_id, key, "rb") as file:
        return _look(file)[0]


@contextmanager
def taken(settings: Settings, user_id: int, key: str) -> Iterator[IO[bytes]]:
    """The whole file to be read, in memory only; afterwards it is gone. Raises NotFound."""
    done(settings, user_id, key)
    with files.opened(settings, _name(user_id, key)) as path, path.open("rb") as stream:
        try:
            yield stream
        finally:
            drop(settings, user_id, key)


def drop(settings: Settings, user_id: int, key: str) -> None:
    """The file is given up."""
    if _KEY.fullmatch(key):
        files.drop(settings, _name(user_id, key))


def _name(user_id: int, key: str) -> str:
    return f"parts/{user_id}/{key}"


@contextmanager
def _open(settings: Settings, user_id: int, key: str, mode: str) -> Iterator[IO[bytes]]:
    """The file for this process alone. Raises NotFound."""
    path: Path = files.folder_of(settings) / _name(user_id, key)
    if not _KEY.fullmatch(key) or not path.is_file():
        raise NotFound()
    with path.open(mode) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _look(file: IO[bytes]) -> tuple[int, int, int]:
    """Bytes of text that are whole there, in how many records, and where the last of them ends."""
    size, text, records, end = file.seek(0, 2), 0, 0, 4
    while True:
        file.seek(end)
        length = int.from_bytes(file.read(4), "big")
        if length <= _SEALING or end + 4 + length > size:
            return text, records, end
        text, records, end = text + length - _SEALING, records + 1, end + 4 + length
