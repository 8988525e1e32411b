"""The restore drill: restore aside, verify, sign in, decrypt, say how long it took (DU-6)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from geoapp.backup.audit import check_chain
from geoapp.backup.errors import BackupError
from geoapp.backup.restoring import Restored, scratch
from geoapp.core.i18n import N_
from geoapp.core.runs import note_run
from geoapp.core.settings import Settings

PROBE_SECONDS = 120


@dataclass(frozen=True)
class Drill:
    """What a drill found: rows and tables compared, audit events verified, cells decrypted, seconds."""

    rows: int
    tables: int
    events: int
    cells: int
    page: int
    seconds: float


def run_drill(settings: Settings, folder: Path) -> Drill:
    """Restore `folder` into a scratch database and prove it works; the database is dropped again.

    Raises what `restore_into` does; BackupError where the chain, the sign-in or a cell is not well.
    """
    start = time.monotonic()
    with scratch(settings, folder, f"drill_{os.getpid()}") as restored:
        tables = restored.manifest.tables
        events = check_chain(restored.settings, restored.manifest.audit)
        found = _probe(restored)
    drill = Drill(
        sum(one["rows"] for one in tables.values()), len(tables), events, found["cells"], found["page"],
        round(time.monotonic() - start, 1),
    )  # fmt: skip
    note_run(settings.data_dir, "drill", folder=str(folder), seconds=drill.seconds, rows=drill.rows)
    return drill


def _probe(restored: Restored) -> dict[str, int]:
    """`geoapp.web.probe` in a process of its own: a process serves one database."""
    own = restored.settings
    environment = {name: value for name, value in os.environ.items() if name != "GEOAPP_DATABASE_URL"} | {
        "GEOAPP_DATA_DIR": str(own.data_dir), "GEOAPP_KEY_DIR": str(own.key_dir),
        "GEOAPP_DATABASE_NAME": own.database_name,
    }  # fmt: skip
    command = [sys.executable, "-m", "geoapp.web.probe"]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=PROBE_SECONDS
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["…"]
        raise BackupError(N_("恢复出的数据库不能使用：%(reason)s"), reason=last[0])
    found: dict[str, int] = json.loads(done.stdout)
    return found
