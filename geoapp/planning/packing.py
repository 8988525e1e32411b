"""Cells of a plan in few bytes for the editor: whole numbers one after the other instead of GeoJSON."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from geoapp.planning.workshop import Desk

SCALE = 1_000_000
"""Steps of a degree: a tenth of a metre, for the eye; what is stored and proven has full precision."""
FIELDS = ("cell", "block", "community", "grid", "households", "sites")
"""Numbers of each cell, in this order; `community` counts in the list of keys beside them."""


def packed_units(desk: Desk, chosen: np.ndarray) -> dict[str, Any]:
    """Cells `chosen` by number: {scale, fields, communities, cells, polygons, rings, points}.

    `cells`: FIELDS of each. `polygons`: how many of each cell; `rings`: how many of each polygon; `points`: how
    many of each ring, the first not repeated at the end. `deltas`: longitude and latitude of every point as the
    difference from the one before it, in steps; the first from (0, 0).
    """
    _, points, (ring_ends, polygon_ends, cell_ends) = shapely.to_ragged_array(_multi(desk.shown[chosen]))
    lengths = np.diff(ring_ends)
    open_ends = np.ones(len(points), bool)
    open_ends[ring_ends[1:] - 1] = False
    steps = np.round(points[open_ends] * SCALE).astype(np.int64)
    facts = (
        chosen, desk.problem.unit[chosen], desk.problem.community[chosen], desk.editor.grid[chosen],
        desk.counts.homes[chosen], desk.counts.sites[chosen],
    )  # fmt: skip
    return {
        "scale": SCALE, "fields": FIELDS, "communities": [int(one.region_key) for one in desk.parts],
        "cells": np.column_stack(facts).astype(np.int64).ravel(), "polygons": np.diff(cell_ends).astype(np.int64),
        "rings": np.diff(polygon_ends).astype(np.int64), "points": (lengths - 1).astype(np.int64),
        "deltas": np.diff(steps, axis=0, prepend=np.zeros((1, 2), np.int64)).ravel(),
    }  # fmt: skip


def _multi(shapes: np.ndarray) -> np.ndarray:
    """MultiPolygons of Polygons and MultiPolygons, in their order."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    return np.asarray(shapely.multipolygons(parts, indices=owner))
