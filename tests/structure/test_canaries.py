"""Side doors: suggestions, labels, logs, tables, files, posted masks, tiles asked in turns.

AZ-5 for pages, exports, tiles and programs is the scope matrix; here is what a crawl of addresses
does not reach: POSTs, errors, logs, and what lies on the disk.
"""

from __future__ import annotations

import gzip
import logging
import subprocess
from pathlib import Path

import mapbox_vector_tile
import pytest
from sqlalchemy import NullPool, create_engine, select, text

from geoapp.core.clock import today
from geoapp.core.cluster_server import find_installation
from geoapp.core.db import owner_engine, owner_transaction
from geoapp.core.settings import get_settings
from geoapp.houses.models import House
from geoapp.people.models import Resident
from geoapp.people.name_tokens import has_name
from geoapp.people.rules import born_at_latest, is_child
from geoapp.web.factory import create_app
from layers.registry import all_registers, listed_registers
from spatial_queries.query import SpatialQuery
from spatial_queries.selection import compile_query
from tests.factories import city_plan as plan
from tests.support.web import csrf_of, sign_in

ROLES = ("director", "officer", "community", "worker", "roamer", "wall")
GRIDS = plan.grids()
HOUSES = plan.houses(GRIDS, plan.buildings(GRIDS))
PEOPLE = plan.residents(GRIDS, HOUSES)
CANARIES = {p["id_number"] for p in PEOPLE} | {plan.phone_of(p["id"]) for p in PEOPLE} | {plan.born(p) for p in PEOPLE}
NAMES = {p["name"] for p in PEOPLE}
CHILDREN = {p["name"] for p in PEOPLE if is_child(born_at_latest(plan.born(p)), today())}
"""Names nobody sees but one at a time, for a reason (D3.1)."""


def search(client, token, words):
    return client.post("/search", data={"q": words, "csrf_token": token})


@pytest.mark.parametrize("username", ROLES)
def test_az7_suggestions_are_nothing_a_list_would_not_show(city, username):
    client, access = sign_in(create_app(), username), city.access(username)
    token = csrf_of(client, "/about")
    outside = {h["address"] for h in HOUSES if h["region_key"] not in access.scope}
    outside |= {p["name"] for p in PEOPLE if p["region_key"] not in access.scope or not access.may("register:residents:name")}
    starts = {name[:n] for name in NAMES for n in (1, 2, 4)} | {h["address"][:n] for h in HOUSES for n in (2, 5)}
    starts |= {"wsl", "zs", "oy", "示例", "99999919800101"}
    for start in sorted(starts)[:: 1 if username == "worker" else 9]:
        answer = search(client, token, start)
        assert answer.status_code == 200 or username == "wall"
        assert not [mark for mark in outside | CANARIES | CHILDREN if mark in answer.text and mark != start], start


def test_c4_people_are_found_by_a_character_by_initials_by_number_and_by_phone(city):
    client = sign_in(create_app(), "worker")
    token = csrf_of(client, "/about")
    mine = [p for p in PEOPLE if p["region_key"] == GRIDS[0].key and p["state"] == "active"]
    person = next(p for p in mine if p["name"].startswith("欧阳"))
    for words in (person["name"], "欧阳示例", person["name"][-5:], person["id_number"], plan.phone_of(person["id"]), "oysl"):
        assert f'/registers/residents/{person["id"]}"' in search(client, token, words).text or words in ("欧阳示例", "oysl")
        assert "data-register=\"residents\"" in search(client, token, words).text, words
    for words in (person["id_number"][:-1], plan.phone_of(person["id"])[1:], "zzz"):
        assert "data-register=\"residents\"" not in search(client, token, words).text, words


def test_pr_9_what_names_a_person_stands_in_no_address(city):
    client = sign_in(create_app(), "worker")
    token, person = csrf_of(client, "/about"), PEOPLE[0]
    for words in (person["name"], person["id_number"], plan.phone_of(1)):
        sent = client.post("/registers/residents/search", data={"q": words, "csrf_token": token})
        assert sent.status_code == 303
        assert words not in sent.location
        page = client.get(sent.location)
        assert 'data-total="1"' in page.text
        assert not [link for link in page.text.split('"') if link.startswith("/registers") and words in link]
    shared = sent.location
    assert 'data-total="0"' in sign_in(create_app(), "neighbour").get(shared).text, "a link carries no rights"
    assert sign_in(create_app(), "officer").get(shared).status_code in (400, 403)
    for address in (f"/registers/residents?q={person['name']}", f"/registers/residents?name__contains={person['name']}",
                    f"/registers/residents?name={person['name']}", f"/registers/residents?id_number={person['id_number']}"):  # fmt: skip
        assert client.get(address).status_code == 400
    assert client.get("/search?q=1").status_code in (404, 405)


