"""Excel files, read by another program (python-calamine)."""

from __future__ import annotations

import zipfile
from datetime import datetime

import pytest
from sqlalchemy import text

from geoapp.core.db import owner_transaction
from spatial_queries.exports import spreadsheet
from tests.support.exports import about_of, as_printed, listed, read_xlsx, write

FORMULAS = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "=HYPERLINK(\"http://x\",\"y\")", "{=1}", "＝1+1", "'=1"]


def test_cells_are_those_of_the_list_with_their_types(city, tmp_path):
    path, access = tmp_path / "a.xlsx", city.access("community")
    file = write(access, "houses", "sort=-storey", "xlsx", path)
    heading, *rows = read_xlsx(path)
    assert heading[:4] == ["房屋编号", "房屋地址", "居住状态", "居住人数"]
    assert [[as_printed(v) for v in row] for row in rows] == [cells for _, cells in listed(access, "houses", "sort=-storey")]
    assert file.rows == len(rows) == 27
    kinds = [type(value) for value in rows[0]]
    assert (kinds[0], kinds[3], kinds[-1]) == (str, float, datetime)


def test_fl_4_a_house_number_of_25_digits_loses_none(city, tmp_path):
    path = tmp_path / "a.xlsx"
    write(city.access("worker"), "houses", "", "xlsx", path)
    numbers = [row[0] for row in read_xlsx(path)[1:]]
    assert all(isinstance(n, str) and len(n) == 25 and n.startswith("110108001001001") for n in numbers)


def test_in_4_texts_are_never_formulas(own_city, tmp_path):
    path = tmp_path / "a.xlsx"
    with owner_transaction() as connection:
        for number, payload in enumerate(FORMULAS, start=1):
            connection.execute(text("UPDATE site SET name = :n WHERE id = :i"), {"n": payload, "i": number})
    write(own_city.access("director"), "sites", "", "xlsx", path)
    assert set(FORMULAS) <= {row[0] for row in read_xlsx(path)[1:]}
    with zipfile.ZipFile(path) as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        assert sheets
        assert not any(b"<f>" in book.read(name) or b"<hyperlink" in book.read(name) for name in sheets)


def test_a_second_sheet_says_what_the_file_is(city, tmp_path):
    path = tmp_path / "a.xlsx"
    write(city.access("worker"), "residents", "type=floating", "xlsx", path)
    about = about_of(path)
    assert about["内容"] == "实有人口"
    assert about["区划"] == "示例市"
    assert about["导出人"] == "王主任"
    assert about["条件"] == "人口类型为流动人口"
    assert int(about["记录数"]) == len(read_xlsx(path)) - 1 > 0
    assert about["遮盖的列"] == "证件号码"
    assert "条无位置" in about["位置"]
    assert about["数据来源"].startswith("模拟")
    assert "Asia/Shanghai" in about["导出时间"]


def test_what_comes_from_openstreetmap_says_so_and_names_the_licence(city, tmp_path):
    path = tmp_path / "a.xlsx"
    write(city.access("director"), "buildings", "", "xlsx", path)
    assert "ODbL" in about_of(path)["数据来源"]
    write(city.access("director"), "houses", "origin=derived", "xlsx", path)
    assert "OpenStreetMap" in about_of(path)["数据来源"]


def test_the_heading_stays_in_sight_and_can_be_filtered(city, tmp_path):
    path = tmp_path / "a.xlsx"
    write(city.access("director"), "sites", "", "xlsx", path)
    with zipfile.ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert '<pane ySplit="1" topLeftCell="A2"' in sheet
    assert '<autoFilter ref="A1:N12"' in sheet


def test_more_rows_than_a_sheet_holds_go_on_the_next_one_and_the_file_says_so(city, tmp_path, monkeypatch):
    monkeypatch.setattr(spreadsheet.write_spreadsheet, "__defaults__", (60,))
    path, access = tmp_path / "a.xlsx", city.access("director")
    file = write(access, "houses", "", "xlsx", path)
    sheets = [read_xlsx(path, number) for number in (0, 2, 3)]
    assert [len(sheet) - 1 for sheet in sheets] == [60, 60, 26]
    assert len({tuple(sheet[0]) for sheet in sheets}) == 1
    rows = [row[0] for sheet in sheets for row in sheet[1:]]
    assert rows == [cells[0] for _, cells in listed(access, "houses", "")]
    assert file.rows == 146
    assert "3 张" in about_of(path)["工作表"]


def test_a_text_too_long_for_a_cell_is_cut_and_the_file_says_so(own_city, tmp_path):
    path = tmp_path / "a.xlsx"
    with owner_transaction() as connection:
        connection.execute(text("UPDATE site SET address = repeat('长', 40000) WHERE id = 1"))
    write(own_city.access("director"), "sites", "", "xlsx", path)
    assert max(len(row[8]) for row in read_xlsx(path)[1:]) == spreadsheet.MAX_TEXT
    assert about_of(path)["截短"].startswith("1 ")


def test_signs_that_xml_cannot_hold_do_not_break_the_file(own_city, tmp_path):
    path = tmp_path / "a.xlsx"
    with owner_transaction() as connection:
        connection.execute(text("UPDATE site SET name = E'a\\x01b\\x0Bc<&>\\uFFFEd' WHERE id = 1"))
    write(own_city.access("director"), "sites", "", "xlsx", path)
    assert any("c<&>" in row[0] for row in read_xlsx(path)[1:])


@pytest.mark.parametrize(
    ("value", "kind"), [(10**15 - 1, float), (10**15, str), (-(10**15), str), (1.5, float)]
)
def test_a_number_of_more_than_15_digits_is_written_as_text(tmp_path, value, kind):
    from xlsxwriter import Workbook

    path = tmp_path / "a.xlsx"
    with Workbook(str(path), {"constant_memory": True}) as book:
        spreadsheet._put_number(book.add_worksheet(), 0, 0, value)
    assert isinstance(read_xlsx(path)[0][0], kind)


def test_an_empty_list_gives_a_file_with_its_heading(city, tmp_path):
    path = tmp_path / "a.xlsx"
    file = write(city.access("director"), "sites", "name__contains=没有这样的", "xlsx", path)
    assert file.rows == 0
    assert len(read_xlsx(path)) == 1
