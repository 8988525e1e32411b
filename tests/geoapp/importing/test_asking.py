"""Positions in every system of Chinese maps, asked for where a file names none, checked against the area (D4.2, D3.4)."""

from __future__ import annotations

import json
import os
import re
from datetime import timedelta

import numpy as np
from sqlalchemy import and_, select

from geoapp.core.clock import now
from geoapp.core.db import owner_engine, owner_transaction
from geoapp.core.settings import get_settings
from geoapp.importing import codes, files
from geoapp.importing.coordinates import from_wgs84
from geoapp.importing.forgetting import drop_files, end_unanswered
from geoapp.importing.reads import open_row
from geoapp.importing.staging import batch_table, row_table, run_batch, waiting
from geoapp.messages.actions import inbox
from geoapp.retention.ended import ASKED, ENDED
from geoapp.retention.run import due
from geoapp.web.factory import create_app
from tests.support.imports import imported, rows_of, sent, xlsx
from tests.support.web import csrf_of, sign_in

HERE = np.array([[116.303, 39.997]])
GRID = 110108001001001


def at(system, zone=0):
    east, north = from_wgs84(HERE, system)[0].tolist()
    return {"lon": repr(east + zone * 1e6), "lat": repr(north)}


def rows(batch_id):
    with owner_engine().connect() as connection:
        query = select(row_table).where(row_table.c.batch_id == batch_id).order_by(row_table.c.id)
        return connection.execute(query).all()


def batch(batch_id):
    with owner_engine().connect() as connection:
        return connection.execute(select(batch_table).where(batch_table.c.id == batch_id)).one()


def features(page):
    return json.loads(re.search(r'data-part="features">(.*?)</script>', page, re.S)[1])["features"]


def test_d42_positions_of_every_system_are_placed_in_their_grid(own_city):
    given = [
        ("WGS84", at("wgs84")), ("CGCS2000", at("cgcs2000")), ("GCJ-02（高德、腾讯）", at("gcj02")), ("BD-09（百度）", at("bd09")),
        ("CGCS2000 高斯 3 度带（米）", at("gk:117", 39)), ("CGCS2000 高斯 3 度带（米）", at("gk:117")),
        ("CGCS2000 高斯 6 度带（米）", at("gk:117", 20)), ("CGCS2000 高斯 6 度带（米）", at("gk:117")),
    ]  # fmt: skip
    good = [{"name": f"点{n}", "crs": system, **where} for n, (system, where) in enumerate(given)]
    east, north = at("gk:117").values()
    wrong = [
        ({"lon": north, "lat": east, "crs": "gk3"}, "turned_position"), ({"lon": "116.3", "lat": "39.9", "crs": "gk3"}, "no_zone_position"),
        ({**at("gk:117", 20), "crs": "gk3"}, "no_zone_position"), ({**at("gk:114", 39), "crs": "gk3"}, "position_elsewhere"),
        ({**at("gk:117"), "crs": "wgs84"}, "bad_position"),
    ]  # fmt: skip
    bad = [{"name": "错", **cells} for cells, _ in wrong]
    found = rows(imported(own_city.access("officer"), "sites", xlsx("sites", rows_of("sites", *good, *bad))))
    assert [(row.region_key, row.proposed) for row in found[:8]] == [(GRID, "position")] * 8
    assert np.allclose([(row.lon, row.lat) for row in found[:8]], HERE, atol=1e-7)
    assert [open_row(row).faults[0][1] for row in found[8:]] == [code for _, code in wrong]


