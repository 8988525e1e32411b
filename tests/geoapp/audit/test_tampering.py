"""LG-1: whatever is done to the sealed log, `verify` finds it and names the first bad number."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import NullPool, create_engine, text

from geoapp.audit import anchors, rules
from geoapp.audit.actions import forget, mark_key, record
from geoapp.audit.codes import Action
from geoapp.audit.rules import SYSTEM
from geoapp.audit.sealing import ChainBroken, Sealer
from geoapp.audit.verification import verify
from geoapp.core import clock
from geoapp.core.anchor_files import set_aside
from geoapp.core.db import owner_transaction
from geoapp.core.settings import get_settings
from grids_boundaries.access import begin
from tests.support.superuser import superuser

TABLES = ("audit_event", "audit_object", "audit_seal", "audit_forgotten")


@pytest.fixture
def written(own_city):
    """Sixty sealed events in six runs, every third with records."""
    access = own_city.access("worker")
    sealer = Sealer()
    for number in range(60):
        with begin(access) as connection:
            ids = [own_city.residents[number], own_city.residents[0]] if number % 3 == 0 else []
            record(connection, access, Action.REVEAL, register="residents", record_ids=ids, fields=["id_number"], count=number)
        if number % 10 == 9:
            assert sealer.run() == 10
    return own_city


def checked(**options):
    with owner_transaction() as connection:
        return verify(connection, get_settings(), **options)


class Attacker:
    """Holds the database server itself: no trigger, no policy and no key stops them there."""

    def __init__(self):
        self.engine = create_engine(get_settings().superuser_database_url, poolclass=NullPool)

    def __enter__(self):
        self.connection = self.engine.connect()
        self.begin = self.connection.begin()
        for table in TABLES:
            self.run(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        self.run("ALTER TABLE audit_seal DROP CONSTRAINT fk_audit_seal_event_id_audit_event")
        return self

    def __exit__(self, *_):
        self.begin.rollback()
        self.connection.close()
        self.engine.dispose()

    def run(self, sql, **values):
        return self.connection.execute(text(sql), values)

    def event_of(self, number):
        return self.run("SELECT event_id FROM audit_seal WHERE number = :n", n=number).scalar_one()

    def with_records(self):
        """Numbers of the events that name records: events of one millisecond are sealed in any order."""
        query = "SELECT number FROM audit_seal s WHERE EXISTS (SELECT FROM audit_object o WHERE o.event_id = s.event_id) ORDER BY 1"
        return self.run(query).scalars().all()

    def verify(self):
        """What is found besides the guards, which are down all the time here."""
        report = verify(self.connection, get_settings())
        return None if report.trouble == "guard" else report


def change_body(evil, n, dice):
    what = dice.choice([("\"actor\":", "\"actor\":9"), ("reveal", "print"), ("id_number", "phone"), ("\"n\":", "\"n\":1")])
    evil.run("UPDATE audit_event SET body = replace(body::text, :a, :b)::json WHERE id = :id", a=what[0], b=what[1], id=evil.event_of(n))
    return n


def change_mark(evil, n, dice):
    evil.run("UPDATE audit_event SET mark = sha256(mark) WHERE id = :id", id=evil.event_of(n))
    return n


def delete_event(evil, n, dice):
    evil.run("DELETE FROM audit_event WHERE id = :id", id=evil.event_of(n))
    return n


def delete_seal(evil, n, dice):
    evil.run("DELETE FROM audit_seal WHERE number = :n", n=n)
    return n


def delete_both_and_close_up(evil, n, dice):
    event = evil.event_of(n)
    evil.run("DELETE FROM audit_seal WHERE number = :n", n=n)
    evil.run("DELETE FROM audit_object WHERE event_id = :id", id=event)
    evil.run("DELETE FROM audit_event WHERE id = :id", id=event)
    close_up(evil, n)
    return n


def close_up(evil, n):
    evil.run("UPDATE audit_seal SET number = 1 - number WHERE number > :n", n=n)
    evil.run("UPDATE audit_seal SET number = -number WHERE number < 0")


def swap_events(evil, n, dice):
    other = dice.choice([m for m in range(1, 61) if m != n])
    one, two = evil.event_of(n), evil.event_of(other)
    evil.run("UPDATE audit_seal SET event_id = gen_random_uuid() WHERE number = :n", n=n)
    evil.run("UPDATE audit_seal SET event_id = :id WHERE number = :n", id=one, n=other)
    evil.run("UPDATE audit_seal SET event_id = :id WHERE number = :n", id=two, n=n)
    return min(n, other)


def insert_copy(evil, n, dice):
    """A new event with the body of an old one under a new id, numbered after the last."""
    evil.run("""INSERT INTO audit_event (body, mark) SELECT replace(body::text, left(id::text, 13), '0193563c-0000')::json, mark
                FROM audit_event WHERE id = :id""", id=evil.event_of(n))
    evil.run("""INSERT INTO audit_seal SELECT 61, (SELECT id FROM audit_event WHERE id::text LIKE '0193563c-0000%'), now(), hash, sha256(hash)
                FROM audit_seal WHERE number = 60""")
    return 61


def move_moment(evil, n, dice):
    evil.run("UPDATE audit_seal SET sealed_at = sealed_at + interval '1 microsecond' WHERE number = :n", n=n)
    return n


def cut_tail(evil, n, dice):
    evil.run("""DELETE FROM audit_object WHERE event_id IN (SELECT event_id FROM audit_seal WHERE number >= :n)""", n=n)
    evil.run("WITH gone AS (DELETE FROM audit_seal WHERE number >= :n RETURNING event_id) DELETE FROM audit_event WHERE id IN (SELECT event_id FROM gone)", n=n)
    return n


def change_record(evil, n, dice):
    n = dice.choice(evil.with_records())
    evil.run("UPDATE audit_object SET record_id = record_id + 1 WHERE event_id = :id AND position = 0", id=evil.event_of(n))
    return n


def take_record_out(evil, n, dice):
    n = dice.choice(evil.with_records())
    evil.run("DELETE FROM audit_object WHERE event_id = :id AND position = 1", id=evil.event_of(n))
    return n


def pretend_it_was_forgotten(evil, n, dice):
    n = dice.choice(evil.with_records())
    evil.run("INSERT INTO audit_forgotten VALUES (:id, 1, gen_random_uuid())", id=evil.event_of(n))
    evil.run("DELETE FROM audit_object WHERE event_id = :id AND position = 1", id=evil.event_of(n))
    return n


def put_record_in(evil, n, dice):
    evil.run("INSERT INTO audit_object VALUES (:id, 7, 'residents', 5, 110108001001001, '\\x00')", id=evil.event_of(n))
    return n


def move_area(evil, n, dice):
    """So that the auditor of the area would not see who looked."""
    n = dice.choice(evil.with_records())
    evil.run("UPDATE audit_object SET region_key = 110105001001001 WHERE event_id = :id", id=evil.event_of(n))
    return n


def rewrite_with_the_key(evil, n, dice):
    """The strongest: an insider with the key drops an event and writes the chain anew. Only the anchor tells."""
    key = mark_key()
    event = evil.event_of(n)
    evil.run("DELETE FROM audit_seal WHERE number = :n", n=n)
    evil.run("DELETE FROM audit_object WHERE event_id = :id", id=event)
    evil.run("DELETE FROM audit_event WHERE id = :id", id=event)
    rows = evil.run("""SELECT s.number, s.sealed_at, s.previous, e.body::text AS body, e.mark FROM audit_seal s
                       JOIN audit_event e ON e.id = s.event_id WHERE number > :n ORDER BY number""", n=n).all()
    links = [bytes(evil.run("SELECT hash FROM audit_seal WHERE number = :n", n=n - 1).scalar() or rules.FIRST_LINK)]
    for row in rows:
        links.append(rules.link(key, links[-1], row.number - 1, rules.microseconds(row.sealed_at), row.body.encode(), bytes(row.mark)))
    close_up(evil, n)
    evil.run("UPDATE audit_seal SET previous = sha256(previous) WHERE number >= :n", n=n)
    evil.run("""UPDATE audit_seal s SET previous = r.previous, hash = r.hash
                FROM unnest(CAST(:n AS bigint[]), CAST(:p AS bytea[]), CAST(:h AS bytea[])) r (number, previous, hash)
                WHERE s.number = r.number""", n=[row.number - 1 for row in rows], p=links[:-1], h=links[1:])


ATTACKS = (change_body, change_mark, delete_event, delete_seal, delete_both_and_close_up, swap_events, insert_copy, move_moment,
           cut_tail, change_record, take_record_out, pretend_it_was_forgotten, put_record_in, move_area, rewrite_with_the_key)  # fmt: skip


def test_lg1_a_log_nobody_touched_verifies(written):
    report = checked()
    assert (report.good, report.first, report.last, report.events) == (True, 1, 60, 60)


def test_lg1_a_thousand_tamperings_are_all_found_and_the_first_bad_number_named(written):
    dice, missed, misnamed = random.Random(20261122), [], []
    with Attacker() as evil:
        for turn in range(1000):
            attack, n = ATTACKS[turn % len(ATTACKS)], dice.randint(1, 60)
            point = evil.connection.begin_nested()
            first_bad = attack(evil, n, dice)
            report = evil.verify()
            if report is None or report.good:
                missed.append((attack.__name__, n))
            elif attack is not rewrite_with_the_key and report.bad_number != first_bad:
                misnamed.append((attack.__name__, first_bad, report))
            point.rollback()
    assert missed == []
    assert misnamed == []
    assert checked().good


def test_lg1_an_event_written_past_the_application_has_no_mark(written):
    with owner_transaction() as connection:
        connection.execute(text("""INSERT INTO audit_event (body, mark)
            SELECT replace(body::text, left(id::text, 13), '0193563c-0000')::json, mark FROM audit_event LIMIT 1"""))  # fmt: skip
    Sealer().run()
    assert (checked().trouble, checked().bad_number) == ("changed", 61)


def test_lg1_an_event_held_back_from_sealing_is_found(written):
    with Attacker() as evil:
        evil.run("DELETE FROM audit_seal WHERE number = 60")
        evil.run("UPDATE audit_state SET sealed_at = sealed_at + interval '6 minutes'")
        assert evil.verify().trouble == "cut"
        set_aside(get_settings())
        assert evil.verify().trouble == "unsealed"


def test_lg1_guards_that_were_taken_away_are_told(written):
    deeds = ["ALTER TABLE audit_seal DISABLE TRIGGER append_only", "ALTER TABLE audit_object DISABLE TRIGGER forgotten_only",
             "ALTER TABLE audit_seal DROP CONSTRAINT uq_audit_seal_previous", "GRANT UPDATE ON audit_event TO geoapp_app",
             "ALTER TABLE audit_event ALTER COLUMN action DROP EXPRESSION",
             "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"]  # fmt: skip
    for deed in deeds:
        with superuser() as connection:
            point = connection.begin_nested()
            connection.execute(text(deed))
            report = verify(connection, get_settings())
            assert (report.trouble, report.bad_number) == ("guard", None), deed
            point.rollback()
    assert checked().good


def test_lg1_a_forged_or_unreadable_anchor_is_told(written):
    path = anchors.anchor_file(get_settings(), "anchors")
    good = path.read_text("utf-8")
    path.write_text(good.replace('"number": 10', '"number": 11'), "utf-8")
    assert checked().trouble == "anchor"
    path.write_text("not a line\n", "utf-8")
    assert checked().trouble == "anchor"
    path.write_text(good, "utf-8")
    assert checked().good


def test_lg1_an_anchor_kept_elsewhere_tells_when_the_data_folder_was_emptied_too(written):
    elsewhere = anchors.last(get_settings())
    set_aside(get_settings())
    with superuser() as connection:
        for table in TABLES:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        connection.execute(text("DELETE FROM audit_seal WHERE number > 50"))
        connection.execute(text("DELETE FROM audit_object WHERE NOT EXISTS (SELECT FROM audit_seal s WHERE s.event_id = audit_object.event_id)"))
        connection.execute(text("DELETE FROM audit_event WHERE NOT EXISTS (SELECT FROM audit_seal s WHERE s.event_id = audit_event.id)"))
        for table in TABLES:
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER ALL"))
            connection.execute(text(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only"))
        connection.execute(text("ALTER TABLE audit_object ENABLE ALWAYS TRIGGER forgotten_only"))
    assert checked().good
    report = checked(other=[elsewhere])
    assert (report.trouble, report.bad_number) == ("cut", 51)


def test_lg1_the_sealer_does_not_go_on_with_a_chain_that_was_cut(written):
    with superuser() as connection:
        connection.execute(text("ALTER TABLE audit_seal DISABLE TRIGGER ALL"))
        connection.execute(text("DELETE FROM audit_seal WHERE number > 50"))
    with pytest.raises(ChainBroken):
        Sealer().run()


def test_lg7_a_person_is_forgotten_and_the_chain_verifies(written):
    resident = written.residents[0]
    with owner_transaction() as connection:
        assert forget(connection, SYSTEM, "residents", resident) == 21  # twice in the first event
        assert forget(connection, SYSTEM, "residents", resident) == 0
    Sealer().run()
    assert checked().good
    with owner_transaction() as connection:
        assert connection.scalar(text("SELECT count(*) FROM audit_object WHERE record_id = :id"), {"id": resident}) == 0
        bodies = connection.execute(text("SELECT body::text FROM audit_event")).scalars().all()
        # what is left opens to nobody: no salt, so no number can be tried against it
        assert not any(f'"{resident}"' in body or f":{resident}," in body.split('"objects"')[1].split('"n"')[0] for body in bodies)
        others = connection.scalar(text("SELECT count(*) FROM audit_object"))
    assert others == 19


def test_the_last_day_is_checked_alone(written, monkeypatch):
    later = clock.now() + timedelta(days=2)
    assert checked(since=later).events == 60  # nothing so new: all of it
    assert checked(since=clock.now() - timedelta(days=1)).good
