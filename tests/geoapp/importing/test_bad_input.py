"""The table of bad input: what stands in a cell, and the sentence its sender reads (A8.2 to A8.5).

At the level of the checks: cells as the reader gives them, and whole files without a database. Regions, positions and whole files: test_cells.py,
test_templates.py, test_damaged_files.py; what spreadsheets make of a cell: tests/geoapp/loading/reading/test_sheets.py.
"""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime
from functools import partial

import pytest
import xlsxwriter

from geoapp.core.errors import InvalidInput
from geoapp.importing import files
from geoapp.importing.checking import check_columns, check_rows
from geoapp.importing.reads import sentence
from geoapp.importing.recognising import recognise
from geoapp.importing.templates import all_templates
from geoapp.loading.faults import file_fault
from geoapp.loading.reading import sheets
from geoapp.loading.reading.cells import pieces
from geoapp.loading.reading.refusal import Refusal

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


TITLES = all_templates()["residents"].titles
PLACES = {column.name: place for place, column in enumerate(all_templates()["residents"].columns)}
NUMBER = "11010819900101004X"


def filled(**cells):
    """A row of the template of residents."""
    known = {"county": "110108", "name": "张三", **cells}
    return [known.get(name, "") for name in PLACES]


def text_file(*rows, encoding="utf-8", above="", head=TITLES, **how):
    out = io.StringIO()
    writer = csv.writer(out, **how)
    writer.writerows([head, *rows])
    return (above + out.getvalue()).encode(encoding)


def workbook(*rows, edit=None, head=TITLES, sheets=("数据",), **options):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd", **options}) as book:
        made = {name: book.add_worksheet(name) for name in sheets}
        for at, row in enumerate([head, *rows] if head else rows):
            for place, cell in enumerate(row):
                write = made["数据"].write_string if isinstance(cell, str) else made["数据"].write
                write(at, place, cell)
        if edit:
            edit(made, book)
    return out.getvalue()


def zipped(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


def inline(place, text):
    return f'<c r="{xlsxwriter.utility.xl_col_to_name(place)}{{0}}" t="inlineStr"><is><t>{text}</t></is></c>'


def typed(second, above="", below="", strings="<sst><si><t>x</t></si></sst>"):
    """A workbook written by hand: its header, and the XML of what stands in row 2."""
    head = "".join(inline(place, title) for place, title in enumerate(TITLES)).format(1)
    sheet = f'<worksheet>{above}<sheetData><row r="1">{head}</row>{second}</sheetData>{below}</worksheet>'
    return zipped({
        "xl/workbook.xml": '<workbook><sheets><sheet name="数据" r:id="a"/></sheets></workbook>', "xl/a.xml": sheet, "xl/b.xml": strings,
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="a" Type="/worksheet" Target="a.xml"/>'
        '<Relationship Id="b" Type="/sharedStrings" Target="b.xml"/></Relationships>',
    })  # fmt: skip


def second(*cells):
    """Row 2 with the district and these cells."""
    return f'<row r="2">{inline(0, "110108")}{"".join(cells)}</row>'.format(2)


def cell(name, inner, kind="n"):
    return f'<c r="{xlsxwriter.utility.xl_col_to_name(PLACES[name])}2" t="{kind}">{inner}</c>'


def office(directory_at, name):
    """The head of an Office file, and the first sector of its directory."""
    head = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504)
    head[30:32], head[48:52] = (9).to_bytes(2, "little"), directory_at.to_bytes(4, "little")
    return bytes(head) + b"\0" * 512 * directory_at + name.encode("utf-16-le").ljust(512, b"\0")


