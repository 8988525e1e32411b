"""Inspections with photos, and what is due, as browsers send and see them."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select, text

from geoapp.core.clock import today
from geoapp.core.db import owner_engine
from geoapp.sites.models import Inspection, Site, SitePhoto
from geoapp.web.factory import create_app
from tests.factories import city_plan as plan
from tests.support.forms import form_on, send
from tests.support.kept import kept_disagreements
from tests.support.web import sign_in

TODAY = today()


def photo() -> bytes:
    """A JPEG that says where and with what it was taken."""
    image, held = Image.new("RGB", (40, 30), "red"), io.BytesIO()
    exif = image.getexif()
    exif[0x010F] = "GeheimCam"
    exif[0x8825] = {1: "N", 2: (39.0, 59.0, 1.0)}
    image.save(held, "JPEG", exif=exif)
    assert b"GeheimCam" in held.getvalue()
    return held.getvalue()


def all_rows(model):
    with owner_engine().connect() as connection:
        return connection.execute(select(model.__table__)).all()


def inspected(client, site_id, **changes):
    action, values = form_on(client.get(f"/sites/{site_id}/inspections/new").text)
    values.pop("photos", None)
    return client.post(action, data=values | changes, content_type="multipart/form-data")


def site_of(worker):
    """A red site of two types in the worker's grid."""
    point = plan.grids()[0].square.centroid
    facts = {"name": "示例市场", "level_fire_safety": "3", "kind_fire_safety": "market", "level_school": "1", "lon": point.x, "lat": point.y}
    return int(send(worker, "/sites/new", **facts).headers["Location"].rsplit("/", 1)[1])


@pytest.fixture
def worker(own_city):
    return sign_in(create_app(), "worker")


def test_a_finding_for_each_type_with_clean_photos_and_the_next_day(worker):
    site_id = site_of(worker)
    assert f'name="next_due" value="{TODAY + timedelta(days=7)}"' in worker.get(f"/sites/{site_id}/inspections/new").text
    missing = inspected(worker, site_id, finding_school="safe")
    assert missing.status_code == 400 and "检查结果" in missing.text
    strange = inspected(worker, site_id, finding_school="safe", finding_fire_safety="minor", photos=(io.BytesIO(b"<svg/>"), "a.jpg"))
    assert strange.status_code == 400 and "JPEG" in strange.text and all_rows(Inspection) == []
    done = inspected(worker, site_id, finding_school="safe", finding_fire_safety="minor", note="灭火器过期",
                     photos=[(io.BytesIO(photo()), "a.jpg"), (io.BytesIO(photo()), "b.jpg")])  # fmt: skip
    assert done.status_code == 303, done.text
    (found,) = all_rows(Inspection)
    assert (found.findings, found.inspected_on, found.next_due) == ({"school": "safe", "fire_safety": "minor"}, TODAY, TODAY + timedelta(days=7))
    (site,) = [row for row in all_rows(Site) if row.id == site_id]
    assert (site.inspected_on, site.next_due) == (TODAY, TODAY + timedelta(days=7))
    assert [b"GeheimCam" in bytes(row.content) for row in all_rows(SitePhoto)] == [False, False]
    page = worker.get(f"/sites/{site_id}").text
    assert "灭火器过期" in page and "消防安全重点：一般隐患" in page and "一周内应检查" in page

    link = re.search(r'href="(/sites/photos/\d+\?key=[^"]+)"', page)[1].replace("&amp;", "&")
    shown = worker.get(link)
    assert shown.mimetype == "image/jpeg" and "no-store" in shown.headers["Cache-Control"]
    assert Image.open(io.BytesIO(shown.data)).size == (40, 30)
    assert worker.get(link.split("?")[0]).status_code == 404, "without its key a photo is not there"
    for other in ("neighbour", "community"):
        assert sign_in(create_app(), other).get(link).status_code == 404, "a link is for one reader"

    late = inspected(worker, site_id, finding_school="serious", finding_fire_safety="safe", day=TODAY - timedelta(days=9), next_due="")
    assert late.status_code == 303
    (site,) = [row for row in all_rows(Site) if row.id == site_id]
    assert site.next_due == TODAY + timedelta(days=7), "an older inspection entered late decides nothing"
    assert kept_disagreements() == []


def test_what_is_overdue_or_due_is_one_query_for_page_list_and_breakdown(worker):
    with owner_engine().begin() as connection:
        connection.execute(text("UPDATE site SET inspected_on = :seen, next_due = CASE id WHEN 1 THEN :late ELSE :soon END WHERE id IN (1, 2, 3)"),
                           {"seen": TODAY - timedelta(days=30), "late": TODAY - timedelta(days=1), "soon": TODAY + timedelta(days=7)})  # fmt: skip
    page = worker.get("/sites/due").text
    link = re.search(r'href="(/registers/sites\?region=[^"]+next_due__lte=[^"]+)"', page)[1].replace("&amp;", "&")
    assert 'data-id="1"' in worker.get(link).text
    assert 'data-total="1"' in worker.get(link).text
    assert "第2网格" not in page, "the neighbour's are the neighbour's"
    officer = sign_in(create_app(), "officer")
    rows = re.findall(r'<th scope="row">([^<]*)</th><td>(?:<a[^>]*>)?(\d+).*?</td><td>(?:<a[^>]*>)?(\d+)', officer.get("/sites/due").text, re.S)
    assert [(name[-4:], late, soon) for name, late, soon in rows if (late, soon) != ("0", "0")] == [
        ("第1网格", "1", "0"), ("第2网格", "0", "1"), ("第1网格", "0", "1"),
    ]  # fmt: skip
    assert 'data-total="2"' in officer.get(f"/registers/sites?next_due__gte={TODAY}&next_due__lte={TODAY + timedelta(days=7)}").text
    assert "updated_at__older_than_days" in officer.get("/registers/sites/filter").text


def test_a_site_that_moves_takes_its_inspections_along(worker):
    site_id = site_of(worker)
    done = inspected(worker, site_id, finding_school="safe", finding_fire_safety="safe", photos=(io.BytesIO(photo()), "a.jpg"))
    assert done.status_code == 303
    community, beside = sign_in(create_app(), "community"), plan.grids()[1].square.centroid
    assert send(community, f"/sites/{site_id}/position", lon=beside.x, lat=beside.y).status_code == 303
    assert {row.region_key for row in (*all_rows(Inspection), *all_rows(SitePhoto))} == {plan.grids()[1].key}
    assert "检查记录" in sign_in(create_app(), "neighbour").get(f"/sites/{site_id}").text
    assert worker.get(f"/sites/{site_id}/inspections/new").status_code == 404
