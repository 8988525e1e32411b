"""Random operations through the planner's own actions, publishing and importing too: the grids stay a
partition, and every house is in exactly one of them (D4.3, A9.2).

60 operations in every run; PLANNER_OPERATIONS=1000 for the long one.
"""

from __future__ import annotations

import os
import random

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from geoapp.changes.work import write
from geoapp.core.db import owner_engine, owner_transaction
from geoapp.core.errors import GeoappError
from geoapp.planning import editing, importing, lifecycle, plans
from geoapp.planning.counts import READS
from geoapp.planning.deriving import moved, stretched
from geoapp.planning.errors import PlanRefused
from geoapp.planning.importing_files import Content, Found
from geoapp.planning.publishing_plans import publish_plan
from geoapp.planning.publishing_run import carry_out
from geoapp.planning.shapes import as_geojson
from geoapp.planning.workshop import Workshop, workshop
from grids_boundaries.access import begin
from tests.factories.planner_town import COMMUNITY, build_town
from tests.geoapp.planning.test_publishing import INSIDE

QUICK, AT_ONCE = 60, 20
"""Operations of a usual run and of one draft; each draft leaves some kinds of them out."""
OPERATIONS = int(os.environ.get("PLANNER_OPERATIONS", QUICK))
LATITUDE = 40.0
MISPLACED = """
WITH mine AS (SELECT key, geom FROM region WHERE level = 'grid' AND key BETWEEN :lo AND :hi)
SELECT count(*) FROM house h WHERE region_key BETWEEN :lo AND :hi AND placed = 1 AND region_key IS DISTINCT FROM coalesce(
    (SELECT min(r.key) FROM mine r WHERE ST_Intersects(r.geom, h.geom)),
    (SELECT r.key FROM mine r WHERE ST_DWithin(r.geom, h.geom, 1e-7) ORDER BY ST_Distance(r.geom, h.geom), r.key LIMIT 1))"""
_ON_BORDERS = text("""
UPDATE house h SET geom = p.geom, placed = 1 FROM (
    SELECT id, ST_PointN(ST_ExteriorRing(ST_GeometryN(r.geom, 1)), (h.id % 4 + 1)::integer) AS geom
    FROM house h JOIN region r ON r.key = h.region_key
    WHERE h.region_key BETWEEN :lo AND :hi AND h.placed = 1 ORDER BY h.id LIMIT 12) p
WHERE h.id = p.id
""")
HOMES = text("""
SELECT h.id, count(DISTINCT c.grid) FILTER (WHERE ST_Intersects(u.geom, h.geom)) AS touched,
       count(DISTINCT c.grid) FILTER (WHERE ST_Contains(u.geom, h.geom)) AS inside,
       bool_or(ST_DWithin(ST_Boundary(u.geom), h.geom, 1e-9)) AS on_border
FROM house h JOIN base_unit u ON ST_DWithin(u.geom, h.geom, 1e-9)
JOIN plan_cell c ON c.set_id = u.set_id AND c.number = u.number AND c.plan_id = :plan
WHERE h.geom IS NOT NULL GROUP BY h.id
""")
numbers = st.integers(0, 10_000)


