"""What the tests of programmes share: somebody on a register, programmes opened to a user, the module on."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from geoapp.accounts.identity import forget_kept
from geoapp.core.db import owner_engine, owner_transaction
from geoapp.people.models import Resident

GRID = 110108001001001


class Office:
    """A small city in which programmes can be opened."""

    def __init__(self, city):
        self.city = city

    def sql(self, statement, **facts):
        with owner_transaction() as connection:
            return connection.execute(text(statement), facts)

    def rows(self, statement, **facts):
        with owner_engine().connect() as connection:
            return connection.execute(text(statement), facts).all()

    def module(self, on=True):
        self.sql("INSERT INTO module (key, is_on, changed_at) VALUES ('support', :on, now()) "
                 "ON CONFLICT (key) DO UPDATE SET is_on = :on", on=on)  # fmt: skip

    def grant(self, username, *programmes, area=str(GRID)):
        for one in programmes:
            self.sql("INSERT INTO programme_role (user_id, programme, area_code, ends_at) VALUES (:u, :p, :a, '2099-01-01')",
                     u=self.city.users[username], p=one, a=area)  # fmt: skip
        forget_kept()

    def residents(self, key=GRID, free=True):
        """Residents of a grid of 26 to 58 years, smallest id first; `free`: in no programme."""
        taken = "AND id NOT IN (SELECT resident_id FROM enrolment)" if free else ""
        query = f"SELECT id FROM resident WHERE region_key = :key AND state = 'active' AND birth_year BETWEEN 1968 AND 2000 {taken} ORDER BY id"
        return [row.id for row in self.rows(query, key=key)]

    def enrolments(self, resident_id):
        query = "SELECT id, programme, region_key, resident_id, begins, ends, released_at, release_reason, version FROM enrolment WHERE resident_id = :id ORDER BY id"
        return self.rows(query, id=resident_id)

    def version(self, resident_id):
        with owner_engine().connect() as connection:
            return connection.scalar(select(Resident.version).where(Resident.id == resident_id))


@pytest.fixture
def office(own_city):
    return Office(own_city)
