"""Loading of a customer's own files: regions, buildings, houses, sites, the base map.

Each function reads one file, stores its good rows in one transaction and tells what it refused.
They raise `geoapp.core.errors.InvalidInput` where the file as a whole cannot be used; then
nothing is stored. The modules behind them are imported when they are first needed: the reader,
a process of its own, is a part of this package and has to start quickly.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geoapp.loading.options import Limits, LoadOptions, Progress
    from geoapp.loading.report import LoadReport

__all__ = [
    "Limits",
    "LoadOptions",
    "LoadReport",
    "Progress",
    "load_base",
    "load_buildings",
    "load_houses",
    "load_regions",
    "load_sites",
]
_HOMES = {
    "Limits": "geoapp.loading.options",
    "LoadOptions": "geoapp.loading.options",
    "LoadReport": "geoapp.loading.report",
    "Progress": "geoapp.loading.options",
}


def load_regions(
    path: Path | str, options: LoadOptions | None = None, progress: Progress | None = None
) -> LoadReport:
    """Regions with outlines, or a code list (CSV: code12, level, name, parent_code12)."""
    return _run("geoapp.loading.regions", path, options, progress)


def load_buildings(
    path: Path | str, options: LoadOptions | None = None, progress: Progress | None = None
) -> LoadReport:
    """Buildings (polygons or points), each assigned to the smallest region around it."""
    return _run("geoapp.loading.buildings", path, options, progress)


def load_houses(
    path: Path | str, options: LoadOptions | None = None, progress: Progress | None = None
) -> LoadReport:
    """Houses, each with a point or a building, a number of its own and an address."""
    return _run("geoapp.loading.houses", path, options, progress)


def load_sites(
    path: Path | str, options: LoadOptions | None = None, progress: Progress | None = None
) -> LoadReport:
    """Key sites: points, or areas that are taken by a point inside."""
    return _run("geoapp.loading.sites", path, options, progress)


def load_base(
    path: Path | str, options: LoadOptions | None = None, progress: Progress | None = None
) -> LoadReport:
    """One layer of the base map; `options.layer` says which."""
    return _run("geoapp.loading.base", path, options, progress)


def _run(
    module: str, path: Path | str, options: LoadOptions | None, progress: Progress | None
) -> LoadReport:
    from geoapp.loading.reader import reader_process

    # the reader starts while we import the rest
    with reader_process() as process:
        from geoapp.loading.options import LoadOptions
        from geoapp.loading.run import run_load

        target = importlib.import_module(module).Target
        return run_load(target, Path(path), options or LoadOptions(), progress, process)


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(name)
