"""One edit of a plan of a county of half a million homes: in this process, and through the real server (#5).

    python -m bench.editing [instance]      # s500k; makes its database where there is none, some minutes, once

The instance of `bench.partition` becomes regions, grids in force, base units, buildings and houses, and one plan of
the whole county. Each edit is what a browser sends; after each one the server has proven the partition, and
at the end it is proven again from the database. CPU is that of all processes of the server and the database.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import shapely
from sqlalchemy import Connection, text

from bench import server
from bench.cpu import spent
from bench.editing_county import COUNTY, fill
from bench.http import Client, Request
from bench.place import HOME, City, cluster, say
from geoapp.accounts.actions import open_session
from geoapp.core.cluster import Cluster
from geoapp.core.cluster_roles import ensure_database
from geoapp.core.db import owner_engine, owner_transaction
from geoapp.core.errors import GeoappError
from geoapp.core.migrate import upgrade
from geoapp.core.settings import get_settings
from geoapp.planning import editing, plans
from geoapp.planning.counts import READS
from geoapp.planning.deriving import moved
from geoapp.planning.shapes import as_geojson
from geoapp.planning.workshop import Desk
from grids_boundaries.access import Access, begin
from grids_boundaries.keys import parse_code
from grids_boundaries.scope import RowScope

DATABASE, EDITS, WARM = "bench_editing", 140, 14
KINDS = ("block", "paint", "drag", "merge", "split", "undo", "redo")
MOST_MS = 40.0
LEAST_GRIDS = 9
"""Below this nothing is merged any more."""
Document = dict[str, Any]


class Took(NamedTuple):
    """One edit: milliseconds of CPU and of the clock, bytes of its answer."""

    kind: str
    cpu: float
    wall: float
    size: int


def main() -> int:
    """Print the table; 1 where the aim is missed."""
    name = sys.argv[1] if len(sys.argv) > 1 else "s500k"
    with cluster() as running:
        os.environ |= {"GEOAPP_DATABASE_NAME": f"{DATABASE}_{name}", "GEOAPP_DATA_DIR": str(HOME)}
        get_settings.cache_clear()
        ensure_database(running.place, get_settings().database_name)
        upgrade(get_settings())
        with owner_engine().connect() as connection:
            full = connection.scalar(text("SELECT EXISTS (SELECT FROM house)"))
        if not full:
            say(f"  filling {name}, once")
            fill(name)
        return measured(running)


def measured(running: Cluster) -> int:
    """In this process, then through HTTP."""
    access, plan = opened()
    here = in_process(access, plan, running.pid or 0)
    there = through_http(access, plan, running)
    for title, found in (("in process", here), ("HTTP", there)):
        told(title, found)
    proven(plan)
    return 0 if quantile([one.wall for one in there], 0.95) <= MOST_MS else 1


def opened() -> tuple[Access, int]:
    """A planner of the county and a new plan of it."""
    code = parse_code(COUNTY)
    with owner_transaction() as connection:
        user = connection.execute(text(
            "SELECT u.id, r.permissions FROM app_user u JOIN role r ON r.key = u.role_key WHERE username = 'planner'"
        )).one()  # fmt: skip
    access = Access(RowScope(((code.lo, code.hi),)), frozenset(user.permissions), user.id)
    start = time.perf_counter()
    with begin(access, reads=READS) as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        plan, _ = plans.open_plan(connection, access, plans.NewPlan(COUNTY, "bench"))
    with editing.opened(access, plan) as session:
        cells, grids, homes = len(session.desk.shown), len(session.desk.facts), int(session.desk.counts.homes.sum())
    say(f"{homes:,} homes, {cells:,} units, {grids:,} grids; opened in {time.perf_counter() - start:.1f} s")
    return access, plan


def in_process(access: Access, plan: int, postmaster: int) -> list[Took]:
    """By the function the route calls; CPU of this process and of the database."""

    def send(document: Document) -> int:
        return len(json.dumps(editing.carry_out(access, plan, document), ensure_ascii=False, separators=(",", ":")))

    return list(timed(access, plan, send, lambda: time.process_time() + spent(postmaster)))


def through_http(access: Access, plan: int, running: Cluster) -> list[Took]:
    """By the route, session, transaction and gzip included."""
    with owner_transaction() as connection:
        session = open_session(connection, access.user_id or 0, "bench")
    city = City(0, get_settings().database_name, dict(os.environ), {}, session, (0, 0), running.pid or 0, running)
    with server.ours(city) as (ours, header):
        client = Client(ours.port, header)
        page = client.get(Request("/about", {"Accept-Encoding": "identity"})).body.decode()
        token = re.findall(r'name="csrf-token" content="([^"]+)"', page)[0]
        head = {"X-CSRF-Token": token, "Content-Type": "application/json", "Accept": "application/json"}

        def send(document: Document) -> int:
            body = json.dumps(document).encode()
            answer = client.post(f"/planner/api/plans/{plan}/edits", body, head)
            if answer.status == 422:
                raise GeoappError("refused")
            if answer.status != 200:
                raise RuntimeError(f"{answer.status} {answer.body[:300]!r}")
            return len(answer.body)

        found = list(timed(access, plan, send, lambda: spent(ours.pid) + spent(running.pid)))
        client.close()
    return found


def timed(access: Access, plan: int, send: Callable[[Document], int], cpu: Callable[[], float]) -> Iterator[Took]:
    """EDITS accepted edits of each kind in turn, after some that are not counted."""
    random, done, at = np.random.default_rng(9), 0, 0
    while done < EDITS + WARM:
        kind = KINDS[at % len(KINDS)]
        at += 1
        document = edit(access, plan, kind, random)
        before, start = cpu(), time.perf_counter()
        try:
            size = send(document)
        except GeoappError:
            continue
        wall = time.perf_counter() - start
        done += 1
        if done > WARM:
            yield Took(kind, (cpu() - before) * 1000, wall * 1000, size)


def edit(access: Access, plan: int, kind: str, random: np.random.Generator) -> Document:
    """What a browser would send for an edit at a random border."""
    with editing.opened(access, plan) as session:
        desk, version = session.desk, session.plan.version
        if kind == "merge" and len(desk.editor.cells_of) < LEAST_GRIDS:
            kind = "split"
        return {"op": kind, "version": version, **drawn(desk, kind, random)}


def drawn(desk: Desk, kind: str, random: np.random.Generator) -> Document:
    """The parts of an edit beside its kind."""
    pairs = desk.editor.grid[desk.editor.net.pairs]
    crossing = np.flatnonzero(pairs[:, 0] != pairs[:, 1])
    one = int(crossing[random.integers(len(crossing))])
    (_, cell), (to, own) = desk.editor.net.pairs[one].tolist(), pairs[one].tolist()
    near = [n for n in desk.editor._near[cell] if desk.editor.grid[n] == own]
    middle = desk.editor.net.centre[cell]
    west, south, east, north = desk.editor.shapes[own].bounds
    x = random.uniform(west, east, 2)

    def line(points: Any) -> Any:
        return as_geojson(moved(np.array([shapely.LineString(points)], dtype=object), desk.back))[0]

    return {
        "block": {"cell": cell, "to": to}, "paint": {"cells": [cell, *near[:4]], "to": to},
        "drag": {"gaining": to, "losing": own, "path": line([middle, middle + random.uniform(-80, 80, 2)])},
        "merge": {"into": to, "other": own},
        "split": {"grid": own, "line": line([(x[0], south - 5), (x[1], north + 5)])},
        "undo": {}, "redo": {},
    }[kind]  # fmt: skip


def told(title: str, found: list[Took]) -> None:
    """One row for all, one for each kind."""
    for kind in ("", *KINDS):
        mine = [one for one in found if kind in ("", one.kind)]
        if mine:
            cpu, wall = [one.cpu for one in mine], [one.wall for one in mine]
            print(
                f"{title:10} {kind or 'all':6} {len(mine):4}"
                f"  CPU {quantile(cpu, 0.5):6.1f} {quantile(cpu, 0.95):6.1f} ms"
                f"  clock {quantile(wall, 0.5):6.1f} {quantile(wall, 0.95):6.1f} ms"
                f"  {np.mean([one.size for one in mine]) / 1000:6.1f} kB"
            )


def proven(plan: int) -> None:
    """From the database alone: every community is the sum of its grids, none overlaps another."""
    with owner_engine().connect() as connection:
        worst = max(apart(connection, plan, key) for key in connection.scalars(text(
            "SELECT region_key FROM plan_part WHERE plan_id = :plan"), {"plan": plan}))  # fmt: skip
    print(f"gaps, overlaps and what reaches out, the worst community: {worst:.6f} m2")


def apart(connection: Connection, plan: int, community: int) -> float:
    """Square metres by which the grids of a community are no partition of it."""
    rows = connection.execute(text(
        "SELECT ST_AsBinary(ST_Union(u.geom)) AS wkb FROM plan_cell c JOIN base_unit u "
        "ON u.set_id = c.set_id AND u.number = c.number WHERE c.plan_id = :plan AND c.region_key = :key GROUP BY c.grid"
    ), {"plan": plan, "key": community}).all()  # fmt: skip
    outline = connection.scalar(text("SELECT ST_AsBinary(geom) FROM region WHERE key = :key"), {"key": community})
    shapes = shapely.from_wkb(np.array([bytes(row.wkb) for row in rows], dtype=object))
    whole, union = shapely.from_wkb(bytes(outline)), shapely.union_all(shapes)
    lost = shapely.area(shapely.symmetric_difference(union, whole)) + abs(shapely.area(shapes).sum() - union.area)
    return float(lost) * 1.07e10


def quantile(values: list[float], share: float) -> float:
    """0 without any."""
    return float(np.quantile(values, share)) if values else 0.0


if __name__ == "__main__":
    sys.exit(main())
