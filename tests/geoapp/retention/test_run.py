"""Retention against a real database with a moved clock (PR-3): nothing of the person, only the tombstone."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql

from geoapp.audit.rules import SYSTEM
from geoapp.core.clock import now
from geoapp.core.db import owner_engine, owner_transaction
from geoapp.core.settings import get_settings
from geoapp.houses.models import House
from geoapp.retention.ended import ENDED
from geoapp.retention.run import due, erase_again, erase_people, erased_path, note_erased, run
from layers.registry import all_registers
from tests.support.kept import kept_disagreements

YEAR = timedelta(days=365)


def rows(sql: str, **facts):
    with owner_engine().connect() as connection:
        return connection.execute(text(sql), facts).all()


def one(sql: str, **facts):
    return rows(sql, **facts)[0][0]


def everything() -> str:
    """Every row of every table as text, and the counts of none."""
    tables = [r[0] for r in rows(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
        "AND NOT relispartition AND relname <> 'spatial_ref_sys'")]  # fmt: skip
    return "\n".join(str(r[0]) for table in tables for r in rows(f'SELECT t::text FROM "{table}" t'))


@pytest.fixture
def gone(own_city) -> dict:
    """A resident who was taken off the register today, and what is told apart by it."""
    found = dict(rows(
        "SELECT id, name, county_code, region_key, house_id, encode(id_hash, 'hex') AS hash, encode(id_enc, 'hex') AS cell "
        "FROM resident WHERE house_id IS NOT NULL AND id_enc IS NOT NULL ORDER BY id LIMIT 1"
    )[0]._mapping)  # fmt: skip
    with owner_transaction() as connection:
        connection.execute(text("UPDATE resident SET name = '烛光测试' WHERE id = :id"), found)
        connection.execute(text("UPDATE residence SET until = current_date, end_reason = 'moved_away' WHERE resident_id = :id"), found)
        connection.execute(text(
            "UPDATE building SET residents = residents - 1 WHERE id = (SELECT building_id FROM house WHERE id = :house_id)"), found)
        connection.execute(text("UPDATE house SET residents = residents - 1 WHERE id = :house_id"), found)
        connection.execute(text(
            "UPDATE resident SET state = 'deregistered', state_date = current_date, house_id = NULL WHERE id = :id"), found)
        connection.execute(text(
            "INSERT INTO record_change (action, register, record_id, county_code, region_key, fields) "
            "VALUES ('correct', 'residents', :id, :county_code, :region_key, '{name}')"), found)
    return found | {"name": "烛光测试"}


def test_pr3_before_its_time_nothing_goes(gone):
    assert {d.clock.name: d.rows for d in due_now()}["deregistered"] == 0
    assert run(get_settings())["deregistered"] == 0
    assert one("SELECT count(*) FROM resident WHERE id = :id", **gone) == 1


def off_register() -> int:
    return one("SELECT count(*) FROM resident WHERE state <> 'active'")


def due_now(moment=None):
    with owner_engine().connect() as connection:
        return due(connection, get_settings(), moment)


def test_pr3_a_dry_run_counts_and_changes_nothing(gone):
    before = everything()
    assert {d.clock.name: d.rows for d in due_now(now() + 2 * YEAR + timedelta(days=2))}["deregistered"] == off_register()
    assert everything() == before


def test_pr3_after_its_time_only_the_tombstone_is_left(gone, tmp_path):
    assert gone["name"] in everything()
    later, off = now() + 6 * YEAR, off_register()
    assert run(get_settings(), later)["deregistered"] == off
    left = everything()
    for mark in ("name", "hash", "cell"):
        assert gone[mark] not in left, mark
    for table in ("resident", "residence", "record_change"):
        column = {"resident": "id", "residence": "resident_id", "record_change": "record_id"}[table]
        assert one(f"SELECT count(*) FROM {table} WHERE {column} = :id", **gone) == 0
    stone = rows("SELECT register, region_key, category, reason FROM tombstone WHERE record_id = :id", **gone)
    assert [(s.register, s.region_key, s.reason) for s in stone] == [("residents", gone["region_key"], "retention")]
    assert one("SELECT count(*) FROM audit_event WHERE action = 'retention_run' AND reason = 'deregistered'") == 1


def test_totals_stay_right_and_kept_counts_equal_the_rows(gone):
    register = all_registers()["residents"]
    count = "SELECT sum(n) FROM region_count WHERE register = :r"
    with owner_transaction() as connection:
        from tests.factories.city import refresh_all

        refresh_all(connection)
    before = one(count, r=register.name)
    run(get_settings(), now() + 6 * YEAR)
    assert one(count, r=register.name) == before
    assert kept_disagreements() == []


def test_pr4_an_active_person_stays_in_the_counts_without_a_name(own_city):
    person = rows("SELECT * FROM resident WHERE house_id IS NOT NULL AND state = 'active' ORDER BY id LIMIT 1")[0]
    before = one("SELECT sum(n) FROM region_count WHERE register = 'residents'")
    lived = one("SELECT residents FROM house WHERE id = :id", id=person.house_id)
    with owner_transaction() as connection:
        assert erase_people(connection, SYSTEM, [person.id], "request", now()) == [person.id]
    after = rows("SELECT * FROM resident WHERE id = :id", id=person.id)[0]
    assert (after.type, after.sex, after.region_key, after.state) == (person.type, person.sex, person.region_key, "active")
    kept = {"id_enc", "id_hash", "phone_enc", "birth_date_enc", "birth_year", "house_id", "household_id", "relation"}
    assert [name for name in kept if getattr(after, name) is not None] == []
    assert after.name != person.name
    assert one("SELECT sum(n) FROM region_count WHERE register = 'residents'") == before
    assert one("SELECT residents FROM house WHERE id = :id", id=person.house_id) == lived - 1
    assert kept_disagreements() == []


def test_a_restored_backup_loses_the_erased_again(own_city, tmp_path, monkeypatch):
    settings = get_settings()
    person = rows("SELECT id, name FROM resident ORDER BY id LIMIT 1")[0]
    erased_path(settings).unlink(missing_ok=True)
    try:
        note_erased(settings, [person.id], "request", now())
        assert erase_again(settings, erased_path(settings)) == 1
        assert erase_again(settings, erased_path(settings)) == 0
    finally:
        erased_path(settings).unlink()
    assert one("SELECT count(*) FROM resident WHERE name = :name AND id = :id", name=person.name, id=person.id) == 0


def test_every_class_runs_without_a_fault_and_what_is_young_stays(own_city):
    with owner_transaction() as connection:
        connection.execute(text(
            "INSERT INTO saved_area (id, geom, created_at) VALUES ('old', 'SRID=4326;POINT(1 1)', now() - interval '181 days'), "
            "('new', 'SRID=4326;POINT(1 1)', now() - interval '179 days')"))  # fmt: skip
        connection.execute(text(
            "INSERT INTO app_session (token_hash, user_id, csrf_token, expires_at) "
            "VALUES ('a', 1, 'x', now() - interval '91 days'), ('b', 1, 'x', now() - interval '89 days')"))  # fmt: skip
    gone = run(get_settings())
    assert (gone["saved_areas"], gone["sessions"]) == (1, 1)
    assert [r.id for r in rows("SELECT id FROM saved_area")] == ["new"]


def test_d3_1_a_landlord_is_kept_two_years_after_the_letting_ended_and_no_day_longer(own_city):
    """Who lets still keeps theirs; a step that was undone does not count; the house stays as it is."""
    ended = (now() - timedelta(days=100)).date()

    def steps(*made) -> str:
        return json.dumps([{"step": step, "day": day.isoformat(), "at": now().isoformat(), **more} for step, day, more in made])

    off, undone = ("off", ended, {}), ("back", now().date(), {"undone": True})
    stored = {1: (False, steps(off, undone)), 2: (True, steps(off, ("back", ended, {}))), 3: (False, steps(off))}
    with owner_transaction() as connection:
        for number, (let, made) in stored.items():
            connection.execute(text(
                "UPDATE house SET rental = :let, rental_steps = :made, landlord_name_enc = '\\x01', landlord_phone_enc = '\\x02' "
                "WHERE id = :id"), {"let": let, "made": made, "id": number})  # fmt: skip
    last_day = now() + 2 * YEAR - timedelta(days=100)
    assert run(get_settings(), last_day)["landlords"] == 0
    before = one("SELECT version FROM house WHERE id = 1")
    with owner_transaction() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        which = select(House.id).where(ENDED["landlords"][1](last_day)).compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
        plan = " ".join(connection.scalars(text(f"EXPLAIN {which}")))
    indexes = {r.indexname for r in rows("SELECT indexname FROM pg_indexes WHERE indexdef LIKE '%landlord_name_enc IS NOT NULL%'")}
    assert indexes & set(re.findall(r"\w+", plan)) and "Seq Scan" not in plan, "who let is found without reading every house"
    assert {d.clock.name: d.rows for d in due_now(last_day + timedelta(days=1))}["landlords"] == 2
    assert run(get_settings(), last_day + timedelta(days=1))["landlords"] == 2
    kept = rows("SELECT id, landlord_name_enc, landlord_phone_enc FROM house WHERE id <= 3 ORDER BY id")
    assert [(row.id, row.landlord_name_enc is None, row.landlord_phone_enc is None) for row in kept] == [
        (1, True, True), (2, False, False), (3, True, True)]  # fmt: skip
    assert one("SELECT version FROM house WHERE id = 1") == before + 1 and one("SELECT rental_steps <> '[]' FROM house WHERE id = 1")
    assert kept_disagreements() == []
