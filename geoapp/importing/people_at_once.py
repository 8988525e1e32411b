"""Rows of people that become residents thousands at a time, with homes, search entries and logs.

The rules are those of a claim (`geoapp.people.identity`); what they write is sealed in one go and sent
by one COPY. A row that needs more than that (a household, no number to tell it by, a record that left) is
left waiting, for the claim itself. Numbers of a house's residents follow; kept counts follow at the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, text

from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.core.bulk import copy_rows
from geoapp.core.clock import today
from geoapp.core.crypto import decrypt_many, encrypt_many, search_hashes_of
from geoapp.core.data_keys import KeyRing, ring
from geoapp.core.errors import InvalidInput
from geoapp.core.index_keys import index_ring
from geoapp.importing import codes
from geoapp.importing import fill_statements as sql
from geoapp.importing.targets import told_of
from geoapp.importing.templates import RECORD
from geoapp.people.children import real_name
from geoapp.people.identity import Identity, check_told
from geoapp.people.name_tokens import NUMBER, PHONE, tokens_as_array
from geoapp.people.name_words import same_name
from geoapp.people.registering import UNTIL_HOUSED
from geoapp.people.rules import CHILD, is_child
from grids_boundaries.access import Access
from grids_boundaries.in_force import let_boundaries_stand


class Waiting(NamedTuple):
    """A row of a file that waits, locked by the transaction: its cells are sealed."""

    id: int
    region_key: int
    cells_enc: bytes | None


class Plain(NamedTuple):
    """Somebody who is told by a number, and where the row says they live."""

    row_id: int
    region_key: int
    person: Identity
    house_number: str | None
    no_house_reason: str


@dataclass
class Piece:
    """Some rows of one file. `store` writes what is plain and counts it; the others stay as they are."""

    connection: Connection
    access: Access
    rows: Sequence[Waiting]
    made: int = 0
    unchanged: int = 0
    failed: Counter[str] = field(default_factory=Counter)

    def store(self) -> None:
        """Check, seal, write, in the transaction of the connection."""
        let_boundaries_stand(self.connection, self.access.scope)
        people = list(self._checked())
        if people:
            self._copy(people)
            self._store(people)

    def _checked(self) -> Iterator[Plain]:
        wrong: list[tuple[int, str, int | None]] = []
        day, grids = today(), self._grids()
        changing = index_ring().keys().changing  # the unique index tells equal hashes only
        for (row_id, region_key, _), cells in zip(self.rows, _opened(self.rows), strict=True):
            if region_key % 1000 == 0:
                wrong.append((row_id, "no_grid", None))
                continue
            if cells.get(RECORD) or region_key not in grids:
                continue
            try:
                person = check_told(told_of(cells), day)
            except InvalidInput:
                wrong.append((row_id, "incomplete", None))
                continue
            if person.number is not None and not cells.get("household_number") and not changing:
                reason = cells.get("no_house_reason") or UNTIL_HOUSED
                yield Plain(row_id, region_key, person, cells.get("house_number"), reason)
        self._fail(wrong)

    def _grids(self) -> set[int]:
        """Which of the rows' regions are grids today."""
        keys = sorted({row.region_key for row in self.rows})
        return set(self.connection.scalars(text(sql.GRIDS), {"keys": keys}))

    def _copy(self, people: Sequence[Plain]) -> None:
        run = self.connection.execute
        run(text(sql.READY))
        ids = list(self.connection.scalars(text(sql.IDS), {"n": len(people)}))
        copy_rows(self.connection, sql.PERSON, sql.COLUMNS, _lines(people, ids, KeyRing.on(self.connection)))
        if any(one.house_number for one in people):
            run(text(sql.HOUSES))
        run(text(sql.SLOW))

    def _store(self, people: Sequence[Plain]) -> None:
        run = self.connection.execute
        count = int(run(text(f"SELECT count(*) FROM {sql.PERSON}")).scalar_one())  # noqa: S608 - a name of ours
        self.made = run(text(sql.STORE)).rowcount
        if self.made < count:
            self._held({one.row_id: one.person for one in people})
        facts = {"day": today(), "who": self.access.user_id, "claimed": codes.CLAIMED}
        homes = sql.HOMES if any(one.house_number for one in people) else ()
        for statement in (*homes, *sql.FOLLOW):
            run(text(statement), facts)
        if self.made:
            where = self.access.scope.ranges[0][0]
            record(
                self.connection, self.access, Action.CREATE, register="residents", count=self.made, area_key=where,
                facts={"step": "import"},
            )  # fmt: skip

    def _held(self, people: dict[int, Identity]) -> None:
        """Rows whose number is on the register: the same person of the same name, or one to compare."""
        along: list[dict[str, Any]] = []
        wrong: list[tuple[int, str, int | None]] = []
        for one in self.connection.execute(text(sql.HELD)).all():
            person = people[one.row_id]
            if same_name(real_name(one)) == same_name(person.name):
                who = self.access.user_id
                along.append({"row": one.row_id, "target": one.id, "who": who, "along": codes.CLAIMED_ALONG})
            else:
                wrong.append((one.row_id, "duplicate" if one.type == person.type else "other_type", one.id))
        self.unchanged += len(along)
        if along:
            self.connection.execute(text(sql.ALONG), along)
        self._fail(wrong)

    def _fail(self, wrong: Iterable[tuple[int, str, int | None]]) -> None:
        found = [{"row": row_id, "failure": code, "holder": holder} for row_id, code, holder in wrong]
        self.failed.update(str(one["failure"]) for one in found)
        if found:
            self.connection.execute(text(sql.FAILED), found)


