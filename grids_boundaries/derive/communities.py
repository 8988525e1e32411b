"""Communities: whole blocks of a street put together under the street's official codes and names.

Code and name are official (national list of 2023), the line is derived: blocks are grouped by
estimated households until better lines arrive. A block whose estates or houses repeat an official
name goes to that community where it can.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from grids_boundaries.derive.agglomerate import Blocks, agglomerate, spread_seeds
from grids_boundaries.derive.coverage import connected_parts, dissolve, shared_borders
from grids_boundaries.derive.names import community_name, match_community

TARGET_HOUSEHOLDS = 1200
FULL_COVER = 0.9
"""A street covered to this share gets all its official communities."""
MIN_PART_M2 = 20_000.0
"""A part of the covered area smaller than this belongs to the nearest community of its street."""
AREA_SHARE = 0.1
"""Weight of area beside households in the balance, so that empty blocks are shared out too."""


@dataclass(frozen=True, slots=True)
class Street:
    """A street: its official communities as (code, name) in code order, how much is covered."""

    code: str
    communities: Sequence[tuple[str, str]]
    covered_share: float


def block_votes(
    blocks: np.ndarray, places: gpd.GeoDataFrame, officials: Sequence[str]
) -> pd.DataFrame:
    """Columns block, name, weight: how strongly the places in a block repeat an official name.

    `places` are points with columns `name` (of a house or of the estate around it), `weight`.
    """
    names = {p: match_community(p, officials) for p in places["name"].dropna().unique()}
    matched = places.assign(official=places["name"].map(names)).dropna(subset=["official"])
    point, block = shapely.STRtree(blocks).query(matched.geometry.to_numpy(), predicate="within")
    votes = pd.DataFrame(
        {
            "block": block,
            "name": matched["official"].to_numpy()[point],
            "weight": matched["weight"].to_numpy(float)[point] + 1,
        }
    )
    summed = votes.groupby(["block", "name"], as_index=False)["weight"].sum()
    ordered = summed.sort_values(["block", "weight", "name"], ascending=[True, False, True])
    return ordered.drop_duplicates("block").reset_index(drop=True)


def derive_communities(
    blocks: gpd.GeoDataFrame, street: Street, places: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Communities of one street: columns code, name, official_name, households, geometry.

    `blocks` (columns households, geometry; metres) partition the covered part of the street;
    so do the communities. Returned as well: `blocks` gains no column, membership is in the
    column `blocks` (tuple of row positions). Raises ValueError without official communities.
    """
    if not street.communities:
        raise ValueError(f"{street.code}: no official communities")
    shapes = blocks.geometry.to_numpy()
    neighbours = shared_borders(shapes).neighbours(len(shapes))
    parts, small = _parts(shapes, neighbours)
    votes = block_votes(shapes, places, [name for _, name in street.communities])
    label = np.full(len(shapes), -1)
    names: list[str | None] = []
    for part, count in zip(parts, _counts(blocks, parts, street), strict=True):
        graph, seeds, wanted = _part_graph(blocks, part, neighbours, votes, count, set(names))
        label[part] = agglomerate(graph, spread_seeds(graph, seeds, count)) + len(names)
        names += wanted + [None] * (count - len(wanted))
    _attach(label, small, shapes)
    return _named(blocks, label, names, street)


def _parts(
    shapes: np.ndarray, neighbours: list[dict[int, float]]
) -> tuple[list[list[int]], list[list[int]]]:
    """Connected parts of the covered area: those big enough for a community, and the rest."""
    parts = connected_parts(range(len(shapes)), neighbours)
    area = [float(shapely.area(shapes[part]).sum()) for part in parts]
    largest = int(np.argmax(area))
    big = [a >= MIN_PART_M2 or i == largest for i, a in enumerate(area)]
    chosen = [p for p, b in zip(parts, big, strict=True) if b]
    return chosen, [p for p, b in zip(parts, big, strict=True) if not b]