class Planner(RuleBasedStateMachine):
    """One draft; every rule is one request of a planner, most of them sensible, some not."""

    access = director = None
    counted: dict[str, int] = {}

    def __init__(self):
        super().__init__()
        self.rare, self.elsewhere = set(), Workshop()
        self.open()
        self.whole = shapely.union_all(list(self.start.values()))
        self.houses = self.homes()

    def open(self, plan=None):
        """Go on with a plan, a new one of the grids in force where there is none."""
        if plan is None:
            with begin(self.access, reads=READS) as connection:
                plan, job = plans.open_plan(connection, self.access, plans.NewPlan(COMMUNITY, "随机"))
            assert job is None
        self.plan, self.version = plan, 1
        self.start = self.polygons()

    # -- what one does -----------------------------------------------------------------------

    def do(self, op, **sent):
        try:
            answer = editing.carry_out(self.access, self.plan, {"op": op, "version": self.version, **sent})
        except PlanRefused as refused:
            assert refused.message("zh") and refused.code != "broken", refused.code
            self.count(f"{op} refused")
            return
        except GeoappError:
            self.count(f"{op} invalid")
            return
        assert answer["version"] == self.version + 1
        self.version = answer["version"]
        self.count(op)

    def count(self, what):
        self.counted[what] = self.counted.get(what, 0) + 1

    def desk(self):
        with editing.opened(self.access, self.plan) as session:
            return session.desk

    def border(self, at):
        """Two neighbouring grids, and cells of the second that touch the first."""
        desk = self.desk()
        pairs = desk.editor.grid[desk.problem.borders.pairs]
        crossing = np.flatnonzero(pairs[:, 0] != pairs[:, 1])
        if len(crossing) == 0:
            return None
        one = int(crossing[at % len(crossing)])
        cells = desk.problem.borders.pairs[one]
        return desk, int(desk.editor.grid[cells[0]]), int(desk.editor.grid[cells[1]]), int(cells[1])

    @rule(at=numbers, more=st.integers(0, 3))
    def paint_at_the_border(self, at, more):
        if found := self.border(at):
            desk, to, other, cell = found
            near = [n for n in desk.editor._near[cell] if desk.editor.grid[n] == other][:more]
            self.do("paint", cells=[cell, *near], to=to)

    @rule(at=numbers, to=st.integers(0, 12))
    def paint_anywhere(self, at, to):
        self.do("paint", cells=[at % len(self.desk().shown)], to=to)

    @rule(at=numbers)
    def found_a_grid(self, at):
        self.do("paint", cells=[at % len(self.desk().shown)], to=None)

    @rule(at=numbers)
    def give_a_block(self, at):
        if found := self.border(at):
            self.do("block", cell=found[3], to=found[1])

    @rule(at=numbers)
    def drag_the_border(self, at):
        if found := self.border(at):
            desk, gaining, losing, cell = found
            centre = shapely.centroid(desk.shown[cell])
            path = shapely.LineString([(centre.x, centre.y - 4e-4), (centre.x, centre.y + 4e-4)])
            self.do("drag", gaining=gaining, losing=losing, path=as_geojson(np.array([path]))[0], reach=30)

    @rule(at=numbers, tilt=st.floats(-1, 1), share=st.floats(0.2, 0.8))
    def split_by_a_line(self, at, tilt, share):
        desk = self.desk()
        names = sorted(desk.editor.cells_of)
        grid = names[at % len(names)]
        w, s, e, n = shapely.bounds(shapely.union_all(desk.shown[sorted(desk.editor.cells_of[grid])]))
        x, slant = w + share * (e - w), tilt * (e - w) / 2
        line = [[x - slant, s - 1e-4], [x + slant, n + 1e-4]]
        self.do("split", grid=grid, line={"type": "LineString", "coordinates": line})

    @rule(at=numbers)
    def merge_neighbours(self, at):
        found = self.border(at)
        if found and len(found[0].editor.cells_of) > 3:
            self.do("merge", into=found[1], other=found[2])

    @rule(at=st.integers(0, 12), lock=st.booleans())
    def lock_or_unlock(self, at, lock):
        self.do("lock" if lock else "unlock", grids=[at] if lock else None)

    @rule(at=st.integers(0, 12))
    def facts(self, at):
        self.do(random.Random(at).choice(["renumber", "dedicate", "rename"]), grid=at, name=f"网格{at}")

    @rule(times=st.integers(1, 4))
    def undo(self, times):
        for _ in range(times):
            self.do("undo")

    @rule(times=st.integers(1, 4))
    def redo(self, times):
        for _ in range(times):
            self.do("redo")

    def rarely(self, what):
        """Whether what takes a second may be done: once in each draft, and after some edits."""
        if what in self.rare or self.version < 4:
            return False
        self.rare.add(what)
        self.count(what)
        return True

    @rule()
    def publish(self):
        """Submitted, approved by another, in force; the next draft begins with what is in force then."""
        if not self.rarely("publish"):
            return
        desired = self.polygons()
        for access, step in ((self.access, "submit"), (self.director, "approve")):
            with begin(access, reads=READS) as connection:
                self.version = lifecycle.take_step(connection, access, self.plan, step, self.version).version
        with write(self.access) as work:
            number = publish_plan(work, self.plan, self.version, None, {})
        assert carry_out(None, number) is not None
        with owner_engine().connect() as connection:
            assert connection.scalar(text(MISPLACED), INSIDE) == 0
            in_force = connection.execute(text(
                "SELECT ST_AsBinary(geom) AS wkb FROM region WHERE level = 'grid' AND key BETWEEN :lo AND :hi"
            ), INSIDE).all()  # fmt: skip
        there, _ = stretched(LATITUDE)
        shapes = moved(shapely.from_wkb(np.array([bytes(row.wkb) for row in in_force], dtype=object)), there)
        self.partition(shapes)
        assert len(shapes) == len(desired)
        assert sorted(shapely.area(shapes)) == pytest.approx(sorted(one.area for one in desired.values()), abs=0.01)
        self.open()

    @rule(at=numbers, wide=st.floats(-1e-4, 1e-4))
    def import_again(self, at, wide):
        """The grids as a file, one of them too big or too small: mended they are a draft of their own."""
        if not self.rarely("import"):
            return
        _, back = stretched(LATITUDE)
        given = moved(np.array(list(self.polygons().values()), dtype=object), back)
        given[at % len(given)] = shapely.buffer(given[at % len(given)], wide, join_style="mitre")
        parts = [Found(line, None, None, one) for line, one in enumerate(shapely.get_parts(given), 1) if not one.is_empty]
        with write(self.access) as work:
            number = importing.open_import(work.connection, self.access, COMMUNITY, "导入", "x.json", Content("EPSG:4326", parts))
            row = importing.find_import(work.connection, self.access, number)
            open_ones = {one.id: None for part in importing.look(work.connection, row) for one in part.still}
            row = importing.store_choices(work, number, row.version, 0.0, open_ones)
            plan = importing.make_plan(work, number, row.version)
        self.open(plan)

    @rule()
    def restart(self):
        """The server is started anew: the desk comes back from the database as it was."""
        if self.version % 3:  # no precondition: what a draft begins with depends on what was published before
            return
        before = self.desk().editor.grid.copy()
        workshop.forget()
        assert (self.desk().editor.grid == before).all()

    @rule()
    def stale(self):
        if self.version <= 3:
            return
        with pytest.raises(PlanRefused) as told:
            editing.carry_out(self.access, self.plan, {"op": "undo", "version": self.version - 1})
        assert told.value.code == "stale" and told.value.more["since"]["version"] == self.version

    # -- what holds --------------------------------------------------------------------------

    def polygons(self):
        """Grids from the database alone (metres), put together by another function than the editor's."""
        with owner_engine().connect() as connection:
            rows = connection.execute(text(
                "SELECT c.grid, ST_AsBinary(u.geom) AS wkb FROM plan_cell c "
                "JOIN base_unit u ON u.set_id = c.set_id AND u.number = c.number WHERE c.plan_id = :plan"
            ), {"plan": self.plan}).all()  # fmt: skip
        there, _ = stretched(LATITUDE)
        shapes = moved(shapely.from_wkb(np.array([bytes(row.wkb) for row in rows], dtype=object)), there)
        grids = np.array([row.grid for row in rows])
        return {int(name): shapely.union_all(shapes[grids == name]) for name in np.unique(grids)}

    def homes(self):
        with owner_engine().connect() as connection:
            return {row.id: row for row in connection.execute(HOMES, {"plan": self.plan})}

    def partition(self, shapes):
        union = shapely.union_all(shapes)
        assert abs(shapely.area(shapes).sum() - union.area) < 1e-4, "overlap"
        assert shapely.symmetric_difference(union, self.whole).area < 1e-3, "gap"
        assert abs(union.area - self.whole.area) < 0.01

    @invariant()
    def a_partition(self):
        shapes = np.array(list(self.polygons().values()), dtype=object)
        self.partition(shapes)
        desk = self.desk()
        assert desk.version == self.version
        assert (shapely.get_num_geometries(shapes) >= 1).all()

    @invariant()
    def another_process_follows(self):
        with begin(self.access, reads=READS) as connection:
            row = plans.find_plan(connection, self.access, self.plan)
            with self.elsewhere.desk(connection, row) as other:
                desk = self.desk()
                assert (other.editor.grid == desk.editor.grid).all() and other.facts == desk.facts
                assert (other.version, other.editor.next_grid) == (desk.version, desk.editor.next_grid)
                assert other.editor.locked == desk.editor.locked

    @invariant()
    def every_house_once(self):
        found = self.homes()
        assert set(found) == set(self.houses)
        wrong = [one for one in found.values() if not (one.on_border or (one.touched == one.inside == 1))]
        assert wrong == []
        desk = self.desk()
        figures = [desk.editor.figures(number) for number in desk.editor.cells_of]
        assert sum(one.extra["houses"] for one in figures) == len(desk.counts.house.ids)

    def teardown(self):
        """Back to the first step: the plan is what it was."""
        self.do("unlock")
        for _ in range(2_000):
            before = self.version
            self.do("undo")
            if self.version == before:
                break
        after = self.polygons()
        assert after.keys() == self.start.keys()
        assert all(after[name].equals(self.start[name]) for name in after)


def test_random_operations_keep_the_partition(own_city):
    with owner_transaction() as connection:
        build_town(connection)
        connection.execute(_ON_BORDERS, INSIDE)
    Planner.access, Planner.director, Planner.counted = own_city.access("planner"), own_city.access("director"), {}
    quick = settings(
        max_examples=1 + OPERATIONS // AT_ONCE, stateful_step_count=AT_ONCE, deadline=None, database=None,
        derandomize=OPERATIONS == QUICK, suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate),
    )  # fmt: skip
    run_state_machine_as_test(Planner, settings=quick)
    import_and_publish(Planner())
    workshop.forget()
    print(Planner.counted)  # noqa: T201
    assert Planner.counted.get("publish") and Planner.counted.get("import"), Planner.counted
    assert sum(Planner.counted.values()) >= OPERATIONS // 2, Planner.counted


def import_and_publish(planner):
    """Both at least once, whatever was drawn."""
    for step in (lambda: planner.import_again(at=1, wide=5e-5), planner.publish):
        for at in range(0, 4000, 100):
            if planner.version < 4:
                planner.paint_at_the_border(at=at, more=2)
        step()
        planner.a_partition()
        planner.every_house_once()
