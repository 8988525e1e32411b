"""The daily rules over everybody: who comes of age, whose term is over, who left the register (A4.1, A4.2, A4.5,
A5.1, A5.3, A18 (5), (7)).

Works as the owner, county by county, in batches that commit: what is done shows in the rows themselves,
so a run that was killed anywhere is run again and finds what is left. With each effect goes its event
(`enrolment_event`), once for a rule, an enrolment and a day; `geoapp.programmes.telling` tells of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, text

from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.audit.rules import SYSTEM
from geoapp.core.clock import today
from geoapp.core.data_keys import KeyRing
from geoapp.core.db import owner_transaction
from geoapp.core.settings import Settings
from geoapp.people.children import born_text
from geoapp.people.rules import born_at_latest
from geoapp.programmes import rules
from geoapp.programmes.codes import EXPIRED, LEFT_REGISTER, OVER_AGE
from geoapp.programmes.declared import OPEN, PROGRAMMES, Programme
from layers.registry import all_registers
from spatial_queries.kept import refresh

BATCH = 10_000
Opening = Callable[[], AbstractContextManager[Connection]]
COUNTIES = text("SELECT DISTINCT county_code FROM region WHERE county_code IS NOT NULL ORDER BY county_code")
_YOUNG = (
    "r.county_code = :county AND r.state = 'active' AND r.id > :after AND r.birth_year BETWEEN :first AND :last"
    " AND (:sex = '' OR r.sex = :sex) AND r.region_key % 1000 > 0 AND NOT EXISTS (SELECT FROM enrolment e"
    " WHERE e.county_code = r.county_code AND e.resident_id = r.id AND e.programme = :programme)"
)
CANDIDATES = text(f"""
    SELECT r.id, r.birth_year, CASE WHEN r.birth_year IN (:first, :last) THEN r.birth_date_enc END AS birth_date_enc
    FROM resident r WHERE {_YOUNG} ORDER BY r.id LIMIT :batch
""")  # noqa: S608 - the part is a constant
ENTER = text("""
    WITH entered AS (
        INSERT INTO enrolment (county_code, region_key, resident_id, programme, closed, module, begins, ends, origin)
        SELECT r.county_code, r.region_key, r.id, :programme, :closed, :module, :day,
            make_date(greatest(r.birth_year + :leave, extract(year FROM CAST(:day AS date))::int + 1), 12, 31),
            'derived'
        FROM resident r WHERE r.county_code = :county AND r.state = 'active' AND r.id = ANY(:ids)
        ON CONFLICT (county_code, resident_id, programme) DO NOTHING RETURNING id, region_key
    )
    INSERT INTO enrolment_event (rule, enrolment_id, day, region_key, programme)
    SELECT 'age_in', id, :day, region_key, :programme FROM entered
    ON CONFLICT DO NOTHING RETURNING region_key, programme
""")
RELEASE = text("""
    WITH due AS (
        SELECT county_code, id FROM enrolment WHERE county_code = :county AND released_at IS NULL AND ends <= :day
        AND programme = ANY(:programmes) ORDER BY id LIMIT :batch FOR UPDATE
    ), ended AS (
        UPDATE enrolment e SET released_at = now(), release_reason = :reason, previous = NULL, version = version + 1,
            updated_at = now()
        FROM due WHERE e.county_code = due.county_code AND e.id = due.id
        RETURNING e.id, e.ends, e.region_key, e.programme
    )
    INSERT INTO enrolment_event (rule, enrolment_id, day, region_key, programme)
    SELECT :reason, id, ends, region_key, programme FROM ended ON CONFLICT DO NOTHING RETURNING region_key, programme
""")
REVIEW = text("""
    INSERT INTO enrolment_event (rule, enrolment_id, day, region_key, programme)
    SELECT 'review', e.id, e.ends, e.region_key, e.programme FROM enrolment e
    WHERE e.county_code = :county AND e.released_at IS NULL AND e.ends <= :day AND e.programme = ANY(:programmes)
    AND NOT EXISTS (SELECT FROM enrolment_event v WHERE v.rule = 'review' AND v.enrolment_id = e.id AND v.day = e.ends)
    ORDER BY e.id LIMIT :batch ON CONFLICT DO NOTHING RETURNING region_key, programme
""")
AGED = text("""
    SELECT e.id, e.begins, r.id AS resident_id, r.birth_year, r.birth_date_enc FROM enrolment e
    JOIN resident r ON r.county_code = e.county_code AND r.id = e.resident_id
    WHERE e.county_code = :county AND e.released_at IS NULL AND e.programme = :programme AND e.id > :after
    AND e.ends <= :year_end ORDER BY e.id LIMIT :batch
""")
RELEASE_AGED = text("""
    WITH ended AS (
        UPDATE enrolment SET released_at = now(), release_reason = :reason, previous = NULL, version = version + 1,
            updated_at = now()
        WHERE county_code = :county AND released_at IS NULL AND id = ANY(:ids)
        RETURNING id, ends, region_key, programme
    )
    INSERT INTO enrolment_event (rule, enrolment_id, day, region_key, programme)
    SELECT :reason, id, ends, region_key, programme FROM ended ON CONFLICT DO NOTHING RETURNING region_key, programme
""")
SWEEP = text("""
    WITH due AS (
        SELECT e.county_code, e.id FROM enrolment e
        JOIN resident r ON r.county_code = e.county_code AND r.id = e.resident_id
        WHERE e.county_code = :county AND e.released_at IS NULL AND r.state <> 'active'
        ORDER BY e.id LIMIT :batch FOR UPDATE OF e
    )
    UPDATE enrolment e SET released_at = now(), release_reason = :reason, previous = NULL, version = version + 1,
        updated_at = now()
    FROM due WHERE e.county_code = due.county_code AND e.id = due.id RETURNING e.region_key, e.programme
