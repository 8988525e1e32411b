"""Rows of people that become residents thousands at a time, with homes, search entries and logs.

The rules are those of a claim (`geoapp.people.identity`); what they write is sealed in one go and sent
by COPY. A row that needs more than that (a household, no number to tell it by, a record that left) is
left to the claim itself (`slow`). Numbers of a house's residents follow; kept counts follow at the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, text

from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.core.bulk import copy_rows
from geoapp.core.clock import today
from geoapp.core.crypto import decrypt, encrypt_many, search_hash
from geoapp.core.data_keys import KeyRing
from geoapp.core.errors import InvalidInput
from geoapp.core.index_keys import index_ring
from geoapp.importing import codes
from geoapp.importing.reads import open_row
from geoapp.importing.targets import told_of
from geoapp.importing.templates import RECORD
from geoapp.people.identity import Identity, check_told
from geoapp.people.name_tokens import NUMBER, PHONE, TokenDraft
from geoapp.people.name_words import same_name
from geoapp.people.registering import UNTIL_HOUSED
from geoapp.people.rules import CHILD, is_child
from grids_boundaries.access import Access

COLUMNS = {
    "row_id": "int8", "id": "int8", "county_code": "text", "region_key": "int8", "name": "text", "name_enc": "bytea",
    "sex": "text", "birth_year": "int2", "birth_date_enc": "bytea", "id_kind": "text", "id_hash": "bytea",
    "id_enc": "bytea", "phone_enc": "bytea", "phone_hash": "bytea", "type": "text", "registered_place": "text",
    "unregistered_reason": "text", "overseas_kind": "text", "no_house_reason": "text", "house_number": "text",
}  # fmt: skip
STORED = ", ".join(name for name in COLUMNS if name not in ("row_id", "house_number", "no_house_reason"))
_HOUSES = """
    UPDATE fill_person f SET house_id = h.id, placed = h.placed, building_id = h.building_id
    FROM house_number n JOIN house h ON h.county_code = n.county_code AND h.id = n.house_id
    WHERE n.number = f.house_number AND h.county_code = f.county_code AND h.region_key = f.region_key"""
_SLOW = """
    DELETE FROM fill_person f WHERE (f.house_number IS NOT NULL AND f.house_id IS NULL)
    OR EXISTS (SELECT FROM resident r WHERE r.county_code = f.county_code AND r.region_key = f.region_key
               AND r.id_hash = f.id_hash AND r.state <> 'active')
    RETURNING row_id"""
_STORE = f"""
    INSERT INTO resident ({STORED}, house_id, placed, no_house_reason, origin, checked_at)
    SELECT {STORED}, house_id, coalesce(placed, 0), CASE WHEN house_id IS NULL THEN no_house_reason END, 'entered',
        now()
    FROM fill_person ORDER BY row_id
    ON CONFLICT (county_code, region_key, id_hash) WHERE state = 'active' DO NOTHING RETURNING id"""  # noqa: S608
_FOLLOW = (
    "DELETE FROM fill_person WHERE NOT id = ANY(:ids)",
    """INSERT INTO residence (county_code, region_key, house_id, resident_id, tenure, since, origin)
       SELECT county_code, region_key, house_id, id, 'own', CAST(:day AS date), 'entered'
       FROM fill_person WHERE house_id IS NOT NULL""",
    """UPDATE house h SET residents = h.residents + f.n, updated_at = now(), checked_at = now()
       FROM (SELECT county_code, house_id, count(*) AS n FROM fill_person WHERE house_id IS NOT NULL GROUP BY 1, 2) f
       WHERE h.county_code = f.county_code AND h.id = f.house_id""",
    """UPDATE building b SET residents = b.residents + f.n
       FROM (SELECT county_code, building_id, count(*) AS n FROM fill_person
             WHERE building_id IS NOT NULL GROUP BY 1, 2) f
       WHERE b.county_code = f.county_code AND b.id = f.building_id""",
    "INSERT INTO number_check (resident_id, region_key) SELECT id, region_key FROM fill_person ON CONFLICT DO NOTHING",
    """INSERT INTO record_change (actor_id, action, register, record_id, county_code, region_key, fields)
       SELECT :who, 'create', 'residents', id, county_code, region_key, ARRAY['id_number', 'name', 'type']
       FROM fill_person""",
    """UPDATE import_row r SET state = :claimed, target_id = f.id, target_version = 1, claimed_by = :who,
       claimed_at = now(), version = r.version + 1 FROM fill_person f WHERE r.id = f.row_id""",
)
_HELD = """
    SELECT DISTINCT ON (f.row_id) f.row_id, r.id, r.name, r.name_enc FROM fill_held f
    JOIN resident r ON r.county_code = f.county_code AND r.region_key = f.region_key AND r.id_hash = f.id_hash
    AND r.state = 'active'"""


@dataclass
class Piece:
    """Some rows of one file. `store` writes what is plain; `slow` are ids of rows for the claim."""

    connection: Connection
    access: Access
    rows: Sequence[Row]
    made: int = 0
    unchanged: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    slow: list[int] = field(default_factory=list)

    def store(self) -> None:
        """Check, seal, write, in the transaction of the connection."""
        people = list(self._checked())
        if people:
            self._copy(people)
            self.slow += list(self.connection.scalars(text(_SLOW)))
            self._store(people)

    def _checked(self) -> Iterable[tuple[Row, Identity, dict[str, str]]]:
        wrong: list[tuple[int, str]] = []
        changing = index_ring().keys().changing  # the unique index tells equal hashes only
        for row in self.rows:
            cells = dict(open_row(row).cells)
            if row.region_key % 1000 == 0:
                wrong.append((row.id, "no_grid"))
                continue
            if cells.get(RECORD):
                self.slow.append(row.id)
                continue
            try:
                person = check_told(told_of(cells), today())
            except InvalidInput:
                wrong.append((row.id, "incomplete"))
                continue
            if person.number is None or cells.get("household_number") or changing:
                self.slow.append(row.id)
            else:
                yield row, person, cells
        self._fail(wrong)

    def _copy(self, people: Sequence[tuple[Row, Identity, dict[str, str]]]) -> None:
        types = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        made = f"CREATE TEMP TABLE fill_person ({types}, house_id int8, placed int2, building_id int8) ON COMMIT DROP"
        for statement in ("DROP TABLE IF EXISTS fill_person", "DROP TABLE IF EXISTS fill_held", made):
            self.connection.execute(text(statement))
        copy_rows(self.connection, "fill_person", COLUMNS, self._lines(people))
        self.connection.execute(text("CREATE INDEX ON fill_person (house_number)"))
        self.connection.execute(text("ANALYZE fill_person"))
        self.connection.execute(text(_HOUSES))

    def _lines(self, people: Sequence[tuple[Row, Identity, dict[str, str]]]) -> Iterable[tuple]:
        numbers = text("SELECT nextval('resident_id_seq') FROM generate_series(1, :n)")
        ids = list(self.connection.scalars(numbers, {"n": len(people)}))
        day, keys = today(), KeyRing.on(self.connection)
        who = [person for _, person, _ in people]
        born = [one.birth_date.isoformat() if one.birth_date else "" for one in who]
        child = [is_child(one.birth_date, day) for one in who]
        sealed = _Sealing(keys, day.year, ids)
        return zip(
            [row.id for row, _, _ in people], ids, [f"{row.region_key // 10**9:06d}" for row, _, _ in people],
            [row.region_key for row, _, _ in people],
            [CHILD if small else one.name for one, small in zip(who, child, strict=True)],
            sealed("name", [one.name if small else None for one, small in zip(who, child, strict=True)]),
            [one.sex for one in who],
            [one.birth_date.year if one.birth_date and not small else None
             for one, small in zip(who, child, strict=True)],
            sealed("birth_date", born), [one.id_kind for one in who],
            [search_hash(one.number.text, NUMBER) if one.number else None for one in who],
            sealed("id_number", [one.number.text if one.number else None for one in who]),
            sealed("phone", [one.phone for one in who]),
            [search_hash(one.phone, PHONE) if one.phone else None for one in who],
            [one.type for one in who], [one.registered_place for one in who],
            [one.unregistered_reason for one in who], [one.overseas_kind for one in who],
            [cells.get("no_house_reason") or UNTIL_HOUSED for _, _, cells in people],
            [cells.get("house_number") for _, _, cells in people],
            strict=True,
        )  # fmt: skip

    def _store(self, people: Sequence[tuple[Row, Identity, dict[str, str]]]) -> None:
        run, left = self.connection.execute, text("CREATE TEMP TABLE fill_held ON COMMIT DROP AS TABLE fill_person")
        run(left)
        ids = list(self.connection.scalars(text(_STORE)))
        self.made = len(ids)
        facts = {"ids": ids, "day": today(), "who": self.access.user_id, "claimed": codes.CLAIMED}
        for statement in _FOLLOW:
            run(text(statement), facts)
        names = {row.id: person.name for row, person, _ in people}
        made = run(text("SELECT row_id, id, region_key FROM fill_person")).all()
        tokens = TokenDraft(self.connection)
        tokens.add((one.id, one.region_key, names[one.row_id]) for one in made)
        tokens.finish()
        if made:
            where = self.access.scope.ranges[0][0]
            record(
                self.connection, self.access, Action.CREATE, register="residents", count=len(made), area_key=where,
                facts={"step": "import"},
            )  # fmt: skip
        run(text("DELETE FROM fill_held WHERE row_id = ANY(:rows)"), {"rows": [one.row_id for one in made]})
        if len(made) < len(people):
            self._held(names)

    def _held(self, names: dict[int, str]) -> None:
        """Rows whose number is on the register: the same person of the same name, or one to compare."""
        along: list[dict[str, Any]] = []
        wrong: list[tuple[int, str, int]] = []
        for one in self.connection.execute(text(_HELD)).all():
            name = decrypt(bytes(one.name_enc), f"resident.name.{one.id}") if one.name_enc else one.name
            if same_name(name) == same_name(names[one.row_id]):
                along.append({"row": one.row_id, "target": one.id, "who": self.access.user_id})
            else:
                wrong.append((one.row_id, "duplicate", one.id))
        self.unchanged += len(along)
        if along:
            self.connection.execute(text(
                "UPDATE import_row SET state = 11, target_id = :target, claimed_by = :who, claimed_at = now(), "
                "version = version + 1 WHERE id = :row"
            ), along)  # fmt: skip
        self._fail(wrong)

    def _fail(self, wrong: Iterable[tuple]) -> None:
        found = [{"row": one[0], "failure": one[1], "holder": one[2] if len(one) > 2 else None} for one in wrong]
        self.failed.update(str(one["failure"]) for one in found)
        if found:
            self.connection.execute(text(
                "UPDATE import_row SET failure = :failure, holder_id = :holder, version = version + 1 WHERE id = :row"
            ), found)  # fmt: skip


@dataclass(frozen=True)
class _Sealing:
    """Cells of residents, each sealed for its record and column (D3.2)."""

    keys: KeyRing
    year: int
    ids: Sequence[int]

    def __call__(self, column: str, texts: Sequence[str | None]) -> list[bytes | None]:
        """A cell for each text, None for none."""
        given = [(at, one) for at, one in enumerate(texts) if one]
        places = (f"resident.{column}.{self.ids[at]}" for at, _ in given)
        cells = encrypt_many([one.encode() for _, one in given], places, keys=self.keys, year=self.year)
        found: list[bytes | None] = [None] * len(texts)
        for (at, _), sealed in zip(given, cells, strict=True):
            found[at] = sealed
        return found
