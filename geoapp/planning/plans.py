"""Opening plans from the grids in force, finding and listing them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, Row, exists, insert, select, text, update

from geoapp.accounts.models import User
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.core.db import owner_transaction, table_of
from geoapp.core.errors import InvalidInput, NotFound
from geoapp.core.i18n import N_
from geoapp.core.settings import Settings
from geoapp.planning import deriving
from geoapp.planning.counts import placed
from geoapp.planning.models import Plan, PlanGrid, PlanJob, PlanLog, PlanPart
from geoapp.planning.workshop import area_end
from grids_boundaries.access import Access
from grids_boundaries.coverage_checks import METRES_PER_DEGREE, TOLERANCE_M2
from grids_boundaries.derive.split import Band
from grids_boundaries.keys import RegionCode, parse_code
from grids_boundaries.models import Region

plan, part, grid, job, log = (table_of(m) for m in (Plan, PlanPart, PlanGrid, PlanJob, PlanLog))
region, user = table_of(Region), table_of(User)
LEVELS = ("county", "street", "community")
AT_ONCE = 6
"""So many communities get their base units while one waits; more become a job."""
LONGEST_NAME = 100
LARGEST_HOUSEHOLDS = 100_000
REGISTER = "plans"
FIT_SHARE = 5e-6
"""Units fit a grid in force when their area differs by less than this share, or by TOLERANCE_M2: needles of an
outline that no grid of a centimetre can hold."""


@dataclass(frozen=True, slots=True)
class NewPlan:
    """What a planner asks for."""

    area: str
    name: str
    note: str | None = None
    low: int = 300
    high: int = 500

    def checked(self) -> RegionCode:
        """The area. Raises InvalidInput."""
        code = parse_code(self.area)
        if code.level not in LEVELS:
            raise InvalidInput(N_("请选择一个区县、街道或社区。"), field="area")
        if not self.name.strip() or len(self.name) > LONGEST_NAME:
            raise InvalidInput(N_("请填写方案名称，最多 %(most)s 个字。"), field="name", most=LONGEST_NAME)
        check_band(self.low, self.high)
        return code


def check_band(low: int, high: int) -> Band:
    """The band of households. Raises InvalidInput."""
    if not 0 < low <= high <= LARGEST_HOUSEHOLDS:
        raise InvalidInput(N_("户数区间无效：下限须大于 0 且不大于上限。"), field="low")
    return Band(low, high)


def open_plan(connection: Connection, access: Access, wanted: NewPlan) -> tuple[int, int | None]:
    """A draft of the grids in force of an area; its id, and a job where units are still to be derived.

    Needs a transaction that opens `counts.READS`. Raises InvalidInput, NotFound outside the scope.
    """
    code = wanted.checked()
    if not access.scope.covers(code):
        raise NotFound()
    communities = deriving.communities_of(connection, code.lo, code.hi)
    if not communities:
        raise InvalidInput(N_("该区划内没有带边界的社区，请先装入社区边界。"), field="area")
    made = insert(plan).values(
        region_key=code.lo, county_code=code.county, name=wanted.name.strip(), note=wanted.note or None,
        origin="in_force", band_low=wanted.low, band_high=wanted.high, created_by=access.user_id,
        base=fingerprint(connection, code.lo),
    )  # fmt: skip
    plan_id = int(connection.execute(made.returning(plan.c.id)).scalar_one())
    write_log(connection, access, plan_id, 1, code.lo, "open", ())
    record(connection, access, Action.CREATE, register=REGISTER, record_ids=[plan_id], area_key=code.lo)
    missing = [one for one in communities if fitting_set(connection, one) is None]
    if len(missing) > AT_ONCE:
        return plan_id, add_job(connection, access, plan_id, code.lo, "derive", {})
    fill(connection, plan_id)
    return plan_id, None


def fill(connection: Connection, plan_id: int, told: Any = None) -> None:
    """Give a plan its cells: units that fit, derived where there are none, in the grids in force.

    `told(done, total)` hears of each community.
    """
    found = connection.execute(select(plan).where(plan.c.id == plan_id).with_for_update()).one()
    communities = deriving.communities_of(connection, found.region_key, area_end(found.region_key))
    first_cell = number = 0
    for done, community in enumerate(communities, 1):
        fitting = fitting_set(connection, community)
        if fitting is None:
            deriving.derive_community(connection, community)
            fitting = fitting_set(connection, community, strict=False)
            assert fitting is not None
        set_id, in_force = fitting
        keys = np.unique(in_force)
        grids = np.searchsorted(keys, in_force) + number
        connection.execute(insert(part).values(
            plan_id=plan_id, region_key=community.key, set_id=set_id, first_cell=first_cell,
            grid=grids.tolist(), in_force=in_force.tolist(),
        ))  # fmt: skip
        _insert_grids(connection, plan_id, community, keys, number)
        first_cell, number = first_cell + len(in_force), number + len(keys)
        if told:
            told(done, len(communities))
    connection.execute(update(plan).where(plan.c.id == plan_id).values(next_grid=number))


def _insert_grids(connection: Connection, plan_id: int, community: Row[Any], keys: np.ndarray, first: int) -> None:
    known = {
        row.key: row
        for row in connection.execute(
            select(region.c.key, region.c.name, region.c.dedicated).where(region.c.key.in_(keys.tolist()))
        )
    }
    rows = []
    for number, key in enumerate(keys.tolist(), first):
        one = known.get(key)
        rows.append({
            "plan_id": plan_id, "number": number, "region_key": community.key, "in_force": key or None,
            "rank": key % 1000 if key else None, "dedicated": bool(one and one.dedicated),
            "name": one.name if one else None,
        })  # fmt: skip
    connection.execute(insert(grid), rows)


def fitting_set(
    connection: Connection, community: Row[Any], *, strict: bool = True
) -> tuple[int, np.ndarray] | None:
    """The newest units of a community if they fit its grids in force: set, and the grid of each unit.

    Without `strict` they are taken as they are: what does not fit is told by their facts.
    """
    found = connection.execute(
        text("SELECT id, facts ->> 'rule' AS rule FROM unit_set WHERE region_key = :key ORDER BY id DESC LIMIT 1"),
        {"key": community.key},
    ).one_or_none()
    if found is None or (strict and found.rule != str(deriving.RULE)):
        return None
    newest = found.id
    rows = connection.execute(
        text("SELECT ST_AsBinary(geom) AS wkb FROM base_unit WHERE set_id = :id ORDER BY number"), {"id": newest}
    )
    cells = np.asarray(shapely.from_wkb(np.array([bytes(row.wkb) for row in rows], dtype=object)))
    keys, shapes = deriving.grids_of(connection, community.key, community.hi)
    inside = shapely.point_on_surface(cells)
    at = placed(shapes, shapely.get_x(inside), shapely.get_y(inside))
    in_force = np.where(at >= 0, keys[at], 0) if len(keys) else np.zeros(len(cells), np.int64)
    if strict and not _fits(cells, in_force, keys, shapes):
        return None
    return int(newest), in_force


def _fits(cells: np.ndarray, in_force: np.ndarray, keys: np.ndarray, shapes: np.ndarray) -> bool:
    """Whether every grid in force is the sum of its units."""
    if len(keys) == 0:
        return True
    squeeze = METRES_PER_DEGREE**2 * np.cos(np.radians(shapely.bounds(cells)[:, 1].mean()))
    number = np.searchsorted(keys, in_force)
    mine = in_force > 0
    area = np.bincount(number[mine], shapely.area(cells[mine]), len(keys)) * squeeze
    whole = shapely.area(shapes) * squeeze
    if (np.abs(area - whole) > np.maximum(TOLERANCE_M2, whole * FIT_SHARE)).any():
        return False
    lost = shapely.area(shapely.difference(cells[mine], shapes[number[mine]])) * squeeze
    return bool((lost <= TOLERANCE_M2).all())


def fingerprint(connection: Connection, key: int) -> str:
    """Equal while the grids in force of an area are the same."""
    rows = connection.execute(
        text(
            "SELECT key, md5(ST_AsBinary(geom)) AS shape FROM region "
            "WHERE level = 'grid' AND geom IS NOT NULL AND key BETWEEN :lo AND :hi ORDER BY key"
        ),
        {"lo": key, "hi": area_end(key)},
    )
    return hashlib.sha256("".join(f"{row.key}{row.shape}" for row in rows).encode()).hexdigest()[:32]


def find_plan(connection: Connection, access: Access, plan_id: int, *, lock: bool = False) -> Row[Any]:
    """One plan of the reader's area. Raises NotFound, alike for absent and out of scope."""
    query = select(plan).where(access.scope.clause(plan.c.region_key), plan.c.id == plan_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None or not access.scope.covers(area_of(row.region_key)):
        raise NotFound()
    return row


def area_of(key: int) -> RegionCode:
    """The area of a plan: county, street or community by the zeros of its key."""
    level = "county" if key % 10**9 == 0 else "street" if key % 10**6 == 0 else "community"
    return parse_code(f"{key:015d}"[: {"county": 6, "street": 9, "community": 12}[level]], level)


def choosable(connection: Connection, offered: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of areas a picker offers those a plan can be of, and the way to them.

    A grid is none, nor is an area without a community that has an outline: `open_plan` refuses them.
    """
    found = []
    for one in offered:
        code = parse_code(one["code"])
        if code.level == "grid":
            continue
        inside = region.c.key.between(code.lo, code.hi)
        drawn = exists().where(region.c.level == "community", region.c.geom.is_not(None), inside)
        if connection.scalar(select(drawn)):
            found.append(one | {"children": one["children"] and code.level != "community"})
    return found


def list_plans(connection: Connection, access: Access, state: str = "", *, mine: bool = False) -> Sequence[Row[Any]]:
    """Plans of the reader's area, the newest first; discarded ones only when asked for."""
    query = select(plan).where(access.scope.clause(plan.c.region_key))
    query = query.where(plan.c.state == state) if state else query.where(plan.c.state != "discarded")
    if mine:
        query = query.where(plan.c.created_by == access.user_id)
    return connection.execute(query.order_by(plan.c.updated_at.desc(), plan.c.id.desc()).limit(500)).all()


def write_log(
    connection: Connection, access: Access, plan_id: int, version: int, key: int, kind: str, grids: Sequence[int]
) -> None:
    """One line for a new version of a plan."""
    connection.execute(insert(log).values(
        plan_id=plan_id, version=version, region_key=key, kind=kind, grids=list(grids), actor_id=access.user_id,
    ))  # fmt: skip


def add_job(
    connection: Connection, access: Access, plan_id: int, key: int, kind: str, params: dict[str, Any]
) -> int:
    """Ask for work outside the requests; its id."""
    made = insert(job).values(
        plan_id=plan_id, region_key=key, kind=kind, params=params, asked_by=access.user_id
    )
    return int(connection.execute(made.returning(job.c.id)).scalar_one())


def communities_in(connection: Connection, row: Row[Any], wanted: Sequence[Any]) -> list[int]:
    """Those of the keys that are communities of the plan."""
    mine = connection.scalars(select(part.c.region_key).where(part.c.plan_id == row.id))
    return sorted(set(mine) & {key for key in wanted if isinstance(key, int)})


def has_units(connection: Connection, lo: int, hi: int) -> bool:
    """Whether every community of an area has base units."""
    return not connection.scalar(
        text(
            "SELECT EXISTS (SELECT FROM region r WHERE r.level = 'community' AND r.geom IS NOT NULL "
            "AND r.key BETWEEN :lo AND :hi AND NOT EXISTS (SELECT FROM unit_set s WHERE s.region_key = r.key))"
        ),
        {"lo": lo, "hi": hi},
    )


def derive_missing(settings: Settings | None = None, area: str = "") -> tuple[int, int]:
    """Units for every community of an area that has none that fit, each in a transaction; (made, kept).

    As the owner. Raises InvalidInput.
    """
    lo, hi = (parse_code(area).lo, parse_code(area).hi) if area else (0, 10**15)
    with owner_transaction(settings) as connection:
        communities = deriving.communities_of(connection, lo, hi)
    made = 0
    for community in communities:
        with owner_transaction(settings) as connection:
            if fitting_set(connection, community) is None:
                deriving.derive_community(connection, community)
                made += 1
    return made, len(communities) - made
