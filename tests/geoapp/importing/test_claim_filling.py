"""The first fill of a city: the same rows, checks and records as by claims, with a dry run, going on when killed."""

from __future__ import annotations

from collections import Counter

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, text

from geoapp.core.db import owner_engine, table_of
from geoapp.core.settings import get_settings
from geoapp.houses.models import House, HouseNumber, Residence
from geoapp.importing import codes
from geoapp.importing.cli import group
from geoapp.importing.filling import fill
from geoapp.people.models import Resident
from geoapp.people.state_actions import identity_of
from tests.geoapp.importing.test_claim_by_hand import NAMELESS
from tests.geoapp.importing.test_claiming import GRID, PLAIN, claimed, number, people, row, staged
from tests.support.imports import rows_of, xlsx

resident, residence, house, house_number = (table_of(one) for one in (Resident, Residence, House, HouseNumber))


def count(table, *conditions):
    with owner_engine().connect() as connection:
        return connection.scalar(select(func.count()).select_from(table).where(*conditions))


def record(row_id):
    with owner_engine().connect() as connection:
        return connection.execute(select(resident).where(resident.c.id == row(row_id).target_id)).one()


def kept(name):
    with owner_engine().connect() as connection:
        whole = text("SELECT sum(n) FROM region_count WHERE register = :name AND region_key = :key")
        return connection.scalar(whole, {"name": name, "key": int(GRID)})


def a_house():
    with owner_engine().connect() as connection:
        mine = select(house).where(house.c.region_key == int(GRID), house.c.building_id.is_not(None))
        return connection.execute(mine.order_by(house.c.id).limit(1)).one()


def test_first_fill_makes_what_a_claim_makes_and_a_dry_run_nothing(own_city):
    home = a_house()
    changes = [
        {**PLAIN, "name": "甲一", "id_number": number(1), "phone": "13800138000", "house_number": home.number},
        {**PLAIN, "name": "甲一", "id_number": number(1)}, {**PLAIN, "name": "乙二", "id_number": number(1)},
        {**PLAIN, "name": "丙三"}, {"type": "户籍人口", "name": "丁四", "id_number": number(4)},
        {**PLAIN, "name": "戊五", "id_number": number(5), "household_number": "京海1234567", "relation": "户主"},
        {**NAMELESS, "name": "己六"}, {**PLAIN, "name": "庚七", "id_number": number(7), "house_number": "9" * 25},
        {**PLAIN, "type": "流动人口", "registered_place": "某省", "name": "辛八", "id_number": number(8)},
        {**PLAIN, "type": "流动人口", "name": "壬九", "id_number": number(1)},
        {**PLAIN, "name": "癸十", "id_number": number(8), "household_number": "京海1234567", "relation": "配偶"},
    ]  # fmt: skip
    ids = staged(own_city, "residents", *changes)
    batch, settings, before = ids[0] // 1_000_000, get_settings(), people(state="active")
    counted = (home.residents, kept("residents"))
    told = fill(settings, batch, dry_run=True, piece=3)
    assert (people(state="active"), {row(one).state for one in ids}) == (before, {codes.UNCLAIMED})
    assert all(row(one).failure is None for one in ids)

    def killed(_rows):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill(settings, batch, piece=3, progress=killed)
    assert people(state="active") == before + 1, "the first piece is there, whole"
    done = fill(settings, batch, piece=3, processes=2)  # the grid is a span, so it is the helper's
    assert (told.made, told.unchanged, told.failed) == (done.made + 1, done.unchanged + 1, done.failed + Counter(duplicate=1))
    assert (told.made, told.unchanged) == (4, 1)
    assert told.failed == {"duplicate": 1, "other_type": 2, "incomplete": 2, "no_grid": 1}, "one is of a number just made"
    states = [row(one).state for one in ids]
    assert states == [10, 11, 0, 0, 0, 10, 10, 0, 10, 0, 0]
    assert people(state="active") == before + 4
    assert fill(settings, batch).made == 0, "nothing is done twice"

    # the same as a claim makes of it
    (claim,) = staged(own_city, "residents", {**changes[0], "id_number": number(11)})
    assert claimed(own_city, [claim]).claimed == [claim]
    mine, theirs = record(ids[0]), record(claim)
    differs = {n for n, value in mine._mapping.items() if value != theirs._mapping[n]}
    assert differs <= {"id", "id_hash", "id_enc", "phone_enc", "birth_date_enc", "checked_at", "updated_at", "version"}
    assert identity_of(mine).phone == identity_of(theirs).phone == "13800138000"
    assert identity_of(mine).number.text == number(1)
    with owner_engine().connect() as connection:
        stays = connection.execute(select(residence).where(residence.c.resident_id.in_((mine.id, theirs.id)))).all()
        tokens = connection.execute(text("SELECT resident_id, count(*) FROM name_token WHERE resident_id = ANY(:i) GROUP BY 1"),
                                    {"i": [mine.id, theirs.id]}).all()  # fmt: skip
    assert len({(one.house_id, one.tenure, one.since, one.origin) for one in stays}) == 1
    assert len({n for _, n in tokens}) == 1
    assert (a_house().residents, kept("residents")) == (counted[0] + 2, counted[1] + 5)


def test_first_fill_of_houses_from_the_command_line(own_city, tmp_path, monkeypatch):
    numbers = [f"110108001001001{n:010d}" for n in (71, 72)]
    file = tmp_path / "房屋.xlsx"
    file.write_bytes(xlsx("houses", rows_of("houses", *(
        {"number": one, "address": "示例路71号", "grid": GRID, "use": "个人住宅"} for one in (*numbers, numbers[0])
    ), {"number": "", "address": "", "grid": GRID})))  # fmt: skip
    asked = ["fill", str(file), "--register", "houses", "--region", "110108", "--as", "officer"]
    before = count(house)
    dry = CliRunner().invoke(group, [*asked, "--dry-run", "--report", str(tmp_path / "report.xlsx")])
    assert dry.exit_code == 0, dry.output
    assert count(house) == before
    assert (tmp_path / "report.xlsx").stat().st_size > 1000
    done = CliRunner().invoke(group, asked)
    assert done.exit_code == 0, done.output
    assert count(house) == before + 2
    assert count(house_number, house_number.c.number.in_(numbers)) == 2
    assert CliRunner().invoke(group, [*asked[:-1], "nobody"]).exit_code == 2
    assert CliRunner().invoke(group, [*asked[:1], str(file), "--register", "sites", *asked[4:]]).exit_code == 1
