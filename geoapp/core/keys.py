"""Secret keys: 32 random bytes each, in files only their owner can read."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path
from typing import Literal

from geoapp.core.i18n import N_
from geoapp.core.setting_values import SettingsError

Key = Literal["session", "audit"]
KEY_BYTES = 32
LEGACY_FIELD_KEY = "field.key"
"""Sealed cells by itself before there were data keys; now it is data key 1 of its database."""


def load_key(folder: Path, name: Key) -> bytes:
    """The key `folder/<name>.key`, made on first use (folder 0700, file 0600).

    `session` signs cookies and seals page tokens, `audit` marks the events of the audit log and signs
    its head. The folder belongs in a backup of its own, apart
    from the database. Raises SettingsError where the file cannot be made or is not 32 bytes long.
    """
    return _load(folder / f"{name}.key", make=True)


def index_key_path(folder: Path, generation: int) -> Path:
    """The file of a generation of the key of search hashes: `index.key`, then `index-<n>.key`."""
    return folder / ("index.key" if generation == 1 else f"index-{generation}.key")


def load_index_key(folder: Path, generation: int, *, make: bool = False) -> bytes:
    """That key; the first is made on first use, each other where the caller says so. Raises SettingsError."""
    return _load(index_key_path(folder, generation), make=make or generation == 1)


def load_wrapping_key(folder: Path, number: int, *, make: bool = False) -> bytes:
    """The key `folder/wrap-<number>.key`, which opens data keys; losing it loses every cell.

    It is only made where the caller says so: a new one in place of a lost one would hide the loss.
    Raises SettingsError.
    """
    return _load(folder / f"wrap-{number}.key", make=make)


def wrapping_keys(folder: Path) -> list[int]:
    """Numbers of the wrapping keys in the folder, in their order."""
    names = (re.fullmatch(r"wrap-(\d+)\.key", path.name) for path in folder.glob("wrap-*.key"))
    return sorted(int(name[1]) for name in names if name)


def _load(path: Path, *, make: bool) -> bytes:
    try:
        if make:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not path.exists():
                create_key_file(path, secrets.token_bytes(KEY_BYTES))
        key = path.read_bytes()
    except OSError as error:
        raise SettingsError(
            N_("密钥文件 %(path)s 无法读写：%(reason)s。"), path=str(path), reason=error.strerror
        ) from error
    if len(key) != KEY_BYTES:
        raise SettingsError(
            N_("密钥文件 %(path)s 应为 %(wanted)s 字节，实为 %(found)s 字节。"),
            path=str(path),
            wanted=KEY_BYTES,
            found=len(key),
        )
    return key


def create_key_file(path: Path, content: bytes) -> None:
    """Write the whole file, its owner's alone, then put it in place; of two processes at once one wins."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
