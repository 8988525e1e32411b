"""Foreign grid polygons become a draft plan: looked at, mended as a planner chooses, cut into units (#5.6).

The polygons are stored as they came. Findings are computed from them each time, so a preview and
what is made of it cannot differ. Nothing is mended that nobody asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, Row, func, insert, select, text, update

from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.audit.rules import Fact
from geoapp.changes.actions import StaleForm, Writing
from geoapp.core.db import table_of
from geoapp.core.errors import Conflict, InvalidInput, NotFound
from geoapp.core.i18n import N_
from geoapp.planning import deriving, plans
from geoapp.planning.counts import placed
from geoapp.planning.importing_faces import (
    GAP,
    NEW,
    OUTSIDE,
    OVERLAP,
    Faces,
    Finding,
    faces_of,
    joined,
    mended,
)
from geoapp.planning.importing_files import Content, point_in
from geoapp.planning.importing_models import ImportPolygon, PlanImport
from geoapp.planning.workshop import area_end
from grids_boundaries.access import Access
from grids_boundaries.coverage_checks import METRES_PER_DEGREE
from grids_boundaries.derive.units import Ground, derive_units

plan_import, polygon = table_of(PlanImport), table_of(ImportPolygon)
MOST_TOLERANCE = 50.0
MOST_HOUSES = 100
MOST_COMMUNITIES = 30
SENTENCES = {
    GAP: N_("有 %(area)s 平方米不属于任何网格，宽约 %(width)s 米。"),
    OVERLAP: N_("网格“%(names)s”重叠 %(area)s 平方米，宽约 %(width)s 米。"),
    OUTSIDE: N_("网格“%(names)s”超出社区边界 %(area)s 平方米，宽约 %(width)s 米。"),
}
_OUTSIDE_HOUSES = text("""
SELECT h.id, h.number, ST_X(h.geom) AS lon, ST_Y(h.geom) AS lat, count(*) OVER () AS n FROM house h
WHERE h.region_key BETWEEN :lo AND :hi AND h.county_code = :county AND h.placed = 1 AND NOT EXISTS (
    SELECT FROM plan_import_polygon p WHERE p.import_id = :id AND ST_Intersects(p.geom, h.geom))
