"""When a backup, a drill, a retention run last went well: a small file in the data folder.

Not a table: a restored database would tell the dates of the day it was dumped.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from geoapp.core.clock import now

FILE = "maintenance.json"
KEPT = 10
"""Earlier runs of a kind that are remembered."""


def note_run(data_dir: Path, kind: str, **facts: object) -> None:
    """Keep the moment and facts of a run that went well; those before it go to `earlier`, the last first."""
    path, runs = data_dir / FILE, read_runs(data_dir)
    last = runs.get(kind)
    before = [{k: v for k, v in last.items() if k != "earlier"}, *last.get("earlier", [])] if last else []
    runs[kind] = {"at": now().isoformat(timespec="seconds"), **facts, "earlier": before[:KEPT]}
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(runs, indent=2, ensure_ascii=False) + "\n", "utf-8")
    draft.replace(path)


def read_runs(data_dir: Path) -> dict[str, dict[str, Any]]:
    """Kind of run to its facts; `at` is ISO 8601."""
    try:
        found: dict[str, dict[str, Any]] = json.loads((data_dir / FILE).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return found


def last_run(data_dir: Path, kind: str) -> datetime | None:
    """When a run of that kind last went well."""
    found = read_runs(data_dir).get(kind)
    return datetime.fromisoformat(found["at"]) if found else None
