"""The head of the chain, kept outside the database: a signed line in the data folder (C5).

Whoever can write to the database can cut the end of the log off; the head that was written down
elsewhere tells. `sending` carries the same line to another machine.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from geoapp.core.anchor_files import anchor_file
from geoapp.core.clock import now
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.core.settings import Settings

EVERY = timedelta(hours=1)
"""Between two lines of the file "anchors"; the file "head" follows every run."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head that was written down: the hash of seal `number` in `database`, at `at` (UTC)."""

    database: str
    number: int
    hash: bytes
    at: datetime
    signature: bytes

    @property
    def message(self) -> bytes:
        """What is signed."""
        return f"geoapp audit {self.database} {self.number} {self.hash.hex()} {self.at.isoformat()}".encode()

    @property
    def line(self) -> str:
        """One line of JSON."""
        return json.dumps({
            "database": self.database, "number": self.number, "hash": self.hash.hex(),
            "at": self.at.isoformat(), "signature": base64.b64encode(self.signature).decode(),
        })  # fmt: skip


def parse(line: str) -> Anchor:
    """An anchor from its line. Raises InvalidInput."""
    try:
        found = json.loads(line)
        return Anchor(
            str(found["database"]), int(found["number"]), bytes.fromhex(found["hash"]),
            datetime.fromisoformat(found["at"]), base64.b64decode(found["signature"], validate=True),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput(N_("锚点文件中有一行无法读取。")) from error


def keep(settings: Settings, number: int, head: bytes) -> None:
    """Write the head down, and once an hour a line for good. Nothing to write for an empty chain."""
    kept = last(settings)
    if number == 0 or (kept is not None and kept.number >= number):
        return
    anchor = signed(settings, number, head)
    _replace(anchor_file(settings, "head"), anchor.line)
    history = anchor_file(settings, "anchors")
    if not history.exists() or now() - _last_line(history).at >= EVERY:
        _append(history, anchor.line)


def last(settings: Settings) -> Anchor | None:
    """The last head that was written down, or None."""
    path = anchor_file(settings, "head")
    return parse(path.read_text("utf-8")) if path.exists() else None


def read_all(settings: Settings) -> list[Anchor]:
    """All anchors of the data folder, the oldest first. Raises InvalidInput for a line that is none."""
    lines: list[str] = []
    for kind in ("anchors", "head"):
        path = anchor_file(settings, kind)
        if path.exists():
            lines += path.read_text("utf-8").splitlines()
    return [parse(line) for line in lines if line]


def signed(settings: Settings, number: int, head: bytes) -> Anchor:
    """The anchor of this head, signed with our key."""
    bare = Anchor(settings.database_name, number, head, now().astimezone(UTC), b"")
    signature = _signing_key(settings).sign(bare.message)
    return Anchor(bare.database, number, head, bare.at, signature)


def is_ours(anchor: Anchor, public_key: Ed25519PublicKey) -> bool:
    """Whether the signature holds."""
    try:
        public_key.verify(anchor.signature, anchor.message)
    except InvalidSignature:
        return False
    return True


def public_key(settings: Settings) -> Ed25519PublicKey:
    """What an outsider needs to check an anchor."""
    return _signing_key(settings).public_key()


def _signing_key(settings: Settings) -> Ed25519PrivateKey:
    seed = HKDF(SHA256(), 32, salt=None, info=b"audit anchor").derive(settings.key("audit"))
    return Ed25519PrivateKey.from_private_bytes(seed)


def _last_line(path: Path) -> Anchor:
    return parse(path.read_text("utf-8").splitlines()[-1])


def _replace(path: Path, line: str) -> None:
    """The whole line or the one before it, also after a power cut."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    _write(draft, line, os.O_TRUNC)
    draft.replace(path)
    _sync_folder(path.parent)


def _append(path: Path, line: str) -> None:
    _write(path, line, os.O_APPEND)
    _sync_folder(path.parent)


def _write(path: Path, line: str, how: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600), "a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
