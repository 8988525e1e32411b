"""Bad input, case by case: what stands in a cell, and what its sender is told (A8.2 to A8.5; standards C1)."""

from __future__ import annotations

import io
from datetime import date, datetime

import xlsxwriter
from sqlalchemy import select

from geoapp.core.db import owner_engine
from geoapp.core.errors import InvalidInput
from geoapp.core.settings import get_settings
from geoapp.importing import codes, reads
from geoapp.importing.staging import batch_table, row_table
from geoapp.importing.templates import all_templates
from tests.support.imports import csv_file, imported, rows_of, xlsx

NAME = {"name": "张三"}
GOOD = [
    {"name": "李四"},
    {"id_number": "11010819900101004X"},
    {"name": "王五", "id_number": "１１０１０８１９９００１０１００４ｘ"},
    {"name": "赵六", "id_number": " 11010819900101004x "},
    {"name": "孙　七", "birth_date": "1990年1月31日"},
    {"name": "周八", "birth_date": date(1990, 1, 31)},
    {"name": "吴九", "birth_date": "19900131", "sex": "男", "type": "流动人口"},
    {"name": "郑十", "county": "海甸区", "street": "燕南园街道", "community": "第1社区", "grid": "第2网格"},
    {"name": "钱一", "grid": "110108001001002"},
    {"name": "冯二", "lon": "116.303", "lat": "39.997", "crs": "WGS84"},
    {"name": "陈三", "lon": 116.309, "lat": 39.997, "crs": "CGCS2000"},
    {"name": "褚四", "house_number": "1101080010010010000000001"},
    {"name": "卫五", "address": "示例路1号101室1"},
    {"name": "蒋六", "street": "燕南园街道"},
    {"name": "沈七", "sex": "M", "id_kind": "护照", "phone": "+86 10-6275 0000"},
]
HOW = ["none"] * 7 + ["named", "named", "position", "position", "house", "address", "none", "none"]
NUMBERS_TYPED = [
    ({**NAME, name: value}, "数字格式")
    for name, value in {
        "id_number": 110108199001010040, "phone": 13800138000, "house_number": 1101080010010010, "grid": 110108001001001,
        "name": 123, "address": 5, "registered_place": 1.5, "county": 110108, "street": 110108001, "community": 7,
    }.items()
]  # fmt: skip
SCIENTIFIC = [
    ({**NAME, name: text}, "科学记数法")
    for name in ("id_number", "phone", "house_number", "grid")
    for text in ("1.10108E+17", "1.1e+17", "1E+10")
]
DAYS_TYPED = [({**NAME, name: date(2020, 1, 2)}, "日期格式") for name in ("id_number", "phone", "address", "registered_place")]
LISTS = [
    ({**NAME, name: text}, f"没有“{text}”这个选项")
    for name, texts in {
        "sex": ("男性", "女士", "3"), "type": ("常住", "户籍"), "id_kind": ("身份证", "军官证"), "no_house_reason": ("没有",),
        "unregistered_reason": ("不知道",), "overseas_kind": ("外宾",), "crs": ("北京54", "火星"),
    }.items()
    for text in texts
]  # fmt: skip
NO_DAYS = [
    ({**NAME, "birth_date": text}, "应为年-月-日的日期")
    for text in ("1990-02-30", "1990-13-01", "90-1-1", "一九九〇年", "1990-1", "01/31/1990", "199001", 32874, datetime(1990, 1, 1, 8, 30), "45%", True)
]  # fmt: skip
REGIONS = [
    ({**NAME, **where}, said)
    for where, said in (
        ({"county": ""}, "“区县”必须填写"), ({"county": "没有区"}, "没有名为“没有区”的区县"),
        ({"county": "110199"}, "没有名为“110199”的区县"), ({"county": "海甸"}, "没有名为“海甸”的区县"),
        ({"county": "朝旸区"}, "没有名为“朝旸区”的区县"), ({"street": "没有街道"}, "没有名为“没有街道”的街道"),
        ({"street": "望津街道"}, "没有名为“望津街道”的街道"), ({"community": "第9社区"}, "没有名为“第9社区”的社区"),
        ({"community": "第1社区", "grid": "第9网格"}, "没有名为“第9网格”的网格"),
        ({"grid": "第1网格"}, "不止一个"), ({"grid": "110105001001001"}, "没有名为"),
        ({"grid": "110108001001999"}, "没有名为"), ({"county": "1101"}, "没有名为"), ({"county": "示例市"}, "没有名为"),
        ({"street": "110105001"}, "没有名为"), ({"community": "望津街道"}, "没有名为"),
    )
]  # fmt: skip
POSITIONS = [
    ({**NAME, **where}, said)
    for where, said in (
        ({"lon": "116.3"}, "同时填写"), ({"lat": "39.9", "crs": "WGS84"}, "同时填写"),
        ({"lon": "39.997", "lat": "116.303", "crs": "WGS84"}, "经度在前"), ({"lon": "0", "lat": "0", "crs": "WGS84"}, "不是经纬度"),
        ({"lon": "116.330", "lat": "39.997", "crs": "WGS84"}, "不在所填的"), ({"lon": "121.5", "lat": "31.2", "crs": "WGS84"}, "不在所填的"),
        ({"lon": "东经116度", "lat": "39.9", "crs": "WGS84"}, "应为数字"), ({"lon": "116.3", "lat": "1e99", "crs": "WGS84"}, "应为数字"),
        ({"lon": "nan", "lat": "39.9", "crs": "WGS84"}, "应为数字"), ({"lon": "inf", "lat": "39.9", "crs": "WGS84"}, "应为数字"),
        ({"lon": "450000", "lat": "4420000", "crs": "CGCS2000"}, "不是经纬度"),
    )
]  # fmt: skip
TEXTS = [
    ({"name": "张" * 201}, "超过 200 个字"), ({**NAME, "address": "路" * 201}, "超过 200 个字"), ({"name": "锟斤拷锟斤拷"}, "乱码"),
    ({"name": "\ufffd\ufffd"}, "乱码"), ({}, "姓名和证件号码至少填一项"), ({"name": "　 "}, "姓名和证件号码至少填一项"),
    ({"sex": "男", "phone": "13800138000"}, "姓名和证件号码至少填一项"), ({**NAME, "phone": "=1+1"}, "是公式"),
    ({**NAME, "id_number": '=CONCATENATE("1","2")'}, "是公式"), ({"name": True}, "不是文本"), ({**NAME, "county": "区县"}, "又是表头"),
    ({**NAME, "sex": 1}, "没有“1”这个选项"), ({**NAME, "crs": "WGS-84"}, "没有“WGS-84”这个选项"), ({**NAME, "id_number": 1e17}, "数字格式"),
]  # fmt: skip
BAD = [*NUMBERS_TYPED, *SCIENTIFIC, *DAYS_TYPED, *LISTS, *NO_DAYS, *REGIONS, *POSITIONS, *TEXTS]


