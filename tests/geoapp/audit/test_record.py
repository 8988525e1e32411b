"""Events in the transaction of the act, in a table nobody changes (D3.6, A10.8, A11.5, A15.2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from geoapp.audit import reads
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.audit.rules import SYSTEM
from geoapp.core import clock
from geoapp.core.db import app_engine, owner_transaction
from grids_boundaries.access import Access, begin
from grids_boundaries.scope import RowScope


def events(sql="SELECT * FROM audit_event ORDER BY id"):
    with owner_transaction() as connection:
        return connection.execute(text(sql)).all()


def test_an_event_is_written_with_the_act_and_gone_with_it(own_city):
    access = own_city.access("worker")
    with begin(access) as connection:
        record(connection, access, Action.REVEAL, register="residents", record_ids=[own_city.residents[0]],
               fields=["id_number"], count=1, reason="visit", facts={"class": "s3"})  # fmt: skip
    with pytest.raises(RuntimeError), begin(access) as connection:
        record(connection, access, Action.REVEAL, register="residents", record_ids=[1], fields=["id_number"])
        raise RuntimeError("the act failed")
    [event] = events()
    assert (event.action, event.actor_id, event.register, event.reason, event.n) == ("reveal", access.user_id, "residents", "visit", 1)
    assert event.region_key == 110108001001001 and event.at.tzinfo
    [named] = events("SELECT * FROM audit_object")
    assert (named.record_id, named.event_id, named.position) == (own_city.residents[0], event.id, 0)


def test_the_system_and_nobody_write_too(own_city):
    with owner_transaction() as connection:
        record(connection, SYSTEM, Action.BACKUP, facts={"bytes": 12})
    with app_engine().begin() as connection:
        record(connection, Access(RowScope.nothing()), Action.SIGN_IN_FAILED)
    assert [(e.action, e.kind, e.actor_id) for e in events()] == [("backup", "system", None), ("sign_in_failed", "user", None)]


def test_more_records_than_one_event_names(own_city):
    access = own_city.access("worker")
    with begin(access) as connection:
        record(connection, access, Action.EXPORT, register="houses", record_ids=range(1, 1002))
    assert len(events()) == 3
    assert len(events("SELECT DISTINCT record_id FROM audit_object")) == 1001


@pytest.mark.parametrize("table", ["audit_event", "audit_object", "audit_seal", "audit_forgotten", "audit_check"])
@pytest.mark.parametrize("statement", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
def test_lg1_the_application_may_only_add(city, table, statement):
    column = {"audit_event": "mark", "audit_object": "salt", "audit_seal": "hash", "audit_forgotten": "position", "audit_check": "good"}[table]
    with pytest.raises(DBAPIError, match="permission denied"), begin(city.access("worker")) as connection:
        connection.execute(text(statement.format(table, column)))


@pytest.mark.parametrize("table", ["audit_event", "audit_object", "audit_seal", "audit_forgotten", "audit_check"])
@pytest.mark.parametrize("statement", ["UPDATE {0} SET {1} = {1}", "TRUNCATE {0} CASCADE"])
def test_lg1_the_owner_is_trapped_too(city, table, statement):
    column = {"audit_event": "mark", "audit_object": "salt", "audit_seal": "hash", "audit_forgotten": "position", "audit_check": "good"}[table]
    with pytest.raises(DBAPIError, match="append only"), owner_transaction() as connection:
        connection.execute(text(statement.format(table, column)))


def test_lg1_the_owner_deletes_no_event_and_no_record_of_one(own_city):
    access = own_city.access("worker")
    with begin(access) as connection:
        record(connection, access, Action.REVEAL, register="residents", record_ids=[5])
    for table in ("audit_event", "audit_object"):
        with pytest.raises(DBAPIError, match="append only"), owner_transaction() as connection:
            connection.execute(text(f"DELETE FROM {table}"))
    assert len(events()) == 1


def test_the_columns_beside_the_line_cannot_say_anything_else(city):
    with pytest.raises(DBAPIError, match="permission denied"), begin(city.access("worker")) as connection:
        connection.execute(text("INSERT INTO audit_event (body, mark, xid) VALUES ('{}', 'x', '1')"))
    with pytest.raises(DBAPIError, match="generated"), owner_transaction() as connection:
        connection.execute(text("INSERT INTO audit_event (body, mark, action) VALUES ('{}', 'x', 'sign_in')"))


def test_az16_the_log_is_read_by_auditors_of_the_area_only(own_city):
    worker, roamer = own_city.access("worker"), own_city.access("roamer")
    for access in (worker, roamer):
        with begin(access) as connection:
            record(connection, access, Action.LIST_VIEW, register="houses", count=3)
    with owner_transaction() as connection:
        record(connection, SYSTEM, Action.BACKUP)

    def seen(access):
        with begin(access) as connection:
            return connection.execute(text("SELECT action, region_key FROM audit_event ORDER BY id")).all()

    assert seen(worker) == []
    auditor = Access(worker.scope, frozenset({"register:audit:read"}), 1)
    assert seen(auditor) == [("list_view", 110108001001001), ("backup", 0)]
    whole = Access(own_city.access("director").scope, frozenset({"register:audit:read"}), 1)
    assert len(seen(whole)) == 3


def test_lg6_reveals_stop_after_four_hours_of_silence(city, monkeypatch):
    started = clock.now()
    with begin(city.access("worker")) as connection:
        for minutes, warned, allowed in ((1, False, True), (4, False, True), (6, True, True), (239, True, True), (241, True, False)):
            moment = reads.sealed_at(connection) + timedelta(minutes=minutes)
            monkeypatch.setattr(reads, "now", lambda moment=moment: moment)
            assert reads.is_warning(connection) is warned
            assert reads.reveals_allowed(connection) is allowed
        with pytest.raises(reads.SealingStalled):
            reads.require_sealing(connection)
    assert clock.now() - started < timedelta(minutes=1)
