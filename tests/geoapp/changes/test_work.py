"""One transaction for a change: its token, its log, the counts that follow."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from geoapp.changes.actions import StaleForm, own_rows
from geoapp.changes.models import SentForm
from geoapp.changes.work import AlreadySent, write
from geoapp.core.db import owner_engine, table_of
from geoapp.core.errors import InvalidInput, NotFound
from geoapp.houses.models import House
from grids_boundaries.access import Access
from grids_boundaries.keys import parse_code
from grids_boundaries.scope import RowScope
from tests.support.kept import kept_disagreements

house = table_of(House)


@pytest.mark.parametrize("token", ["x" * 65, "a b", "'; --", "令 牌"])
def test_a_token_that_is_not_ours_is_refused(own_city, token):
    with pytest.raises(InvalidInput), write(own_city.access("worker"), token):
        pass


def test_co6_a_token_carried_out_leads_where_it_led(own_city):
    access = own_city.access("worker")
    with write(access, "abc") as work:
        work.url = "/registers/houses/1"
    with pytest.raises(AlreadySent) as sent, write(access, "abc"):
        pass
    assert sent.value.url == "/registers/houses/1"
    for token, first, second, other in (("t1", "a", "a", False), ("t2", "a", "b", True), ("t3", None, "b", False), ("t4", "a", None, False)):
        with write(access, token, first) as work:
            work.url = "/registers/houses/1"
        with pytest.raises(AlreadySent) as sent, write(access, token, second):
            pass
        assert sent.value.other is other, (first, second)


def test_tokens_are_forgotten_after_two_days(own_city):
    access = own_city.access("worker")
    with write(access, "old") as work:
        work.url = "/"
    with owner_engine().begin() as connection:
        connection.execute(text("UPDATE sent_form SET at = now() - interval '3 days'"))
    with write(access, "new") as work:
        work.url = "/"
    with owner_engine().connect() as connection:
        assert connection.scalars(select(SentForm.token)).all() == ["new"]


def test_what_is_touched_is_counted_again(own_city):
    with write(own_city.access("worker")) as work:
        work.connection.execute(house.update().where(house.c.id == 1).values(rental=True))
        work.touch("houses", 110108001001001)
    assert kept_disagreements() == []


def test_a_record_is_locked_only_in_the_own_area_and_version(own_city):
    with write(own_city.access("neighbour")) as work:
        for wrong in (1, 0, -1, 2**63, 10**30):
            with pytest.raises(NotFound):
                work.lock(house, wrong)
    with write(own_city.access("worker")) as work:
        assert work.lock(house, 1, 1).id == work.find(house, 1).id == 1
        with pytest.raises(StaleForm):
            work.lock(house, 1, 2)


def test_counties_open_the_indexes_unless_they_are_too_many():
    def sql(*codes):
        access = Access(RowScope.of(parse_code(code) for code in codes))
        return [str(c.compile(compile_kwargs={"literal_binds": True})) for c in own_rows(access, house)]

    assert "'110108'" in sql("110108001")[1]
    assert "'110105', '110108'" in sql("110108001", "110105")[1]
    assert len(sql("11")) == 1
    assert len(sql(*(f"1101{n:02d}" for n in range(1, 40, 2)))) == 1