def test_a_file_that_names_no_system_waits_for_its_sender_to_choose(own_city):
    named = {"name": "写明的", "crs": "WGS84", "lon": "116.303", "lat": "39.997"}
    content = xlsx("sites", rows_of("sites", named, *({"name": f"点{n}", **at("gcj02")} for n in range(3)), {"name": "无坐标"}))
    officer = own_city.access("officer")
    batch_id = sent(officer, "sites", content)
    assert run_batch(get_settings(), batch_id)
    assert (batch(batch_id).state, rows(batch_id), waiting(get_settings())) == (codes.ASKING, [], [])
    app = create_app()
    sender = sign_in(app, "officer")
    assert f"/imports/{batch_id}/system" in sender.get(f"/imports/{batch_id}").text
    page = sender.get(f"/imports/{batch_id}/system").text
    assert {feature["properties"]["label"] for feature in features(page)} == {"3", "4", "5"}
    assert re.findall(r'name="system" value="([^"]+)"', page)[-1] == "none"
    assert set(re.findall(r'name="system" value="([^"]+)"', page)) == {"wgs84", "gcj02", "bd09", "none"}
    assert sign_in(app, "director").get(f"/imports/{batch_id}/system").status_code == 404
    token = csrf_of(sender, "/imports")
    for wrong in ("", "gk3", "EPSG:4326"):
        answer = sender.post(f"/imports/{batch_id}/system", data={"csrf_token": token, "system": wrong})
        assert answer.status_code == 400
    assert sender.post(f"/imports/{batch_id}/system", data={"csrf_token": token, "system": "gcj02"}).status_code == 303
    assert waiting(get_settings()) == [batch_id]
    assert run_batch(get_settings(), batch_id)
    found = rows(batch_id)
    assert [row.proposed for row in found] == ["position"] * 4 + ["none"]
    assert np.allclose([(row.lon, row.lat) for row in found[:4]], HERE, atol=1e-7)
    assert open_row(found[1]).cells["crs"] == "gcj02"
    assert sender.get(f"/imports/{batch_id}/system").status_code == 404

    refused = sent(officer, "sites", content)
    run_batch(get_settings(), refused)
    assert sender.post(f"/imports/{refused}/system", data={"csrf_token": token, "system": "none"}).status_code == 303
    run_batch(get_settings(), refused)
    assert [row.state for row in rows(refused)] == [codes.UNCLAIMED, *[codes.REFUSED] * 3, codes.UNCLAIMED]

    stopped = sent(officer, "sites", content)
    run_batch(get_settings(), stopped)
    assert sender.post(f"/imports/{stopped}/cancel", data={"csrf_token": token}).status_code == 303
    assert waiting(get_settings()) == [stopped]
    run_batch(get_settings(), stopped)
    assert batch(stopped).state == codes.CANCELLED


def test_a_file_whose_sender_does_not_choose_ends_and_its_sealed_file_goes(own_city):
    officer, sender = own_city.access("officer"), sign_in(create_app(), "officer")
    content = xlsx("sites", rows_of("sites", {"name": "点", **at("gcj02")}))
    left, waits = (sent(officer, "sites", content) for _ in range(2))
    for one in (left, waits):
        run_batch(get_settings(), one)
    sealed, days, kinds = files.folder_of(get_settings()), (29, 31), []
    for stray in (sealed / batch(left).stored, sealed / batch(waits).stored, sealed / "never-a-batch"):
        stray.touch()
        os.utime(stray, (0, 0))
    assert str((now() + timedelta(days=30)).date())[:7] in sender.get(f"/imports/{left}").text
    with owner_transaction() as connection:
        later = [{one.clock.name: one.rows for one in due(connection, get_settings(), now() + timedelta(days=n))} for n in days]
        assert [found[ASKED] for found in later] == [0, 2]
        kinds.append([one.kind for one in inbox(connection, officer.user_id) if str(left) in one.url])
        assert end_unanswered(connection, and_(batch_table.c.id == left, ENDED[ASKED][1](now() + timedelta(days=1)))) == 1
        kinds.append([one.kind for one in inbox(connection, officer.user_id) if str(left) in one.url])
    assert kinds == [["import_asks"], ["import_unanswered"]]
    assert (batch(left).state, batch(waits).state) == (codes.FAILED, codes.ASKING)
    assert drop_files(get_settings()) >= 2
    names = [one.name for one in sealed.iterdir()]
    assert [name in names for name in (batch(left).stored, "never-a-batch", batch(waits).stored)] == [False, False, True]
    token = csrf_of(sender, "/imports")
    assert sender.post(f"/imports/{left}/system", data={"csrf_token": token, "system": "gcj02"}).status_code == 404


def test_d34_people_are_shown_as_outlines_and_counts_never_as_points(own_city):
    client = sign_in(create_app(), "officer")
    for where, systems in ((at("gk:117"), ["gk:117", "gk:114", "gk:120"]), (at("gk:117", 39), ["gk3"])):
        content = xlsx("residents", rows_of("residents", *({"name": "某人", **where} for _ in range(2))))
        batch_id = sent(own_city.access("officer"), "residents", content)
        run_batch(get_settings(), batch_id)
        page = client.get(f"/imports/{batch_id}/system").text
        assert {feature["geometry"]["type"] for feature in features(page)} <= {"Polygon", "MultiPolygon"}
        assert [feature["properties"] for feature in features(page)] == [{"n": 0, "label": "2"}]
        assert re.findall(r'name="system" value="([^"]+)"', page) == [*systems, "none"]
