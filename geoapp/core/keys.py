"""Secret keys: 32 random bytes each, in files only their owner can read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Literal

from geoapp.core.i18n import N_
from geoapp.core.setting_values import SettingsError

Key = Literal["session", "field", "index", "audit"]
KEY_BYTES = 32


def load_key(folder: Path, name: Key) -> bytes:
    """The key `folder/<name>.key`, made on first use (folder 0700, file 0600).

    `session` signs cookies, `field` encrypts columns, `index` keys the search hashes: losing
    `field` loses the encrypted columns, so the folder belongs in the backup, apart from the
    database; `audit` marks the events of the audit log and signs its head. Raises SettingsError
    where the file cannot be made or is not 32 bytes long.
    """
    path = folder / f"{name}.key"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _create(path)
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


def _create(path: Path) -> None:
    """Write the whole key, then put it in place; of two processes at once one wins."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
