"""What a backup says about itself: versions, sums, the head of the audit chain, hashes, a mark.

`manifest.json` is readable by anybody and holds nothing personal; the mark is made with the
backup key, so another's manifest does not pass for ours.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pyrage import x25519

from geoapp.backup.errors import BackupDamaged, WrongBackupKey
from geoapp.backup.keys import manifest_mark
from geoapp.backup.sums import Sum
from geoapp.core.i18n import N_, Label

MANIFEST = "manifest.json"
DUMP = "database.dump.age"
VERSION = 1
GONE = Label(N_("没有这个文件"))
CHUNK = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """`recipient` is the public half of the key; `keys` are fingerprints of the other key files."""

    made_at: str
    database: str
    geoapp: str
    postgresql: str
    postgis: str
    schema: str
    recipient: str
    keys: dict[str, str]
    tables: dict[str, Sum]
    audit: dict[str, Any]
    files: dict[str, dict[str, Any]]
    version: int = VERSION


def write_manifest(folder: Path, manifest: Manifest, identity: x25519.Identity) -> None:
    """Write it with its mark."""
    body = asdict(manifest)
    marked = body | {"mark": manifest_mark(identity, _canonical(body))}
    (folder / MANIFEST).write_text(json.dumps(marked, indent=2, ensure_ascii=False) + "\n", "utf-8")


def read_manifest(folder: Path, identity: x25519.Identity) -> Manifest:
    """The manifest, after its mark and the hash of every file. Raises WrongBackupKey, BackupDamaged."""
    path = folder / MANIFEST
    try:
        body = json.loads(path.read_text("utf-8"))
        mark, recipient = body.pop("mark"), body["recipient"]
        manifest = Manifest(**body)
    except FileNotFoundError as error:
        raise BackupDamaged(path=str(path), reason=GONE) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupDamaged(path=str(path), reason=type(error).__name__) from error
    if recipient != str(identity.to_public()):
        raise WrongBackupKey()
    if mark != manifest_mark(identity, _canonical(body)):
        raise BackupDamaged(path=str(path), reason="mark")
    for name, facts in manifest.files.items():
        _check_file(folder / name, facts)
    return manifest


def describe(path: Path) -> dict[str, Any]:
    """Bytes and SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(CHUNK):
            digest.update(part)
    return {"bytes": path.stat().st_size, "sha256": digest.hexdigest()}


def _check_file(path: Path, facts: dict[str, Any]) -> None:
    if not path.exists():
        raise BackupDamaged(path=str(path), reason=GONE)
    if describe(path) != facts:
        raise BackupDamaged(path=str(path), reason="sha256")


def _canonical(body: dict[str, Any]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