def _counts(blocks: gpd.GeoDataFrame, parts: list[list[int]], street: Street) -> list[int]:
    """How many communities each part gets: at least one, the rest where most households are."""
    households = np.array([blocks["households"].iloc[part].sum() for part in parts], dtype=float)
    asked = round(float(households.sum()) / TARGET_HOUSEHOLDS)
    total = len(street.communities) if street.covered_share >= FULL_COVER else asked
    total = min(max(total, len(parts)), len(street.communities))
    counts = np.ones(len(parts), dtype=int)
    while counts.sum() < total:
        room = np.array([len(p) for p in parts]) > counts
        if not room.any():
            break
        counts[np.argmax(np.where(room, households / counts, -1))] += 1
    return counts.tolist()


def _part_graph(
    blocks: gpd.GeoDataFrame,
    part: list[int],
    neighbours: list[dict[int, float]],
    votes: pd.DataFrame,
    count: int,
    used: set[str | None],
) -> tuple[Blocks, dict[int, int], list[str]]:
    """The blocks of one part, the seeds its names give, and those names in group order."""
    local = {block: i for i, block in enumerate(part)}
    here = votes[votes["block"].isin(part) & ~votes["name"].isin(used - {None})]
    support = here.groupby("name")["weight"].sum().reset_index()
    support = support.sort_values(["weight", "name"], ascending=[False, True])
    wanted = support["name"].tolist()[:count]
    home = np.full(len(part), -1)
    seeds = {}
    for group, name in enumerate(wanted):
        mine = here[here["name"] == name]
        home[[local[b] for b in mine["block"]]] = group
        seeds[group] = local[int(mine.loc[mine["weight"].idxmax(), "block"])]
    shapes = blocks.geometry.to_numpy()[part]
    near = [{local[n]: m for n, m in neighbours[b].items() if n in local} for b in part]
    return Blocks(_load(blocks, part), _centres(shapes), near, home), seeds, wanted


def _load(blocks: gpd.GeoDataFrame, part: list[int]) -> np.ndarray:
    households = blocks["households"].to_numpy(float)[part]
    area = shapely.area(blocks.geometry.to_numpy()[part])
    by_area = area / area.sum()
    if households.sum() == 0:
        return np.asarray(by_area)
    return np.asarray((1 - AREA_SHARE) * households / households.sum() + AREA_SHARE * by_area)


def _centres(shapes: np.ndarray) -> np.ndarray:
    return np.asarray(shapely.get_coordinates(shapely.centroid(shapes)))


def _attach(label: np.ndarray, small: list[list[int]], shapes: np.ndarray) -> None:
    """A tiny detached part joins the group of the nearest block."""
    for part in small:
        settled = np.flatnonzero(label >= 0)
        gap = shapely.distance(shapely.union_all(shapes[part]), shapes[settled])
        label[part] = label[settled[np.argmin(gap)]]


def _named(
    blocks: gpd.GeoDataFrame, label: np.ndarray, names: list[str | None], street: Street
) -> gpd.GeoDataFrame:
    """Groups with a matched name take its code; the others the free codes in order, west first."""
    groups, shapes = dissolve(blocks.geometry.to_numpy(), label)
    code_of = {name: code for code, name in street.communities}
    free = iter([c for c, name in street.communities if name not in set(names)])
    west_first = np.argsort(shapely.get_x(shapely.centroid(shapes)), kind="stable")
    code: dict[int, str] = {}
    for i in west_first.tolist():
        name = names[groups[i]]
        code[i] = code_of[name] if name is not None else next(free)
    official = dict(street.communities)
    rows = {
        "code": [code[i] for i in range(len(groups))],
        "name": [community_name(official[code[i]]) for i in range(len(groups))],
        "matched": [names[g] is not None for g in groups],
        "households": [int(blocks["households"].to_numpy()[label == g].sum()) for g in groups],
        "blocks": [tuple(np.flatnonzero(label == g).tolist()) for g in groups],
    }
    frame = gpd.GeoDataFrame(rows, geometry=shapes, crs=blocks.crs)
    return frame.sort_values("code").reset_index(drop=True)
