"""Makes the spreadsheets beside this file; run by hand (`python make.py`), never by the tests.

Needs openpyxl, XlsxWriter, xlwt and LibreOffice (`soffice`). openpyxl.xlsx and xlsxwriter.xlsx are written by the libraries,
libreoffice.* are openpyxl.xlsx opened and saved by LibreOffice (xlsx, xls, csv), year1904.* count days from 1904,
hand.xlsx is typed here: prefixed names, no places of cells, comments, CDATA, entities, rich text, phonetic readings.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import zipfile
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import xlsxwriter

HERE = Path(__file__).parent
ROWS = [
    ["姓名", "证件号码", "出生日期", "数量", "备注"],
    ["张三", "11010819900101004X", date(1990, 1, 31), 110108199001010040, "  前后有空格  "],
    ["李四", "１１０１０８１９９００１０１００４ｘ", datetime(1990, 1, 31, 8, 30), 1.5, "甲&乙<丙>"],
    ["王五", "1.10108E+17", date(1900, 3, 1), 0.45, "隐藏的一行"],
    ["赵六", "00123", time(12, 30), -7, "合并"],
    ["", "", None, None, "合并"],
    ["孙七", "=1+1", date(2024, 2, 29), True, "换\n行"],
]


def with_openpyxl(path: Path, *, from_1904: bool = False) -> None:
    book = openpyxl.Workbook()
    if from_1904:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    sheet = book.active
    for row in ROWS:
        sheet.append(row)
    sheet["D4"].number_format = "0%"
    sheet.row_dimensions[4].hidden = True
    sheet.merge_cells("A5:A6")
    sheet["B2"].number_format = "@"
    book.create_sheet("空表")
    book.save(path)


def with_xlsxwriter(path: Path) -> None:
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy年m月d日"}) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(ROWS):
            for place, cell in enumerate(row):
                sheet.write(at, place, cell)
        sheet.write_datetime(4, 2, ROWS[4][2], book.add_format({"num_format": "hh:mm:ss"}))
        sheet.set_row(3, None, None, {"hidden": True})
        sheet.merge_range(4, 0, 5, 0, "赵六")


def saved_again(source: Path, kind: str, target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", kind]
        subprocess.run([*command, "--outdir", folder, str(source)], check=True)
        shutil.move(next(Path(folder).glob(f"{source.stem}.*")), target)


SHEET = """<?xml version="1.0" encoding="UTF-8"?>
<x:worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><!-- <sheetData> typed by hand --><x:sheetData>
<x:row><x:c t="inlineStr"><x:is><x:t>姓名</x:t></x:is></x:c><x:c t="s"><x:v>0</x:v></x:c></x:row>
<x:row r="3" hidden="true"><x:c r="B3" t="inlineStr"><x:is><x:r><x:t>张</x:t></x:r><x:r><x:t xml:space="preserve">三 </x:t></x:r>\
<x:rPh sb="0" eb="1"><x:t>Zhang</x:t></x:rPh></x:is></x:c><!-- </x:c> --></x:row>
<x:row r="4"/>
<x:row r='5'><x:c r="A5" t="str"><x:v><![CDATA[甲<乙>]]></x:v></x:c><x:c t="s"><x:v>1</x:v></x:c>\
<x:c t="e"><x:v>#N/A</x:v></x:c><x:c s="1"><x:v>45351</x:v></x:c><x:c t="d"><x:v>2024-02-29</x:v></x:c>\
<x:c><x:f>1+1</x:f><x:v>2</x:v></x:c><x:c t="b"><x:v>0</x:v></x:c><x:c t="inlineStr"><x:is><x:t>_x0031_&#x4e00;&amp;</x:t></x:is></x:c></x:row>
<x:row r="6"/></x:sheetData><x:mergeCells><x:mergeCell ref="A5:B6"/></x:mergeCells></x:worksheet>
"""
HAND = {
    "[Content_Types].xml": "<Types/>",
    "_rels/.rels": '<Relationships><Relationship Id="a" Type="x/officeDocument" Target="/book/main.xml"/></Relationships>',
    "book/main.xml": '<workbook xmlns:q="q"><workbookPr/><sheets><sheet name="封面" state="hidden" q:id="h"/>'
    '<sheet name="数据" q:id="one"/></sheets></workbook>',
    "book/_rels/main.xml.rels": '<Relationships><Relationship Id="one" Type="x/worksheet" Target="../sheets/./a.xml"/>'
    '<Relationship Id="h" Type="x/worksheet" Target="b.xml"/><Relationship Id="t" Type="x/styles" Target="styles.xml"/>'
    '<Relationship Id="s" Type="x/sharedStrings" Target="strings.xml"/></Relationships>',
    "book/styles.xml": '<styleSheet><numFmts><numFmt numFmtId="200" formatCode="[$-804]yyyy&quot;年&quot;m&quot;月&quot;"/></numFmts>'
    '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf/><xf numFmtId="200"/></cellXfs></styleSheet>',
    "book/strings.xml": "<sst><si><t>证件号码</t><phoneticPr fontId='1'/></si><si><r><t>富</t></r><r><t>文本</t></r></si><si/></sst>",
    "sheets/a.xml": SHEET,
}


def with_xlwt(path: Path) -> None:
    """What only records tell: an error, hidden rows and columns, merged cells in the last row; it begins below and aside."""
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("数据")
    book.add_sheet("空")
    for place, title in enumerate(["姓名", "证件号码", "电话", "备注"], start=1):
        sheet.write(1, place, title)
    sheet.write(2, 1, "张三")
    sheet.write(2, 2, "11010819900101004X")
    sheet.row(2).set_cell_error(3, 42)
    sheet.write(2, 4, xlwt.Formula("A2"))
    sheet.write(3, 1, "李四")
    sheet.row(3).set_cell_boolean(3, True)
    sheet.row(3).hidden = sheet.col(2).hidden = True
    sheet.merge(4, 4, 1, 2)
    sheet.write(4, 1, "王五")
    book.save(str(path))


def by_hand(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in HAND.items():
            archive.writestr(zipfile.ZipInfo(name), text)


if __name__ == "__main__":
    with_openpyxl(HERE / "openpyxl.xlsx")
    with_openpyxl(HERE / "year1904.xlsx", from_1904=True)
    with_xlsxwriter(HERE / "xlsxwriter.xlsx")
    saved_again(HERE / "openpyxl.xlsx", "xlsx", HERE / "libreoffice.xlsx")
    saved_again(HERE / "openpyxl.xlsx", "xls", HERE / "libreoffice.xls")
    saved_again(HERE / "year1904.xlsx", "xls", HERE / "year1904.xls")
    for name, number in {"gb18030": 85, "utf8": 76}.items():
        saved_again(HERE / "openpyxl.xlsx", f"csv:Text - txt - csv (StarCalc):44,34,{number}", HERE / f"libreoffice-{name}.csv")
    by_hand(HERE / "hand.xlsx")
    with_xlwt(HERE / "xlwt.xls")
