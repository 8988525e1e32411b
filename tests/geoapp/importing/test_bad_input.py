"""The table of bad input: what stands in a cell, and the sentence its sender reads (A8.2 to A8.5).

At the level of the checks: cells as the reader gives them. Regions, positions and whole files: test_cells.py,
test_templates.py, test_damaged_files.py; what spreadsheets make of a cell: tests/geoapp/loading/reading/test_sheets.py.
"""

from __future__ import annotations

from datetime import date, datetime

import pytest

from geoapp.importing.checking import check_columns, check_rows
from geoapp.importing.reads import sentence
from geoapp.importing.templates import all_templates
from geoapp.loading.reading.cells import pieces

KNOWN = {
    "residents": {"name": "张三"}, "houses": {"number": "1101080010010010000000001"}, "sites": {"name": "某处"},
    "organisations": {"name": "某单位"},
}  # fmt: skip
TYPED = "“{}”是数字格式（{}），可能已丢失末尾几位或前面的零。请改为文本格式后重新填写。"
LOST = "“{}”是科学记数法（{}），原来的号码已丢失。请改为文本格式后重新填写。"
DATED = "“{}”是日期格式（{}），请改为文本格式。"
NO_TEXT = "“{}”的内容（{}）不是文本。"
NO_WORD = "“{}”没有“{}”这个选项，请从下拉列表选择。"
NO_DAY = "“{}”应为年-月-日的日期，不是“{}”。"
NO_NUMBER = "“{}”应为数字，不是“{}”。"
LONG = "“{}”超过 200 个字。"
SPOILT = "“{}”中有乱码（{}）。"
NOBODY, NAMELESS, NO_HOUSE = "姓名和证件号码至少填一项。", "名称必须填写。", "房屋编号和地址至少填一项。"
ERROR = "\x02O"
"""How the reader marks what is neither text, number, day nor truth."""
# sentence, title, register, column, cells; a pair is a cell and how it is quoted
GROUPS = [
    (TYPED, "证件号码", "residents", "id_number", [110108199001010040, (1.1e17, "1.1e+17"), 0, -5]),
    (TYPED, "电话", "residents", "phone", [13800138000, 1.5]),
    (TYPED, "房屋编号", "residents", "house_number", [1101080010010010]),
    (TYPED, "所属网格", "residents", "grid", [110108001001001]),
    (TYPED, "姓名", "residents", "name", [123, (7.0, "7")]),
    (TYPED, "地址", "residents", "address", [5]),
    (TYPED, "户籍地", "residents", "registered_place", [0.5]),
    (TYPED, "区县", "residents", "county", [110108]),
    (TYPED, "街道", "residents", "street", [110108001]),
    (TYPED, "社区", "residents", "community", [7]),
    (TYPED, "证照号码", "organisations", "licence_number", [91350100]),
    (TYPED, "房屋编号", "houses", "number", [(5.0, "5")]),
    (TYPED, "室", "houses", "room", [101]),
    (LOST, "证件号码", "residents", "id_number", ["1.10108E+17", "1.1e+17", ("１.１Ｅ＋１７", "1.1E+17"), (" 1.1E+17 ", "1.1E+17")]),
    (LOST, "电话", "residents", "phone", ["1E+10", "1.38E+010"]),
    (LOST, "房屋编号", "residents", "house_number", ["1.10108E+24"]),
    (LOST, "所属网格", "residents", "grid", ["1.10108E+14"]),
    (LOST, "证照号码", "organisations", "licence_number", ["9.135E+17"]),
    (LOST, "房屋编号", "houses", "number", ["1.1E+24"]),
    (DATED, "证件号码", "residents", "id_number", [(date(2020, 1, 2), "2020-01-02")]),
    (DATED, "电话", "residents", "phone", [(date(2020, 1, 2), "2020-01-02")]),
    (DATED, "地址", "residents", "address", [(datetime(2020, 1, 2, 8, 30), "2020-01-02 08:30:00")]),
    (DATED, "户籍地", "residents", "registered_place", [(date(1904, 1, 1), "1904-01-01")]),
    (DATED, "名称", "sites", "name", [(date(1900, 1, 1), "1900-01-01")]),
    (NO_TEXT, "姓名", "residents", "name", [(True, "是"), (f"{ERROR}#N/A", "#N/A")]),
    (NO_TEXT, "电话", "residents", "phone", [(f"{ERROR}#REF!", "#REF!"), (False, "否")]),
    (NO_TEXT, "地址", "residents", "address", [(f"{ERROR}12:30:00", "12:30:00")]),
    (NO_WORD, "性别", "residents", "sex", ["男性", "女士", "3", 1, "M F"]),
    (NO_WORD, "人口类型", "residents", "type", ["常住", (True, "是")]),
    (NO_WORD, "证件类型", "residents", "id_kind", ["身份证", "军官证", "居民身份证/护照"]),
    (NO_WORD, "无房原因", "residents", "no_house_reason", ["没有"]),
    (NO_WORD, "未落户原因", "residents", "unregistered_reason", ["不知道"]),
    (NO_WORD, "境外人员类别", "residents", "overseas_kind", ["外宾"]),
    (NO_WORD, "坐标系", "residents", "crs", ["火星", "WGS-84"]),
    (NO_WORD, "房屋用途", "houses", "use", ["住"]),
    (NO_WORD, "出租房", "houses", "rental", ["也许"]),
    (NO_WORD, "学校", "sites", "school", ["有"]),
    (NO_WORD, "组织类别", "organisations", "kind", ["公司"]),
    (NO_WORD, "已登记注册", "organisations", "registered", ["对"]),
    (NO_DAY, "出生日期", "residents", "birth_date", [
        "1990-02-30", "1990-13-01", "90-1-1", "一九九〇年", "1990-1", "01/31/1990", "199001", "0000-01-01", "1900-02-29", "1990-1-1 8:30",
        32874, 0.5, "45%", "明天", (True, "是"), (datetime(1990, 1, 1, 8, 30), "1990-01-01 08:30:00"), ("\x02D1900-02-29", "1900-02-29"),
        (f"{ERROR}12:30:00", "12:30:00"),
    ]),
    (NO_NUMBER, "经度", "residents", "lon", [
        "东经116度", "1e99", "nan", "inf", "116,3", "1_0", "0x10", "116.3°", ("１１６。３", "116。3"), (True, "是"), (date(2020, 1, 1), "2020-01-01"),
    ]),
    (NO_NUMBER, "面积（平方米）", "houses", "area_m2", ["一百", "100平米"]),
    (NO_NUMBER, "楼层", "houses", "storey", ["三"]),
    (NO_NUMBER, "单元", "houses", "entrance", ["1单元"]),
    (LONG, "姓名", "residents", "name", ["张" * 201]),
    (LONG, "地址", "residents", "address", ["路" * 201]),
    (LONG, "电话", "residents", "phone", ["1" * 201]),
    (SPOILT, "姓名", "residents", "name", ["锟斤拷锟斤拷", "\ufffd"]),
    (SPOILT, "地址", "residents", "address", ["北京\ufffd市"]),
    (NOBODY, "", "residents", "name", ["", "　 ", "\u200b", "\x00"]),
    (NO_HOUSE, "", "houses", "number", [""]),
    (NAMELESS, "", "sites", "name", ["", "　"]),
    (NAMELESS, "", "organisations", "name", ["\t"]),
]  # fmt: skip
TABLE = [
    (register, {column: cell[0] if isinstance(cell, tuple) else cell}, said.format(title, cell[1] if isinstance(cell, tuple) else cell))
    for said, title, register, column, cells in GROUPS
    for cell in cells
]
GOOD = [
    ("residents", {"id_number": "１１０１０８１９９００１０１００４ｘ"}, "11010819900101004x"),
    ("residents", {"id_number": " 11010819900101004X　"}, "11010819900101004X"),
    ("residents", {"phone": "+86 10-6275 0000"}, "+86 10-6275 0000"),
    ("residents", {"birth_date": "1990年1月31日"}, "1990-01-31"),
    ("residents", {"birth_date": "１９９０/１/３１"}, "1990-01-31"),
    ("residents", {"birth_date": date(1990, 1, 31)}, "1990-01-31"),
    ("residents", {"birth_date": "19900131"}, "1990-01-31"),
    ("residents", {"lon": 116.25}, "116.25"),
    ("residents", {"lon": "１１６．２５"}, "116.25"),
    ("residents", {"sex": "男"}, "M"),
    ("residents", {"sex": "F"}, "F"),
    ("residents", {"name": "Anne-Marie　O'Neil"}, "Anne-Marie O'Neil"),
    ("residents", {"name": "e\u0301"}, "é"),
    ("residents", {"address": "路" * 200}, "路" * 200),
    ("houses", {"storey": -1}, "-1"),
]