def test_pr_9_a_mask_that_is_posted_back_is_refused_and_stored_nowhere(own_city):
    client = sign_in(create_app(), "worker")
    token = csrf_of(client, "/about")
    with owner_engine().connect() as connection:
        before = connection.execute(select(Resident.__table__).order_by(Resident.id)).all()
    for extra in ({"id_number": "**************0001"}, {"value": "100****0001"}, {"phone": "100****0001", "reason": "contact"}):
        answer = client.post("/registers/residents/1/fields/phone", data={**extra, "csrf_token": token})
        assert answer.status_code == 400
    with owner_engine().connect() as connection:
        assert connection.execute(select(Resident.__table__).order_by(Resident.id)).all() == before


def test_az8_a_house_of_another_area_is_not_named_by_who_lives_in_it(own_city):
    other = next(h for h in HOUSES if h["region_key"] == GRIDS[1].key)
    mine = next(p for p in PEOPLE if p["region_key"] == GRIDS[0].key and p["house_id"])
    with owner_transaction() as connection:
        connection.execute(Resident.__table__.update().where(Resident.id == mine["id"]).values(house_id=other["id"]))
        address = connection.scalar(select(House.address).where(House.id == other["id"]))
    client = sign_in(create_app(), "worker")
    for url in (f"/registers/residents/{mine['id']}", "/registers/residents?limit=500", "/ogc/collections/residents/items?limit=500",
                "/ogc/collections/residents/items?limit=500&f=html"):  # fmt: skip
        page = client.get(url)
        assert page.status_code == 200
        assert address not in page.text
        assert mine["name"] in page.text


def test_az10_tiles_asked_in_turns_by_two_people_hold_nothing_of_the_other(city):
    app = create_app()
    clients = {name: sign_in(app, name) for name in ("worker", "neighbour")}
    scopes = {name: city.access(name).scope for name in clients}
    region = {h["id"]: h["region_key"] for h in HOUSES}
    seen = {name: set() for name in clients}
    tags: dict[str, set[str]] = {name: set() for name in clients}
    for name in ("worker", "neighbour") * 3:
        for x in range(53940, 53944):
            answer = clients[name].get(f"/tiles/houses/16/{x}/24811.mvt")
            assert answer.headers["Cache-Control"].startswith("private")
            tags[name].add(answer.headers["ETag"] + str(x))
            data = gzip.decompress(answer.data) if answer.data[:2] == b"\x1f\x8b" else answer.data
            seen[name] |= {f["id"] for f in mapbox_vector_tile.decode(data).get("houses", {"features": []})["features"]}
    for name in clients:
        assert seen[name]
        assert all(region[i] in scopes[name] for i in seen[name])
    assert not tags["worker"] & tags["neighbour"]


@pytest.mark.parametrize("username", ["director", "officer", "community", "worker", "roamer"])
def test_az15_the_query_alone_holds_the_area_where_row_security_is_off(city, username):
    """As the owner, whom no policy binds; row security alone is test_catalogue's."""
    access = city.access(username)
    with owner_engine().connect() as connection:
        for register in listed_registers(access):
            selection = compile_query(SpatialQuery(register.name), register, access=access)
            keys = connection.scalars(selection.select(register.scope_column)).all()
            assert all(key in access.scope for key in keys)
            assert keys
        condition = has_name("示例", access.scope)
        found = connection.scalars(select(Resident.region_key).where(condition)).all()
        assert all(key in access.scope for key in found)


