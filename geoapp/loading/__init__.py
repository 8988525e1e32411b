"""Loading of a customer's own files: regions, buildings, houses, sites, the base map.

Each function reads one file, stores its good rows in one transaction and tells what it refused.
They raise `geoapp.core.errors.InvalidInput` where the file as a whole cannot be used; then
nothing is stored. The modules behind them are imported when they are first needed.
"""

from __future__ import annotations

from pathlib import Path

from geoapp.loading.options import LoadOptions, Progress
from geoapp.loading.report import LoadReport

__all__ = [
    "LoadOptions",
    "LoadReport",
    "Progress",
    "load_base",
    "load_buildings",
    "load_houses",
    "load_regions",
    "load_sites",
]


def load_regions(
    path: Path | str, options: LoadOptions | None = None, progress: Progress | None = None
) -> LoadReport:
    """Regions with outlines, or a code list (CSV: code12, level, name, parent_code12)."""
    from geoapp.loading.regions import RegionTarget

    return _run(RegionTarget, path, options, progress)


def load_buildings(
    path: Path | str, options: LoadOptions | None = None, progress: Progress | None = None
) -> LoadReport:
    """Buildings (polygons or points), each assigned to the smallest region around it."""
    from geoapp.loading.buildings import BuildingTarget

    return _run(BuildingTarget, path, options, progress)


def load_houses(
    path: Path | str, options: LoadOptions | None = None, progress: Progress | None = None
) -> LoadReport:
    """Houses, each with a point or a building, a number of its own and an address."""
    from geoapp.loading.houses import HouseTarget

    return _run(HouseTarget, path, options, progress)


def load_sites(
    path: Path | str, options: LoadOptions | None = None, progress: Progress | None = None
) -> LoadReport:
    """Key sites: points, or areas that are taken by a point inside."""
    from geoapp.loading.sites import SiteTarget

    return _run(SiteTarget, path, options, progress)


def load_base(
    path: Path | str, options: LoadOptions | None = None, progress: Progress | None = None
) -> LoadReport:
    """One layer of the base map; `options.layer` says which."""
    from geoapp.loading.base import BaseTarget

    return _run(BaseTarget, path, options, progress)


def _run(
    target: type, path: Path | str, options: LoadOptions | None, progress: Progress | None
) -> LoadReport:
    from geoapp.loading.run import run_load

    return run_load(target, Path(path), options or LoadOptions(), progress)
