"""The pages that change a resident's state: each leads where the record is, and nobody else sees it
(A2.4, A2.8, A3.3, A3.4, A3.8)."""

from __future__ import annotations

from sqlalchemy import select

from geoapp.core.db import owner_engine
from geoapp.houses.models import House
from geoapp.people.models import Resident
from geoapp.web.factory import create_app
from tests.support.forms import form_on, send
from tests.support.people import number_of
from tests.support.web import csrf_of, sign_in

GRID, NEXT_GRID = 110108001001001, 110108001001002
FORMS = ("deregister", "move", "type", "edit", "checked", "take-back")


def read(query):
    with owner_engine().connect() as connection:
        return connection.execute(query).all()


def page_of(resident_id):
    return f"/registers/residents/{resident_id}"


def added(client, **more):
    house = read(select(House.id).where(House.region_key == GRID, House.residents == 0).order_by(House.id))[0].id
    facts = {"type": "unregistered", "unregistered_reason": "papers_held", "id_number": number_of(), "name": "甲例春"} | more
    answer = send(client, f"/residents/new?house={house}", **facts)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/registers/houses/{house}"), answer.text
    return read(select(Resident.id).order_by(Resident.id.desc()).limit(1))[0].id, house


def test_a_resident_goes_through_all_states_on_pages(own_city):
    app = create_app()
    worker, neighbour = sign_in(app, "worker"), sign_in(app, "neighbour")
    who, house = added(worker)
    assert "甲例春" in worker.get(f"/houses/{house}").text
    searched = {"q": "999900900228001", "csrf_token": csrf_of(worker, "/about")}
    assert "甲例春" in worker.post(f"/houses/{house}/residents", data=searched).text, "the old form of the number finds the new"
    page = worker.get(page_of(who)).text
    assert "落户" in page and "网格员" in page and "我为什么能看到这条记录" in page
    for form in FORMS:
        assert worker.get(f"/residents/{who}/{form}").status_code == 200
        assert neighbour.get(f"/residents/{who}/{form}").status_code == 404
    assert send(worker, f"/residents/{who}/checked").headers["Location"] == page_of(who)
    somebody = {"type": "registered", "id_number": number_of(order=3), "name": "乙例秋"}
    for path, facts in ((f"/residents/new?region={GRID}", somebody), (f"/residents/{who}/move", {})):
        named = send(worker, path, house_number="号" * 65, **facts)
        assert named.status_code == 400 and 'id="house_number-error"' in named.text, path
    settled = send(worker, f"/residents/{who}/settle", id_number=number_of())
    new = int(settled.headers["Location"].rsplit("/", 1)[1])
    assert new != who and "户籍人口" in worker.get(page_of(new)).text and f"/residents/{who}/take-back" in worker.get(page_of(new)).text
    old = worker.get(page_of(who)).text
    assert "已落户" in old and "/take-back" in old and "/reinstate" not in old
    assert neighbour.get(page_of(who)).status_code == sign_in(app, "director").get(page_of(who)).status_code == 404
    gone = send(worker, f"/residents/{new}/deregister", reason="moved_away")
    assert gone.headers["Location"] == page_of(new)
    assert "取消注销" in worker.get(page_of(new)).text and page_of(new) in worker.get("/residents/gone").text
    assert page_of(new) not in neighbour.get("/residents/gone").text
    assert "甲例春" not in worker.get("/registers/residents?limit=500").text
    again = send(worker, f"/residents/{new}/reinstate", no_house_reason="other")
    assert again.status_code == 303 and f"/residents/{new}/deregister" in worker.get(page_of(new)).text
    assert send(worker, f"/residents/{new}/take-back").status_code == 303
    assert read(select(Resident.state).where(Resident.id == new)) == [("deregistered",)]


def test_a_move_by_the_community_takes_the_record_from_the_old_grid_at_once(own_city):
    """AZ-13: page, list, search, house and forms of the old grid know the person no more."""
    app = create_app()
    worker, community, neighbour = (sign_in(app, name) for name in ("worker", "community", "neighbour"))
    who, house = added(worker, type="registered")
    moved = send(community, f"/residents/{who}/move", region=NEXT_GRID, no_house_reason="other")
    new = int(moved.headers["Location"].rsplit("/", 1)[1])
    assert "甲例春" in neighbour.get(page_of(new)).text
    for path in (page_of(who), page_of(new), f"/residents/{who}/edit", f"/residents/{who}/reinstate"):
        assert worker.get(path).status_code == 404
    for path in ("/registers/residents?limit=500", f"/houses/{house}", "/residents/gone"):
        assert "甲例春" not in worker.get(path).text
    assert "已迁往另一网格的居民" in worker.get(f"/houses/{house}").text
    undo = f"/residents/{who}/take-back"
    assert undo in community.get(page_of(new)).text and undo not in neighbour.get(page_of(new)).text
    assert worker.get(undo).status_code == neighbour.get(undo).status_code == 404
    assert send(community, undo).headers["Location"] == page_of(who)
    assert "甲例春" in worker.get(page_of(who)).text and neighbour.get(page_of(new)).status_code == 404


def test_co4_a_stale_save_is_refused_with_both_versions_side_by_side(own_city):
    app = create_app()
    first, second = sign_in(app, "worker"), sign_in(app, "community")
    who, _house = added(first, type="floating", registered_place="河北省")
    action, values = form_on(first.get(f"/residents/{who}/edit").text)
    assert send(second, f"/residents/{who}/edit", registered_place="山西省").status_code == 303
    refused = first.post(action, data=values | {"registered_place": "河南省"})
    assert refused.status_code == 409
    assert all(word in refused.text for word in ("河南省", "山西省", "您填写的", "Community"))
    again = first.post(action, data=form_on(refused.text)[1])
    assert again.status_code == 303
    assert read(select(Resident.registered_place).where(Resident.id == who)) == [("河南省",)]
    for form in ("deregister", "type", "checked"):
        action, values = form_on(first.get(f"/residents/{who}/{form}").text)
        stale = first.post(action, data=values | {"version": "1", "reason": "died", "type": "unregistered", "unregistered_reason": "other"}
                           if form != "checked" else values | {"version": "1"})  # fmt: skip
        assert stale.status_code in (400, 409), (form, stale.text)
    assert read(select(Resident.state, Resident.type).where(Resident.id == who)) == [("active", "floating")]