ORDER BY h.id LIMIT :most
""")


@dataclass(frozen=True)
class Part:
    """One community: its polygons' rows, faces, who each goes to, what is still open.

    Faces are in metres of a plane that is degrees stretched by `scale` (east, north): what is straight in
    the file stays straight, so borders that fit go on fitting.
    """

    community: Row[Any]
    polygons: Sequence[Row[Any]]
    faces: Faces
    goes: np.ndarray
    still: Sequence[Finding]
    scale: tuple[float, float]

    def degrees(self, shape: Any) -> Any:
        """A shape, or an array of them, in EPSG:4326."""
        return shapely.transform(shape, lambda points: points / self.scale)


def open_import(
    connection: Connection, access: Access, area: str, name: str, file_name: str, content: Content
) -> int:
    """Store what a file held for an area; the id. Raises InvalidInput, NotFound outside the scope."""
    code = plans.NewPlan(area, name).checked()
    if not access.scope.covers(code):
        raise NotFound()
    communities = deriving.communities_of(connection, code.lo, code.hi)
    if not communities:
        raise InvalidInput(N_("该区划内没有带边界的社区，请先装入社区边界。"), field="area")
    if len(communities) > MOST_COMMUNITIES:
        raise InvalidInput(N_("一次最多导入 %(most)s 个社区，请按街道导入。"), field="area", most=MOST_COMMUNITIES)
    home = _homes(communities, [one.shape for one in content.polygons])
    refused = list(content.refused)
    refused += [
        {"line": one.line, "msgid": N_("多边形在所选区划之外，未导入。"), "facts": {}, "at": point_in(one.shape)}
        for one, at in zip(content.polygons, home, strict=True) if at < 0
    ]  # fmt: skip
    if (home < 0).all():
        raise InvalidInput(N_("文件中没有一个可用的多边形在所选区划之内。"), field="file")
    values = {
        "region_key": code.lo, "name": name.strip(), "file_name": file_name[:200], "crs": content.crs,
        "refused": refused, "made_by": access.user_id,
    }  # fmt: skip
    made = insert(plan_import).values(values).returning(plan_import.c.id)
    import_id = int(connection.execute(made).scalar_one())
    rows = [
        {
            "import_id": import_id, "number": number, "region_key": communities[at].key, "line": one.line,
            "code": one.code, "name": one.name, "geom": f"SRID=4326;{one.shape.wkt}",
        }
        for number, (one, at) in enumerate(zip(content.polygons, home.tolist(), strict=True)) if at >= 0
    ]  # fmt: skip
    connection.execute(insert(polygon), rows)
    facts: dict[str, Fact] = {"step": "import", "polygons": len(rows), "refused": len(refused)}
    record(connection, access, Action.CREATE, register=plans.REGISTER, area_key=code.lo, facts=facts)
    return import_id


def _homes(communities: Sequence[Row[Any]], shapes: Sequence[shapely.Geometry]) -> np.ndarray:
    """The community most of each polygon lies in; -1 for one that touches none."""
    outlines = shapely.from_wkb(np.array([bytes(one.wkb) for one in communities], dtype=object))
    home, most = np.full(len(shapes), -1), np.zeros(len(shapes))
    shape, outline = shapely.STRtree(outlines).query(np.array(shapes, dtype=object), predicate="intersects")
    for one, at in zip(shape.tolist(), outline.tolist(), strict=True):
        area = float(shapely.area(shapely.intersection(shapes[one], outlines[at])))
        if area > most[one]:
            home[one], most[one] = at, area
    return home


def find_import(connection: Connection, access: Access, import_id: int, *, lock: bool = False) -> Row[Any]:
    """One import of the reader's area. Raises NotFound."""
    query = select(plan_import).where(access.scope.clause(plan_import.c.region_key), plan_import.c.id == import_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None or not access.scope.covers(plans.area_of(row.region_key)):
        raise NotFound()
    return row


def imports(connection: Connection, access: Access) -> Sequence[Row[Any]]:
    """Imports of the reader's area, the newest first."""
    query = select(plan_import).where(access.scope.clause(plan_import.c.region_key), plan_import.c.state != "dropped")
    return connection.execute(query.order_by(plan_import.c.id.desc()).limit(100)).all()


def look(
    connection: Connection, row: Row[Any], tolerance: float | None = None,
    choices: Mapping[str, int | None] | None = None,
) -> list[Part]:  # fmt: skip
    """What is wrong with an import and what mending would make of it; by default with what is stored."""
    tolerance = row.tolerance if tolerance is None else check_tolerance(tolerance)
    choices = row.choices if choices is None else choices
    query = select(polygon, func.ST_AsBinary(polygon.c.geom).label("wkb")).where(polygon.c.import_id == row.id)
    polygons = connection.execute(query.order_by(polygon.c.number)).all()
    parts = []
    for community in deriving.communities_of(connection, row.region_key, area_end(row.region_key)):
        mine = [one for one in polygons if one.region_key == community.key]
        outline = shapely.from_wkb(bytes(community.wkb))
        scale = (METRES_PER_DEGREE * float(np.cos(np.radians(outline.centroid.y))), METRES_PER_DEGREE)
        shapes = np.array([outline, *(shapely.from_wkb(bytes(one.wkb)) for one in mine)], dtype=object)
        metres = stretched(shapes, scale)
        faces = faces_of(list(metres[1:]), metres[0])
        place = {one.number: at for at, one in enumerate(mine)} | {NEW: NEW}
        local = {key: None if to is None else place.get(to) for key, to in choices.items()}
        goes, still = mended(faces, tolerance, local)
        parts.append(Part(community, mine, faces, goes, still, scale))
    return parts


def stretched(shapes: np.ndarray, scale: tuple[float, float]) -> np.ndarray:
    """Degrees to metres of the plane of a community."""
    return np.asarray(shapely.transform(shapes, lambda points: points * scale))


def check_tolerance(metres: float) -> float:
    """Raises InvalidInput for a width that is none."""
    if not 0 <= metres <= MOST_TOLERANCE:
        raise InvalidInput(N_("容差应为 0 至 %(most)s 米。"), field="tolerance", most=int(MOST_TOLERANCE))
    return float(metres)


def houses_outside(connection: Connection, row: Row[Any]) -> tuple[int, Sequence[Row[Any]]]:
    """Houses of the area that lie in no polygon as it came: how many, the first of them with their place."""
    facts = {
        "lo": row.region_key, "hi": area_end(row.region_key), "county": f"{row.region_key // 10**9:06d}",
        "id": row.id, "most": MOST_HOUSES,
    }  # fmt: skip
    found = connection.execute(_OUTSIDE_HOUSES, facts).all()
    return (found[0].n if found else 0), found


def store_choices(
    work: Writing, import_id: int, version: int, tolerance: float, choices: Mapping[str, int | None]
) -> Row[Any]:
    """Keep what the planner chose to mend. Raises StaleForm, InvalidInput for a finding that is not there."""
    row = _open_one(work, import_id, version)
    known = {finding.id for part in look(work.connection, row) for finding in part.faces.findings}
    unknown = sorted(set(choices) - known)
    if unknown:
        raise InvalidInput(N_("问题 %(id)s 不存在，请刷新页面。"), field="choices", id=unknown[0])
    values = {"tolerance": check_tolerance(tolerance), "choices": dict(choices), "version": row.version + 1}
    changed = update(plan_import).where(plan_import.c.id == import_id).values(values).returning(plan_import)
    return work.connection.execute(changed).one()


def drop(work: Writing, import_id: int, version: int) -> None:
    """Put an import away. Raises NotFound, StaleForm."""
    row = _open_one(work, import_id, version)
    work.connection.execute(update(plan_import).where(plan_import.c.id == row.id).values(state="dropped"))


def make_plan(work: Writing, import_id: int, version: int, low: int = 300, high: int = 500) -> int:
    """A draft plan of the mended polygons, units cut so that their borders fit; its id.

    Raises StaleForm, Conflict while anything is open, InvalidInput.
    """
    connection = work.connection
    row = _open_one(work, import_id, version)
    band = plans.check_band(low, high)
    parts = look(connection, row)
    left = sum(len(part.still) for part in parts)
    if left:
        raise Conflict(N_("还有 %(n)s 处问题没有处理，处理后才能生成草案。"), n=left)
    plan_id = _open_plan(work, row, band.low, band.high)
    first_cell = number = 0
    for part in parts:
        first_cell, number = _store_part(connection, plan_id, part, first_cell, number)
    connection.execute(update(plans.plan).where(plans.plan.c.id == plan_id).values(next_grid=number))
    done = {"state": "done", "plan_id": plan_id, "version": row.version + 1}
    connection.execute(update(plan_import).where(plan_import.c.id == row.id).values(done))
    return plan_id


def _open_plan(work: Writing, row: Row[Any], low: int, high: int) -> int:
    made = insert(plans.plan).values(
        region_key=row.region_key, county_code=f"{row.region_key // 10**9:06d}", name=row.name, origin="import",
        band_low=low, band_high=high, created_by=work.access.user_id,
        base=plans.fingerprint(work.connection, row.region_key),
    )  # fmt: skip
    plan_id = int(work.connection.execute(made.returning(plans.plan.c.id)).scalar_one())
    plans.write_log(work.connection, work.access, plan_id, 1, row.region_key, "open", ())
    record(
        work.connection, work.access, Action.CREATE, register=plans.REGISTER, record_ids=[plan_id],
        area_key=row.region_key, facts={"step": "import"},
    )  # fmt: skip
    return plan_id


def _store_part(connection: Connection, plan_id: int, part: Part, first_cell: int, number: int) -> tuple[int, int]:
    """Units of one community that fit its polygons; the first cell and grid number of the next one."""
    community, shapes = part.community, joined(part.faces, part.goes)
    outline = shapely.from_wkb(bytes(community.wkb))
    there, back = deriving.stretched(outline.centroid.y)
    footprints, homes = deriving._footprints(connection, bytes(community.wkb))
    grids = part.degrees(np.array(list(shapes.values()), dtype=object))
    ground = Ground(
        deriving.moved(np.array([outline], dtype=object), there)[0], deriving.moved(grids, there),
        np.arange(1, len(shapes) + 1, dtype=np.int64),
        deriving.lines_within(connection, outline.bounds, there).shapes,
        deriving.moved(footprints, there), homes,
    )  # fmt: skip
    units = derive_units(ground, lambda points: np.column_stack(back.transform(*points.T)))
    set_id = deriving.store_units(connection, community, units, "import")
    # what no polygon of a square metre holds goes with the first one: needles of rounding
    grid = np.maximum(units.in_force, 1) - 1
    present, grid = np.unique(grid, return_inverse=True)
    keys, old = deriving.grids_of(connection, community.key, community.hi)
    inside = shapely.point_on_surface(units.cells)
    at = placed(old, shapely.get_x(inside), shapely.get_y(inside)) if len(keys) else np.full(len(grid), -1)
    in_force = np.where(at >= 0, keys[at], 0) if len(keys) else np.zeros(len(grid), np.int64)
    connection.execute(insert(plans.part).values(
        plan_id=plan_id, region_key=community.key, set_id=set_id, first_cell=first_cell,
        grid=(grid.reshape(-1) + number).tolist(), in_force=in_force.tolist(),
    ))  # fmt: skip
    given = list(shapes)
    names = dict(enumerate(part.polygons))
    connection.execute(insert(plans.grid), [
        {"plan_id": plan_id, "number": number + place, "region_key": community.key, "dedicated": False,
         **_named(names.get(given[int(one)]), set(keys.tolist()))}
        for place, one in enumerate(present.tolist())
    ])  # fmt: skip
    return first_cell + len(grid), number + len(present)


def _named(one: Row[Any] | None, in_force: set[int]) -> dict[str, Any]:
    """The name, and the grid in force where the file gives its code; other codes come with the publication."""
    code = "" if one is None else str(one.code or "")
    key = int(code) if code.isascii() and code.isdigit() and len(code) == 15 else 0
    name = None if one is None or not one.name else str(one.name)[: plans.LONGEST_NAME]
    return {"in_force": key if key in in_force else None, "rank": key % 1000 if key in in_force else None, "name": name}


def _open_one(work: Writing, import_id: int, version: int) -> Row[Any]:
    row = find_import(work.connection, work.access, import_id, lock=True)
    if row.state != "open":
        raise Conflict(N_("该导入已经完成或已放弃。"))
    if row.version != version:
        raise StaleForm()
    return row


def area_names(connection: Connection, keys: Sequence[int]) -> dict[int, str]:
    """Full names of areas by their key."""
    query = text("SELECT key, full_name FROM region WHERE key = ANY(:keys)")
    return {row.key: row.full_name for row in connection.execute(query, {"keys": list(keys)})}


def known_extent(connection: Connection) -> tuple[float, float, float, float] | None:
    """West, south, east, north of what the reader's outlines cover, for guessing which axis is which."""
    box = "SELECT ST_Extent(geom) AS b FROM region"
    query = text(f"SELECT ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b) FROM ({box}) e")  # noqa: S608
    west, south, east, north = connection.execute(query).one()
    return None if west is None else (west, south, east, north)
