"""A new key for search hashes and name tokens while people search and write (PR-6, D3.2)."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, text

from geoapp.changes.work import write
from geoapp.core.clock import today
from geoapp.core.db import app_engine, owner_engine, owner_transaction
from geoapp.core.doctor import examine
from geoapp.core.index_keys import index_ring
from geoapp.core.settings import get_settings
from geoapp.people.doubles import tell_doubles
from geoapp.people.identity import check_told
from geoapp.people.name_tokens import has_name, has_number, name_token, resident, tokens_of
from geoapp.people.registering import Home, NumberOnRegister, add_person
from geoapp.protection import index_rotation
from geoapp.protection.cli import keys
from tests.factories import city_plan as plan
from tests.support.people import told


@pytest.fixture
def folder(own_city, tmp_path, monkeypatch):
    """A key folder of the test's own, holding what the city was hashed with."""
    for path in get_settings().key_dir.glob("*.key"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setenv("GEOAPP_KEY_DIR", str(tmp_path))
    get_settings.cache_clear()
    yield tmp_path
    app_engine().dispose()
    owner_engine().dispose()
    get_settings.cache_clear()


GRIDS = plan.grids()
PEOPLE = plan.residents(GRIDS, plan.houses(GRIDS, plan.buildings(GRIDS)))[::9]
GRID = GRIDS[0].key


def found(access):
    """Who is found by each of the city's names, parts of them, initials, numbers and phones."""
    asked = [p["name"] for p in PEOPLE] + [p["name"][1:] for p in PEOPLE] + ["示例", "oysl", "甲例春"]
    numbers = [p["id_number"] for p in PEOPLE] + [plan.phone_of(p["id"]) for p in PEOPLE] + [told().id_number]
    with owner_engine().connect() as connection:
        wanted = [has_name(text, access.scope, children=True) for text in asked] + [has_number(n) for n in numbers]
        return [set(connection.scalars(select(resident.c.id).where(where))) for where in wanted]


def add(access, **facts):
    with write(access) as work:
        return add_person(work, GRID, check_told(told(**facts), today()), Home(no_house_reason="other"))


def run(*words):
    done = CliRunner().invoke(keys, words)
    index_ring().forget()  # as every process does within 20 seconds
    return done


def tokens():
    with owner_engine().connect() as connection:
        return connection.scalar(select(func.count()).select_from(name_token))


def doctor(title):
    return next(one for one in examine(get_settings()) if one.title == title)


def test_pr6_searches_find_the_same_before_during_and_after_and_the_old_key_can_go(folder, own_city):
    access = own_city.access("director")
    worker = own_city.access("worker")
    first = add(worker)
    before, rows = found(access), tokens()
    assert all(before)
    assert run("rotate", "--index").exit_code == 0
    assert found(access) == before  # read by two, written by the first
    assert isinstance(run("rehash").exception, Exception)  # a process may still write with the first
    with owner_transaction() as connection:
        connection.execute(text("UPDATE index_key SET writes_from = now() - interval '1 hour' WHERE generation = 2"))
    index_ring().forget()
    second = add(worker, name="甲例春", number="", id_kind="none", type="unregistered", unregistered_reason="other", sex="M",
                 birth_date=today().replace(year=1990, day=1))  # fmt: skip
    with pytest.raises(NumberOnRegister) as refused:  # hashed by the first, asked by the second
        add(worker)
    assert refused.value.holder_id == first
    assert tell_doubles() == 0  # two grids may have hashed one number differently
    assert doctor("没有未完成的检索密钥更换").level == "warn"
    during = found(access)
    assert [one - {second} for one in during] == before and sum(second in one for one in during) == 1
    assert isinstance(run("destroy", "--index").exception, Exception)
    index_rotation.BATCH, kept = 50, index_rotation.BATCH
    try:
        stopped = index_rotation.rehash(get_settings())
        assert (next(stopped), next(stopped)) == (50, 100)
        stopped.close()
        assert found(access) == during
        assert run("rehash").exit_code == 0
    finally:
        index_rotation.BATCH = kept
    assert found(access) == during
    added = tokens() - rows
    assert run("destroy", "--index").exit_code == 0
    assert not (folder / "index.key").exists() and (folder / "index-2.key").exists()
    assert found(access) == during and not index_ring().keys().changing
    assert added == len(tokens_of("甲例春"))
    assert tell_doubles() == 1
    assert {doctor(title).level for title in ("检索密钥与数据库相符", "没有未完成的检索密钥更换")} == {"good"}
    (folder / "index-2.key").write_bytes(bytes(32))
    assert doctor("检索密钥与数据库相符").level == "bad"
    with owner_engine().connect() as connection:
        said = connection.scalars(text("SELECT body->'facts'->>'step' FROM audit_event WHERE body->>'action' = 'key_change'"))
        assert list(said) == ["rotate_index", "destroy_index"]
