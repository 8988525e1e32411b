"""What the editor in the browser is told: figures and polygons of grids, what changed since a version."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, Row, func, select

from geoapp.accounts.models import User
from geoapp.core.db import table_of
from geoapp.planning.counts import shown_residents
from geoapp.planning.models import Plan, PlanLog, PlanStep
from geoapp.planning.shapes import as_geojson
from geoapp.planning.workshop import Desk
from grids_boundaries.access import Access
from grids_boundaries.partition.editing import Edit

log, step, plan, user = table_of(PlanLog), table_of(PlanStep), table_of(Plan), table_of(User)
MOST_VERSIONS = 200
"""Of a longer absence only the state now is told, not each step."""


def figures_of(desk: Desk, number: int, people: np.ndarray) -> dict[str, Any]:
    """Figures of one grid as JSON; `people`: residents by cell as the reader may see them."""
    found, facts = desk.editor.figures(number), desk.facts[number]
    cells = np.fromiter(desk.editor.cells_of[number], np.int64)
    residents = float(people[cells].sum())
    code = f"{facts.in_force:015d}" if facts.in_force else None
    return {
        "grid": number, "rank": facts.rank, "name": facts.name, "code": code, "community": facts.region_key,
        "households": found.households, "houses": int(found.extra["houses"]), "sites": int(found.extra["sites"]),
        "residents": None if np.isnan(residents) else round(residents),
        "workers": desk.counts.workers.get(facts.in_force or 0, 0), "work": _work(desk, cells),
        "area": round(found.area, 1), "compactness": round(found.compactness, 3), "parts": found.parts,
        "contiguous": found.parts == 1, "deviation": found.deviation,
        "in_band": facts.dedicated or found.deviation == 0, "dedicated": facts.dedicated, "locked": facts.locked,
    }  # fmt: skip


def _work(desk: Desk, cells: np.ndarray) -> float:
    """Homes and key sites weighed; floating people are left out, so that painting never counts them."""
    weight = desk.problem.workload
    return float(desk.counts.homes[cells].sum() + weight.site * desk.counts.sites[cells].sum())


def all_figures(desk: Desk, access: Access) -> list[dict[str, Any]]:
    """Figures of every grid, without its polygon."""
    people = shown_residents(desk.counts, access)
    return [figures_of(desk, number, people) for number in sorted(desk.editor.cells_of)]


def grid_features(desk: Desk, numbers: Iterable[int], access: Access) -> dict[str, Any]:
    """A FeatureCollection of grids: id is the number, properties its figures."""
    people = shown_residents(desk.counts, access)
    chosen = [number for number in numbers if number in desk.editor.cells_of]
    shapes = np.array([desk.editor.shapes[number] for number in chosen], dtype=object)
    features = [
        {"type": "Feature", "id": number, "geometry": geometry, "properties": figures_of(desk, number, people)}
        for number, geometry in zip(chosen, as_geojson(shapes, desk.back), strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}


def totals(desk: Desk) -> dict[str, int]:
    """Of the whole plan: grids, those in the band, homes, homes outside the band."""
    band, homes = desk.problem.band, desk.counts.homes
    load = np.bincount(desk.editor.grid, homes)
    names = np.fromiter(desk.editor.cells_of, np.int64, len(desk.editor.cells_of))
    load, dedicated = load[names], np.array([desk.facts[number].dedicated for number in desk.editor.cells_of])
    missed = np.where(dedicated, 0, np.maximum(band.low - load, 0) + np.maximum(load - band.high, 0))
    return {
        "grids": len(names), "in_band": int((missed == 0).sum()), "households": int(homes.sum()),
        "outside": int(missed.sum()),
    }  # fmt: skip


def depths(connection: Connection, plan_row: Row[Any]) -> dict[str, int]:
    """How many steps can be undone and redone."""
    last = connection.scalar(select(func.max(step.c.number)).where(step.c.plan_id == plan_row.id)) or 0
    return {"undo": plan_row.position, "redo": last - plan_row.position}


def answer(desk: Desk, access: Access, kind: str, edit: Edit | None, facts: Collection[int]) -> dict[str, Any]:
    """What one operation changed."""
    touched = set(facts) | (set(edit.shapes) if edit else set())
    cells = edit.change.cells.tolist() if edit else []
    after = edit.change.after.tolist() if edit else []
    return {
        "version": desk.version, "kind": kind, "grids": grid_features(desk, sorted(touched), access),
        "gone": list(edit.gone) if edit else [], "cells": [list(pair) for pair in zip(cells, after, strict=True)],
        "totals": totals(desk),
    }  # fmt: skip


def since(connection: Connection, desk: Desk, access: Access, plan_row: Row[Any], version: int) -> dict[str, Any]:
    """What changed after a version: its lines, and the grids and cells they touched as they are now."""
    query = (
        select(log.c.version, log.c.kind, log.c.grids, log.c.at, user.c.display_name)
        .outerjoin(user, user.c.id == log.c.actor_id)
        .where(log.c.plan_id == desk.plan_id, log.c.version > version).order_by(log.c.version)
    )  # fmt: skip
    rows = connection.execute(query).all()
    touched = {number for row in rows for number in row.grids}
    there = sorted(number for number in touched if number in desk.editor.cells_of)
    cells = [[cell, number] for number in there for cell in sorted(desk.editor.cells_of[number])]
    return {
        "version": desk.version, "state": plan_row.state, "grids": grid_features(desk, there, access),
        "gone": sorted(touched - set(there)), "cells": cells, "totals": totals(desk), **depths(connection, plan_row),
        "log": [
            {"version": row.version, "kind": row.kind, "by": row.display_name, "at": row.at.isoformat()}
            for row in rows[-MOST_VERSIONS:]
        ],
    }  # fmt: skip


def cells_in(desk: Desk, community: int | None, box: tuple[float, float, float, float] | None) -> np.ndarray:
    """Cells of a community or a box where asked, else all."""
    chosen = np.arange(len(desk.shown))
    if community is not None:
        mine = desk.part_of(community)
        chosen = chosen[mine.first_cell : mine.first_cell + len(mine.grid)]
    if box is not None:
        chosen = chosen[shapely.intersects(shapely.box(*box), desk.shown[chosen])]
    return chosen


def unit_features(desk: Desk, chosen: np.ndarray) -> dict[str, Any]:
    """A FeatureCollection of cells: id is the cell, properties block, community, grid and counts."""
    keys = [one.region_key for one in desk.parts]
    features = [
        {
            "type": "Feature", "id": cell, "geometry": geometry,
            "properties": {
                "cell": cell, "block": int(desk.problem.unit[cell]), "grid": int(desk.editor.grid[cell]),
                "community": keys[int(desk.problem.community[cell])], "households": int(desk.counts.homes[cell]),
                "sites": int(desk.counts.sites[cell]),
            },
        }
        for cell, geometry in zip(chosen.tolist(), as_geojson(desk.shown[chosen]), strict=True)
    ]  # fmt: skip
    return {"type": "FeatureCollection", "features": features}


def where(desk: Desk, cells: Collection[int], shape: shapely.Geometry | None = None) -> dict[str, Any] | None:
    """The area of some cells, or a shape in metres, to be shown beside a refusal."""
    if shape is not None:
        return as_geojson(np.array([shape], dtype=object), desk.back)[0]
    chosen = sorted(cells)
    if not chosen:
        return None
    united = shapely.coverage_union_all(desk.shown[chosen])
    return as_geojson(np.array([united], dtype=object))[0]
