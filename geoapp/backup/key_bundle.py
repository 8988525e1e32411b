"""The key folder as one file under a passphrase, for the safe: `geoapp backup-keys`.

Library: pyrage (age, scrypt), so `age -d` opens it as well; inside is a tar archive.
"""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

from pyrage import DecryptError, passphrase

from geoapp.backup.errors import BackupError, WrongBackupKey
from geoapp.core.i18n import N_

SUFFIX = ".key"
LEAST = 12
"""Characters of a passphrase."""


def write_bundle(folder: Path, target: Path, words: str) -> list[str]:
    """Write every key of the folder to `target` (0600); the names. Raises BackupError."""
    paths = sorted(folder.glob(f"*{SUFFIX}"))
    if not paths:
        raise BackupError(N_("密钥目录 %(path)s 中没有密钥。"), path=str(folder))
    if len(words) < LEAST:
        raise BackupError(N_("口令至少 %(least)s 个字符。"), least=LEAST)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path in paths:
            archive.add(path, path.name, recursive=False)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(passphrase.encrypt(packed.getvalue(), words))
    return [path.name for path in paths]


def read_bundle(source: Path, words: str) -> dict[str, bytes]:
    """File name to key. Raises WrongBackupKey for another passphrase or a damaged file."""
    try:
        packed = passphrase.decrypt(source.read_bytes(), words)
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            members = [m for m in archive.getmembers() if m.isfile()]
            return {m.name: _content(archive, m) for m in members}
    except (DecryptError, tarfile.TarError) as error:
        raise WrongBackupKey(N_("口令不对，或密钥备份已损坏。")) from error


def restore_bundle(source: Path, folder: Path, words: str) -> list[str]:
    """Put the keys back; the names. Raises BackupError where a different key is in the way."""
    keys = read_bundle(source, words)
    for name, key in keys.items():
        if Path(name).name != name or not name.endswith(SUFFIX):
            raise WrongBackupKey(N_("口令不对，或密钥备份已损坏。"))
        path = folder / name
        if path.exists() and path.read_bytes() != key:
            raise BackupError(N_("密钥目录中已有另一把 %(name)s，没有覆盖。"), name=name)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, key in keys.items():
        if not (folder / name).exists():
            with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(key)
    return sorted(keys)


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    return file.read() if file else b""
