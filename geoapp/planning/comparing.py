"""A draft beside the grids in force: what would change its grid, on the map, in figures and as a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import numpy as np
import shapely
from sqlalchemy import select

from geoapp.core.db import table_of
from geoapp.planning.counts import shown_residents
from geoapp.planning.editing import Session
from geoapp.planning.shapes import as_geojson
from geoapp.planning.workshop import Desk
from grids_boundaries.areas import save_area
from grids_boundaries.models import Region

region = table_of(Region)
MOST_POINTS = 5_000
"""Of the area behind a list; a rougher one would select other rows, so there is none then."""


@dataclass(frozen=True, slots=True)
class Move:
    """Cells that go from a grid in force (0: none) to a grid of the plan."""

    before: int
    after: int
    cells: np.ndarray


def moves(desk: Desk) -> list[Move]:
    """What changes its grid: cells whose grid in the plan does not go on from theirs in force."""
    goes_on = np.array([desk.facts[number].in_force or 0 for number in desk.editor.grid.tolist()], np.int64)
    changed = np.flatnonzero(goes_on != desk.in_force)
    pairs = np.column_stack([desk.in_force[changed], desk.editor.grid[changed]])
    names, row = np.unique(pairs, axis=0, return_inverse=True)
    row = row.reshape(-1)
    return [Move(int(a), int(b), changed[row == i]) for i, (a, b) in enumerate(names.tolist())]


def compare(session: Session) -> dict[str, Any]:
    """Totals, moves by grid, changed areas as GeoJSON, and the address of the list of houses."""
    desk = session.desk
    found = moves(desk)
    people = shown_residents(desk.counts, session.access)
    cells = np.concatenate([one.cells for one in found]) if found else np.empty(0, np.int64)
    keys = sorted({one.before for one in found if one.before})
    query = select(region.c.key, region.c.name).where(region.c.key.in_(keys), session.access.scope.clause(region.c.key))
    names = {row.key: row.name for row in session.connection.execute(query)}
    shapes = np.array([shapely.coverage_union_all(desk.problem.cells[one.cells]) for one in found], dtype=object)
    features = [
        {"type": "Feature", "geometry": geometry, "properties": _figures(desk, one, people, names)}
        for one, geometry in zip(found, as_geojson(shapes, desk.back) if len(shapes) else [], strict=True)
    ]
    return {
        "version": desk.version, "totals": _totals(desk, cells, people),
        "by_grid": [one["properties"] for one in features],
        "areas": {"type": "FeatureCollection", "features": features}, "list_url": _list_url(session, cells),
    }  # fmt: skip


def _figures(desk: Desk, move: Move, people: np.ndarray, names: dict[int, str]) -> dict[str, Any]:
    facts, counts, at = desk.facts[move.after], desk.counts, move.cells
    before = {"key": move.before, "code": f"{move.before:015d}", "name": names.get(move.before)}
    return {
        "from": before if move.before else None,
        "to": {"grid": move.after, "rank": facts.rank, "name": facts.name}, "cells": len(at),
        "households": int(counts.homes[at].sum()), "houses": int(counts.houses[at].sum()),
        "residents": _people(people[at]), "sites": int(counts.sites[at].sum()),
        "open_work": int(counts.due[at].sum()),
    }  # fmt: skip


def _totals(desk: Desk, cells: np.ndarray, people: np.ndarray) -> dict[str, Any]:
    counts, before = desk.counts, set(np.unique(desk.in_force).tolist()) - {0}
    kept = {one.in_force for one in desk.facts.values() if one.in_force and not one.gone}
    touched = set(desk.in_force[cells].tolist()) - {0}
    return {
        "cells": len(cells), "households": int(counts.homes[cells].sum()), "houses": int(counts.houses[cells].sum()),
        "residents": _people(people[cells]), "sites": int(counts.sites[cells].sum()),
        "organisations": int(counts.organisations[cells].sum()), "open_work": int(counts.due[cells].sum()),
        "workers": sum(counts.workers.get(key, 0) for key in touched),
        "grids_new": sum(not one.gone and not one.in_force for one in desk.facts.values()),
        "grids_gone": len(before - kept), "grids_changed": len(touched & kept),
    }  # fmt: skip


def _people(values: np.ndarray) -> int | None:
    total = float(values.sum())
    return None if np.isnan(total) else round(total)


def _list_url(session: Session, cells: np.ndarray) -> str | None:
    """The register of houses within the changed areas, through the same query as every list."""
    if len(cells) == 0:
        return None
    area = shapely.coverage_union_all(session.desk.shown[cells])
    if shapely.get_num_coordinates(area) > MOST_POINTS:
        return None
    saved = save_area(session.connection, area, session.access.user_id)
    return f"/registers/houses?{urlencode({'area': saved})}"
