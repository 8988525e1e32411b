"""Foreign polygons of one community as faces: each piece of ground with those who claim it. Pure.

All borders are cut at each other, so gaps, overlaps and what reaches out are faces of their own.
Mending gives each of them to somebody; what comes out is a partition by construction (D4.3).
Coordinates are metres. No vertex is moved, so borders that fit go on fitting.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

GAP, OVERLAP, OUTSIDE = "gap", "overlap", "outside"
LEAST_M2, LEAST_M = 0.01, 0.02
"""Smaller or narrower faces are the last digit of coordinates (a centimetre): their neighbour has them."""
NEW = -1
"""A gap that shall be a grid of its own is given to this."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where the polygons are no partition: `kind`, its ground, who claims it, who should get it.

    `width` (metres) is how wide it is at its widest place. `to` is the proposal: the
    polygon with the longest border on it; None for what lies outside the community and is cut off.
    """

    id: str
    kind: str
    shape: shapely.Geometry
    area_m2: float
    width: float
    claims: tuple[int, ...]
    to: int | None


@dataclass(frozen=True, slots=True)
class Faces:
    """Faces of a community: shapes, the polygon each belongs to (-1: in dispute), findings with their faces."""

    shapes: np.ndarray
    owner: np.ndarray
    findings: tuple[Finding, ...]
    of_finding: np.ndarray


def faces_of(polygons: Sequence[shapely.Geometry], outline: shapely.Geometry) -> Faces:
    """Cut polygons and outline (metres) at each other. `polygons` must be valid."""
    given = np.array([outline, *polygons], dtype=object)
    lines = shapely.union_all(shapely.boundary(given))
    shapes = np.array(shapely.get_parts(shapely.polygonize(shapely.get_parts(lines))), dtype=object)
    inside = shapely.point_on_surface(shapes)
    face, polygon = shapely.STRtree(given).query(inside, predicate="within")
    claims: list[list[int]] = [[] for _ in shapes]
    within = np.zeros(len(shapes), bool)
    for one, claimed in zip(face.tolist(), polygon.tolist(), strict=True):
        if claimed == 0:
            within[one] = True
        else:
            claims[one].append(claimed - 1)
    real = np.array([bool(w or c) for w, c in zip(within, claims, strict=True)], bool)
    return _sorted(shapes[real], within[real], [tuple(sorted(c)) for c, keep in zip(claims, real, strict=True) if keep])


def _sorted(shapes: np.ndarray, within: np.ndarray, claims: list[tuple[int, ...]]) -> Faces:
    owner = np.array([c[0] if w and len(c) == 1 else -1 for w, c in zip(within, claims, strict=True)], np.int64)
    kinds = [_kind(w, c) for w, c in zip(within.tolist(), claims, strict=True)]
    of_finding = np.full(len(shapes), -1)
    findings: list[Finding] = []
    groups: dict[tuple[str, tuple[int, ...]], list[int]] = {}
    for number, kind in enumerate(kinds):
        if kind is not None:
            groups.setdefault((kind, claims[number]), []).append(number)
    for (kind, claimed), members in sorted(groups.items()):
        for part in shapely.get_parts(shapely.union_all(shapes[members])):
            mine = [m for m in members if shapely.intersects(part, shapely.point_on_surface(shapes[m]))]
            to = _proposal(part, kind, claimed, shapes, owner)
            of_finding[mine] = len(findings)
            findings.append(_finding(kind, part, claimed, to))
    return Faces(shapes, owner, tuple(findings), of_finding)


def _kind(within: bool, claims: tuple[int, ...]) -> str | None:
    if not within:
        return OUTSIDE
    return None if len(claims) == 1 else OVERLAP if claims else GAP


def _finding(kind: str, part: shapely.Geometry, claims: tuple[int, ...], to: int | None) -> Finding:
    point = shapely.point_on_surface(part)
    name = f"{kind}:{claims}:{point.x:.1f}:{point.y:.1f}:{part.area:.1f}"
    width = _width(part)
    own_id = hashlib.sha256(name.encode()).hexdigest()[:12]
    return Finding(own_id, kind, part, float(part.area), float(width), claims, to)


def _width(part: shapely.Geometry) -> float:
    """Twice the largest distance from the border inside, metres, to about a hundredth of it."""
    narrow, wide = 0.0, 2 * math.sqrt(part.area / math.pi)
    if wide < LEAST_M:
        return wide
    while wide - narrow > max(LEAST_M / 4, narrow / 100):
        middle = (narrow + wide) / 2
        if shapely.is_empty(shapely.buffer(part, -middle / 2, join_style="mitre")):
            wide = middle
        else:
            narrow = middle
    return wide


def _proposal(
    part: shapely.Geometry, kind: str, claims: tuple[int, ...], shapes: np.ndarray, owner: np.ndarray
) -> int | None:
    """Who has the longest border on it; of an overlap, one of those who claim it."""
    if kind == OUTSIDE:
        return None
    near = [n for n in shapely.STRtree(shapes).query(part, predicate="intersects").tolist() if owner[n] >= 0]
    lengths: dict[int, float] = {}
    edge = shapely.boundary(part)
    for n in near:
        if kind == GAP or int(owner[n]) in claims:
            shared = shapely.length(shapely.intersection(edge, shapely.boundary(shapes[n])))
            lengths[int(owner[n])] = lengths.get(int(owner[n]), 0.0) + float(shared)
    if lengths:
        return min(lengths, key=lambda polygon: (-lengths[polygon], polygon))
    return claims[0] if claims else NEW


def is_rounding(finding: Finding) -> bool:
    """Whether it is nothing but the last digits of coordinates."""
    return finding.area_m2 < LEAST_M2 or finding.width < LEAST_M


def mended(faces: Faces, tolerance: float, choices: Mapping[str, int | None]) -> tuple[np.ndarray, list[Finding]]:
    """Who each face goes to (-2: cut off, -1: still open), and the findings that are open.

    A finding is mended where somebody chose (`choices`: id to polygon, NEW or None for "as proposed")
    or where it is no wider than `tolerance` metres.
    """
    goes, still = faces.owner.copy(), []
    new = int(faces.owner.max(initial=-1)) + 1
    new = max(new, max((max(f.claims, default=-1) for f in faces.findings), default=-1) + 1)
    for number, finding in enumerate(faces.findings):
        mine = faces.of_finding == number
        chosen = finding.id in choices
        if not (chosen or finding.width <= tolerance or is_rounding(finding)):
            still.append(finding)
            continue
        to = choices.get(finding.id)
        to = finding.to if to is None else to
        if finding.kind == OUTSIDE:
            goes[mine] = -2
        elif to == NEW:
            goes[mine], new = new, new + 1
        else:
            goes[mine] = to
    return goes, still


def joined(faces: Faces, goes: np.ndarray) -> dict[int, shapely.Geometry]:
    """The polygons after mending (metres), by number; new ones follow the given ones."""
    return {
        int(number): shapely.coverage_union_all(faces.shapes[goes == number])
        for number in np.unique(goes[goes >= 0])
    }
