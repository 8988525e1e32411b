"""Default roles of an older installation: untouched ones follow their declaration, edited ones are listed."""

from __future__ import annotations

from sqlalchemy import text

from geoapp.accounts.doctor import findings_of
from geoapp.accounts.following import is_untouched, missing_from
from geoapp.core.db import owner_engine, owner_transaction
from geoapp.core.migrate import upgrade
from geoapp.core.settings import get_settings
from geoapp.web.factory import create_app
from tests.support.web import sign_in

REVEAL = "register:residents:reveal"


def test_before_roles_remembered_an_edit_raised_the_version():
    assert is_untouched(["a"], None, 1) and not is_untouched(["a"], None, 2)
    assert is_untouched(["b", "a"], ["a", "b"], 7) and not is_untouched(["a"], ["a", "b"], 7)
    assert missing_from("grid_worker", []) and not missing_from("grid_worker", [], system=False) and not missing_from("own", [])


def test_d1_3_an_upgrade_gives_what_is_new_to_untouched_roles_only(own_city):
    """A database from before the right to reveal: one role as it was made, one edited."""
    settings = get_settings()
    with owner_transaction() as connection:
        connection.execute(text(
            f"UPDATE role SET given = NULL, permissions = array_remove(permissions, '{REVEAL}') "
            "WHERE key IN ('grid_worker', 'community_worker')"))
        connection.execute(text("UPDATE role SET version = 2 WHERE key = 'community_worker'"))
    upgrade(settings)
    with owner_engine().connect() as connection:
        roles = {row.key: row for row in connection.execute(text("SELECT * FROM role"))}
        said = connection.execute(text("SELECT body FROM audit_event WHERE body->>'reason' = 'upgrade'")).scalars().all()
        (doctor,) = findings_of(connection, settings)
    assert REVEAL in roles["grid_worker"].permissions and REVEAL in roles["grid_worker"].given
    assert REVEAL not in roles["community_worker"].permissions and roles["community_worker"].version == 2
    assert [one["facts"]["role"] for one in said] == ["grid_worker"] and REVEAL in said[0]["fields"]
    assert doctor.level == "warn" and f"community_worker: {REVEAL}" in doctor.detail
    page = sign_in(create_app(), "admin").get("/admin/roles").text
    assert "没有以下新增权限" in page
    upgrade(settings)
    with owner_engine().connect() as connection:
        assert connection.scalar(text("SELECT version FROM role WHERE key = 'grid_worker'")) == roles["grid_worker"].version
        assert connection.scalar(text("SELECT count(*) FROM audit_event WHERE body->>'reason' = 'upgrade'")) == 1
