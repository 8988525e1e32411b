"""Editing code lists, through their pages, and who follows (D1.3, D1.4; A18 figures as settings)."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from geoapp.core.db import owner_engine
from geoapp.dictionaries import reads
from geoapp.dictionaries.lists import all_dictionaries, all_numbers
from geoapp.web.factory import create_app
from tests.support.forms import send
from tests.support.web import csrf_of, sign_in


@pytest.fixture(autouse=True)
def as_before():
    yield
    reads.forget()
    for one in all_dictionaries().values():
        one.change([])
    for number in all_numbers().values():
        number.value = number.default


def read(query, **facts):
    with owner_engine().connect() as connection:
        return connection.execute(text(query), facts).all()


def post(client, path, **values):
    return client.post(f"/dictionaries/{path}", data=values | {"csrf_token": csrf_of(client, "/map")})


def test_d1_4_a_code_is_added_used_renamed_retired_and_only_deleted_unused(own_city):
    app = create_app()
    admin, worker = sign_in(app, "admin"), sign_in(app, "worker")
    assert "房屋用途" in admin.get("/dictionaries").text
    made = post(admin, "house_uses/codes", code="shared_office", zh="共享办公", en="Shared office")
    assert made.status_code == 303
    assert 'value="shared_office"' in worker.get("/houses/1/edit").text
    assert "共享办公" in worker.get("/registers/houses/filter").text
    assert send(worker, "/houses/1/edit", use="shared_office").status_code == 303
    shown = worker.get("/registers/houses?use=shared_office", headers={"HX-Request": "true"})
    assert 'data-total="1"' in shown.text
    assert "Shared office" in worker.get("/houses/1?lang=en").text
    worker.get("/?lang=zh")
    assert post(admin, "house_uses/rename", code="shared_office", zh="联合办公", en="Co-working").status_code == 303
    assert "联合办公" in worker.get("/houses/1").text
    refused = post(admin, "house_uses/delete", code="shared_office")
    assert refused.status_code == 409 and "停用" in refused.text
    assert post(admin, "house_uses/retire", code="shared_office").status_code == 303
    assert "shared_office" not in worker.get("/houses/2/edit").text
    assert "shared_office" in worker.get("/houses/1/edit").text, "who has it may keep it"
    assert send(worker, "/houses/1/edit", address="仍在用").status_code == 303
    assert send(worker, "/houses/2/edit", use="shared_office").status_code == 400
    assert post(admin, "house_uses/offer", code="shared_office").status_code == 303
    assert send(worker, "/houses/1/edit", use="office").status_code == 303
    assert post(admin, "house_uses/delete", code="shared_office").status_code == 303
    assert "shared_office" not in worker.get("/houses/1/edit").text
    logged = [row.step for row in read("SELECT body->'facts'->>'step' AS step FROM audit_event WHERE action = 'setting_change' ORDER BY at")]
    assert logged == ["add", "rename", "retire", "offer", "delete"]
    assert post(admin, "house_uses/codes", code="office", zh="办公", en="Office").status_code == 409
    for path, values in (("house_uses/delete", {"code": "office"}), ("house_uses/retire", {"code": "dwelling"})):
        assert post(admin, path, **values).status_code == 409
    for values in ({"code": "Ü", "zh": "甲", "en": "A"}, {"code": "a", "zh": "", "en": "A"}):
        assert post(admin, "house_uses/codes", **values).status_code == 400
    for path in ("nothing/codes", "house_uses/rename"):
        assert post(admin, path, code="nothing", zh="甲", en="A").status_code == 404


def test_a7_3_the_days_to_the_next_inspection_are_a_number_of_the_dictionary(own_city):
    app = create_app()
    admin, worker = sign_in(app, "admin"), sign_in(app, "worker")
    for value, status in (("0", 400), ("x", 400), ("14", 303)):
        assert post(admin, "numbers/inspection_days_serious", value=value).status_code == status
    assert all_numbers()["inspection_days_serious"].value in (7, 14)
    worker.get("/dictionaries")
    assert all_numbers()["inspection_days_serious"].value == 14
    assert post(admin, "numbers/nothing", value="3").status_code == 404


def test_another_process_follows_within_seconds_and_asks_one_number_only(own_city, monkeypatch):
    client = sign_in(create_app(), "worker")
    client.get("/houses/1")
    with owner_engine().begin() as connection:
        connection.execute(text("INSERT INTO dictionary_item VALUES ('house_uses', 'dwelling', '住家', 'Home', 0, false)"))
        connection.execute(text("UPDATE dictionary_version SET version = version + 1"))
    assert "住家" not in client.get("/houses/1").text
    monkeypatch.setattr(reads, "SECONDS", -1.0)
    assert "住家" in client.get("/houses/1").text
    asked = []
    monkeypatch.setattr(reads, "_take", lambda connection: asked.append(1))
    assert "住家" in client.get("/houses/1").text and asked == []


def test_only_administrators_edit_and_every_list_knows_where_its_codes_are(city):
    app = create_app()
    for username in ("worker", "director"):
        client = sign_in(app, username)
        assert client.get("/dictionaries").status_code == client.get("/dictionaries/house_uses").status_code == 404
        assert post(client, "house_uses/codes", code="a", zh="甲", en="A").status_code == 404
    known = read("SELECT pg_get_functiondef('dictionary_code_used(text, text)'::regprocedure) AS body")[0].body
    named = set(re.findall(r"WHEN '(\w+)' THEN", known))
    assert named == set(all_dictionaries())
    for key, one in all_dictionaries().items():
        assert one.fixed <= set(one.seed) and one.title, key
        assert read("SELECT dictionary_code_used(:d, 'nobody-has-this') AS used", d=key)[0].used is False
