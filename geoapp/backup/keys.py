"""The key of backups: an age identity in the key folder, readable by `age -d -i backup.key` too.

Making a backup needs its public half only; opening one needs the file. Library: pyrage (age).
"""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

from pyrage import IdentityError, x25519

from geoapp.backup.errors import BackupKeyMissing, WrongBackupKey
from geoapp.core.keys import create_key_file

FILE = "backup.key"
PREFIX = "AGE-SECRET-KEY-"


def ensure_identity(folder: Path) -> x25519.Identity:
    """The identity, made on first use (folder 0700, file 0600)."""
    path = folder / FILE
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = x25519.Identity.generate()
        create_key_file(path, f"# public key: {made.to_public()}\n{made}\n".encode())
    return read_identity(folder)


def read_identity(folder: Path) -> x25519.Identity:
    """The identity. Raises BackupKeyMissing, WrongBackupKey for a file that holds none."""
    path = folder / FILE
    try:
        lines = path.read_text("ascii").splitlines()
    except FileNotFoundError as error:
        raise BackupKeyMissing(path=str(path)) from error
    except UnicodeDecodeError as error:
        raise WrongBackupKey() from error
    secret = next((line for line in lines if line.startswith(PREFIX)), "")
    try:
        return x25519.Identity.from_str(secret)
    except IdentityError as error:
        raise WrongBackupKey() from error


def manifest_mark(identity: x25519.Identity, body: bytes) -> str:
    """Keyed mark of a manifest: age says what a file holds, not who wrote it."""
    key = hashlib.sha256(b"geoapp.backup.manifest\0" + str(identity).encode()).digest()
    return hmac.digest(key, body, "sha256").hex()


def fingerprints(folder: Path) -> dict[str, str]:
    """What tells two key files apart without telling the key; by file name."""
    return {
        path.name: hmac.digest(path.read_bytes(), b"geoapp.backup.fingerprint", "sha256").hex()[:16]
        for path in sorted(folder.glob("*.key"))
        if path.name != FILE
    }