def test_az15_kept_counts_and_the_change_log_obey_their_register(own_city):
    from dataclasses import replace

    from grids_boundaries.access import begin

    access = own_city.access("community")
    counting = replace(access, permissions=access.permissions - {"register:residents:read"})
    blind = replace(counting, permissions=counting.permissions - {"register:coverage:read"})
    with owner_transaction() as connection:
        connection.execute(text(
            "INSERT INTO record_change (action, register, record_id, county_code, region_key, fields) "
            "SELECT 'correct', r, 1, '110108', 110108001001001, '{}' FROM unnest(ARRAY['residents', 'residences', 'houses']) r"
        ))  # fmt: skip
    for reader, sees in ((access, True), (counting, False), (blind, False)):
        with begin(reader) as connection:
            # who may see coverage sees when its tiles are renamed, and nothing else of the people
            for table, may in (("region_count", sees), ("tile_version", reader is not blind)):
                found = connection.scalar(text(f"SELECT count(*) FROM {table} WHERE register = 'residents'"))
                assert bool(found) is may, table
            assert bool(connection.scalar(text("SELECT count(*) FROM name_token"))) is sees
            logged = set(connection.scalars(text("SELECT register FROM record_change")))
            assert logged == ({"residents", "residences", "houses"} if sees else {"houses"})


def test_lg4_logs_and_tables_hold_no_canary(own_city, caplog):
    caplog.set_level(logging.INFO)
    app = create_app()
    client, person = sign_in(app, "worker"), PEOPLE[0]
    token = csrf_of(client, "/about")
    for words in (person["id_number"], plan.phone_of(1), person["name"]):
        search(client, token, words)
        client.post("/registers/residents/search", data={"q": words, "csrf_token": token})
        client.post("/houses/1/residents", data={"q": words, "csrf_token": token})
    for field in ("id_number", "phone", "birth_date"):
        shown = client.post(f"/registers/residents/1/fields/{field}", data={"reason": "contact", "csrf_token": token})
        assert shown.status_code == 200
    client.get("/registers/residents/1")
    client.get("/registers/residents?sort=nothing")
    wanted = CANARIES | CHILDREN | {person["name"]}
    said = "\n".join(record.getMessage() + str(record.__dict__) for record in caplog.records)
    assert not [c for c in wanted if c in said]
    with owner_engine().connect() as connection:
        tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        for table in tables:
            rows = "\n".join(connection.scalars(text(f'SELECT t::text FROM "{table}" t')))
            hidden = CANARIES | CHILDREN if table.startswith("resident") else wanted
            assert not [c for c in hidden if c in rows], table


def test_pr_5_neither_files_nor_log_nor_dump_of_the_database_hold_a_protected_value(own_city, tmp_path):
    settings, marks = get_settings(), [c.encode() for c in sorted(CANARIES)[:: len(CANARIES) // 40]]
    marks += [*(name.encode() for name in CHILDREN), plan.phone_of(1).encode(), PEOPLE[0]["id_number"].encode()]
    superuser = create_engine(settings.superuser_database_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with superuser.connect() as connection:
        connection.execute(text("CHECKPOINT"))
        folder = Path(connection.scalar(text("SHOW data_directory")))
        base = connection.scalar(text("SELECT pg_relation_filepath('app_user')")).rpartition("/")[0]
    files = [*(folder / base).iterdir(), *sorted((folder / "pg_wal").glob("0*"), key=lambda p: p.stat().st_mtime)[-3:]]
    program = find_installation().programs / "pg_dump"
    url = settings.superuser_database_url.replace("postgresql+psycopg", "postgresql")
    dump = subprocess.run([str(program), url], capture_output=True, check=True).stdout
    assert b"COPY public.resident_110108" in dump
    found = [(path.name, mark) for path in files if path.is_file() for mark in marks if mark in path.read_bytes()]
    assert found == []
    assert [mark for mark in marks if mark in dump] == []


@pytest.mark.parametrize("username", ["wall", "director", "planner"])
def test_pr_10_wall_and_print_hold_nothing_of_a_person(city, username):
    client = sign_in(create_app(), username)
    pages = ["/map", "/registers/houses/1", "/registers/buildings/1", "/registers/houses?limit=500", "/layers.json",
             "/registers/houses/export.html", "/registers/regions", "/regions/tree", "/registers/coverage", "/registers/coverage?region=110108001",
             "/registers/coverage/110108001000000"]  # fmt: skip
    for address in pages:
        body = client.get(address, buffered=True).text
        assert not [mark for mark in CANARIES | NAMES if mark in body], address
        assert "person__name" not in body
    fields = [f.name for f in all_registers()["residents"].fields if f.field_class != "S1"]
    assert {"name", "id_number", "phone", "birth_date"} <= set(fields)