def checked(register, cells):
    """The value of the cell, and what its sender is told, in both languages."""
    template = all_templates()[register]
    row = [{**KNOWN[register], **cells}.get(column.name, "") for column in template.columns]
    (_, whole), = pieces(iter([row]))
    columns = {column.name: [cell or None for cell in given] for column, given in zip(template.columns, whole, strict=True)}
    faults = {}
    values = check_columns(template, columns, faults)
    check_rows(register, values, [0], faults)
    return values[next(iter(cells))][0], {locale: [sentence(template, one, locale) for one in faults.get(0, [])] for locale in ("zh", "en")}


def test_there_are_a_hundred_cases():
    assert len(TABLE) >= 100
    assert len({(register, repr(cells)) for register, cells, _ in TABLE}) == len(TABLE)


@pytest.mark.parametrize(("register", "cells", "said"), TABLE, ids=str)
def test_a82_to_a85_bad_input_is_told_with_its_sentence(register, cells, said):
    told = checked(register, cells)[1]
    assert told["zh"] == [said]
    assert "%(" not in told["en"][0]


@pytest.mark.parametrize(("register", "cells", "value"), GOOD, ids=str)
def test_a82_to_a85_what_is_meant_clearly_is_taken(register, cells, value):
    assert checked(register, cells) == (value, {"zh": [], "en": []})
