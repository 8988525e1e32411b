"""What a load is told beside its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.core.settings import Settings
from grids_boundaries.keys import LEVELS

LOADED_ORIGINS = ("official", "osm", "derived", "synthetic")
BASE_LAYERS = ("road", "water", "railway", "landuse", "gate", "coverage")
UNPLACED = ("refuse", "keep")


class Progress(Protocol):
    """Called while a load runs: `step` is a message id, `total` is None where nobody knows."""

    def __call__(self, step: str, done: int, total: int | None) -> None:
        """Say how far `step` has come, in rows."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may cost. The reader is a process of its own and is ended beyond."""

    memory_mb: int = 4096
    cpu_seconds: int = 1800
    silent_seconds: int = 300
    """Longest time without a word from the reader."""
    unpacked_mb: int = 4096
    """Size of a zip's members, or of a gzip's content, once unpacked."""


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """Choices of one load; the defaults fit a file that says everything itself.

    `fields` maps our field names to the file's. `crs` is for a file that states none, `encoding`
    for one whose text is not what it says. `source` with the record's own id finds the record
    again in the next load; it is the file's name unless given. `region` holds what lies in no
    region, with `unplaced="keep"`. `layer` is one of BASE_LAYERS, for `load_base`.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    level: str | None = None
    layer: str | None = None
    crs: str | None = None
    encoding: str | None = None
    layer_name: str | None = None
    origin: str = "official"
    source: str | None = None
    unplaced: str = "refuse"
    region: str | None = None
    dry_run: bool = False
    report: Path | None = None
    locale: str = "zh"
    limits: Limits = Limits()
    settings: Settings | None = None

    def __post_init__(self) -> None:
        """Raises InvalidInput for a choice that does not exist."""
        _require("origin", self.origin, LOADED_ORIGINS)
        _require("unplaced", self.unplaced, UNPLACED)
        _require("level", self.level, (None, *LEVELS))
        _require("layer", self.layer, (None, *BASE_LAYERS))
        if self.unplaced == "keep" and not self.region:
            raise InvalidInput(
                N_("保留区划外的记录时，须用 --region 指明它们归属的区划。"), field="region"
            )


def _require(name: str, value: str | None, allowed: tuple[str | None, ...]) -> None:
    if value not in allowed:
        raise InvalidInput(
            N_("选项“%(name)s”的取值“%(value)s”无效，应为：%(allowed)s。"),
            field=name,
            name=name,
            value=value,
            allowed=", ".join(str(one) for one in allowed if one),
        )