def rows_in(batch_id):
    with owner_engine().connect() as connection:
        found = connection.execute(select(row_table).where(row_table.c.batch_id == batch_id).order_by(row_table.c.id)).all()
    return [reads.open_row(row) for row in found]


def batch_of(batch_id):
    with owner_engine().connect() as connection:
        return connection.execute(select(batch_table).where(batch_table.c.id == batch_id)).one()


def test_a82_to_a85_a_hundred_bad_cells_are_refused_each_with_its_reason(own_city):
    assert len(BAD) >= 80
    content = xlsx("residents", rows_of("residents", *GOOD, *(change for change, _ in BAD)))
    batch_id = imported(own_city.access("officer"), "residents", content)
    batch, rows = batch_of(batch_id), rows_in(batch_id)
    assert (batch.state, batch.good, batch.bad, batch.done) == ("done", len(GOOD), len(BAD), len(GOOD) + len(BAD) + 1)
    assert [one.row.row_no for one in rows] == list(range(2, len(rows) + 2))
    for one in rows[: len(GOOD)]:
        assert (one.row.state, one.faults) == (codes.UNCLAIMED, []), reads.sentences(one, "zh")
    assert [one.row.proposed for one in rows[: len(GOOD)]] == HOW
    assert [one.row.region_key for one in rows[7:13]] == [int(f"11010800100100{n}") for n in (2, 2, 1, 2, 1, 1)]
    assert {one.row.region_key for one in (rows[0], rows[13])} == {110108001000000}
    assert rows[0].row.same is None
    assert rows[2].row.same is not None
    assert rows[2].cells["id_number"] == "11010819900101004x"
    for one, (change, said) in zip(rows[len(GOOD) :], BAD, strict=True):
        told = reads.sentences(one, "zh")
        assert any(said in sentence for sentence in told), (change, said, told)
        assert one.row.state == codes.REFUSED
        assert all("%(" not in sentence for sentence in reads.sentences(one, "en"))


UNUSABLE = [
    (xlsx("organisations", []), "单位.xlsx", "这是“单位和组织”的模板"), (b"PK\x03\x04 no zip at all", "坏.xlsx", "已损坏"),
    (b"", "空.csv", "是空的"), (b"hello", "名单.xlsx", "而是文本"), (xlsx("residents", []), "名单.csv", "而是工作簿"),
    (b"x", "名单.docx", "不支持"), (b"\xff\xfe\x00\xd8", "坏.csv", ""), (b"a,b\n1,2\n", "别.csv", "不是任何模板的表头（2 列）"),
    (b'"' + b"x" * 200_000, "长.csv", "第 1 行有超过"),
]  # fmt: skip


def odd_sheet():
    out, titles = io.BytesIO(), all_templates()["residents"].titles
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, titles)
        for at in range(1, 6):
            sheet.write_row(at, 0, rows_of("residents", {"name": f"某{'甲乙丙丁戊'[at - 1]}"})[0])
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.merge_range(3, 3, 4, 3, "")
        sheet.write(5, len(titles) + 2, "备注")
    return out.getvalue()


def test_a86_files_in_both_encodings_odd_sheets_and_files_that_cannot_be_taken(own_city):
    officer = own_city.access("officer")
    rows = rows_of("organisations", {"name": "示例单位", "kind": "实有单位", "licence_number": '="91350100M000100Y43"'}, {"kind": "实有单位"})
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        first, second = rows_in(imported(officer, "organisations", csv_file("organisations", rows, encoding), "单位.csv"))
        assert first.cells == {"county": "110108", "name": "示例单位", "kind": "unit", "licence_number": "91350100M000100Y43"}
        assert reads.sentences(second, "zh") == ["名称必须填写。"]
    odd = rows_in(imported(officer, "residents", odd_sheet()))
    assert [reads.sentences(one, "zh") for one in odd] == [
        [], ["这一行是隐藏的，请取消隐藏或删除后再导入。"], ["这一行有合并的单元格，请取消合并。"], ["这一行有合并的单元格，请取消合并。"],
        [f"这一行在表格之外还有内容（第 {len(all_templates()['residents'].titles) + 3} 列）。"],
    ]  # fmt: skip
    for content, name, said in UNUSABLE:
        try:
            batch = batch_of(imported(officer, "residents", content, name))
        except InvalidInput as refused:
            assert said in refused.message("zh")
            continue
        assert batch.state == "failed", name
        assert said in batch.error["zh"]
        assert not (get_settings().data_dir / "imports" / batch.stored).exists()
