"""Letting a house and what happened there, through its pages (A6.5, A6.8 to A6.11)."""

from __future__ import annotations

import re
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from geoapp.changes.models import RecordChange
from geoapp.core.db import owner_engine, owner_transaction
from geoapp.houses.models import House
from geoapp.houses.timeline import Entry, _sources, add_source
from geoapp.web.factory import create_app
from tests.support.forms import send
from tests.support.kept import kept_disagreements
from tests.support.web import sign_in


def house(number=1):
    with owner_engine().connect() as connection:
        return connection.execute(select(House.__table__).where(House.id == number)).one()


def lines(page):
    """(kind, words) of a timeline, as it stands."""
    return [(kind, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", body))) for kind, body in re.findall(r'<li data-kind="(\w+)"[^>]*>(.*?)</li>', page, re.S)]


@pytest.fixture
def worker(own_city):
    return sign_in(create_app(), "worker")


def test_a68_a69_a610_let_deregister_reinstate_undo_and_the_landlord_is_sealed(own_city, worker):
    page = worker.get("/houses/1").text
    assert "登记出租" in page and not house().rental
    answer = send(worker, "/houses/1/rental/new", use="shop", kind="basement", landlord_name="房东甲", landlord_phone="13912345678")
    assert answer.status_code == 303 and (house().rental, house().status, house().rental_use) == (True, 3, "shop")
    assert "房东甲".encode() not in bytes(house().landlord_name_enc)
    page = worker.get("/houses/1").text
    assert all(word in page for word in ("店面", "地下室", "139****5678")) and not [w for w in ("房东甲", "13912345678") if w in page]
    shown = worker.post(
        "/registers/houses/1/fields/landlord_phone",
        data={"reason": "contact", "csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', page)[1]},
    )
    assert "13912345678" in shown.text
    director = sign_in(create_app(), "director").get("/houses/1").text
    assert "店面" in director and "139****5678" not in director
    assert send(worker, "/houses/1/rental", use="dwelling").status_code == 303
    assert house().rental_use == "dwelling" and house().landlord_phone_enc is not None
    assert send(worker, "/houses/1/rental/new").status_code == 409
    assert send(worker, "/houses/1/rental/deregister").status_code == 400, "no reason"
    assert send(worker, "/houses/1/rental/deregister", reason="vacant").status_code == 303
    assert (house().rental, house().status) == (False, 1) and "租约到期" in worker.get("/houses/1").text
    assert send(worker, "/houses/1/rental/new").status_code == 409, "it comes back by being reinstated"
    assert send(worker, "/houses/1/rental/reinstate", reason="let_again").status_code == 303
    assert house().rental and house().rental_use == "dwelling" and "139****5678" in worker.get("/houses/1").text
    assert worker.post("/houses/1/rental/undo", data=undo_of(worker)).status_code == 303
    assert not house().rental
    with owner_transaction() as connection:
        connection.execute(text("UPDATE house SET rental_steps = replace(rental_steps::text, left(rental_steps->-2->>'at', 16), '2026-01-01T00:00')::jsonb WHERE id = 1"))
    assert "/rental/undo" not in worker.get("/houses/1").text
    assert worker.post("/houses/1/rental/undo", data=undo_of(worker)).status_code == 409
    with owner_engine().connect() as connection:
        logged = connection.execute(select(RecordChange.action).where(RecordChange.record_id == 1).order_by(RecordChange.id)).scalars().all()
    assert logged == ["let", "correct", "deregister_rental", "reinstate_rental", "undo_rental"]
    assert kept_disagreements() == []


def undo_of(client):
    page = client.get("/houses/1").text
    form = {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("csrf_token", "version")}
    return form | {"form_token": uuid4().hex}


def test_a610_a_stale_step_changes_nothing_and_another_grid_sees_nothing(own_city, worker):
    assert send(worker, "/houses/1/rental/new").status_code == 303
    assert send(worker, "/houses/1/rental/deregister", reason="sold", version="1").status_code == 409
    assert send(worker, "/houses/1/rental", use="shop", version="1").status_code == 409
    assert house().rental and house().rental_use == "dwelling"
    neighbour = sign_in(create_app(), "neighbour")
    for path in ("rental", "rental/new", "rental/deregister", "rental/reinstate", "timeline"):
        assert neighbour.get(f"/houses/1/{path}").status_code == 404


def test_a65_a611_the_timeline_of_a_house_tells_moves_letting_and_corrections_by_date(own_city, worker):
    send(worker, "/houses/2/rental/new")
    send(worker, "/houses/2/edit", address="示例路改3号")
    add_source("visits", "走访", lambda connection, access, row, locale: [Entry(date(1999, 5, 4), "visits", f"走访 {row['id']}")])
    try:
        found = lines(worker.get("/houses/2/timeline").text)
    finally:
        del _sources["visits"]
    kinds = [kind for kind, _ in found]
    assert set(kinds) == {"changes", "rentals", "stays", "visits"} and kinds[-1] == "visits"
    assert any("更正" in said and "房屋地址" in said for kind, said in found if kind == "changes")
    assert any("入住" in said and "2020-01-01" in said for kind, said in found if kind == "stays")
    days = [re.search(r"\d{4}-\d\d-\d\d", said)[0] for _, said in found]
    assert days == sorted(days, reverse=True)
    director = lines(sign_in(create_app(), "director").get("/houses/2/timeline").text)
    assert "stays" not in {kind for kind, _ in director} and "rentals" in {kind for kind, _ in director}
