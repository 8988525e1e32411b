"""A batch survives being killed, is stopped by its sender, and is nobody else's (A8.3, D3.2)."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread

from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from geoapp.core.db import owner_engine
from geoapp.core.settings import CHECKOUT, get_settings
from geoapp.importing import files
from geoapp.importing.actions import cancel
from geoapp.importing.staging import MOST_STARTS, batch_table, row_table, run_batch, waiting
from geoapp.web.factory import create_app
from grids_boundaries.access import begin
from tests.support.imports import csv_file, imported, rows_of, sent, xlsx
from tests.support.web import csrf_of, sign_in

KILLED_AT = (5_000, 10_000)
RUN = """
import os, signal, sys
from geoapp.core.settings import get_settings
from geoapp.importing.staging import run_batch
run_batch(get_settings(), int(sys.argv[1]), lambda done: done >= int(sys.argv[2]) and os.kill(os.getpid(), signal.SIGKILL))
"""


def counted(batch_id):
    with owner_engine().connect() as connection:
        batch = connection.execute(select(batch_table).where(batch_table.c.id == batch_id)).one()
        mine = row_table.c.batch_id == batch_id
        rows, last = connection.execute(select(func.count(), func.max(row_table.c.row_no)).where(mine)).one()
    return batch, rows, last


def test_a_killed_batch_goes_on_where_it_was_and_a_stopped_one_leaves_nothing(own_city):
    officer = own_city.access("officer")
    content = csv_file("residents", rows_of("residents", *({"name": "某甲"} for _ in range(12_000))))
    batch_id = sent(officer, "residents", content, "名单.csv")
    environment = dict(os.environ) | {"PYTHONPATH": str(CHECKOUT)}
    for at in KILLED_AT:
        killed = subprocess.run([sys.executable, "-c", RUN, str(batch_id), str(at)], check=False, env=environment)
        assert killed.returncode == -signal.SIGKILL, counted(batch_id)
        batch, rows, last = counted(batch_id)
        assert (batch.state, batch.done, rows, last) == ("running", at, at - 1, at)
    assert waiting(get_settings()) == [batch_id]
    sealed = (files.folder_of(get_settings()) / batch.stored).read_bytes()
    assert "某甲".encode() not in sealed
    assert run_batch(get_settings(), batch_id)
    batch, rows, last = counted(batch_id)
    assert (batch.state, batch.done, batch.good, rows, last) == ("done", 12_001, 12_000, 12_000, 12_001)
    assert not run_batch(get_settings(), batch_id)

    stopped = sent(officer, "residents", content, "名单.csv")

    def press():
        with begin(officer) as connection:
            cancel(connection, officer, stopped)

    assert run_batch(get_settings(), stopped, lambda done: press() if done == 5_000 else None)
    batch, rows, _ = counted(stopped)
    assert (batch.state, rows) == ("cancelled", 0)
    assert not list(files.folder_of(get_settings()).glob(batch.stored))


def reader_of(parent):
    """The reader that a process has started, None without."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            above = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if above == parent and b"geoapp.loading.reading.main" in (folder / "cmdline").read_bytes():
                return int(folder.name)
        except OSError:
            continue
    return None


def killing_readers(batch_id, most):
    """Run the batch; how many of its readers were killed meanwhile, each as soon as it is there."""
    killed, over = set(), Event()

    def kill():
        while not over.is_set() and len(killed) < most:
            found = reader_of(os.getpid())
            if found and found not in killed:
                os.kill(found, signal.SIGKILL)
                killed.add(found)

    hand = Thread(target=kill)
    hand.start()
    try:
        assert run_batch(get_settings(), batch_id)
    finally:
        over.set()
        hand.join()
    return len(killed)


def test_a8_a_reader_killed_from_outside_is_followed_by_another_but_not_for_ever(own_city):
    officer = own_city.access("officer")
    content = csv_file("residents", rows_of("residents", *({"name": "某甲"} for _ in range(6_000))))
    whole, hopeless = (sent(officer, "residents", content, "名单.csv") for _ in range(2))
    assert killing_readers(whole, 3) == 3
    batch, rows, last = counted(whole)
    assert (batch.state, batch.done, batch.good, rows, last, batch.starts) == ("done", 6_001, 6_000, 6_000, 6_001, 0)
    assert killing_readers(hopeless, 100) == MOST_STARTS
    batch, rows, _ = counted(hopeless)
    assert (batch.state, rows) == ("failed", 0)
    assert f"连续 {MOST_STARTS} 次被终止" in batch.error["zh"]
    assert waiting(get_settings()) == []


