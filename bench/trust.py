"""What protection costs: one number among millions, a page decrypted and masked, a name, a rotation.

    GEOAPP_DATABASE_NAME=… python -m bench.trust [--rounds 200]

Figures of #3: the search of one number within 2 x the unencrypted look-up, a page of 50 residents
within 1.3 x the same page in plain columns. Works on a filled city of `python -m bench` and changes
nothing there: the plain columns it compares with lie in temporary tables.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable

from sqlalchemy import BigInteger, Connection, bindparam, column, select, text
from sqlalchemy import table as sql_table

from geoapp.core.crypto import decrypt, search_hash
from geoapp.core.data_keys import KeyRing
from geoapp.core.db import owner_engine, table_of
from geoapp.people.models import Resident
from geoapp.people.name_tokens import NUMBER, has_name, has_number
from grids_boundaries.access import Access
from grids_boundaries.scope import RowScope
from layers.registry import all_registers
from spatial_queries.columns import shown_columns

resident = table_of(Resident)
SAMPLE = 2_000
PLAIN = sql_table(
    "plain", column("id"), column("region_key"), column("name"), column("sex"), column("birth_year"),
    column("type"), column("id_number"),
)  # fmt: skip
PAGE = 50


def medians(rounds: int, *ways: Callable[[int], object]) -> list[float]:
    """Milliseconds of each way, asked in turns so that noise meets all alike."""
    spent: list[list[float]] = [[] for _ in ways]
    for number in range(rounds):
        for place, way in enumerate(ways):
            start = time.perf_counter()
            way(number)
            spent[place].append((time.perf_counter() - start) * 1000)
    return [statistics.median(times) for times in spent]


def plain_copy(connection: Connection, keys: KeyRing) -> list[str]:
    """Table `plain`: every resident with a number in clear where it is sampled; the sampled numbers."""
    rows = connection.execute(
        select(resident.c.id, resident.c.id_enc).where(resident.c.id_enc.is_not(None))
        .order_by(resident.c.id_hash).limit(SAMPLE)
    ).all()  # fmt: skip
    known = {row.id: decrypt(bytes(row.id_enc), f"{NUMBER}.{row.id}", keys=keys) for row in rows}
    connection.execute(text(
        "CREATE TEMP TABLE plain AS SELECT county_code, id, region_key, name, sex, type, birth_year, "
        "'9' || encode(id_hash, 'hex') AS id_number FROM resident"
    ))  # fmt: skip
    connection.execute(text("CREATE INDEX ON plain (id_number)"))
    pairs = [{"i": i, "n": n} for i, n in known.items()]
    connection.execute(text("CREATE INDEX plain_id ON plain (id)"))
    connection.execute(text("CREATE INDEX ON plain (region_key)"))
    connection.execute(text("UPDATE plain SET id_number = :n WHERE id = :i"), pairs)
    connection.execute(text("ANALYZE plain"))
    return list(known.values())


def search(connection: Connection, numbers: list[str], rounds: int) -> list[float]:
    """One number: in clear through its index, and by keyed hash through its own."""
    def plain(turn: int) -> object:
        number = numbers[turn % len(numbers)]
        return connection.execute(select(PLAIN.c.id, PLAIN.c.name).where(PLAIN.c.id_number == number)).all()

    def hashed(turn: int) -> object:
        number = numbers[turn % len(numbers)]
        return connection.execute(
            select(resident.c.id, resident.c.name).where(resident.c.id_hash == search_hash(number, NUMBER))
        ).all()

    def number_or_phone(turn: int) -> object:
        return connection.execute(
            select(resident.c.id, resident.c.name).where(has_number(numbers[turn % len(numbers)]))
        ).all()

    return medians(rounds, plain, hashed, number_or_phone)


def page(connection: Connection, rounds: int) -> list[float]:
    """Fifty residents of a grid: plain columns as they are, and opened, masked and rendered."""
    grids = connection.scalars(text(
        "SELECT region_key FROM plain GROUP BY 1 HAVING count(*) > 60 ORDER BY 1 LIMIT 40"
    )).all()  # fmt: skip
    register = all_registers()["residents"]
    access = Access(RowScope.nothing(), frozenset({"register:residents:read", "register:residents:name"}))
    chosen = ("name", "sex", "birth_year", "type", "id_number")
    columns = shown_columns(register, access, chosen)
    shown = [column.renderer("zh") for column in columns]
    of_grid = bindparam("g", type_=BigInteger)
    in_clear = (
        select(PLAIN.c.id, *(PLAIN.c[name] for name in chosen)).where(PLAIN.c.region_key == of_grid)
        .order_by(PLAIN.c.id).limit(PAGE)
    )  # fmt: skip
    sealed = (
        select(resident.c.id, *(c.expression for c in columns)).where(resident.c.region_key == of_grid)
        .order_by(resident.c.id).limit(PAGE)
    )  # fmt: skip

    def plain(turn: int) -> object:
        rows = connection.execute(in_clear, {"g": grids[turn % len(grids)]}).all()
        return [[*(r(v, row[0]) for r, v in zip(shown[:-1], row[1:-1], strict=True)), row[-1]] for row in rows]

    def opened(turn: int) -> object:
        rows = connection.execute(sealed, {"g": grids[turn % len(grids)]}).all()
        return [[r(v, row[0]) for r, v in zip(shown, row[1:], strict=True)] for row in rows]

    return medians(rounds, plain, opened)


def names(connection: Connection, rounds: int) -> list[float]:
    """A name of three characters, everywhere and in one county."""
    some = connection.scalars(text("SELECT name FROM plain WHERE id % 997 = 7 LIMIT 200")).all()
    everywhere = RowScope(((0, 10**15),))
    county = connection.scalar(text("SELECT min(region_key) / 1000000000 FROM plain"))
    one = RowScope(((county * 10**9, county * 10**9 + 10**9 - 1),))

    def asked(scope: RowScope) -> Callable[[int], object]:
        inside = scope.clause(resident.c.region_key)
        return lambda turn: connection.execute(
            select(resident.c.id).where(inside, has_name(some[turn % len(some)], scope)).limit(21)
        ).all()

    return medians(max(rounds // 10, 10), asked(everywhere), asked(one))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser("bench.trust", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    with owner_engine().connect() as connection:
        people = connection.scalar(text("SELECT count(*) FROM resident"))
        numbers = plain_copy(connection, KeyRing.on(connection))
        clear, hashed, either = search(connection, numbers, rounds)
        plain, opened = page(connection, rounds)
        everywhere, county = names(connection, rounds)
        connection.rollback()
    print(f"{people:,} residents, medians of {rounds}, ms")
    print(f"number    plain index {clear:.3f}   keyed hash {hashed:.3f} ({hashed / clear:.2f} x)")
    print(f"          number or phone {either:.3f}")
    print(f"page {PAGE}   plain columns {plain:.3f}   opened and masked {opened:.3f} ({opened / plain:.2f} x)")
    print(f"name      everywhere {everywhere:.1f}   one county {county:.1f}")
    return 0 if hashed <= 2 * clear and opened <= 1.3 * plain else 1


if __name__ == "__main__":
    os.environ.setdefault("GEOAPP_LOG_LEVEL", "WARNING")
    sys.exit(main())
