"""What protection costs (#3): one number among all residents, a page of fifty, appends to the log.

    python -m bench --only trust        # with the city of a million houses, three million residents

A number is looked for as the search box does (keyed hash of number or phone, the reader's area, row
policies), and beside it in clear: with the same area and policies, and bare. A page of fifty is asked of two
servers: ours, and ours with a plain column in place of the sealed one (`bench.plain_columns`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from sqlalchemy import Column, Connection, MetaData, Select, Table, Text, select, text

from bench import server
from bench.aims import Aim
from bench.audit import measure_appends
from bench.cases import AS_LIST
from bench.http import Client, Request
from bench.load import Figures
from bench.place import City, run, say
from bench.run import Result
from bench.turns import in_turns
from geoapp.accounts.identity import session_identity
from geoapp.core.crypto import decrypt
from geoapp.core.data_keys import KeyRing
from geoapp.core.db import app_engine, owner_engine, owner_transaction, table_of
from geoapp.people.models import Resident
from geoapp.people.name_tokens import NUMBER, has_name, has_number
from grids_boundaries.access import Access, begin
from layers.registry import all_registers
from spatial_queries.columns import shown_columns
from spatial_queries.query import SpatialQuery
from spatial_queries.selection import compile_query

resident = table_of(Resident)
SAMPLE, PAGE = 500, 50
KEPT = ("county_code", "id", "region_key", "name", "state")
plain = Table("bench_plain", MetaData(), *(Column(n, resident.c[n].type) for n in KEPT), Column("id_number", Text))
_PLAIN = """
    DROP TABLE IF EXISTS bench_plain;
    CREATE TABLE bench_plain AS SELECT county_code, id, region_key, name, state,
        substr(encode(coalesce(id_hash, int8send(id)), 'hex'), 1, 18) AS id_number FROM resident;
    ALTER TABLE bench_plain ADD PRIMARY KEY (county_code, id);
    CREATE INDEX ON bench_plain (id_number);
    CREATE INDEX ON bench_plain (region_key);
    ALTER TABLE bench_plain ENABLE ROW LEVEL SECURITY;
    GRANT SELECT ON bench_plain TO geoapp_app;
    DO $$
    BEGIN
        EXECUTE format('CREATE POLICY in_scope ON bench_plain TO geoapp_app USING (%s)', (
            SELECT pg_get_expr(polqual, polrelid) FROM pg_policy
            WHERE polname = 'in_scope' AND polrelid = 'resident'::regclass));
    END $$;
    ANALYZE bench_plain;
