"""Acting for a colleague, and seeing what a role sees: bounded, shown, written down."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from geoapp.accounts.identity import forget_kept, session_identity
from geoapp.accounts.rules import preview_permissions
from geoapp.core.clock import today
from geoapp.core.db import owner_engine
from geoapp.core.errors import NotFound, NotSignedIn
from geoapp.web.signed_in import check_again, recognise
from tests.support.web import csrf_of, sign_in

GRID, NEXT_GRID = "110108001001001", "110108001001002"
TODAY = today()
TERM = {"starts_at": str(TODAY), "ends_at": str(TODAY + timedelta(days=3)), "reason": "年假"}


def sql(statement: str, **values):
    with owner_engine().begin() as connection:
        return connection.execute(text(statement), values)


def post(client, url, **form):
    return client.post(url, data={**form, "csrf_token": csrf_of(client, "/about")})


def total(client, region: str) -> str:
    forget_kept()
    page = client.get(f"/registers/houses?region={region}", headers={"HX-Request": "true"}).text
    return page.split('data-total="')[1].split('"')[0]


@pytest.fixture
def admin(app):
    return sign_in(app, "admin")


@pytest.fixture
def standing_in(app, admin):
    """The worker may act for the neighbour in the next grid."""
    assert post(admin, "/admin/stand-ins", absent="neighbour", deputy="worker", **TERM).status_code == 303
    return sql("SELECT id FROM stand_in").scalar_one()


def test_a_deputy_sees_the_colleagues_area_while_acting_and_the_own_one_before_and_after(app, standing_in):
    worker = sign_in(app, "worker")
    assert total(worker, NEXT_GRID) == "0" != total(worker, GRID)
    assert post(worker, f"/account/acting/{standing_in}").status_code == 303
    assert total(worker, GRID) == "0" != total(worker, NEXT_GRID)
    page = worker.get("/about").text
    assert "as-other" in page and "Neighbour" in page
    post(worker, "/account/acting/stop")
    assert total(worker, NEXT_GRID) == "0"
    assert "as-other" not in worker.get("/about").text


@pytest.mark.parametrize("change", ["UPDATE stand_in SET ends_at = now(), starts_at = now() - interval '1 day'", "UPDATE app_user SET active = false WHERE username = 'neighbour'"])
def test_az12_a_stand_in_ends_by_itself_within_a_second(app, standing_in, change):
    worker = sign_in(app, "worker")
    post(worker, f"/account/acting/{standing_in}")
    assert total(worker, NEXT_GRID) != "0"
    sql(change)
    assert total(worker, NEXT_GRID) == "0" != total(worker, GRID)


def test_az12_an_administrator_ends_a_stand_in(app, admin, standing_in):
    worker = sign_in(app, "worker")
    post(worker, f"/account/acting/{standing_in}")
    assert post(admin, f"/admin/stand-ins/{standing_in}/end").status_code == 303
    assert total(worker, NEXT_GRID) == "0"


def test_nobody_acts_by_somebody_elses_stand_in_or_before_its_day(app, standing_in):
    other = sign_in(app, "community")
    assert post(other, f"/account/acting/{standing_in}").status_code == 404
    sql("UPDATE stand_in SET starts_at = now() + interval '1 hour'")
    assert post(sign_in(app, "worker"), f"/account/acting/{standing_in}").status_code == 404


def test_what_a_deputy_does_is_written_down_with_the_stand_in(app, standing_in):
    worker = sign_in(app, "worker")
    post(worker, f"/account/acting/{standing_in}")
    post(worker, "/account/acting/stop")
    roles = [r for (r,) in sql("SELECT body->>'role' FROM audit_event WHERE body->>'reason' = 'stop'")]
    assert roles == [f"grid_worker+{standing_in}"]
    assert sql("SELECT count(*) FROM audit_event WHERE body->>'reason' IN ('appoint', 'begin')").scalar() == 2


@pytest.mark.parametrize("wrong", [{"deputy": "neighbour"}, {"deputy": "nobody-here"}, {"ends_at": "2020-01-01"}, {"ends_at": "2199-01-01"}, {"ends_at": "9999-12-31"}, {"starts_at": "0001-01-01"}])
def test_a_stand_in_that_cannot_be_is_refused(admin, wrong):
    assert post(admin, "/admin/stand-ins", **{"absent": "neighbour", "deputy": "worker", **TERM, **wrong}).status_code == 400
    assert sql("SELECT count(*) FROM stand_in").scalar() == 0


def test_a_preview_shows_the_roles_area_writes_nothing_and_ends(app, admin):
    assert post(admin, "/admin/preview", role="grid_worker", area=GRID).status_code == 303
    assert total(admin, NEXT_GRID) == "0" != total(admin, GRID)
    assert "as-other" in admin.get("/about").text
    assert admin.get("/admin/users").status_code == 404
    houses = [h for (h,) in sql("SELECT id FROM house WHERE region_key = :k LIMIT 3", k=int(GRID))]
    before = sql("SELECT h::text FROM house h ORDER BY id").all()
    for house in houses:
        assert post(admin, f"/houses/{house}/confirm", version="1").status_code in (403, 404)
    assert post(admin, "/account/password", current="x", password="y", again="y").status_code == 403
    assert sql("SELECT h::text FROM house h ORDER BY id").all() == before
    assert post(admin, "/account/preview/end").status_code == 303
    assert admin.get("/admin/users").status_code == 200
    post(admin, "/admin/preview", role="grid_worker", area=GRID)
    sql("UPDATE app_session SET preview_until = now() WHERE preview_until IS NOT NULL")
    forget_kept()
    assert admin.get("/admin/users").status_code == 200
    reasons = [r for (r,) in sql("SELECT body->>'reason' FROM audit_event WHERE body->>'fields' = '[\"preview\"]' ORDER BY id")]
    assert reasons == ["begin", "end", "begin"]


def test_a_preview_shows_no_people_to_who_may_see_none(app, admin):
    post(admin, "/admin/preview", role="community_worker", area="110108001001")
    forget_kept()
    assert admin.get("/registers/residents").status_code == 404
    assert admin.get("/registers/houses").status_code == 200
    role = frozenset({"register:residents:read", "register:audit:read", "register:houses:write", "export:file:create", "map:page:view"})
    assert preview_permissions(role, frozenset()) == {"map:page:view"}
    assert preview_permissions(role, role) == {"map:page:view", "register:residents:read", "register:audit:read"}


def test_a_preview_stays_inside_the_administrators_area(admin):
    assert post(admin, "/admin/preview", role="grid_worker", area="1201").status_code == 403


def test_programme_roles_travel_with_the_access_in_their_area_until_their_day(app, admin, own_city):
    worker = sign_in(app, "worker")
    found = sql("SELECT id FROM app_user WHERE username = 'worker'").scalar_one()
    assert post(admin, f"/admin/users/{found}/programmes", programme="elder_care", area=GRID, ends_at="2099-01-01").status_code == 303
    forget_kept()
    access = session_identity(worker.get_cookie("geoapp_session").value).access
    assert int(GRID) in access.programme_scope("elder_care")
    assert not access.programme_scope("other")
    sql("UPDATE programme_role SET ends_at = now()")
    forget_kept()
    ended = session_identity(worker.get_cookie("geoapp_session").value).access
    assert not ended.programme_scope("elder_care") and ended.token != access.token
    assert post(admin, f"/admin/users/{found}/programmes", programme="elder_care", area=NEXT_GRID, ends_at="2099-01-01").status_code == 400


def test_az12_an_export_that_was_begun_is_not_sent_after_the_session_ended(app):
    """Rights are asked once more when the file is ready."""
    client = sign_in(app, "planner")
    secret = client.get_cookie("geoapp_session").value
    with app.test_request_context("/registers/houses/export.csv", headers={"Cookie": f"geoapp_session={secret}"}):
        recognise()
        check_again()
        sql("UPDATE app_user SET area_codes = '{110105}' WHERE username = 'planner'")
        forget_kept()
        with pytest.raises(NotFound):
            check_again()
        sql("UPDATE app_session SET revoked_at = now()")
        forget_kept()
        with pytest.raises(NotSignedIn):
            check_again()
