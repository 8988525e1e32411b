"""The first fill of a city on its administrators' pages: tried out, confirmed, written beside the requests (A8, D3.4)."""

from __future__ import annotations

import io
import os
import re
import signal
import time

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from geoapp.accounts.identity import forget_kept
from geoapp.changes.work import write
from geoapp.core.db import app_engine, owner_engine, owner_transaction, table_of
from geoapp.core.settings import get_settings
from geoapp.importing import fill_run, first_fill
from geoapp.importing.background import Runner
from geoapp.importing.claiming import claim
from geoapp.importing.fill_shown import shown_fill
from geoapp.importing.lists import count_rows
from geoapp.importing.staging import run_batch
from geoapp.messages.actions import inbox
from geoapp.people.models import Resident
from geoapp.sites.models import Site
from geoapp.web.factory import create_app
from grids_boundaries.access import begin
from tests.geoapp.importing.test_claiming import GRID, PLAIN, number, row
from tests.support.imports import rows_of, xlsx
from tests.support.web import csrf_of, sign_in

resident = table_of(Resident)
SECONDS = 180
HEAD = {**PLAIN, "grid": GRID}


def people():
    with owner_engine().connect() as connection:
        return connection.scalar(select(func.count()).select_from(resident))


def sites():
    with owner_engine().connect() as connection:
        return connection.scalar(select(func.count()).select_from(table_of(Site)))


def state(batch_id):
    with owner_engine().connect() as connection:
        return connection.scalar(select(first_fill.fill_table.c.state).where(first_fill.fill_table.c.batch_id == batch_id))


def file_of(*changes):
    return xlsx("residents", rows_of("residents", *changes))


def begun(client, content, area="110108000000000", register="residents"):
    file = {"file": (io.BytesIO(content), "首批.xlsx")}
    return sent(client, area, register, file)


def begun_in_pieces(client, content, area, register):
    head = {"X-CSRF-Token": csrf_of(client, "/fills")}
    key = client.post("/imports/parts", headers=head).json["key"]
    for at, piece in ((0, content[:1000]), (1000, content[1000:])):
        assert client.post(f"/imports/parts/{key}?at={at}", data=piece, headers=head).status_code == 200
    return sent(client, area, register, {"part": key, "part_name": "首批.xlsx"})


def sent(client, area, register, file):
    return client.post("/fills/new", data={"csrf_token": csrf_of(client, "/fills"), "register": register, "area": area, **file})


def asked(client, address, step, **more):
    return client.post(f"{address}/{step}", data={"csrf_token": csrf_of(client, "/fills"), **more})


def sum_of(page):
    return re.search(r'name="sha256" value="(\w{64})"', page).group(1)


def figures(page):
    return re.findall(r'figure__n">([^<]+)<', page)


def told(city, batch_id):
    """What who may read names is told: made, unchanged, not made, and the counts of the grid."""
    access = city.access("admin")
    with begin(access) as connection:
        shown = shown_fill(connection, first_fill.read_fill(connection, access, batch_id), "zh", names=True)["report"]
    return shown["made"], shown["unchanged"], shown["not_made"], shown["grids"][-1][1]


def killed_behind_a_piece(batch_id):
    """A process of its own writes two rows and ends as if struck; how it ended."""
    child = os.fork()
    if not child:
        for engine in (owner_engine(), app_engine()):
            engine.dispose(close=False)
        fill_run.run_fill(get_settings(), batch_id, piece=2, after_piece=lambda _: os.kill(os.getpid(), signal.SIGKILL))
        os._exit(1)
    return os.waitpid(child, 0)[1]


def worked(batch_id, wanted):
    """The server's own process does it."""
    runner, until = Runner(), time.monotonic() + SECONDS
    while state(batch_id) != wanted:
        assert time.monotonic() < until, state(batch_id)
        runner(get_settings())
        time.sleep(0.3)
    for child in runner.children.values():
        child.wait(SECONDS)


def sheet(answer):
    assert answer.status_code == 200, answer.text
    return CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()