"""
"""Residents with a number in clear, under the same policy as the sealed ones."""


def measure_trust(city: City, quick: bool = False) -> list[Result]:
    """The three figures; the searches in a process of their own, with the settings of the city."""
    say("  what protection costs")
    turns = 3 if quick else 25
    command = [sys.executable, "-m", "bench.trust", city.session, str(city.postmaster), str(turns)]
    told = {
        job: {way: Figures(**figures) for way, figures in ways.items()}
        for job, ways in json.loads(run(command, city.environment)).items()
    }
    page = _page(city, turns)
    appends = measure_appends(city.cluster, *((10, 100) if quick else (50, 1000)))
    clear = Aim.cpu_of("in clear, same area", 2.0), Aim.cpu_of("in clear, bare", 2.0)
    return [
        _result("trust-number", "one number among all residents", told["number"], *clear),
        _result("trust-page", "page of 50 residents of a grid, as served", page, Aim.cpu_of("plain columns", 1.3)),
        _result("trust-rows", "its rows alone: read, opened, masked", told["rows"]),
        _result("trust-name", "a name in the reader's whole area", told["names"]),
        _result("trust-appends", "audit: 50 writers x 1,000, sealed beside", appends, Aim.rate(1000)),
    ]  # fmt: skip


def _result(key: str, title: str, ways: dict[str, Figures], *aims: Aim) -> Result:
    return Result(key, title, ways, tuple(aim.judge(ways) for aim in aims))


def _page(city: City, turns: int) -> dict[str, Figures]:
    with city.connect() as connection:
        grids = [row[0] for row in connection.execute(
            "SELECT region_key FROM resident WHERE state = 'active' GROUP BY 1 HAVING count(*) > 60"
            " ORDER BY hashint8(region_key) LIMIT 100")]  # fmt: skip
    requests = [Request(f"/registers/residents?region={grid}&limit={PAGE}", AS_LIST) for grid in grids]
    beside = server.ours(city, application="bench.plain_columns:create_app()")
    with server.ours(city) as (ours, header), beside as (other, _):
        clients = {"ours": Client(ours.port, header), "plain columns": Client(other.port, header)}
        ways = {
            name: lambda n, client=client: len(client.get(requests[n % len(requests)]).body)
            for name, client in clients.items()
        }
        return in_turns(
            ways, city.postmaster, {"ours": ours.pid, "plain columns": other.pid}, turns=turns, each=20
        )


# -- in the process with the city's settings ---------------------------------------------------------


@contextmanager
def _plain_table() -> Iterator[dict[str, str]]:
    """The table with numbers in clear, while it is needed; sampled numbers as they are there and as they are."""
    with owner_transaction() as connection:
        connection.execution_options(no_parameters=True).exec_driver_sql(_PLAIN)
    try:
        with owner_transaction() as connection:
            yield _sampled(connection)
    finally:
        with owner_transaction() as connection:
            connection.execute(text("DROP TABLE bench_plain"))


def _sampled(connection: Connection) -> dict[str, str]:
    keys = KeyRing.on(connection)
    rows = connection.execute(
        select(resident.c.id, resident.c.id_enc, plain.c.id_number).join(plain, plain.c.id == resident.c.id)
        .where(resident.c.id_enc.is_not(None), resident.c.state == "active").order_by(resident.c.id_hash).limit(SAMPLE)
    ).all()  # fmt: skip
    return {row.id_number: decrypt(bytes(row.id_enc), f"{NUMBER}.{row.id}", keys=keys) for row in rows}


def _numbers(access: Access, postmaster: int, turns: int, known: dict[str, str]) -> dict[str, Figures]:
    pairs = list(known.items())
    selection = compile_query(SpatialQuery("residents"), all_registers()["residents"], access=access)

    def ours(turn: int) -> Select:
        return selection.select(resident.c.id, resident.c.name).where(has_number(pairs[turn % len(pairs)][1]))

    def bare(turn: int) -> Select:
        mine = (plain.c.state == "active", plain.c.id_number == pairs[turn % len(pairs)][0])
        return select(plain.c.id, plain.c.name).where(*mine)

    def scoped(turn: int) -> Select:
        return bare(turn).where(access.scope.clause(plain.c.region_key))

    with begin(access) as reader, owner_engine().connect() as owner:
        owner.exec_driver_sql("SET jit = off; SET plan_cache_mode = force_custom_plan")
        owner.connection.driver_connection.prepare_threshold = None  # type: ignore[union-attr]
        ways = {"ours": (reader, ours), "in clear, same area": (reader, scoped), "in clear, bare": (owner, bare)}
        return in_turns({name: _one(*way) for name, way in ways.items()}, postmaster, {}, turns=turns, each=40)


def _one(connection: Connection, build):
    def ask(turn: int) -> int:
        (row,) = connection.execute(build(turn)).all()
        return len(row.name)

    return ask


def _rows(access: Access, postmaster: int, turns: int) -> dict[str, Figures]:
    """Fifty rows with and without the sealed column, each value as a list shows it."""
    register = all_registers()["residents"]
    with owner_transaction() as connection:
        grids = connection.scalars(text(
            "SELECT region_key FROM resident WHERE state = 'active' GROUP BY 1 HAVING count(*) > 60"
            " ORDER BY hashint8(region_key) LIMIT 40"
        )).all()  # fmt: skip
    columns = shown_columns(register, access, ("name", "sex", "birth_year", "type", "id_number"))
    selection = compile_query(SpatialQuery("residents"), register, access=access)
    clear = [*(c.expression for c in columns[:-1]), resident.c.id_kind]

    def rows(connection: Connection, expressions, shown):
        query = selection.select(resident.c.id, *expressions).order_by(resident.c.id).limit(PAGE)

        def ask(turn: int) -> int:
            found = connection.execute(query.where(resident.c.region_key == grids[turn % len(grids)])).all()
            return sum(len(str([r(v, row[0]) for r, v in zip(shown, row[1:], strict=True)])) for row in found)

        return ask

    shown = [column.renderer("zh") for column in columns]
    with begin(access) as reader:
        ways = {
            "ours": rows(reader, [c.expression for c in columns], shown),
            "plain columns": rows(reader, clear, [*shown[:-1], lambda value, _: value]),
        }
        return in_turns(ways, postmaster, {}, turns=turns, each=20)


def _names(access: Access, postmaster: int, turns: int, known: dict[str, str]) -> dict[str, Figures]:
    """Names of those sampled in the reader's whole area, of the first page's length."""
    with owner_transaction() as connection:
        there = plain.c.id_number.in_(list(known)[:100])
        names = connection.scalars(select(plain.c.name).where(there)).all()
    selection = compile_query(SpatialQuery("residents"), all_registers()["residents"], access=access)

    def ask(turn: int) -> int:
        condition = has_name(names[turn % len(names)], access.scope)
        assert condition is not None
        return len(reader.execute(selection.select(resident.c.id).where(condition).limit(21)).all())

    with begin(access) as reader:
        return in_turns({"ours": ask}, postmaster, {}, turns=max(turns // 5, 1), each=10)


def main(secret: str, postmaster: int, turns: int) -> dict[str, dict[str, dict]]:
    """The figures of searches and rows, by job and way."""
    identity = session_identity(secret)
    assert identity is not None
    access = identity.access
    with _plain_table() as known:
        found = {
            "number": _numbers(access, postmaster, turns, known), "rows": _rows(access, postmaster, turns),
            "names": _names(access, postmaster, turns, known),
        }  # fmt: skip
    app_engine().dispose()
    return {job: {way: asdict(figures) for way, figures in ways.items()} for job, ways in found.items()}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