def broken_inside(content):
    """A byte in the middle of the sheet is another."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.getinfo("xl/worksheets/sheet1.xml")
    data, at = bytearray(content), sheet.header_offset + 60 + sheet.compress_size // 2
    data[at] ^= 0xFF
    return bytes(data)


def hide(made, _, **how):
    made["数据"].set_column(PLACES["id_number"], PLACES["id_number"], **how)


def rich(made, book):
    made["数据"].write_rich_string(1, PLACES["name"], "张", book.add_format({"bold": True}), "三", " 丰")


NUMBERED = filled(id_number=NUMBER)
TWO = (filled(), filled(name="李四"))
PLAIN, BOTH = [{"name": "张三"}], [{"name": "张三"}, {"name": "李四"}]
WITH_NUMBER = [{"name": "张三", "id_number": NUMBER}]
BY_HAND = partial(cell, "name")
UNSEEN = "“证件号码”这一列是隐藏的，请取消隐藏，核对后再导入。"
AGAIN, ELSE = "请用表格软件打开，检查后另存为 xlsx。", "请用表格软件打开后另存为 xlsx。"
# what is sent, its name, and the rows (cells beside the district) or what is said
SENT = [
    (text_file(NUMBERED, encoding="utf-8-sig"), "a.csv", WITH_NUMBER),
    (text_file(filled(name="𠮷田"), encoding="gb18030"), "a.csv", [{"name": "𠮷田"}]),
    (text_file(NUMBERED, encoding="utf-16", delimiter="\t"), "a.csv", WITH_NUMBER),
    (b"\xfe\xff" + text_file(NUMBERED, encoding="utf-16-be"), "a.csv", WITH_NUMBER),
    (text_file(NUMBERED, delimiter=";"), "a.csv", WITH_NUMBER),
    (text_file(NUMBERED, delimiter="|"), "a.csv", WITH_NUMBER),
    (text_file(NUMBERED, delimiter=";", above="sep=;\r\n"), "a.csv", WITH_NUMBER),
    (text_file(NUMBERED, encoding="utf-8-sig", delimiter="\t", above="sep=\t\n"), "a.csv", WITH_NUMBER),
    (text_file(*TWO, lineterminator="\r"), "a.csv", BOTH),
    (text_file(*TWO).replace(b"\r\n", b"\r", 1), "a.csv", BOTH),
    (text_file(filled(address="甲路\n1号\r\n乙室"), quoting=csv.QUOTE_ALL), "a.csv", [{"address": "甲路 1号 乙室", "name": "张三"}]),
    (text_file(filled() + [""] * 3, [""] * 30, [""] * 30, head=[*TITLES, "", "", ""]), "a.csv", PLAIN),
    (text_file(["110108", *[""] * 7, "张三"]), "a.csv", PLAIN),
    (text_file(filled(id_number='="110108199001010040"')), "a.csv", [{"name": "张三", "id_number": "110108199001010040"}]),
    (text_file(filled(phone="'13800138000")), "a.csv", [{"name": "张三", "phone": "13800138000"}]),
    (text_file(*TWO).replace(b",\xe5\xbc\xa0", b',"\xe5\xbc\xa0', 1), "a.csv", "从第 2 行起引号（\"）不成对"),
    (text_file(filled(address="X"), filled()).replace(b"X", '"甲"乙'.encode()), "a.csv", "从第 2 行起引号（\"）不成对"),
    (text_file(filled(name="'" * 100_001)), "a.csv", "第 2 行有超过 100000 个字的单元格"),
    (text_file(filled(), encoding="utf-16")[:-1], "a.csv", "文件的编码不是 UTF-16"),
    (text_file(filled()) + "李四".encode("gb18030"), "a.csv", f"既不是 UTF-8 也不是 GB18030 编码：第 3 行有无法识别的文字。{ELSE}"),
    (b"\xef\xbb\xbf" + text_file(filled(), encoding="gb18030"), "a.csv", "文件的编码不是 UTF-8：第 1 行"),
    (b"\r\n\r\n", "a.csv", "第一行不是任何模板的表头（0 列）"),
    ("，".join(TITLES).encode(), "a.csv", "第一行不是任何模板的表头（1 列）"),
    (b"<!DOCTYPE html><html>", "a.csv", f"文件不是 csv 文本，而是网页（HTML）。{ELSE}"),
    (workbook(filled()), "a.csv", "而是工作簿（xlsx）"),
    (b"<html><table>", "a.xls", f"文件不是 Excel 工作簿，而是网页（HTML）。{ELSE}"),
    (b'<?xml version="1.0"?>\n<Workbook/>', "a.xls", "而是XML 文件"),
    (text_file(filled(), delimiter="\t"), "a.xls", "而是文本"),
    (b"%PDF-1.4", "a.xlsx", "而是PDF 文件"),
    (workbook(filled()), "a.xls", "的内容与扩展名 .xls 不符"),
    (office(3, "EncryptedPackage"), "a.xlsx", "文件有密码保护"),
    (office(5_000, "EncryptedPackage"), "a.xlsx", "文件有密码保护"),
    (office(1, "WordDocument"), "a.xls", f"文件不是 Excel 工作簿，而是另一种 Office 文件。{ELSE}"),
    (zipped({"mimetype": "x", "content.xml": ""}), "a.xlsx", "而是OpenDocument 表格（ods）"),
    (zipped({"[Content_Types].xml": "", "xl/workbook.bin": "", "_rels/.rels":
        '<a><Relationship Type="/officeDocument" Target="xl/workbook.bin"/></a>'}), "a.xlsx", "而是二进制工作簿（xlsb）"),
    (zipped({"[Content_Types].xml": "", "word/document.xml": "", "_rels/.rels":
        '<a><Relationship Type="/officeDocument" Target="word/document.xml"/></a>'}), "a.xlsx", "而是Word 文档（docx）"),
    (zipped({"a.txt": "", "b.jpg": ""}), "a.xlsx", "而是压缩文件（zip）"),
    (workbook(filled())[:3_000], "a.xlsx", "xlsx 文件已损坏或不完整"),
    (broken_inside(workbook(filled())), "a.xlsx", f"工作簿已损坏：其中的“数据”无法读取。{AGAIN}"),
    (workbook(NUMBERED, constant_memory=True, in_memory=False), "a.xlsx", WITH_NUMBER),
    (workbook(filled(), sheets=("空", "数据")), "a.xlsx", PLAIN),
    (workbook(filled(), sheets=("旧", "数据"), edit=lambda made, _: made["旧"].write(0, 0, "x")), "a.xlsx", "只能有一个有数据的工作表，还有：数据。"),
    (workbook(filled(), sheets=("旧", "数据"), edit=lambda made, _: (made["旧"].write(0, 0, "x"), made["旧"].hide(), made["数据"].activate(),
        made["数据"].set_first_sheet())), "a.xlsx", PLAIN),
    (workbook(filled(), sheets=("旧", "数据"), edit=lambda made, _: (made["旧"].write(0, 0, "x"), made["旧"].very_hidden(),
        made["数据"].activate())), "a.xlsx", PLAIN),
    (workbook(TITLES, filled()), "a.xlsx", "第 2 行又是一行表头"),
    (workbook([], ["说明"], TITLES, filled(), head=None), "a.xlsx", "表头在第 3 行"),
    (workbook(TITLES, filled(), head=["人口信息登记表"]), "a.xlsx", "表头在第 2 行"),
    (workbook(filled()[:-2], head=TITLES[:-2]), "a.xlsx", "文件有 21 列，最像“实有人口”的模板（应有 23 列）。缺少：与户主关系、记录编号"),
    (workbook(filled()[::-1], head=TITLES[::-1]), "a.xlsx", [{"name": "张三"}]),
    (workbook([*filled(), ""], head=[*TITLES, "备注"]), "a.xlsx", "多出：备注"),
    (workbook(head=all_templates()["houses"].titles), "a.xlsx", "这是“房屋”的模板"),
    (workbook(filled(id_number=f"110108\u200b{NUMBER[6:]}", phone="\u202d13800138000\u202c"), edit=None), "a.xlsx",
        [{"name": "张三", "id_number": NUMBER, "phone": "13800138000"}]),
    (workbook(filled(name="张\u00a0三\u2003", address="甲路\n1号")), "a.xlsx", [{"name": "张 三", "address": "甲路 1号"}]),
    (workbook(filled(birth_date=date(1990, 1, 31)), date_1904=True), "a.xlsx", [{"name": "张三", "birth_date": "1990-01-31"}]),
    (workbook(filled(), edit=rich), "a.xlsx", [{"name": "张三 丰"}]),
    (workbook(NUMBERED, edit=partial(hide, options={"hidden": True})), "a.xlsx", [UNSEEN]),
    (workbook(NUMBERED, edit=partial(hide, width=0)), "a.xlsx", [UNSEEN]),
    (workbook(filled(), edit=partial(hide, options={"hidden": True})), "a.xlsx", PLAIN),
    (workbook(*TWO, edit=lambda made, _: made["数据"].set_row(1, 0)), "a.xlsx", ["这一行是隐藏的，请取消隐藏或删除后再导入。", {"name": "李四"}]),
    (workbook(filled(), edit=lambda made, _: made["数据"].write_formula(1, PLACES["sex"], "=A2", None, "男")), "a.xlsx", ["“性别”是公式，请粘贴为值。"]),
    (workbook(filled(), edit=lambda made, _: (made["数据"].protect("x"), made["数据"].write_comment(1, 1, "x"))), "a.xlsx", PLAIN),
    (workbook(filled(), edit=lambda made, _: made["数据"].write(20, 250, "x")), "a.xlsx", "文件有 251 列，最多 200 列"),
    (typed(second(BY_HAND("<v>0</v>", "s")), strings='<sst><si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></si></sst>'), "a.xlsx", [{"name": "東京"}]),
    (typed(second(BY_HAND("<is><r><t>张</t></r><r><rPr><b/></rPr><t>三 </t></r></is>", "inlineStr"))), "a.xlsx", PLAIN),
    (typed(second(BY_HAND("<is><t><![CDATA[张<三>]]></t></is>", "inlineStr"))), "a.xlsx", [{"name": "张<三>"}]),
    (typed(second(BY_HAND("<v>张三</v>", "str"), cell("birth_date", "<v>1990-01-31T00:00:00Z</v>", "d"))), "a.xlsx",
        [{"name": "张三", "birth_date": "1990-01-31"}]),
    (typed(second(BY_HAND("<v>张三</v>", "str"), "<!-- </row> -->")), "a.xlsx", PLAIN),
    (typed(second(BY_HAND("<v>张三</v>", "str")).replace("A2", "a2").replace("I2", "i2")), "a.xlsx", PLAIN),
    (typed(second(BY_HAND("<v>#REF!</v>", "e"))), "a.xlsx", ["“姓名”的内容（#REF!）不是文本。"]),
    (typed(second(BY_HAND("<v>张三</v>", "str"), cell("id_number", "<v>1.1010819900101E+17</v>"))), "a.xlsx", [TYPED.format("证件号码", "1.1010819900101e+17")]),
    (typed(second(BY_HAND("<v>张三</v>", "str"), BY_HAND("<v>李四</v>", "str"))), "a.xlsx", f"工作表“数据”第 2 行第 9 列已损坏，无法读取。{AGAIN}"),
    (typed(second(BY_HAND("<v>9</v>", "s"))), "a.xlsx", "工作表“数据”在第 2 行附近已损坏"),
    (typed(second(BY_HAND("<v>张&nbsp;三</v>", "str"))), "a.xlsx", "工作表“数据”在第 2 行附近已损坏"),
    (typed(second(BY_HAND("<v>张三</v>", "str")) * 2), "a.xlsx", "工作表“数据”在第 2 行附近已损坏"),
    (typed(second(BY_HAND("<v>张三</v>", "str")).replace("I2", "??")), "a.xlsx", "工作表“数据”在第 2 行附近已损坏"),
    (typed(second(BY_HAND("<v>张三</v>", "str")), below='<mergeCells><mergeCell ref="A1:W1048576"/></mergeCells>'), "a.xlsx",
        ["这一行有合并的单元格，请取消合并。"]),
    (typed(second(BY_HAND("<v>张三</v>", "str")), '<cols><col min="2" max="8" hidden="1"/><col min="24" max="16384" hidden="1"/></cols>'), "a.xlsx", PLAIN),
]  # fmt: skip


def read_back(folder, content, name):
    """What becomes of a file up to its checks: rows, of refused ones what is said; or what is said of it."""
    try:
        path, kind = folder / name, files.examine(io.BytesIO(content), name)
        path.write_bytes(content)
        if kind == "csv":
            rows, odd = sheets.csv_rows(path, sheets.text_encoding(path, None).encoding), []
        else:
            rows, odd = sheets.sheet_rows(path, 100)
        (_, columns), = pieces(rows)
        top = list(zip(*columns, strict=True))
        known = recognise(top[:6], "residents")
    except Refusal as refusal:
        return file_fault(refusal.code, refusal.facts, "cells").message("zh")
    except InvalidInput as error:
        return error.message("zh")
    given = {c.name: [v or None for v in columns[p]] for c, p in zip(known.template.columns, known.order, strict=True)}
    faults, names = {}, {str(p): c.name for c, p in zip(known.template.columns, known.order, strict=True)}
    for row, code, place, facts in odd:
        if not place or place in names:
            faults.setdefault(row, []).append((names.get(place, ""), code, facts))
    values = check_columns(known.template, given, faults)
    found = [row for row in range(known.skip, len(top)) if any(top[row])]
    return [
        sentence(known.template, faults[row][0], "zh") if row in faults
        else {name: cells[row] for name, cells in values.items() if cells[row] and name != "county"}
        for row in found
    ]  # fmt: skip


def test_there_are_sixty_files():
    assert len(SENT) >= 60


@pytest.mark.parametrize("case", range(len(SENT)))
def test_a82_to_a86_files_give_the_right_rows_or_say_what_is_wrong(tmp_path, case):
    content, name, wanted = SENT[case]
    told = read_back(tmp_path, content, name)
    assert told == wanted if isinstance(wanted, list) else wanted in told