def test_a_city_is_filled_after_its_dry_run_by_a_process_that_may_be_killed(own_city):
    app, before = create_app(), people()
    admin, worker = sign_in(app, "admin"), own_city.access("worker")
    good = [{**HEAD, "name": f"某{one}", "id_number": number(n)} for n, one in enumerate("甲乙丙丁戊己庚", start=1)]
    address = begun(admin, file_of(
        *good, {**HEAD, "name": "辛七", "id_number": number(1)}, {**PLAIN, "grid": "", "name": "丁四", "id_number": number(9)},
        {**HEAD, "name": "李四", "id_number": 110108199001010040},
    )).location  # fmt: skip
    batch_id = int(address.rsplit("/", 1)[1])

    # nothing can be written before the dry run of this file has ended: not by the page, not past it
    assert 'hx-get="' + address in admin.get(address).text
    assert asked(admin, address, "write", sha256="0" * 64).status_code == 409
    with owner_engine().connect() as connection, pytest.raises(IntegrityError, match="ck_first_fill_checked_first"):
        connection.execute(text("UPDATE first_fill SET asked_at = now()"))
    assert run_batch(get_settings(), batch_id)
    rows = [batch_id * 1_000_000 + 2 + n for n in range(len(good))]
    narrowed = f"/imports/claims?register=residents&list=open&batch={batch_id}"
    assert "首批.xlsx" not in sign_in(app, "worker").get(narrowed).text
    with write(worker) as work:
        assert "residents" not in count_rows(work.connection, worker)
        assert claim(work, rows[:1]).failed == {rows[0]: "gone"}, "no grid has its rows yet"
    assert fill_run.run_fill(get_settings(), batch_id)
    assert state(batch_id) == "checked"
    page = admin.get(address).text
    assert people() == before
    assert row(rows[0]).target_id is None
    assert all(words not in page for words in ("丁四", "李四", number(1), "hx-trigger"))
    assert figures(page) == ["至少 0", "少于 5", "少于 5", "1", "1"], "who is on the register is not to be learned (D3.4)"
    assert told(own_city, batch_id) == ("7", "0", 2, [7, 0, 1, 0])
    said = sheet(admin.get(f"{address}/reasons.xlsx"))
    assert [line[0] for line in said[1:]] == ["10", "11"], "and not the row whose number another has"
    assert "数字格式（…）" in said[2][2]
    assert admin.get(f"{address}/refused.xlsx").status_code == 404, "who may not export people's rows"

    # written by a process that is killed behind its first piece and followed by another
    assert asked(admin, address, "write", sha256="0" * 64).status_code == 409
    assert asked(admin, address, "write", sha256=sum_of(page)).status_code == 303
    assert os.WTERMSIG(killed_behind_a_piece(batch_id)) == signal.SIGKILL
    assert (people(), state(batch_id)) == (before + 2, "writing")
    page = admin.get(address).text
    assert 'max="9"' in page
    assert 'value="2"' in page
    assert fill_run.waiting(get_settings()) == [batch_id]
    worked(batch_id, "written")
    assert people() == before + 7
    assert figures(admin.get(address).text) == ["至少 0", "少于 5", "少于 5", "1", "1"]
    assert told(own_city, batch_id) == ("7", "0", 2, [7, 0, 1, 0]), "what the dry run had said"
    assert asked(admin, address, "write", sha256="0" * 64).status_code == 409
    assert asked(admin, address, "stop").status_code == 409
    with owner_transaction() as connection:
        messages = inbox(connection, own_city.access("admin").user_id)
        steps = connection.scalars(text("SELECT body->'facts'->>'step' FROM audit_event "
                                        "WHERE action = 'change' AND register = 'residents' ORDER BY at")).all()
    assert [(one.kind, one.url) for one in messages] == [("fill_written", address)]
    assert steps == ["fill_check", "fill_checked", "fill_write", "fill_written"]
    with write(worker) as work:
        assert count_rows(work.connection, worker)["residents"]["failed"] == 1, "what could not be made is the grid's to see"
    assert "首批.xlsx" in sign_in(app, "worker").get(narrowed.replace("open", "failed")).text


