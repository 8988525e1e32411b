"""What the database itself refuses, for rules the actions keep as well: of two at once, one meets only this.

Were a constraint dropped, the tests of the actions would not notice: they ask first and are refused by the action.
"""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from geoapp.core.db import owner_engine

SAME_HASH = "SELECT id_hash FROM resident b WHERE b.region_key = resident.region_key AND b.state = 'active' AND b.id_hash IS NOT NULL LIMIT 1"
REFUSED = {
    "a16_one_post_twice": ("uq_team_member_post",
        "INSERT INTO team_member (county_code, region_key, team_id, user_id, post, since)"
        " SELECT county_code, region_key, team_id, user_id, post, since FROM team_member WHERE left_on IS NULL AND user_id IS NOT NULL LIMIT 1"),
    "a19_dissolved_without_reason_and_day": ("ck_team_state", "UPDATE team SET state = 'dissolved'"),
    "a19_released_without_reason": ("ck_team_member_left", "UPDATE team_member SET left_on = current_date"),
    "a28_a31_one_number_twice_in_a_grid": ("uq_resident_id_hash",
        f"UPDATE resident SET id_hash = ({SAME_HASH}) WHERE state = 'active'"),
    "a64_one_number_of_two_houses": ("uq_house_number", "UPDATE house SET number = 'one'"),
    "a64_one_number_kept_twice": ("pk_house_number", "UPDATE house_number SET number = (SELECT min(number) FROM house_number)"),
    "a65_two_present_residences": ("uq_residence_current",
        "INSERT INTO residence (county_code, region_key, house_id, resident_id, since, origin)"
        " SELECT county_code, region_key, house_id, resident_id, since, origin FROM residence WHERE until IS NULL LIMIT 1"),
    "a65_an_end_before_the_beginning": ("ck_residence_dates", "UPDATE residence SET until = since - 1"),
    "a67_no_house_and_no_reason": ("ck_resident_housed", "UPDATE resident SET house_id = NULL, no_house_reason = NULL WHERE state = 'active'"),
    "a71_one_licence_twice_in_a_grid": ("uq_organisation_licence",
        "INSERT INTO organisation (county_code, region_key, kind, name, origin, licence_number)"
        " SELECT county_code, region_key, kind, name, origin, licence_number FROM organisation WHERE licence_number IS NOT NULL LIMIT 1"),
    "a71_gone_without_reason_and_day": ("ck_organisation_state", "UPDATE organisation SET state = 'deregistered', state_reason = NULL"),
    "a72_a_site_of_no_type": ("ck_site_types", "UPDATE site SET types = '{}'"),
}  # fmt: skip
"""Row and case to the constraint and the statement it stops."""


@pytest.mark.parametrize("case", REFUSED)
def test_the_database_refuses_what_an_action_would_have_refused(city, case):
    constraint, statement = REFUSED[case]
    with owner_engine().connect() as connection:
        with pytest.raises(IntegrityError) as refused, connection.begin_nested():
            connection.execute(text(statement))
        assert whole(connection, refused.value.orig.diag.constraint_name) == constraint
        connection.rollback()


def whole(connection, name: str) -> str:
    """The constraint a county's part of it belongs to."""
    of = "SELECT p.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent WHERE c.relname = :name"
    return connection.scalar(text(of), {"name": name}) or name
