"""The model of the population: one base register, what hangs on it, what a person's page shows (A2.1 to A2.3, A2.5 to A2.7)."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from geoapp.changes.work import write
from geoapp.core.clock import today
from geoapp.core.db import owner_engine
from geoapp.core.setting_values import SettingsError
from geoapp.core.settings import Settings
from geoapp.houses.codes import HOUSE_USES
from geoapp.houses.models import House
from geoapp.people.codes import TYPES
from geoapp.people.identity import check_told
from geoapp.people.registering import Home, add_person
from geoapp.programmes.declared import OPEN, PROGRAMMES
from geoapp.programmes.models import Enrolment
from geoapp.web.factory import create_app
from tests.support.people import number_of, told
from tests.support.web import sign_in

GRID = 110108001001001


def test_a2_1_department_data_hangs_on_the_base_register_and_repeats_none_of_it(city):
    with owner_engine().connect() as connection:
        tables = connection.scalars(text(
            "SELECT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND confrelid = 'resident'::regclass"
        )).all()  # fmt: skip
    assert {"residence", "enrolment"} <= set(tables)
    base = {"sex", "birth_year", "type", "id_hash", "phone_enc", "house_id", "household_id"}
    assert not base & {column.name for column in Enrolment.__table__.columns}


def test_a2_2_a2_3_a_page_shows_the_public_part_by_type_and_the_departments_part_beside_it(own_city):
    worker = sign_in(create_app(), "worker")
    for order, kind, facts, shown in (
        (2, "floating", {"registered_place": "示例省"}, ("户籍地", "示例省")),
        (4, "unregistered", {"unregistered_reason": "papers_held"}, ("未落户原因", "持证未落")),
    ):
        with write(own_city.access("worker")) as work:
            who = check_told(told(name="乙例秋", number=number_of(order=order), type=kind, **facts), today())
            found = add_person(work, GRID, who, Home(no_house_reason="boat"))
        page = worker.get(f"/registers/residents/{found}").text
        assert all(word in page for word in (*shown, "乙例秋", "人口类型", "以船为家", "住处", "服务项目")), kind
        assert sign_in(create_app(), "neighbour").get(f"/registers/residents/{found}").status_code == 404


def test_a2_5_a2_7_classes_are_declarations_beside_the_four_types():
    assert list(TYPES) == ["registered", "floating", "unregistered", "overseas"]
    families = {one.family for one in PROGRAMMES.values()}
    assert families == {"support", "care", "maternal", "employment"}
    assert {"elderly", "disabled", "veteran_family", "hardship"} <= set(OPEN)
    assert {"resettlement", "community_correction", "addiction_recovery", "mental_health", "youth"} <= set(PROGRAMMES) - set(OPEN)


def test_a2_6_exactly_one_of_three_modes_is_set():
    for mode in ("independent", "existing", "create"):
        assert Settings.from_env({"GEOAPP_ASSOCIATION_MODE": mode})
    for wrong in ("both", "independent,existing"):
        with pytest.raises(SettingsError):
            Settings.from_env({"GEOAPP_ASSOCIATION_MODE": wrong})


def test_a6_1_a_house_of_any_use_counts_whoever_owns_it(city):
    with owner_engine().connect() as connection:
        assert len(HOUSE_USES) == 8 and set(connection.scalars(select(House.use).distinct())) <= set(HOUSE_USES)
    assert not {"owner", "ownership", "tenure"} & {column.name for column in House.__table__.columns}