def test_a_fill_is_stopped_between_pieces_and_goes_on_or_is_given_up(own_city):
    app, before, settings = create_app(), people(), get_settings()
    admin = sign_in(app, "admin")
    content = file_of(*({**HEAD, "name": f"某{one}", "id_number": number(n)} for n, one in enumerate("甲乙丙丁戊己", start=20)))
    address = begun(admin, content).location
    batch_id = int(address.rsplit("/", 1)[1])
    assert run_batch(settings, batch_id)
    assert fill_run.run_fill(settings, batch_id)
    page = admin.get(address).text
    assert asked(admin, address, "write", sha256=sum_of(page)).status_code == 303
    assert fill_run.run_fill(settings, batch_id, piece=2, after_piece=lambda _: asked(admin, address, "stop"))
    done = people() - before
    page = admin.get(address).text
    assert (state(batch_id), done) == ("stopped", 4), "the stop was seen behind the next piece"
    assert figures(page)[-1] == "2"
    assert asked(admin, address, "write", sha256=sum_of(page)).status_code == 303
    assert fill_run.run_fill(settings, batch_id)
    assert (state(batch_id), people()) == ("written", before + 6)

    given_up = begun(admin, content).location
    other = int(given_up.rsplit("/", 1)[1])
    assert asked(admin, given_up, "stop").status_code == 303
    assert run_batch(settings, other)
    assert fill_run.run_fill(settings, other)
    assert (state(other), fill_run.waiting(settings)) == ("dropped", [])
    assert "没有写入任何数据" in admin.get(given_up).text

    # a file that ends its process each time is given up
    last = begun(admin, content).location
    third = int(last.rsplit("/", 1)[1])
    assert run_batch(settings, third)
    with owner_transaction() as connection:
        connection.execute(text("UPDATE first_fill SET starts = :n WHERE batch_id = :id"), {"n": fill_run.MOST_STARTS, "id": third})
    assert fill_run.run_fill(settings, third)
    assert "多次中断" in admin.get(last).text


def test_places_are_filled_in_and_rows_leave_with_who_may_export_alone(own_city):
    """A file that names no system of coordinates asks on the page; another area's administrator sees nothing of it."""
    with owner_transaction() as connection:
        connection.execute(text("UPDATE app_user SET role_key = 'administrator' WHERE username IN ('planner', 'county-auditor')"))
    app, settings, before = create_app(), get_settings(), sites()
    admin = sign_in(app, "admin")
    assert "/fills" in admin.get("/about").text
    assert {sign_in(app, who).get("/fills").status_code for who in ("officer", "community", "auditor")} == {404}
    outside = begun(sign_in(app, "planner"), file_of({**HEAD, "name": "某甲"}), area="110105000000000")
    assert outside.status_code == 400, "an area that is not the administrator's"
    places = [{"name": f"小学{one}", "school": "一般", "grid": GRID, "lon": "116.306", "lat": "39.995"} for one in "甲乙"]
    content = xlsx("sites", rows_of("sites", *places, {"name": "", "grid": GRID}))
    worker = sign_in(app, "worker")
    assert worker.post("/imports/parts", headers={"X-CSRF-Token": csrf_of(worker, "/imports")}).status_code == 404
    address = begun_in_pieces(admin, content, "110100000000000", "sites").location
    batch_id = int(address.rsplit("/", 1)[1])
    assert run_batch(settings, batch_id)
    page = admin.get(address).text
    assert 'name="system" value="wgs84"' in page
    assert "116.306" not in page
    assert asked(admin, address, "system", system="nothing").status_code == 400
    assert asked(admin, address, "system", system="wgs84").status_code == 303
    assert run_batch(settings, batch_id)
    assert fill_run.run_fill(settings, batch_id)
    page = admin.get(address).text
    assert figures(page) == ["2", "0", "0", "1"]
    assert sites() == before
    assert sign_in(app, "planner").get(address).status_code == 404, "the county's administrator has not the city's fill"
    assert admin.get(f"{address}/refused.xlsx").status_code == 404
    with owner_transaction() as connection:
        connection.execute(text("UPDATE role SET permissions = permissions || '{export:file:create}' WHERE key = 'administrator'"))
    forget_kept()
    assert len(sheet(admin.get(f"{address}/refused.xlsx"))) == 2
    with owner_engine().connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM export_log WHERE register = 'sites' AND people = 0")) == 1
    assert asked(admin, address, "write", sha256=sum_of(page)).status_code == 303
    assert fill_run.run_fill(settings, batch_id)
    assert (state(batch_id), sites()) == ("written", before + 2)
    assert figures(admin.get(address).text) == ["2", "0", "0", "1"]
