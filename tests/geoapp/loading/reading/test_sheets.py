"""Spreadsheets of LibreOffice, openpyxl, XlsxWriter and by hand read alike, cell by cell (how they were made: files/make.py)."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from python_calamine import load_workbook

from geoapp.loading.reading import sheets, texts
from geoapp.loading.reading.cells import MOST_ROWS, marked, pieces
from geoapp.loading.reading.refusal import Refusal
from geoapp.loading.reading.xlsx import day_of
from geoapp.loading.reading.xlsx_book import shows_day

FILES = Path(__file__).with_name("files")
ROWS = [
    ["姓名", "证件号码", "出生日期", "数量", "备注"],
    ["张三", "11010819900101004X", "\x02D1990-01-31", "\x02N1.1010819900101e+17", "前后有空格"],
    ["李四", "１１０１０８１９９００１０１００４ｘ", "\x02D1990-01-31 08:30:00", "\x02N1.5", "甲&乙<丙>"],
    ["王五", "1.10108E+17", "\x02D1900-03-01", "\x02N0.45", "隐藏的一行"],
    ["赵六", "00123", "\x02O12:30:00", "\x02N-7", "合并"],
    ["", "", "", "", "合并"],
    ["孙七", "?", "\x02D2024-02-29", "\x02B是", "换 行"],
]
ODD = [(3, "hidden_row", ""), (4, "merged", ""), (5, "merged", ""), (6, "formula", "1")]
OF_TEXT = {
    "\x02D1990-01-31": "1990-01-31", "\x02N1.1010819900101e+17": "1.1010819900101E+017", "\x02N1.5": "1.5", "\x02N-7": "-7",
    "\x02D1990-01-31 08:30:00": "1990-01-31 8:29:59", "\x02D1900-03-01": "1900-03-01", "\x02N0.45": "45%",
    "\x02O12:30:00": "12:30:00", "\x02D2024-02-29": "2024-02-29", "\x02B是": "TRUE",
}  # fmt: skip


def read(path):
    if path.suffix == ".csv":
        rows, odd = sheets.csv_rows(path, texts.of_text_file(path, None).encoding), []
    else:
        rows, odd = sheets.sheet_rows(path, 100)
    found = [list(row) for _, columns in pieces(rows) for row in zip(*columns, strict=True)]
    return found, [(row, code, place) for row, code, place, _ in odd]


@pytest.mark.parametrize("name", ["openpyxl.xlsx", "xlsxwriter.xlsx", "libreoffice.xlsx", "libreoffice.xls", "year1904.xlsx", "year1904.xls"])
def test_a8_what_stands_in_a_spreadsheet_is_the_same_whoever_wrote_it(name):
    rows, odd = read(FILES / name)
    result = rows[6][1]
    assert result in ("", "\x02N0", "\x02N2")  # of a formula; it was calculated or not
    if "1904" in name:
        assert rows[3][2][:2] == "\x02O"  # no day before 1904 can be said there
        rows[3][2] = ROWS[3][2]
    assert rows == [*ROWS[:6], [ROWS[6][0], result, *ROWS[6][2:]]]
    # LibreOffice saves a truth as a formula
    assert [one for one in odd if one != (6, "formula", "3")] == ODD


@pytest.mark.parametrize("encoding", ["utf8", "gb18030"])
def test_a8_a_csv_of_libreoffice_is_read_in_both_encodings(encoding):
    rows, _ = read(FILES / f"libreoffice-{encoding}.csv")
    wanted = [[OF_TEXT.get(cell, cell) for cell in row] for row in ROWS]
    wanted[6][1] = "2"
    assert rows == wanted


def test_a8_a_workbook_typed_by_hand_is_read_as_the_standard_says():
    rows, odd = read(FILES / "hand.xlsx")
    assert [[cell for cell in row if cell] for row in rows] == [
        ["姓名", "证件号码"], [], ["张三"], [],
        ["甲<乙>", "富文本", "\x02O#N/A", "\x02D2024-02-29", "\x02D2024-02-29", "\x02N2", "\x02B否", "1一&"],
    ]  # fmt: skip
    assert rows[2][:2] == ["", "张三"]
    assert odd == [(2, "hidden_row", ""), (4, "merged", ""), (4, "formula", "5")]


def test_a8_what_only_the_records_of_an_xls_tell_is_told():
    """Errors the library leaves out, hidden columns, merged cells in the last row; the sheet begins in B2."""
    rows, odd = read(FILES / "xlwt.xls")
    assert rows == [
        [""] * 5, ["", "姓名", "证件号码", "电话", "备注"], ["", "张三", "11010819900101004X", "", ""], ["", "李四", "", "\x02B是", ""],
        ["", "王五", "", "", ""],
    ]  # fmt: skip
    assert odd == [
        (1, "hidden_column", "2"), (2, "typed_other", "3"), (2, "formula", "4"), (2, "hidden_column", "2"), (3, "hidden_row", ""),
        (4, "merged", ""),
    ]  # fmt: skip


def test_a8_the_same_as_the_library_reads(tmp_path):
    """Cells in all shapes, in shared and inline strings, beside calamine."""
    for memory in (True, False):
        path = tmp_path / f"{memory}.xlsx"
        with xlsxwriter.Workbook(str(path), {"constant_memory": memory}) as book:
            sheet = book.add_worksheet()
            for at in range(300):
                for place in range(at % 7, 30, 1 + at % 5):
                    value = [f"格&{at}", at * 1.25, at, at % 2 == 0, f" {place}", "<r>", "_x0041_", "張\u3000三"][(at + place) % 8]
                    sheet.write(at, place, value)
        with path.open("rb") as file:
            known = load_workbook(file).get_sheet_by_index(0).to_python(skip_empty_area=False)
        known = [[cell if isinstance(cell, str) else marked(cell) for cell in row] for row in known]
        rows = [[*row, *[""] * (30 - len(row))] for row in sheets.sheet_rows(path, 100)[0]]
        assert len(known) == 300
        assert rows == known


@pytest.mark.parametrize(("serial", "is_1904", "said"), [
    (1, False, "\x02D1900-01-01"), (59, False, "\x02D1900-02-28"), (60, False, "\x02D1900-02-29"), (61, False, "\x02D1900-03-01"),
    (0.5, False, "\x02O12:00:00"), (1, True, "\x02D1904-01-02"), (43_890, True, "\x02D2024-03-01"), (-1, False, "\x02O-1"),
    (45_351.75, False, "\x02D2024-02-29 18:00:00"), (3e9, False, "\x02O3000000000.0"), (2_958_465, True, "\x02O2958465"),
])  # fmt: skip
def test_a8_days_of_both_systems(serial, is_1904, said):
    assert day_of(serial, is_1904) == said


@pytest.mark.parametrize(("code", "said"), [
    ("yyyy-mm-dd", True), ('yyyy"年"m"月"d"日"', True), ("[$-804]aaaa;@", False), ("[h]:mm", True), ("General", False), ("0.00E+00", False),
    ('#,##0.00"day"', False), ("[Red]0.0", False), ("G/通用格式", False), ("@", False), ("\\d0", False), ("mm:ss.0", True),
])  # fmt: skip
def test_a8_formats_that_show_a_day(code, said):
    assert shows_day(code) is said


SHEET = '<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>名</t></is></c></row>{}</sheetData></worksheet>'


def book(path, parts, packed=zipfile.ZIP_DEFLATED):
    base = {
        "xl/workbook.xml": '<workbook><sheets><sheet name="一" r:id="a"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="a" Type="/worksheet" Target="sheet.xml"/>'
        '<Relationship Id="b" Type="/sharedStrings" Target="strings.xml"/></Relationships>',
    }  # fmt: skip
    with zipfile.ZipFile(path, "w", packed) as archive:
        for name, text in (base | parts).items():
            archive.writestr(name, text)
    return path


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
HOSTILE = {
    "doctype in a sheet": ({"xl/sheet.xml": LAUGHS + SHEET.format("")}, "doctype"),
    "doctype in the book": ({"xl/workbook.xml": LAUGHS + "<workbook>&b;</workbook>"}, "doctype"),
    "doctype in strings": ({"xl/sheet.xml": SHEET.format(""), "xl/strings.xml": LAUGHS + "<sst><si><t>&b;</t></si></sst>"}, "doctype"),
    "entity nobody declared": ({"xl/sheet.xml": SHEET.format("<row><c t='inlineStr'><is><t>&b;</t></is></c></row>")}, "broken_sheet"),
    "rows that turn back": ({"xl/sheet.xml": SHEET.format('<row r="1"><c r="A1"><v>1</v></c></row>')}, "broken_sheet"),
    "cells that turn back": ({"xl/sheet.xml": SHEET.format('<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>1</v></c></row>')}, "broken_cell"),
    "a string that is not there": ({"xl/sheet.xml": SHEET.format('<row r="2"><c r="A2" t="s"><v>7</v></c></row>')}, "broken_sheet"),
    "a string before the first": ({"xl/sheet.xml": SHEET.format('<row r="2"><c r="A2" t="s"><v>-1</v></c></row>')}, "broken_sheet"),
    "far below": ({"xl/sheet.xml": SHEET.format('<row r="1048576"><c r="A1048576"><v>1</v></c></row>')}, "too_many_rows"),
    "far to the right": ({"xl/sheet.xml": SHEET.format('<row r="2"><c r="XFD2"><v>1</v></c></row>')}, "too_many_columns"),
    "cut off": ({"xl/sheet.xml": SHEET.format("")[:-30]}, "broken_book"),
    "no sheet": ({"xl/workbook.xml": "<workbook/>"}, "no_sheet"),
    "hidden sheet": ({"xl/workbook.xml": '<workbook><sheets><sheet name="一" r:id="a" state="hidden"/></sheets></workbook>'}, "no_sheet"),
    "sheet that is not there": ({}, "missing_part"),
    "UTF-16": ({"xl/sheet.xml": ('<?xml version="1.0" encoding="UTF-16"?>' + SHEET.format("")).encode("utf-16")}, "inner_encoding"),
    "spaces without end": ({"xl/sheet.xml": SHEET.format(" " * (101 << 20))}, "bomb"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a86_hostile_workbooks_are_refused_with_a_code(tmp_path, what):
    parts, code = HOSTILE[what]
    with pytest.raises(Refusal) as refused:
        read(book(tmp_path / "a.xlsx", parts))
    assert refused.value.code == code


def test_a86_a_directory_that_lies_is_refused(tmp_path):
    """Declared sizes decide before anything is unpacked; a member cannot be more than it declared."""
    path = book(tmp_path / "a.xlsx", {"xl/sheet.xml": SHEET.format(" " * 100_000)})
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/sheet.xml").file_size
    for told, code in ((10, "broken_book"), (3 << 30, "bomb")):
        path.write_bytes(whole.replace(size.to_bytes(4, "little"), told.to_bytes(4, "little")))
        with pytest.raises(Refusal) as refused:
            read(path)
        assert refused.value.code == code
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for at in range(1_001):
            archive.writestr(str(at), "")
    path.write_bytes(many.getvalue())
    with pytest.raises(Refusal):
        read(path)


def test_a86_blank_rows_below_count_for_nothing_and_stray_cells_far_below_are_told(tmp_path):
    below = "".join(f'<row r="{at}" ht="20"/>' for at in (2, 5, MOST_ROWS * 2)) + '<row r="1048576"><c r="XFD1048576" s="1"/></row>'
    assert read(book(tmp_path / "a.xlsx", {"xl/sheet.xml": SHEET.format(below)})) == ([["名"]], [])
