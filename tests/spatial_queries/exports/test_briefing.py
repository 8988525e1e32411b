"""The briefing map: one file that opens without a network, in a real browser."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from geoapp.core.db import app_engine, owner_transaction
from geoapp.core.errors import Forbidden
from geoapp.core.settings import get_settings
from grids_boundaries.access import Access
from grids_boundaries.keys import parse_code
from grids_boundaries.scope import RowScope
from spatial_queries.exports.briefing import base, drawn
from tests.factories import city_plan as plan
from tests.support.exports import write
from tests.support.offline_page import close_offline, open_offline

GRIDS = plan.grids()
HOUSES = plan.houses(GRIDS, plan.buildings(GRIDS))
browser = [
    pytest.mark.browser,
    pytest.mark.skipif(not (shutil.which("chromium") or shutil.which("chromium-browser")), reason="no Chromium here"),
]


@pytest.fixture(scope="module", autouse=True)
def closed_at_the_end():
    """One browser for the file."""
    yield
    close_offline()


def opened(access, name, tmp_path, query="", locale="zh", width=1440) -> dict:
    file = write(access, name, query, "html", tmp_path / "a.html", locale=locale)
    page = open_offline(tmp_path / "a.html", tmp_path / "a.png", width)
    assert page["requests"] == []
    assert page["errors"] == []
    assert page["injected"] == 0
    assert page["printed"] > 10_000
    return {**page, "rows": file.rows}


class TestInABrowser:
    pytestmark = browser

    @pytest.mark.parametrize(("name", "kind"), [("houses", "points"), ("sites", "points"), ("buildings", "areas"), ("regions", "areas")])
    def test_every_row_with_a_position_is_drawn(self, city, tmp_path, name, kind):
        page = opened(city.access("director"), name, tmp_path)
        located = {"houses": sum(h["geom"] is not None for h in HOUSES), "sites": 10, "buildings": 22, "regions": 24}
        assert page[kind] == located[name]
        assert f"共 {page['rows']} 条" in page["text"]

    def test_the_page_says_what_it_shows(self, city, tmp_path):
        page = opened(city.access("director"), "houses", tmp_path, "status=3")
        for words in ("房屋", "示例市", "居住状态为出租", "条无位置", "条在网格外", "王主任", "ODbL", "出租", "空置", "图例"):
            assert words in page["text"]
        assert page["language"] == "zh-CN"
        assert page["title"].startswith("房屋 · 示例市 · 20")

    def test_the_ground_is_our_own_roads_water_and_regions(self, city, tmp_path):
        page = opened(city.access("director"), "regions", tmp_path)
        assert {c.split()[1] for c in page["ground"]} == {"coverage", "landuse", "water", "road"}
        assert page["borders"] == 23
        assert sorted(page["names"]) == ["第1网格"] * 6 + ["第2网格"] * 6

    def test_a_reader_sees_the_borders_of_the_own_area_alone(self, city, tmp_path):
        page = opened(city.access("worker"), "houses", tmp_path)
        assert page["names"] == ["第1网格"]
        assert page["borders"] == 1

    def test_a_tooltip_shows_the_columns_of_the_list(self, city, tmp_path):
        page = opened(city.access("director"), "sites", tmp_path)
        for words in ("名称", "示例场所", "关注等级", "所属区划"):
            assert words in page["tooltip"]

    def test_more_rows_than_fit_are_counted_by_region_and_the_page_says_so(self, city, tmp_path, monkeypatch):
        monkeypatch.setattr(drawn, "MAX_FEATURES", 50)
        page = opened(city.access("director"), "houses", tmp_path)
        assert (page["points"], page["areas"]) == (0, 11)
        assert "超过 50 条，不逐条显示" in page["text"]
        assert "共 146 条" in page["text"]
        assert "合计" in page["tooltip"]
        page = opened(city.access("director"), "houses", tmp_path, "storey=2&rental=false")
        assert page["points"] == 0 or page["rows"] <= 50

    def test_d3_4_people_are_counts_of_houses(self, city, tmp_path):
        page = opened(city.access("worker"), "residents", tmp_path)
        worker = GRIDS[0].key
        lived_in = [h for h in HOUSES if h["region_key"] == worker and h["id"] % 4 >= 2 and h["geom"] is not None]
        assert page["points"] == len(lived_in)
        assert "7+ 人" in page["text"]
        assert "人数" in page["tooltip"]
        assert "示例" not in page["tooltip"]
        html = (tmp_path / "a.html").read_text("utf-8")
        assert not re.search(r"(张|王|李|赵|陈|欧阳)示例\d", html)

    def test_d3_4_many_houses_with_people_are_counted_by_region(self, city, tmp_path, monkeypatch):
        monkeypatch.setattr(drawn, "MAX_FEATURES", 5)
        page = opened(city.access("community"), "residents", tmp_path)
        assert (page["points"], page["areas"]) == (0, 2)

    def test_in_5_texts_of_records_are_only_ever_text(self, own_city, tmp_path):
        payloads = [
            '<img src=x onerror=alert(1)>', "</script><script>alert(2)</script>", "{{ 7 * 7 }}{% endraw %}{#",
            "${alert(3)}{{ cycler.__init__.__globals__.os.getcwd() }}",
        ]  # fmt: skip
        with owner_transaction() as connection:
            for number, payload in enumerate(payloads, start=1):
                values = {"p": payload, "i": number, "t": '{"other": {"level": 1}}'}
                connection.execute(text("UPDATE site SET name = :p, address = :p, types = :t WHERE id = :i"), values)
                connection.execute(text("UPDATE region SET name = :p WHERE code LIKE '%00' || :i || '00' || :i"), values)
            connection.execute(text("DELETE FROM site WHERE id > 4"))
        page = opened(own_city.access("director"), "sites", tmp_path, "name__contains=<img")
        assert "名称包含“<img”" in page["text"]
        page = opened(own_city.access("director"), "sites", tmp_path)
        assert any(payload in page["tooltip"] for payload in payloads)
        assert any(payload in page["names"] for payload in payloads)
        html = (tmp_path / "a.html").read_text("utf-8")
        assert "&#123;&#123; 7 * 7" in html.replace("\\u0026", "&")
        assert str(Path.cwd()) not in html
        page = opened(own_city.access("director"), "sites", tmp_path, "name__contains={{ 7 * 7 }}")
        assert "{{ 7 * 7 }}" in page["text"]

    @pytest.mark.parametrize("width", [390, 1440, 3840])
    def test_it_fits_a_phone_a_desk_and_a_wall(self, city, tmp_path, width):
        assert opened(city.access("director"), "buildings", tmp_path, width=width)["wide"] <= 0

    def test_nothing_to_draw_still_shows_where(self, city, tmp_path):
        page = opened(city.access("director"), "sites", tmp_path, "q=没有这样的")
        assert (page["rows"], page["points"]) == (0, 0)
        assert page["borders"] > 0

    def test_without_any_region_the_page_opens_too(self, own_settings, tmp_path, monkeypatch):
        monkeypatch.setenv("GEOAPP_DATABASE_NAME", own_settings.database_name)
        get_settings.cache_clear()
        permissions = frozenset({"register:sites:read", "register:regions:read"})
        access = Access(RowScope.of([parse_code("11")]), permissions, 1)
        assert opened(access, "sites", tmp_path)["points"] == 0
        app_engine().dispose()
        get_settings.cache_clear()

    def test_it_speaks_the_readers_language(self, city, tmp_path):
        from geoapp.core.i18n import translate

        page = opened(city.access("director"), "sites", tmp_path, locale="en")
        assert page["language"] == "en"
        assert translate("图例", "en") in page["text"]


@pytest.mark.parametrize("username", ["officer"])
def test_d3_4_no_map_of_people_for_readers_without_person_rights(city, tmp_path, username):
    with pytest.raises(Forbidden):
        write(city.access(username), "residents", "", "html", tmp_path / "a.html")
    assert list(tmp_path.iterdir()) == []


def test_the_file_names_no_other_host(city, tmp_path):
    write(city.access("director"), "houses", "", "html", tmp_path / "a.html")
    html = (tmp_path / "a.html").read_text("utf-8")
    assert not re.search(r"(?:src|href)\s*=\s*[\"']?\s*(?:https?:)?//", html.replace("https://leafletjs.com", ""))
    assert "default-src 'none'" in html
    assert "user-scalable=no" not in html


def test_a_ground_with_too_much_on_it_keeps_what_matters_most_and_says_so(city, tmp_path, monkeypatch):
    monkeypatch.setattr(base, "MAX_VERTICES", 4)
    write(city.access("director"), "houses", "", "html", tmp_path / "a.html")
    assert "底图内容较多" in (tmp_path / "a.html").read_text("utf-8")


@pytest.mark.parametrize("name", ["houses", "buildings"])
def test_the_file_stays_small(city, tmp_path, name):
    write(city.access("director"), name, "", "html", tmp_path / "a.html")
    assert (tmp_path / "a.html").stat().st_size < 400_000
