"""The door to all formats: names, refusals, progress, whole files."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from geoapp.core.errors import InvalidInput
from grids_boundaries.access import begin
from spatial_queries.exports import FORMATS, Meta, write_export
from spatial_queries.exports.write import file_name
from tests.support.exports import read_xlsx, write
from tests.support.tiles import selected

DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("title", "region", "name"),
    [
        ("房屋", "燕园街道", "房屋_燕园街道_2026-11-22.xlsx"),
        ("Houses", "燕园街道", "Houses_燕园街道_2026-11-22.xlsx"),
        ("房屋", "", "房屋_2026-11-22.xlsx"),
        ("房屋", "../../etc/passwd", "房屋_______etc_passwd_2026-11-22.xlsx"),
        ("房屋", 'a\x00b\r\n"<>|:*?', "房屋_a_b_2026-11-22.xlsx"),
        ("房屋", "街" * 300, f"房屋_{'街' * 77}_2026-11-22.xlsx"),
    ],
)
def test_a_file_name_says_what_where_and_when_and_hurts_no_file_system(title, region, name):
    assert file_name(title, region, DAY, "xlsx") == name


@pytest.mark.parametrize("fmt", FORMATS)
def test_the_name_is_in_the_readers_language_with_the_day_of_the_deployment(city, tmp_path, fmt):
    access = city.access("director")
    meta = Meta("示例市", "王主任", "全部记录", datetime(2026, 11, 22, 17, 0, tzinfo=UTC))
    with begin(access) as connection:
        selection = selected(access, "sites")
        file = write_export(connection, selection, fmt, "zh", meta, tmp_path / "a")
    assert file.name == f"重点场所_示例市_2026-11-23.{fmt}"
    assert file.rows == 11
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_headings_and_codes_are_in_the_readers_language(city, tmp_path):
    from geoapp.core.i18n import translate

    path, access = tmp_path / "a.xlsx", city.access("director")
    write(access, "sites", "", "xlsx", path, locale="en")
    heading, *rows = read_xlsx(path)
    assert heading == [translate(t, "en") for t in (
        "名称", "关注等级", "安全生产重点", "治安重点", "消防安全重点", "学校", "其他重点场所", "类别", "地址", "所属区划", "上次检查",
        "下次检查", "来源", "更新时间",
    )]  # fmt: skip
    assert {row[1] for row in rows} == {translate(t, "en") for t in ("未评级", "一般", "中等", "严重")}


@pytest.mark.parametrize("fmt", ["exe", "", "XLSX", "../csv"])
def test_an_unknown_format_is_refused_with_those_there_are(city, tmp_path, fmt):
    with pytest.raises(InvalidInput) as caught:
        write(city.access("director"), "sites", "", fmt, tmp_path / "a")
    assert "xlsx, csv, geojson, gpkg, html" in caught.value.message("zh")


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_file_that_fails_leaves_nothing_behind(city, tmp_path, fmt):
    def stop(_rows: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        write(city.access("director"), "sites", "", fmt, tmp_path / "a", progress=stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fmt", ["xlsx", "csv", "geojson", "gpkg"])
def test_progress_is_told_up_to_the_last_row(city, tmp_path, fmt):
    told: list[int] = []
    file = write(city.access("director"), "houses", "", fmt, tmp_path / "a", progress=told.append)
    assert told[-1] == file.rows == 146


def test_page_and_limit_of_the_list_do_not_shorten_the_file(city, tmp_path):
    assert write(city.access("director"), "houses", "limit=5", "csv", tmp_path / "a").rows == 146


def test_rows_come_through_a_cursor_of_the_server(city, tmp_path):
    from sqlalchemy import event

    access = city.access("director")
    with begin(access) as connection:
        streamed = []
        event.listen(connection, "before_cursor_execute", lambda *call: streamed.append(type(call[1]).__name__))
        write_export(connection, selected(access, "houses"), "csv", "zh", Meta("", "", ""), tmp_path / "a")
    assert streamed == ["ServerCursor"]


def test_a_row_of_another_area_is_never_in_a_file(own_city, tmp_path):
    """Row-level security stands behind the selection: a scope widened by mistake adds no row."""
    from dataclasses import replace

    from grids_boundaries.keys import parse_code
    from grids_boundaries.scope import RowScope

    access = own_city.access("worker")
    wide = replace(access, scope=RowScope.of([parse_code("1101")]))
    with begin(access) as connection:
        selection = selected(wide, "houses")
        file = write_export(connection, selection, "csv", "zh", Meta("", "", ""), tmp_path / "a")
        assert connection.scalar(text("SELECT count(*) FROM house")) == file.rows
    assert 0 < file.rows < 30
