"""What the area costs: the same statements as the application's role within a reader's area, held
by row policies, and as the owner without either. The rows are the same, for the area is the whole
city, and so are the planner's settings.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

import shapely
from sqlalchemy import ColumnElement, Connection, Select, true

from bench.cases import around, distinct_tiles, house_points, polygon
from bench.cpu import spent
from bench.place import City, run, say
from geoapp.accounts.identity import session_identity
from geoapp.core.db import owner_engine
from grids_boundaries.access import Access, begin
from grids_boundaries.scope import RowScope
from layers.registry import all_registers
from spatial_queries.columns import shown_columns
from spatial_queries.paging import ids_first
from spatial_queries.parse import parse_query
from spatial_queries.selection import Selection
from tiles import points, shapes, statements
from tiles.address import TileAddress

LIMIT = 1.2
ROUNDS, TIMES = 5, 60


@dataclass(frozen=True)
class ScopeCost:
    """CPU milliseconds of the database with and without area and row policies."""

    title: str
    within: float
    without: float

    @property
    def ratio(self) -> float:
        return self.within / max(self.without, 1e-6)

    @property
    def reached(self) -> bool:
        return self.ratio <= LIMIT


class _Everything(RowScope):
    """A scope without a condition, for the owner."""

    __slots__ = ()

    def clause(self, column: ColumnElement) -> ColumnElement[bool]:
        return true()


def measure_scope(city: City, quick: bool = False) -> list[ScopeCost]:
    """In a process of its own, with the settings of the city's database."""
    say("  cost of the access scope")
    rounds, times = (2, 20) if quick else (ROUNDS, TIMES)
    command = [sys.executable, "-m", "bench.scope", city.session, str(city.postmaster), str(rounds)]
    told = run([*command, json.dumps(house_points(city)[:times])], city.environment)
    return [ScopeCost(**one) for one in json.loads(told)]


def _compare(
    secret: str, postmaster: int, rounds: int, places: list[tuple[float, float]]
) -> list[ScopeCost]:
    identity = session_identity(secret)
    assert identity is not None
    within = identity.access
    without = replace(within, scope=_Everything(((0, 10**15 - 1),)))
    found = []
    for title, build in _questions().items():
        costs: dict[str, list[float]] = {"within": [], "without": []}
        for _ in range(rounds):
            for name, opened, access in (("within", _reader, within), ("without", _owner, without)):
                with opened(access) as connection:
                    costs[name].append(_cost(connection, access, build, places, postmaster))
        found.append(ScopeCost(title, min(costs["within"]), min(costs["without"])))
    return found


@contextmanager
def _reader(access: Access) -> Iterator[Connection]:
    with begin(access) as connection:
        yield connection


@contextmanager
def _owner(_: Access) -> Iterator[Connection]:
    with owner_engine().begin() as connection:
        connection.exec_driver_sql(
            "SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0;"
            " SET LOCAL plan_cache_mode = force_custom_plan"
        )
        connection.connection.driver_connection.prepare_threshold = None
        yield connection


def _cost(
    connection: Connection,
    access: Access,
    build: Callable,
    places: list[tuple[float, float]],
    postmaster: int,
) -> float:
    """CPU milliseconds of the database for one question, built beforehand."""
    asked = [build(access, place) for place in places]
    made = [(statements.compiled(select), values) for select, values in asked]
    for one, values in made[:5]:
        one.run(connection, **values)
    before = spent(postmaster)
    for one, values in made:
        one.run(connection, **values)
    return (spent(postmaster) - before) * 1000 / len(made)


def _questions() -> dict[
    str, Callable[[Access, tuple[float, float]], tuple[Select, dict[str, object]]]
]:
    def tile(name: str, zoom: int, build: Callable[[Selection], Select]) -> Callable:
        def ask(access: Access, place: tuple[float, float]) -> tuple[Select, dict[str, object]]:
            address = _tile(place, zoom)
            places = statements.degrees(address) | statements.metres(address)
            return build(_selection(access, name)), places

        return ask

    def listed(
        name: str, query: Callable[[tuple[float, float]], str], **areas: Callable
    ) -> Callable:
        def ask(access: Access, place: tuple[float, float]) -> tuple[Select, dict[str, object]]:
            shapes_of = {key: shapely.from_wkt(make(place)) for key, make in areas.items()}
            selection = _selection(access, name, query(place), shapes_of)
            columns = {c.label: c.expression for c in shown_columns(selection.register, access)}
            return ids_first(selection, columns), {}

        return ask

    def box(place: tuple[float, float]) -> str:
        return "bbox=" + ",".join(f"{edge:.7f}" for edge in around(place, 200))

    return {
        "house tile z16, from the records": tile("houses", 16, points._records),
        "house tile z14, from the records": tile("houses", 14, points._records),
        "building tile z16": tile("buildings", 16, lambda s: shapes._shapes(s, 16)),
        "houses in a box, page and total": listed("houses", box),
        "nearest 20 houses": listed("houses", lambda p: f"near={p[0]:.6f},{p[1]:.6f},20"),
        "residents in a polygon of 0.8 km, page and total": listed(
            "residents", lambda p: "area=drawn", drawn=lambda p: polygon(p, 800)
        ),
    }


def _tile(place: tuple[float, float], zoom: int) -> TileAddress:
    return distinct_tiles([place], zoom, 1)[0]


def _selection(access: Access, name: str, query: str = "", areas: dict | None = None) -> Selection:
    register = all_registers()[name]
    return Selection(
        parse_query(register, parse_qsl(query), access, (areas or {}).__getitem__), register, access
    )


if __name__ == "__main__":
    _, session, pid, count, where = sys.argv
    costs = _compare(session, int(pid), int(count), [tuple(place) for place in json.loads(where)])
    print(json.dumps([{"title": c.title, "within": c.within, "without": c.without} for c in costs]))