# -- parts ---------------------------------------------------------------------------------


def _opened(rows: Sequence[Waiting]) -> Iterator[dict[str, str]]:
    """The cells of each row; none of one that was emptied."""
    there = [row for row in rows if row.cells_enc is not None]
    places = (f"import_row.cells.{row.id}" for row in there)
    cells = decrypt_many([row.cells_enc for row in there if row.cells_enc], places, keys=ring())
    for row in rows:
        yield orjson.loads(next(cells))["cells"] if row.cells_enc is not None else {}


def _lines(people: Sequence[Plain], ids: Sequence[int], keys: KeyRing) -> Iterable[tuple]:
    """Tuples in the order of COLUMNS, one for each person and id."""
    day = today()
    who = [one.person for one in people]
    numbers = [one.number.text if one.number else None for one in who]
    phones = [one.phone for one in who]
    child = [is_child(one.birth_date, day) for one in who]
    sealed = _Sealing(keys, day.year, ids)
    return zip(
        [one.row_id for one in people], ids, [f"{one.region_key // 10**9:06d}" for one in people],
        [one.region_key for one in people],
        [CHILD if small else one.name for one, small in zip(who, child, strict=True)],
        sealed("name", [one.name if small else None for one, small in zip(who, child, strict=True)]),
        [one.sex for one in who], [_year(one.birth_date, small) for one, small in zip(who, child, strict=True)],
        sealed("birth_date", [one.birth_date.isoformat() if one.birth_date else None for one in who]),
        [one.id_kind for one in who], search_hashes_of(numbers, NUMBER), sealed("id_number", numbers),
        sealed("phone", phones), search_hashes_of(phones, PHONE), [one.type for one in who],
        [one.registered_place for one in who], [one.unregistered_reason for one in who],
        [one.overseas_kind for one in who], [one.no_house_reason for one in people],
        [one.house_number for one in people], [tokens_as_array(one.name) for one in who],
        strict=True,
    )  # fmt: skip


def _year(born: date | None, child: bool) -> int | None:
    return born.year if born and not child else None


@dataclass(frozen=True)
class _Sealing:
    """Cells of residents, each sealed for its record and column (D3.2)."""

    keys: KeyRing
    year: int
    ids: Sequence[int]

    def __call__(self, column: str, texts: Sequence[str | None]) -> list[bytes | None]:
        """A cell for each text, None for none."""
        given = [(record_id, one) for record_id, one in zip(self.ids, texts, strict=True) if one]
        places = (f"resident.{column}.{record_id}" for record_id, _ in given)
        cells = iter(encrypt_many([one.encode() for _, one in given], places, keys=self.keys, year=self.year))
        return [next(cells) if one else None for one in texts]