def test_a8_a_file_is_sent_by_a_page_and_what_was_not_taken_comes_back_to_its_sender(own_city):
    app = create_app()
    officer = sign_in(app, "officer")
    content = xlsx("residents", rows_of("residents", {"name": "张三"}, {"name": "李四", "id_number": 110108199001010040}))
    form = {"csrf_token": csrf_of(officer, "/imports"), "register": "residents", "file": (io.BytesIO(content), "C:\\名单.xlsx")}
    answer = officer.post("/imports/new", data=form)
    assert answer.status_code == 303, answer.text
    address = answer.location
    assert "等待处理" in officer.get(address).text
    assert run_batch(get_settings(), int(address.rsplit("/", 1)[1]))
    page = officer.get(address).text
    assert "1 行没有导入" in page
    assert "是数字格式" in page
    assert "C:\\" not in page
    file = officer.get(f"{address}/refused.xlsx", buffered=True)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(file.data)).get_sheet_by_index(0).to_python()
    assert "李四" in rows[1]
    assert "“证件号码”是数字格式" in rows[1][-2]
    assert rows[1][-1] == "3"
    ended = officer.post(f"{address}/cancel", data={"csrf_token": csrf_of(officer, "/imports")})
    assert ended.status_code == 409
    community = sign_in(app, "community")
    assert community.get(f"{address}/refused.xlsx").status_code == 404
    assert sign_in(app, "worker").get(address).status_code == 404
    nothing = officer.post("/imports/new", data={"csrf_token": form["csrf_token"], "register": "residents"})
    assert nothing.status_code == 400
    assert imported(own_city.access("officer"), "sites", xlsx("sites", rows_of("sites", {"name": "学校"})))


def test_a8_a_large_file_comes_in_pieces_and_goes_on_where_the_connection_broke(own_city):
    app = create_app()
    officer, community = sign_in(app, "officer"), sign_in(app, "community")
    token, content = csrf_of(officer, "/imports"), xlsx("residents", rows_of("residents", {"name": "张三"}))

    def piece(client, key, at, content):
        return client.post(f"/imports/parts/{key}?at={at}", data=content, headers={"X-CSRF-Token": token})

    key = officer.post("/imports/parts", data={"csrf_token": token}).json["key"]
    half = len(content) * 6 // 10
    assert piece(officer, key, 0, content[:half]).json == {"done": half}
    sealed = files.folder_of(get_settings()) / "parts" / str(own_city.access("officer").user_id) / key
    assert content[:100] not in sealed.read_bytes()
    with sealed.open("ab") as torn:  # the server dies in the middle of a piece
        torn.write(b"\0\0\x10\0half of it")
    assert officer.get(f"/imports/parts/{key}").json == {"done": half}
    again = piece(officer, key, 0, content)
    assert (again.status_code, again.json) == (409, {"done": half})
    assert [piece(officer, key, at, b"x").status_code for at in ("-1", "x", "9" * 20)] == [400] * 3
    assert community.get(f"/imports/parts/{key}").status_code == 404
    assert piece(officer, key, half, content[half:]).json == {"done": len(content)}
    whole = {"csrf_token": token, "register": "residents", "part": key, "part_name": "分段.xlsx"}
    answer = officer.post("/imports/new", data=whole)
    assert answer.status_code == 303, answer.text
    assert run_batch(get_settings(), int(answer.location.rsplit("/", 1)[1]))
    assert counted(int(answer.location.rsplit("/", 1)[1]))[0].sha256 == hashlib.sha256(content).hexdigest()
    assert not sealed.exists()
    assert officer.post("/imports/new", data=whole).status_code == 400
    given_up = officer.post("/imports/parts", data={"csrf_token": token}).json["key"]
    assert officer.post(f"/imports/parts/{given_up}/cancel", data={"csrf_token": token}).status_code == 200
    assert officer.get(f"/imports/parts/{given_up}").status_code == 404
    keys = [officer.post("/imports/parts", data={"csrf_token": token}).json["key"] for _ in range(5)]
    assert [officer.get(f"/imports/parts/{key}").status_code for key in keys] == [404, 404, 200, 200, 200]
