"""Key files: there, ours alone, the ones the database was written with."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, text

from geoapp.core.doctor.finding import Finding
from geoapp.core.i18n import N_
from geoapp.core.index_keys import generations, mark_of
from geoapp.core.keys import index_key_path
from geoapp.core.settings import Settings

_WRAPPING = text("SELECT DISTINCT wrapping_key FROM data_key WHERE wrapped IS NOT NULL ORDER BY 1")


def findings(settings: Settings) -> Iterator[Finding]:
    """Owner and mode of the key folder and of every key in it."""
    folder = settings.key_dir
    files = sorted(folder.glob("*.key"))
    if not files:
        yield Finding(N_("密钥文件"), "warn", f"– {folder}")
        return
    open_to_others = [path.name for path in (folder, *files) if not _is_private(path)]
    yield Finding.of(
        N_("密钥文件只有本用户可读"), not open_to_others, ", ".join(open_to_others) or f"{len(files)} {folder}"
    )
    beside = [path.name for path in (settings.data_dir / "backups").glob("**/*.key")]
    yield Finding.of(N_("密钥与备份分开存放"), not beside, ", ".join(beside) or "✓")


def findings_of(connection: Connection, settings: Settings) -> Iterator[Finding]:
    """Wrapping keys that data keys of this database need."""
    if connection.scalar(text("SELECT to_regclass('data_key')")) is None:
        return
    needed = [f"wrap-{number}.key" for number in connection.scalars(_WRAPPING)]
    missing = [name for name in needed if not (settings.key_dir / name).exists()]
    yield Finding.of(N_("主密钥齐全"), not missing, ", ".join(missing or needed) or "–")
    if connection.scalar(text("SELECT to_regclass('index_key')")) is not None:
        yield from _index(connection, settings)


def _index(connection: Connection, settings: Settings) -> Iterator[Finding]:
    """Each generation's file is the one the database was hashed with; a change that is not ended."""
    rows = generations(connection)
    paths = {row.generation: index_key_path(settings.key_dir, row.generation) for row in rows}
    wrong = [
        paths[row.generation].name for row in rows
        if not paths[row.generation].exists() or mark_of(paths[row.generation].read_bytes()) != bytes(row.mark)
    ]  # fmt: skip
    yield Finding.of(N_("检索密钥与数据库相符"), not wrong, ", ".join(wrong or [path.name for path in paths.values()]))
    done = len(rows) == 1
    yield Finding.of(N_("没有未完成的检索密钥更换"), done, "✓" if done else "geoapp keys rehash", otherwise="warn")


def _is_private(path: Path) -> bool:
    status = path.stat()
    return status.st_uid == os.geteuid() and not stat.S_IMODE(status.st_mode) & 0o077
