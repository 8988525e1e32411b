"""Teams, members and service records, as browsers send and see them (A1.1 to A1.11)."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import func, select, text

from geoapp.core.clock import today
from geoapp.core.db import owner_engine, owner_transaction
from geoapp.teams.models import Member, Recipient, ServicePhoto, ServiceRecord, Team
from geoapp.web.factory import create_app
from grids_boundaries.access import begin
from tests.factories import city_plan as plan
from tests.support.forms import form_on, send
from tests.support.kept import kept_disagreements
from tests.support.web import csrf_of, sign_in

GRIDS = plan.grids()
HOUSES = plan.houses(GRIDS, plan.buildings(GRIDS))
PEOPLE = plan.residents(GRIDS, HOUSES)
HOME = next(h["id"] for h in HOUSES if h["region_key"] == GRIDS[0].key and h["residents"] > 1)
LIVING = [p["id"] for p in PEOPLE if p["house_id"] == HOME]
BESIDE = next(p["id"] for p in PEOPLE if p["region_key"] == GRIDS[1].key)
COMMUNITY = 110108001001000


def rows(model):
    with owner_engine().connect() as connection:
        return connection.execute(select(model.__table__)).all()


def one(model, record_id):
    return next(row for row in rows(model) if row.id == record_id)


def id_of(answer):
    assert answer.status_code == 303, answer.text
    return int(answer.headers["Location"].rsplit("/", 1)[1])


def new_team(client, region, **changes):
    return id_of(send(client, "/teams/new", **({"region": region, "name": "巡逻一队", "team_class": "mass_prevention"} | changes)))


def joined(client, team_id, **facts):
    before = {row.id for row in rows(Member)}
    assert id_of(send(client, f"/teams/{team_id}/members/new", **({"post": "member"} | facts))) == team_id
    return next(row.id for row in rows(Member) if row.id not in before)


def visit(client, address, **changes):
    action, values = form_on(client.get(address).text)
    values.pop("photos", None)
    return client.post(action, data=values | changes, content_type="multipart/form-data")


def post(client, address):
    return client.post(address, data={"csrf_token": csrf_of(client, "/about")})


def revealed(client, team_id, member_id, reason):
    return client.post(f"/teams/{team_id}/members/{member_id}/phone", data={"csrf_token": csrf_of(client, "/about"), "reason": reason})


@pytest.fixture
def worker(own_city):
    return sign_in(create_app(), "worker")


def test_a11_a12_a13_any_level_adds_its_own_team_of_a_class_and_sub_class(worker):
    community, officer = sign_in(create_app(), "community"), sign_in(create_app(), "officer")
    own = new_team(worker, GRIDS[0].key, subclass="红袖标")
    above = new_team(community, COMMUNITY, team_class="volunteers", duty="邻里互助")
    street = new_team(officer, 110108001000000, name="街道专班", team_class="task_group")
    found = [one(Team, team_id) for team_id in (own, above, street)]
    assert [(t.region_key, t.area_hi % 1000, t.placed) for t in found] == [
        (GRIDS[0].key, GRIDS[0].key % 1000, 1), (COMMUNITY, 999, 1), (110108001000000, 999, 1),
    ]  # fmt: skip
    for region in (GRIDS[1].key, COMMUNITY, 0):
        refused = send(worker, "/teams/new", region=region, name="越界", team_class="other")
        assert refused.status_code == 400 and "自己辖区内" in refused.text
    again = send(worker, "/teams/new", region=GRIDS[0].key, name="巡逻一队", team_class="other")
    assert again.status_code == 409 and "已有名为" in again.text
    assert send(worker, "/teams/new", region=GRIDS[0].key, name="缺类别").status_code == 400
    page = worker.get("/registers/teams?class=mass_prevention&q=红袖标").text
    assert f'data-id="{own}"' in page and f'data-id="{above}"' not in page
    assert f'data-id="{above}"' not in worker.get("/registers/teams").text, "the list has one's own area"
    assert f'data-id="{street}"' in officer.get("/registers/teams?q=街道专班").text
    assert send(worker, f"/teams/{own}/edit", name="巡逻二队").status_code == 303
    assert (one(Team, own).name, one(Team, own).version) == ("巡逻二队", 2)
    assert kept_disagreements() == []


def test_a12_a16_teams_above_serve_below_and_are_changed_above_only(own_city, worker):
    community, neighbour = sign_in(create_app(), "community"), sign_in(create_app(), "neighbour")
    doctor = joined(community, 13, name="社区医生", phone="13900004321", post="medical")
    page = worker.get("/teams/13").text
    assert "社区医生" in page and "4321" not in page and "/edit" not in page and "服务的区域包括您的辖区" in page
    assert "4321" in community.get("/teams/13").text
    assert revealed(worker, 13, doctor, "contact").status_code == 404, "teams above are seen without phones"
    for address in (f"/registers/houses/{HOME}", f"/registers/residents/{LIVING[0]}"):
        linked = worker.get(address).text
        assert 'href="/teams/13"' in linked and 'href="/teams/1"' in linked and 'href="/teams/2"' not in linked, address
    for team in (2, 14):  # of the neighbouring grid, of the neighbouring community
        assert worker.get(f"/teams/{team}").status_code == 404 and f"team={team}" not in worker.get("/visits/new").text
    sent = {"edit": {"name": "越权", "team_class": "other"}, "dissolve": {"reason": "merged"}, "members/new": {"name": "越权", "post": "member"}}
    for path, facts in sent.items():
        assert worker.get(f"/teams/13/{path}").status_code == 404
        action, values = form_on(worker.get(f"/teams/1/{path}").text)
        answer = worker.post(action.replace("/1/", "/13/"), data=values | facts)
        assert answer.status_code == 404, answer.text
    with begin(own_city.access("worker")) as connection:
        assert set(connection.scalars(text("SELECT id FROM team"))) == {1, 13}
        assert set(connection.scalars(text("SELECT team_id FROM team_member"))) == {1, 13}
        for table in ("team", "team_member"):
            assert connection.execute(text(f"UPDATE {table} SET version = 9")).rowcount == 1, "one's own alone"
        connection.rollback()
    before = visit(worker, f"/visits/new?house={HOME}&team=13", members=doctor, day=today() - timedelta(days=1))
    assert before.status_code == 400 and "任职日期" in before.text and not rows(ServiceRecord), "the doctor came today"
    first = visit(worker, f"/visits/new?house={HOME}&team=13", day=today() - timedelta(days=1))
    last = visit(neighbour, f"/visits/new?resident={BESIDE}&team=13")
    assert {r.team_id for r in rows(ServiceRecord)} == {13} and one(Team, 13).served_on == today()
    assert neighbour.get(f"/services/{id_of(first)}").status_code == 404, "the team is theirs, the record is not"
    assert community.get(f"/services/{id_of(first)}").status_code == 200
    assert post(neighbour, f"/services/{id_of(last)}/undo").status_code == 303
    assert one(Team, 13).served_on == today() - timedelta(days=1), "a day that the neighbour does not see"
    assert visit(worker, f"/visits/new?house={HOME}", team=14, members=4).status_code == 404
    assert kept_disagreements() == []


def test_a16_a110_a111_posts_leaving_and_deleting(worker):
    first, second = new_team(worker, GRIDS[0].key), new_team(worker, GRIDS[0].key, name="调解队")
    posts = [joined(worker, team, account="worker", post=post) for team, post in ((first, "leader"), (first, "liaison"), (second, "member"))]
    twice = send(worker, f"/teams/{first}/members/new", account="worker", post="leader")
    assert twice.status_code == 409 and "已在本团队担任这个职务" in twice.text
    assert send(worker, f"/teams/{first}/members/new", account="nobody", post="leader").status_code == 400
    outside = joined(worker, first, name="热心大妈", phone="13900001234", post="volunteer")
    page = worker.get(f"/teams/{first}").text
    assert "热心大妈" in page and "13900001234" not in page and "1234" in page
    with owner_engine().connect() as connection:
        assert "热心大妈" not in "".join(connection.scalars(text("SELECT m::text FROM team_member m")))
    assert one(Team, first).members == 3
    assert f'id="protected-phone-{outside}"' in page and "13900001234" not in worker.get(f"/teams/{first}/members/{outside}/phone?ask=1").text
    for reason, status in (("", 400), ("curiosity", 400), ("contact", 200)):
        answer = revealed(worker, first, outside, reason)
        assert (answer.status_code, "13900001234" in answer.text) == (status, status == 200), reason
    assert answer.headers["Cache-Control"] == "no-store"
    closed = [revealed(worker, *which, "contact") for which in ((second, outside), (first, posts[0]), (first, 999_999))]
    closed += [revealed(sign_in(create_app(), name), first, outside, "contact") for name in ("neighbour", "officer", "director")]
    assert {one.status_code for one in closed} == {404}
    with owner_engine().connect() as connection:
        (event,) = connection.scalars(text("SELECT body::text FROM audit_event WHERE body->>'action' = 'reveal'"))
    assert "contact" in event and "phone" in event and "1390000" not in event
    left = send(worker, f"/teams/{first}/members/{outside}/leave", reason="left_post")
    assert left.status_code == 303 and (one(Member, outside).left_on, one(Team, first).members) == (today(), 2)
    assert "以前的成员" in worker.get(f"/teams/{first}").text
    assert id_of(post(worker, f"/teams/{first}/members/{outside}/undo")) == first
    assert one(Member, outside).left_on is None
    done = visit(worker, f"/visits/new?house={HOME}&team={first}", members=[posts[0], posts[1]])
    assert done.status_code == 303, done.text
    refused = post(worker, f"/teams/{first}/members/{posts[0]}/delete")
    assert refused.status_code == 409 and "只能注销" in refused.text
    assert post(worker, f"/teams/{first}/members/{outside}/delete").status_code == 303
    assert outside not in {row.id for row in rows(Member)}
    assert send(worker, f"/teams/{first}/members/{posts[0]}/leave", reason="retired").status_code == 303
    late = visit(worker, f"/visits/new?house={HOME}&team={first}", members=[posts[0], posts[1]], day=today() - timedelta(days=3))
    assert late.status_code == 409 and "已注销的成员" in late.text, "not for a day before it was cancelled either"
    mixed = visit(worker, f"/visits/new?house={HOME}&team={first}", members=[posts[1], posts[2]])
    assert mixed.status_code == 400 and "同一个团队" in mixed.text
    joined(worker, first, account="worker", post="leader")
    back = post(worker, f"/teams/{first}/members/{posts[0]}/undo")
    assert back.status_code == 409 and "已在本团队担任这个职务" in back.text, "the post is held again"
    with owner_transaction() as connection:
        connection.execute(text("UPDATE team_member SET left_at = now() - interval '601 seconds' WHERE id = :id"), {"id": posts[0]})
    assert post(worker, f"/teams/{first}/members/{posts[0]}/undo").status_code == 409
    assert len(rows(ServiceRecord)) == 1


def test_a19_a_dissolved_team_releases_its_members_and_stays_readable(worker):
    team = new_team(worker, GRIDS[0].key)
    member = joined(worker, team, account="worker", post="leader")
    assert visit(worker, f"/visits/new?house={HOME}&team={team}").status_code == 303
    assert send(worker, f"/teams/{team}/dissolve", reason="merged").status_code == 303
    assert (one(Team, team).state, one(Team, team).members, one(Member, member).left_reason) == ("dissolved", 0, "team_dissolved")
    assert f'data-id="{team}"' not in worker.get("/registers/teams").text
    page = worker.get(f"/teams/{team}").text
    assert "以前的成员" in page and "Worker" in page and "走访" in page and f'href="/teams/{team}"' in worker.get("/teams/former").text
    action, values = form_on(page)
    assert action == f"/teams/{team}/undo" and worker.post(action, data=values).status_code == 303
    assert (one(Team, team).state, one(Team, team).members, one(Member, member).left_on) == ("active", 1, None)
    assert send(worker, f"/teams/{team}/dissolve", reason="task_done").status_code == 303
    again = worker.post("/visits/new", data=values | {
        "form_token": "a" * 32, "team": team, "members": member, "house": HOME, "day": today(), "kind": "residents", "service": "visit", "version": "",
    })  # fmt: skip
    assert again.status_code in (400, 409)
    assert send(worker, f"/teams/{team}/members/new", account="worker", post="leader").status_code == 409
    assert send(worker, f"/teams/{team}/reinstate", reason="set_up_again", day=today() - timedelta(days=1)).status_code == 400
    assert send(worker, f"/teams/{team}/reinstate", reason="set_up_again").status_code == 303
    assert (one(Team, team).state, one(Team, team).members) == ("active", 0), "a reinstated team begins without members"
    assert kept_disagreements() == []


def test_a14_a15_a_visit_in_a_few_taps_is_one_record_on_all_pages_and_can_be_taken_back(worker):
    page = worker.get("/visits").text
    assert f'href="/visits/new?house={HOME}"' in page and "今天还没有登记" in page
    image, held = Image.new("RGB", (30, 20), "red"), io.BytesIO()
    exif = image.getexif()
    exif[0x010F] = "GeheimCam"
    image.save(held, "JPEG", exif=exif)
    form = worker.get(f"/visits/new?house={HOME}").text
    assert 'data-module="draft"' in form
    action, values = form_on(form)
    assert re.findall(r'name="people" value="(\d+)" checked', form) == [str(i) for i in sorted(LIVING)] or set(
        re.findall(r'name="people" value="(\d+)" checked', form)
    ) == {str(i) for i in LIVING}
    values |= {"people": LIVING, "note": "老人血压偏高", "service": "health"}
    values.pop("photos", None)
    answers = [
        worker.post(action, data=values | {"photos": [(io.BytesIO(held.getvalue()), "a.jpg")]}, content_type="multipart/form-data")
        for _ in range(2)
    ]  # fmt: skip
    record = id_of(answers[0])
    assert answers[1].headers["Location"] == answers[0].headers["Location"] and len(rows(ServiceRecord)) == 1, "sent twice, one record"
    (row,) = rows(ServiceRecord)
    assert (row.people, row.house_id, row.kind, row.served_on, row.region_key) == (len(LIVING), HOME, "residents", today(), GRIDS[0].key)
    assert {r.resident_id for r in rows(Recipient)} == set(LIVING) and "血压" not in str(row)
    assert b"GeheimCam" not in bytes(rows(ServicePhoto)[0].content)
    shown = worker.get(f"/services/{record}").text
    assert "老人血压偏高" in shown and "Worker" in shown
    link = re.search(r'href="(/services/photos/\d+\?key=[^"]+)"', shown)[1].replace("&amp;", "&")
    assert worker.get(link).mimetype == "image/jpeg" and worker.get(link.split("?")[0]).status_code == 404
    assert sign_in(create_app(), "neighbour").get(f"/services/{record}").status_code == 404
    for address in (f"/registers/residents/{LIVING[0]}", f"/registers/houses/{HOME}", "/registers/teams/1", "/visits"):
        assert f'href="/services/{record}"' in worker.get(address).text, address
    assert f'href="/visits/new?house={HOME}"' not in worker.get("/visits").text, "nobody there is due any more"
    assert one(Team, 1).served_on == today()
    officer = sign_in(create_app(), "officer")
    assert officer.get(f"/services/{record}").status_code == 404 and "血压" not in officer.get("/teams/1").text
    community = sign_in(create_app(), "community")
    assert community.get(f"/services/{record}").status_code == 200
    assert post(community, f"/services/{record}/undo").status_code == 409, "another's record"
    assert post(worker, f"/services/{record}/undo").status_code == 303
    assert rows(ServiceRecord) == rows(Recipient) == rows(ServicePhoto) == [] and one(Team, 1).served_on is None
    with owner_engine().connect() as connection:
        steps = connection.scalars(text("SELECT body -> 'facts' ->> 'step' FROM audit_event WHERE register = 'services' ORDER BY at")).all()
    assert steps == ["serve", "undo"]


def test_a18_a_record_lies_in_one_grid_inside_the_teams_area_by_house_person_or_point(worker):
    community = sign_in(create_app(), "community")
    two = visit(community, f"/visits/new?house={HOME}&team=13", people=[LIVING[0], BESIDE])
    assert two.status_code == 400 and "一个网格" in two.text
    beyond = visit(community, f"/visits/new?resident={BESIDE}&team=13", team=1, members=1)
    assert beyond.status_code == 400 and "服务区域" in beyond.text
    nowhere = visit(worker, "/visits/new")
    assert nowhere.status_code == 400 and "服务对象、房屋或位置" in nowhere.text
    point = GRIDS[0].square.centroid
    done = visit(worker, "/visits/new", lon=point.x, lat=point.y, service="publicity")
    assert done.status_code == 303, done.text
    foreign = GRIDS[1].square.centroid
    assert visit(worker, "/visits/new", lon=foreign.x, lat=foreign.y).status_code == 400
    assert visit(community, f"/visits/new?resident={BESIDE}&team=13").status_code == 303
    assert sorted((r.region_key, r.people) for r in rows(ServiceRecord)) == [(GRIDS[0].key, 0), (GRIDS[1].key, 1)]
    for changes in ({"kind": "support"}, {"people": 999999}, {"people": BESIDE}, {"people": "x"}, {"day": today() + timedelta(days=1)},
                    {"service": "none"}, {"members": ""}):  # fmt: skip
        assert visit(worker, f"/visits/new?house={HOME}", **changes).status_code == 400, changes
    assert visit(worker, f"/visits/new?house={HOME}", house=10**15).status_code == 404
    assert worker.get(f"/visits/new?resident={BESIDE}").status_code == worker.get("/visits/new?house=999999").status_code == 404
    assert len(rows(ServiceRecord)) == 2


def test_who_may_not_write_is_offered_nothing(city):
    planner = sign_in(create_app(), "planner")
    assert planner.get("/teams/1").status_code == 200 and "/edit" not in planner.get("/teams/1").text
    for address in ("/teams/new", "/teams/1/edit", "/visits", "/visits/new", "/services/1"):
        assert planner.get(address).status_code == 404, address
    with owner_engine().connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Team.__table__)) == 18
