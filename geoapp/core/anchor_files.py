"""Where the head of a database's audit log is kept outside it: in the data folder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from geoapp.core.settings import Settings

KINDS = ("head", "anchors")


def anchor_file(settings: Settings, kind: str) -> Path:
    """The file of `kind`: "head" is the last anchor, "anchors" one for each hour."""
    return settings.data_dir / "audit" / f"{settings.database_name}.{kind}"


def set_aside(settings: Settings) -> list[Path]:
    """Put the anchors away, because the database they speak of was deleted or restored on purpose.

    They stay readable under a name with the time; the new chain begins its own.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    moved = []
    for kind in KINDS:
        path = anchor_file(settings, kind)
        if path.exists():
            moved.append(path.rename(path.with_name(f"{path.name}.until-{stamp}")))
    return moved