""")


@dataclass(frozen=True)
class Run:
    """One run: whose transactions, which day, which settings."""

    begin: Opening
    day: date
    figures: Mapping[str, int]
    age_in: tuple[str, ...]
    age_out: tuple[str, ...]
    batch: int = BATCH


def run_rules(settings: Settings, day: date | None = None) -> int:
    """All rules for a day, today unless said; how many enrolments they changed or told of."""
    return sum(steps(run_of(settings, day)))


def run_of(settings: Settings, day: date | None = None, batch: int = BATCH) -> Run:
    """A run with the settings of a deployment."""
    chosen = settings.programmes
    begin = partial(owner_transaction, settings)
    return Run(begin, day or today(), chosen.figures, chosen.age_in, chosen.age_out, batch)


def steps(run: Run) -> Iterator[int]:
    """The run, a batch at a time; each has committed when it is yielded."""
    with run.begin() as connection:
        counties = list(connection.scalars(COUNTIES))
    for county in counties:
        yield from _sweep(run, county)
        yield from _ends(run, county)
        for code in run.age_out:
            yield from _age_out(run, county, PROGRAMMES[code])
        for code in run.age_in:
            yield from _age_in(run, county, PROGRAMMES[code])


# -- parts ---------------------------------------------------------------------------------


def _sweep(run: Run, county: str) -> Iterator[int]:
    """Who is off the register by another way than a page is in no programme."""
    yield from _batches(run, SWEEP, {"county": county, "reason": LEFT_REGISTER})


def _ends(run: Run, county: str) -> Iterator[int]:
    """Terms that are over (A4.1, A4.2); what is only looked at again is told and goes on."""
    by_rule = [c for c, p in PROGRAMMES.items() if not p.term.review and not p.term.age]
    yield from _batches(run, RELEASE, {"county": county, "day": run.day, "programmes": by_rule, "reason": EXPIRED})
    looked_at = [c for c, p in PROGRAMMES.items() if p.term.review or (p.term.age and c not in run.age_out)]
    yield from _batches(run, REVIEW, {"county": county, "day": run.day, "programmes": looked_at})


def _batches(run: Run, statement: Any, facts: Mapping[str, Any]) -> Iterator[int]:
    while True:
        with run.begin() as connection:
            changed = connection.execute(statement, {**facts, "batch": run.batch}).all()
            _note(connection, changed)
        if changed:
            yield len(changed)
        if len(changed) < run.batch:
            return


def _age_out(run: Run, county: str, programme: Programme) -> Iterator[int]:
    """Whose birthday ends it (A4.5, A18 (7)): the days are opened of those whose year has come."""
    after = 0
    facts = {"county": county, "programme": programme.code, "year_end": date(run.day.year, 12, 31), "batch": run.batch}
    while True:
        with run.begin() as connection:
            rows = connection.execute(AGED, {**facts, "after": after}).all()
            keys, ids = KeyRing.on(connection), []
            for row in rows:
                facts_of = {"id": row.resident_id, "birth_year": row.birth_year, "birth_date_enc": row.birth_date_enc}
                born = born_at_latest(born_text(facts_of, keys=keys))
                if rules.has_left(programme, run.figures, born, row.begins, run.day):
                    ids.append(row.id)
            done = {"county": county, "ids": ids, "reason": OVER_AGE}
            changed = connection.execute(RELEASE_AGED, done).all() if ids else []
            _note(connection, changed)
        if changed:
            yield len(changed)
        if len(rows) < run.batch:
            return
        after = rows[-1].id


def _age_in(run: Run, county: str, programme: Programme) -> Iterator[int]:
    """Who has come of age since the last run (A5.1, A5.3): by the year, and by the day in the year itself."""
    first_age = run.figures[programme.entry.first]
    last_age = run.figures[programme.entry.last] if programme.entry.last else 130
    facts = {
        "county": county, "programme": programme.code, "closed": programme.closed, "module": programme.module,
        "sex": programme.entry.sex, "first": run.day.year - last_age - 1, "last": run.day.year - first_age,
        "leave": run.figures[programme.term.age], "day": run.day, "batch": run.batch,
    }  # fmt: skip
    after = 0
    while True:
        with run.begin() as connection:
            rows = connection.execute(CANDIDATES, {**facts, "after": after}).all()
            if not rows:
                return
            keys = KeyRing.on(connection)
            edges = (facts["first"], facts["last"])
            ids = [row.id for row in rows if row.birth_year not in edges or _of_age(run, programme, row, keys)]
            changed = connection.execute(ENTER, {**facts, "ids": ids}).all() if ids else []
            _note(connection, changed)
            if after == 0 and len(changed) > run.batch // 2:
                connection.execute(text("ANALYZE enrolment"))  # a plan made for an empty table reads it again and again
        if changed:
            yield len(changed)
        if len(rows) < run.batch:
            return
        after = rows[-1].id


def _of_age(run: Run, programme: Programme, row: Any, keys: KeyRing) -> bool:
    born = born_at_latest(born_text(row, keys=keys))
    return born is not None and rules.is_of_age(programme, run.figures, born, run.day)


def _note(connection: Connection, changed: Sequence[Row]) -> None:
    """The audit log follows in the transaction of the change; counts and tiles where the register has the programme."""
    if changed:
        record(connection, SYSTEM, Action.CHANGE, register="enrolments", count=len(changed), fields=["state"])
    if shown := {row.region_key for row in changed if row.programme in OPEN}:
        refresh(connection, all_registers()["enrolments"], shown)
