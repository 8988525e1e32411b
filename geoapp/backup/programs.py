"""pg_dump and pg_restore, with the dump encrypted on its way: plain rows never lie on the disk."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

import pyrage
from pyrage import x25519

from geoapp.backup.errors import BackupDamaged, BackupError, WrongBackupKey
from geoapp.core.cluster_server import find_installation
from geoapp.core.setting_values import without_password

COMPRESSION = "3"
"""Of zlib: 1 is little faster, 6 twice as slow for a tenth less."""


def dump(url: str, snapshot: str, out: Path, recipient: x25519.Recipient, *, all_rows: bool) -> None:
    """Dump the database of a SQLAlchemy URL as of `snapshot`; `all_rows` where no policy binds us."""
    options = ["--format=custom", f"--compress={COMPRESSION}", f"--snapshot={snapshot}", "--no-unlogged-table-data"]
    if not all_rows:
        options.append("--enable-row-security")  # the owner's policy shows every row
    command = [_program("pg_dump"), *options, *_where(url)]
    with tempfile.TemporaryFile() as said:
        # one process at each end; what cannot be written ends both
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, env=_environment(url))
        assert process.stdout is not None
        with process, out.open("xb") as file:
            out.chmod(0o600)
            pyrage.encrypt_io(process.stdout, file, [recipient])
            file.flush()
            os.fsync(file.fileno())
        if process.returncode:
            raise BackupError(reason=_last_line(said))


def restore(source: Path, url: str, identity: x25519.Identity) -> None:
    """Fill the empty database of `url`. Raises WrongBackupKey, BackupDamaged, BackupError."""
    command = [_program("pg_restore"), "--exit-on-error", "--single-transaction", "--format=custom", *_where(url)]
    with tempfile.TemporaryFile() as said, source.open("rb") as sealed:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, env=_environment(url)
        )
        assert process.stdin is not None
        trouble = _pour(sealed, process.stdin, identity)
        code = process.wait()
        if isinstance(trouble, pyrage.DecryptError):
            wrong = "No matching keys" in str(trouble)
            raise (WrongBackupKey() if wrong else BackupDamaged(path=str(source), reason="age")) from trouble
        if code:
            raise BackupError(reason=_last_line(said))
        if trouble:
            raise BackupError(reason=str(trouble)) from trouble


def _pour(sealed: IO[bytes], into: IO[bytes], identity: x25519.Identity) -> Exception | None:
    """Decrypt one stream into another and close it; what went wrong, if anything."""
    trouble: Exception | None = None
    try:
        pyrage.decrypt_io(sealed, into, [identity])
    except (pyrage.DecryptError, OSError) as error:
        trouble = error
    try:
        into.close()
    except OSError as error:
        trouble = trouble or error
    return trouble


def _program(name: str) -> str:
    return str(find_installation().programs / name)


def _where(url: str) -> list[str]:
    plain = "postgresql" + url[url.index("://") :]
    parts = urlsplit(plain)
    if parts.password is not None:
        plain = plain.replace(f":{parts.password}@", "@", 1)
    return ["--dbname", plain]


def _environment(url: str) -> dict[str, str]:
    """Without PGHOST and its like; a password goes here, since others can read arguments."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    password = urlsplit(url).password
    return kept | {"LC_ALL": "C"} | ({"PGPASSWORD": unquote(password)} if password else {})


def _last_line(said: IO[bytes]) -> str:
    """The last words of a program; they name tables and files, and could name a row of a failing COPY."""
    said.seek(0)
    lines = [line for line in said.read().decode("utf-8", "replace").splitlines() if "error" in line.lower()]
    return without_password(lines[-1].strip()[:300]) if lines else "…"
