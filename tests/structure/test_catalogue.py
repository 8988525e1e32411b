"""What the database itself promises (AZ-15, AZ-16): row policies, roles, marks."""

import pytest
from sqlalchemy import func, select, text

from geoapp.accounts.permissions import Permission
from geoapp.core.db import app_engine, owner_engine, owner_transaction
from geoapp.core.migrate import missing_leakproof
from grids_boundaries.access import Access, begin
from grids_boundaries.keys import from_key
from grids_boundaries.scope import RowScope
from layers.registry import all_registers

AREA_COLUMNS = ("region_key", "county_code")
NO_AREA = {"app_user", "data_key", "saved_search", "role", "app_session", "api_token", "saved_area", "base_feature", "alembic_version", "spatial_ref_sys",
           "department", "programme_role", "stand_in", "account_link", "passkey", "recovery_code", "sign_in_step", "rate_count",
           "message", "index_key", "audit_forgotten", "audit_seal", "audit_state", "audit_check", "read_count", "module", "impact_assessment", "dictionary_item", "dictionary_number", "dictionary_version"}  # fmt: skip


def rows(connection, sql):
    return connection.execute(text(sql)).all()


@pytest.fixture
def owner(city):
    with owner_engine().connect() as connection:
        yield connection


def test_az16_row_security_is_forced_on_every_table_with_an_area(owner):
    found = rows(owner, """
        SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND (EXISTS (
            SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname IN ('region_key', 'county_code')
        ) OR c.relname = 'region')""")
    assert len(found) > 20
    assert [r.relname for r in found if not (r.relrowsecurity and r.relforcerowsecurity)] == []


def test_az16_a_table_without_an_area_is_a_known_one(owner):
    found = rows(owner, """
        SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
        AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity""")
    assert {r.relname for r in found} <= NO_AREA | {"sent_form"}


def test_az16_the_app_role_owns_nothing_and_passes_no_policy_by(owner):
    role = rows(owner, "SELECT * FROM pg_roles WHERE rolname = 'geoapp_app'")[0]
    assert not (role.rolsuper or role.rolbypassrls or role.rolcreaterole or role.rolcreatedb)
    assert rows(owner, "SELECT 1 FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname = 'geoapp_app'") == []


def test_az16_no_view_runs_as_its_owner_and_no_copy_of_people_is_kept(owner):
    assert rows(owner, "SELECT relname FROM pg_class WHERE relkind = 'm' AND relnamespace = 'public'::regnamespace") == []
    views = rows(owner, """
        SELECT relname FROM pg_class WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace
        AND relname NOT IN ('geometry_columns', 'geography_columns')
        AND NOT coalesce(reloptions @> ARRAY['security_invoker=true'], false)""")
    assert views == []


def test_az16_partitions_cannot_be_read_past_their_parent(city):
    with app_engine().connect() as connection:
        names = rows(connection, """
            SELECT c.relname FROM pg_class c WHERE c.relispartition AND c.relkind = 'r'
            AND has_table_privilege('geoapp_app', c.oid, 'SELECT')""")
    assert names == []


def test_az16_without_a_scope_there_are_no_rows(city):
    with app_engine().connect() as connection:
        for register in all_registers().values():
            assert connection.scalar(select(func.count()).select_from(register.table)) == 0


@pytest.mark.parametrize("username", ["director", "officer", "community", "worker", "roamer"])
def test_az15_row_security_alone_holds_the_area(city, username):
    """Statements without any scope clause, as a forgotten filter would send them."""
    access = city.access(username)
    with begin(access) as connection:
        for register in all_registers().values():
            keys = connection.execute(select(register.scope_column)).scalars().all()
            outside = [key for key in keys if key not in access.scope]
            if register.name == "teams":  # those of the areas above serve here (A1.2)
                outside = [key for key in outside if not holds_some_of(key, access.scope)]
            assert outside == [], register.name
            if access.may(register.permission):
                assert keys, f"{username} should see some {register.name}"


def holds_some_of(key, scope):
    area = from_key(key)
    return any(area.lo <= lo and hi <= area.hi for lo, hi in scope.ranges)


def test_az15_a_register_one_may_not_read_has_no_rows_even_in_scope(city):
    access = Access(city.access("director").scope, frozenset({Permission.HOUSE_READ}))
    with begin(access) as connection:
        counts = {r.name: connection.scalar(select(func.count()).select_from(r.table)) for r in all_registers().values()}
    assert counts["houses"] == len(city.houses)
    assert counts["residents"] == counts["sites"] == counts["buildings"] == counts["regions"] == 0


def test_az17_a_kept_connection_forgets_the_last_readers_scope(city):
    with begin(city.access("director")) as connection:
        assert connection.scalar(select(func.count()).select_from(all_registers()["houses"].table)) > 0
    with app_engine().connect() as connection:
        assert connection.scalar(select(func.count()).select_from(all_registers()["houses"].table)) == 0


def test_a_row_cannot_be_written_outside_the_area(city):
    access = city.access("worker")
    with pytest.raises(Exception, match="row-level security"), begin(access) as connection:
        connection.execute(text(
            "INSERT INTO house (county_code, region_key, number, address, origin) "
            "VALUES ('110108', 110108001001002, 'x-1', 'x', 'entered')"))


def test_d3_7_spatial_functions_are_marked_so_that_policies_keep_the_index(owner):
    assert missing_leakproof(owner) == []


def test_an_empty_scope_is_closed_in_the_database_too(city):
    with begin(Access(RowScope.nothing(), frozenset(Permission))) as connection:
        assert connection.scalar(select(func.count()).select_from(all_registers()["houses"].table)) == 0


def test_az15_what_runs_as_its_owner_keeps_to_each_range_of_an_area_and_not_to_their_hull(own_city):
    """Who works in two areas ends, takes over and removes nothing that lies between them."""
    with owner_transaction() as connection:
        bodies = dict(connection.execute(text("SELECT proname, prosrc FROM pg_proc WHERE prosecdef AND prosrc ~ 'app\\.scope_lo'")).all())
        assert "enrolments_leave" in bodies
        assert [name for name, body in bodies.items() if "in_writers_area" not in body and "app.scope_ranges" not in body] == []
        person = connection.execute(text("SELECT id, county_code FROM resident WHERE region_key = 110108001001001 AND state = 'active' LIMIT 1")).one()
        connection.execute(text(
            "INSERT INTO enrolment (county_code, region_key, resident_id, programme, begins, ends, origin)"
            " VALUES (:county, 110108001001001, :id, 'hardship', '2026-01-01', '2030-01-01', 'entered')"
        ), {"county": person.county_code, "id": person.id})  # fmt: skip
    roamer, worker = own_city.access("roamer"), own_city.access("worker")
    assert roamer.scope.ranges[0][1] < 110108001001001 < roamer.scope.ranges[-1][0]
    for access, running in ((roamer, 1), (worker, 0)):
        with begin(access) as connection:
            connection.execute(text("SELECT enrolments_leave(:county, :id, 'moved_away')"), {"county": person.county_code, "id": person.id})
        with owner_transaction() as connection:
            assert connection.scalar(text("SELECT count(*) FROM enrolment WHERE resident_id = :id AND released_at IS NULL"), {"id": person.id}) == running
