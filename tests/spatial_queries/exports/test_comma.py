"""CSV: RFC 4180, a byte order mark, and no formulas (research/trust IN-4)."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from geoapp.core.db import owner_transaction
from spatial_queries.exports.comma import defused
from tests.support.exports import listed, read_csv, write

SIGNS = "=+-@\t\r\n＝＋－＠"


def test_the_file_starts_with_the_mark_and_ends_every_line_with_crlf(city, tmp_path):
    path = tmp_path / "a.csv"
    write(city.access("director"), "sites", "", "csv", path)
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == raw.count(b"\n") == 12
    assert raw.endswith(b"\r\n")


def test_rows_are_those_of_the_list_as_it_prints_them(city, tmp_path):
    path, access = tmp_path / "a.csv", city.access("worker")
    file = write(access, "residents", "", "csv", path)
    heading, *rows = read_csv(path)
    assert heading == ["姓名", "性别", "出生年份", "人口类型", "证件号码", "现住址", "所属区划", "来源", "更新时间"]
    assert rows == [cells for _, cells in listed(access, "residents", "")]
    assert file.rows == len(rows)
    assert all(number.startswith("*" * 14) for _, _, _, _, number, *_ in rows)


@pytest.mark.parametrize(
    ("stored", "written"),
    [
        ("=1+1", "'=1+1"), ("+86", "'+86"), ("-5 号", "'-5 号"), ("@x", "'@x"), ("\tx", "'\tx"), ("\rx", "'\rx"),
        ("＝1", "'＝1"), (" =1", "' =1"), ("'=1", "''=1"), ("plain", "plain"), ("a=1", "a=1"), ("3-5 号楼", "3-5 号楼"),
        ("a;\"=1", "a;\"'=1"), ("'quoted'", "'quoted'"), ("a;=1", "a;'=1"), ("a\t=1", "a\t'=1"), ("", ""),
    ],
)  # fmt: skip
def test_in_4_a_text_that_looks_like_a_formula_gets_an_apostrophe(stored, written):
    assert defused(stored) == written


@given(st.text(alphabet=SIGNS + "'; ,\"ab1房", max_size=12))
def test_in_4_no_cell_starts_with_a_sign_whichever_separator_the_reader_uses(stored):
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(["x", defused(stored), "y"])
    for separator in ",;\t":
        for row in csv.reader(io.StringIO(line.getvalue(), newline=""), delimiter=separator):
            for cell in row:
                assert not cell.lstrip(" ").startswith(tuple("=+-@＝＋－＠")), (separator, cell)


@given(st.text(alphabet=SIGNS + "' ab1房", max_size=12))
def test_one_apostrophe_off_gives_the_text_back(stored):
    """For texts without a separator or line break inside: `'=` was written for `=`, `''=` for `'=`."""
    written = defused(stored)
    if written != stored and not set(";\t\r\n") & set(stored):
        assert written == f"'{stored}"


def test_in_4_payloads_stored_in_every_text_field_come_out_defused(own_city, tmp_path):
    path = tmp_path / "a.csv"
    with owner_transaction() as connection:
        connection.execute(text("UPDATE site SET name = '=cmd|'' /C calc''!A0', address = '@SUM(1+1)' WHERE id < 4"))
    write(own_city.access("director"), "sites", "", "csv", path)
    rows = read_csv(path)
    assert sum(row[0].startswith("'=cmd") and row[8].startswith("'@SUM") for row in rows) == 3


def test_numbers_stay_numbers(city, tmp_path):
    path = tmp_path / "a.csv"
    write(city.access("community"), "houses", "", "csv", path, names=["number", "area_m2", "storey"])
    assert all(float(row[1]) >= 40 for row in read_csv(path)[1:])


def test_commas_quotes_and_line_breaks_survive(own_city, tmp_path):
    path, odd = tmp_path / "a.csv", '示例, "引号"\r\n第二行'
    with owner_transaction() as connection:
        connection.execute(text("UPDATE site SET name = :n WHERE id = 1"), {"n": odd})
    write(own_city.access("director"), "sites", "", "csv", path)
    assert odd in {row[0] for row in read_csv(path)}
