"""Sent files on disk, sealed until they are dealt with, then gone (D3.2).

    4 bytes  id of the data key, big endian
    chunks   4 bytes length | nonce(12) | sealed; bound to the file's name and its own place
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag

from geoapp.core.clock import today
from geoapp.core.data_keys import NONCE_BYTES, CannotDecrypt, ring
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.core.settings import Settings
from geoapp.loading.faults import file_fault
from geoapp.loading.reading.refusal import Refusal
from geoapp.loading.reading.zipped import open_zip

CHUNK = 1 << 20
STARTS = {b"PK\x03\x04": "xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "xls"}
OTHER_STARTS = {
    b"%PDF": "?pdf", b"Rar!": "?rar", b"7z\xbc\xaf": "?rar", b"\x1f\x8b": "?zip", b"\x89PNG": "?image",
    b"\xff\xd8\xff": "?image", b"PK\x05\x06": "?zip", b"PK\x07\x08": "?zip",
}  # fmt: skip
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
KINDS = ("xlsx", "xls", "csv")
UNPACKED_MB = 1500
"""What a spreadsheet may be once unpacked: 500,000 rows of 20 columns are 570 MB."""
COMING_SECONDS = 86_400
"""So long a file may lie there before a batch knows of it."""
LOCKED = "EncryptedPackage".encode("utf-16-le")
"""Stands in the directory of an xlsx that has a password."""


@dataclass(frozen=True)
class Stored:
    """A sealed file: its name in the folder, what it is, SHA-256 and size of what was sent."""

    name: str
    kind: str
    sha256: str
    size: int


def folder_of(settings: Settings) -> Path:
    """Where sealed files lie."""
    return settings.data_dir / "imports"


def store(settings: Settings, stream: IO[bytes], file_name: str) -> Stored:
    """Seal what is sent as it comes, which can be read twice.

    Raises InvalidInput for an empty file, one of no known kind, with a password, or that unpacks to too much.
    """
    kind = examine(stream, file_name)
    start = stream.read(CHUNK)
    folder = folder_of(settings)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name, digest, size = secrets.token_hex(16), hashlib.sha256(), 0
    key = ring().for_writing("S3", today().year)
    with (folder / name).open("xb") as out:
        os.fchmod(out.fileno(), 0o600)
        out.write(key.id.to_bytes(4, "big"))
        place, chunk = 0, start
        while chunk:
            digest.update(chunk)
            size += len(chunk)
            nonce = os.urandom(NONCE_BYTES)
            sealed = nonce + key.cipher.encrypt(nonce, chunk, f"{name}.{place}".encode())
            out.write(len(sealed).to_bytes(4, "big") + sealed)
            place, chunk = place + 1, stream.read(CHUNK)
        out.flush()
        os.fsync(out.fileno())
    return Stored(name, kind, digest.hexdigest(), size)


@contextmanager
def opened(settings: Settings, name: str) -> Iterator[Path]:
    """A path under which this process and its children read the file; its text is in memory only.

    Raises CannotDecrypt, FileNotFoundError.
    """
    memory = os.memfd_create("import")
    try:
        with (folder_of(settings) / name).open("rb") as file:
            key = ring().for_reading(int.from_bytes(file.read(4), "big"))
            place = 0
            while head := file.read(4):
                sealed = file.read(int.from_bytes(head, "big"))
                try:
                    text = key.cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], f"{name}.{place}".encode())
                except (InvalidTag, ValueError) as error:
                    raise CannotDecrypt() from error
                os.write(memory, text)
                place += 1
        yield Path(f"/proc/{os.getpid()}/fd/{memory}")
    finally:
        os.close(memory)


def drop(settings: Settings, name: str) -> None:
    """The file is gone."""
    (folder_of(settings) / name).unlink(missing_ok=True)


def drop_others(settings: Settings, kept: set[str]) -> int:
    """Files beside those kept go, but for such as are only just coming in; how many."""
    folder, count = folder_of(settings), 0
    for path in folder.rglob("*") if folder.is_dir() else ():
        with suppress(FileNotFoundError):
            if path.is_file() and path.name not in kept and time.time() - path.stat().st_mtime > COMING_SECONDS:
                path.unlink()
                count += 1
    return count


def examine(stream: IO[bytes], file_name: str) -> str:
    """What a file is, one of KINDS; of a zip what its directory declares counts, before a byte of it is unpacked.

    Raises InvalidInput as `store` does.
    """
    kind = _kind(stream, stream.read(CHUNK), file_name)
    try:
        if kind == "xlsx":
            open_zip(stream, UNPACKED_MB)
    except Refusal as refusal:
        raise file_fault(refusal.code, refusal.facts) from refusal
    stream.seek(0)
    return kind


def _kind(stream: IO[bytes], start: bytes, file_name: str) -> str:
    """What a file is by its first bytes; its name only has to agree."""
    if not start:
        raise InvalidInput(N_("文件“%(name)s”是空的。"), field="file", name=file_name[:100])
    ending = file_name.rsplit(".", 1)[-1].lower()
    kind = next((kind for first, kind in STARTS.items() if start.startswith(first)), "csv")
    if ending not in KINDS:
        raise InvalidInput(
            N_("不支持“%(name)s”的格式，可用：%(names)s。"), field="file", name=file_name[:100],
            names="、".join(KINDS),
        )  # fmt: skip
    if kind == "xls" and (LOCKED in start or LOCKED in _directory(stream, start)):
        raise file_fault("password", {})
    other = _other_kind(start) if kind == "csv" else f"?{kind}"
    if kind != ending and "csv" not in (kind, ending):
        raise InvalidInput(
            N_("文件“%(name)s”的内容与扩展名 %(ending)s 不符。"), field="file", name=file_name[:100],
            ending=f".{ending}",
        )  # fmt: skip
    if kind != ending or (kind == "csv" and other != "?text"):
        raise file_fault("no_text" if ending == "csv" else "no_book", {"name": other})
    return kind


def _directory(stream: IO[bytes], start: bytes) -> bytes:
    """The first sector of the directory of an Office file, wherever it is ([MS-CFB] 2.2)."""
    size, place = 1 << min(int.from_bytes(start[30:32], "little"), 12), int.from_bytes(start[48:52], "little")
    stream.seek((place + 1) * size)
    found = stream.read(size)
    stream.seek(len(start))
    return found


def _other_kind(start: bytes) -> str:
    """What it is that is no workbook: a key of `geoapp.loading.faults.OTHERS`."""
    found = next((one for first, one in OTHER_STARTS.items() if start.startswith(first)), "")
    if found:
        return found
    bare = start[:1000].decode("utf-16" if start[:2] in _UTF16 else "utf-8", "ignore").lstrip("\ufeff \r\n\t").lower()
    if bare.startswith("<"):
        return "?html" if "<html" in bare or "<table" in bare or "<!doctype html" in bare else "?xml"
    return "?text"
