"""Importing can be switched off, and what nobody claims does not stay for ever (A18.1; PIPL 19)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from geoapp.core.clock import now
from geoapp.core.db import owner_engine, owner_transaction
from geoapp.core.settings import get_settings
from geoapp.importing.codes import MODULE
from geoapp.importing.forgetting import drop_unclaimed
from geoapp.importing.locking import row_table
from geoapp.messages.actions import inbox
from geoapp.modules.actions import switch
from geoapp.modules.reads import is_on
from geoapp.retention.ended import ENDED, IMPORTED
from geoapp.retention.run import due
from geoapp.web.factory import create_app
from tests.geoapp.importing.test_claiming import PLAIN, claimed, number, staged
from tests.support.web import csrf_of, sign_in


def test_a18_1_the_module_is_on_until_it_is_switched_off_and_then_there_is_nothing(own_city):
    (one,) = staged(own_city, "residents", {**PLAIN, "name": "甲一", "id_number": number(1)})
    worker = sign_in(create_app(), "worker")
    token = csrf_of(worker, "/imports/claims")
    assert 'href="/imports"' in worker.get("/about").text
    with owner_transaction() as connection:
        assert is_on(connection, MODULE)
        assert not is_on(connection, "family")
        switch(connection, own_city.access("admin"), MODULE, on=False)
    assert {worker.get(url).status_code for url in ("/imports", "/imports/claims", f"/imports/rows/{one}/compare")} == {404}
    assert worker.post(f"/imports/rows/{one}/undo", data={"csrf_token": token}).status_code == 404
    assert 'href="/imports"' not in worker.get("/about").text


def test_rows_nobody_claims_run_out_and_their_sender_is_told(own_city):
    taken, left = staged(
        own_city, "residents", {**PLAIN, "name": "甲一", "id_number": number(1)}, {**PLAIN, "name": "乙二"}
    )
    claimed(own_city, [taken])
    page = sign_in(create_app(), "officer").get(f"/imports/{taken // 1_000_000}").text
    assert str((now() + timedelta(days=180)).date())[:7] in page
    later = now() + timedelta(days=200)
    with owner_transaction() as connection:
        rows = {one.clock.name: one.rows for one in due(connection, get_settings(), later)}
        early = {one.clock.name: one.rows for one in due(connection, get_settings(), now() + timedelta(days=170))}
        assert (rows[IMPORTED], early[IMPORTED]) == (1, 0)
        assert drop_unclaimed(connection, ENDED[IMPORTED][1](later - timedelta(days=180))) == 1
        told = inbox(connection, own_city.access("officer").user_id)
    assert [(one.kind, one.facts) for one in told] == [("import_expired", {"file": "名单.xlsx", "n": 1})]
    with owner_engine().connect() as connection:
        count = select(func.count()).select_from(row_table)
        assert connection.scalar(count.where(row_table.c.id == left)) == 0
        assert connection.scalar(count.where(row_table.c.id == taken)) == 1
