"""What the reader found, in sentences: its codes to message ids."""

from __future__ import annotations

from collections.abc import Mapping

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_, Label

FILE_FAULTS = {
    "unknown_encoding": (N_("不认识的编码“%(name)s”，可用：UTF-8、GB18030、BIG5 等。"), "encoding"),
    "wrong_encoding": (
        N_("文件不是 %(name)s 编码（第 %(at)s 字节起有误），请用 --encoding 指明。"),
        "encoding",
    ),
    "wrong_encoding_row": (
        N_("第 %(row)s 行的字段“%(column)s”不是 %(name)s 编码，请用 --encoding 指明。"),
        "encoding",
    ),
    "encoding_contradicts": (
        N_("文件自称 %(name)s 编码，内容却是 UTF-8；请用 --encoding 指明。"),
        "encoding",
    ),
    "no_encoding": (
        N_("文件既不是 UTF-8 也不是 GB18030 编码（第 %(at)s 字节），请用 --encoding 指明。"),
        "encoding",
    ),
    "no_encoding_row": (
        N_(
            "第 %(row)s 行的字段“%(column)s”既不是 UTF-8 也不是 GB18030 编码，请用 --encoding 指明。"
        ),
        "encoding",
    ),
    "no_crs": (N_("文件没有写明坐标系，请用 --crs 指明，例如 EPSG:4490。"), "crs"),
    "unknown_crs": (N_("坐标系“%(name)s”无法识别，请用 --crs 指明。"), "crs"),
    "other_crs": (N_("文件写明的坐标系是“%(stated)s”，与 --crs 的“%(option)s”不符。"), "crs"),
    "no_transformation": (
        N_("没有从“%(name)s”到 WGS84 的公开转换参数，误差可达百米；请先转换为 CGCS2000。"),
        "crs",
    ),
    "not_degrees": (
        N_("坐标系“%(crs)s”以度为单位，坐标却是 (%(x)s, %(y)s)；请用 --crs 指明投影。"),
        "crs",
    ),
    "not_metres": (N_("坐标系“%(crs)s”以米为单位，坐标却是 (%(x)s, %(y)s)，像是经纬度。"), "crs"),
    "swapped_axes": (
        N_("坐标的两个轴颠倒了：(%(x)s, %(y)s)，应先经度（东）后纬度（北）。"),
        "file",
    ),
    "which_layer": (N_("文件中有多个图层，请用 --layer-name 选择：%(names)s。"), "layer_name"),
    "no_such_layer": (N_("没有名为“%(name)s”的图层，有：%(names)s。"), "layer_name"),
    "no_sheet": (N_("工作簿中没有可见的工作表。"), "file"),
    "password": (N_("文件有密码保护，请先取消密码。"), "file"),
    "many_sheets": (N_("只能有一个有数据的工作表，还有：%(names)s。请分别导入。"), "file"),
    "too_many_rows": (N_("文件超过 %(most)s 行，请拆分后分别导入。"), "file"),
    "too_many_columns": (N_("文件有 %(count)s 列，最多 %(most)s 列。"), "file"),
    "bad_header": (N_("第一行应是各不相同的列名。"), "file"),
    "broken_sheet": (
        N_("工作表“%(name)s”在第 %(row)s 行附近已损坏，无法读取。请用表格软件打开，检查后另存为 xlsx。"),
        "file",
    ),
    "broken_cell": (
        N_("工作表“%(name)s”第 %(row)s 行第 %(column)s 列已损坏，无法读取。请用表格软件打开，检查后另存为 xlsx。"),
        "file",
    ),
    "broken_book": (
        N_("工作簿已损坏：其中的“%(name)s”无法读取。请用表格软件打开，检查后另存为 xlsx。"),
        "file",
    ),
    "missing_part": (
        N_("工作簿不完整：缺少“%(name)s”。请用表格软件打开，检查后另存为 xlsx。"),
        "file",
    ),
    "broken_xls": (N_("xls 文件已损坏，无法读取。请用表格软件打开，检查后另存为 xlsx。"), "file"),
    "broken_zip": (
        N_("xlsx 文件已损坏或不完整（可能没有传完或复制完）。请重新取得文件，用表格软件打开后另存为 xlsx。"),
        "file",
    ),
    "no_book": (N_("文件不是 Excel 工作簿，而是%(name)s。请用表格软件打开后另存为 xlsx。"), "file"),
    "no_text": (N_("文件不是 csv 文本，而是%(name)s。请用表格软件打开后另存为 xlsx。"), "file"),
    "doctype": (N_("文件中有文档类型声明（DOCTYPE），表格软件不会这样写，已拒绝。"), "file"),
    "inner_encoding": (
        N_("工作簿内部使用 %(name)s 编码，只能读取 UTF-8。请用表格软件打开后另存为 xlsx。"),
        "file",
    ),
    "too_many_merges": (
        N_("工作表“%(name)s”有超过 %(most)s 处合并的单元格，请取消合并。"),
        "file",
    ),
    "too_many_parts": (N_("压缩文件中有超过 %(most)s 个文件，表格软件不会这样写，已拒绝。"), "file"),
    "too_large_sheet": (
        N_("工作表“%(name)s”自称有 %(row)s 行 %(column)s 列，超出能读取的范围。请只把有数据的行列复制到新文件。"),
        "file",
    ),
    "open_quote": (
        N_("从第 %(row)s 行起引号（\"）不成对，后面的行无法分开。请改正引号，或另存为 xlsx。"),
        "file",
    ),
    "cell_too_long": (
        N_("第 %(row)s 行有超过 %(most)s 个字的单元格，可能缺少一个引号（\"）。请改正，或另存为 xlsx。"),
        "file",
    ),
    "csv_encoding": (
        N_("文件的编码不是 %(name)s：第 %(row)s 行有无法识别的文字。请用表格软件打开后另存为 xlsx。"),
        "file",
    ),
    "csv_no_encoding": (
        N_("文件既不是 UTF-8 也不是 GB18030 编码：第 %(row)s 行有无法识别的文字。请用表格软件打开后另存为 xlsx。"),
        "file",
    ),
    "sheet_memory": (N_("读取文件所需的内存超过 %(mb)s MB，请拆分为几个文件。"), "file"),
    "unreadable": (N_("文件无法读取：%(reason)s"), "file"),
    "broken_archive": (N_("压缩文件已损坏：%(reason)s"), "file"),
    "bomb": (N_("文件解压后超过 %(size)s MB，或压缩比异常，已拒绝。"), "file"),
    "out_of_memory": (
        N_("读取文件所需的内存超过 %(mb)s MB，请拆分文件或用 --memory-mb 放宽。"),
        "file",
    ),
    "too_much_cpu": (N_("读取文件用时超过 %(seconds)s 秒处理器时间，已停止。"), "file"),
    "too_slow": (N_("读取进程 %(seconds)s 秒没有回音，已停止。"), "file"),
    "reader_died": (N_("文件使读取进程崩溃（代码 %(code)s），没有写入任何数据。"), "file"),
}
"""Code to sentence and the option it concerns."""

OTHERS = {
    "?xlsb": N_("二进制工作簿（xlsb）"), "?ods": N_("OpenDocument 表格（ods）"), "?docx": N_("Word 文档（docx）"),
    "?pptx": N_("演示文稿（pptx）"), "?zip": N_("压缩文件（zip）"), "?html": N_("网页（HTML）"), "?xml": N_("XML 文件"),
    "?ole": N_("另一种 Office 文件"), "?text": N_("文本"), "?pdf": N_("PDF 文件"), "?image": N_("图片"),
    "?rar": N_("压缩文件（rar 或 7z）"), "?xls": N_("旧版工作簿（xls）"), "?xlsx": N_("工作簿（xlsx）"),
}  # fmt: skip
"""What people send under the name of a spreadsheet."""
OF_SHEETS = {"out_of_memory": "sheet_memory", "wrong_encoding": "csv_encoding", "no_encoding": "csv_no_encoding"}
"""What is said of a spreadsheet: who sends one at a page has no options to choose."""

ROW_FAULTS = {
    "no_geometry": N_("没有几何图形。"),
    "unreadable_geometry": N_("几何图形残缺，无法读取。"),
    "empty_geometry": N_("几何图形是空的。"),
    "wrong_type": N_("几何类型是 %(type)s，应为：%(allowed)s。"),
    "too_many_points": N_("几何图形有 %(count)s 个顶点，超出限制。"),
    "not_finite": N_("坐标不是有限的数。"),
    "out_of_world": N_("坐标 (%(x)s, %(y)s) 不在地图范围内。"),
    "invalid_geometry": N_("几何图形无效：%(reason)s，位于经度 %(lon)s、纬度 %(lat)s。"),
    "lost_text": N_("文字“%(text)s”已在别处损坏（乱码）。"),
    "nul_text": N_("文字中有空字符。"),
    "inexact_number": N_("数字 %(value)s 太长，已丢失末尾几位；请把该列存为文本。"),
    "odd_row": N_("这一行有 %(count)s 列，与表头不符。"),
}

INVALIDITY = {
    "Self-intersection": N_("自相交"),
    "Ring Self-intersection": N_("环自相交"),
    "Hole lies outside shell": N_("内环在外环之外"),
    "Holes are nested": N_("内环互相嵌套"),
    "Nested shells": N_("外环互相嵌套"),
    "Nested holes": N_("内环互相嵌套"),
    "Duplicate Rings": N_("环重复"),
    "Interior is disconnected": N_("内部不连通"),
    "Too few points in geometry component": N_("顶点太少"),
    "Invalid Coordinate": N_("坐标无效"),
    "Ring is not closed": N_("环没有闭合"),
}
"""Reasons of GEOS in words; an unknown one is shown as it is."""


def file_fault(code: str, facts: Mapping[str, object], kind: str = "") -> InvalidInput:
    """The error for a refused file; `kind` is that of its source."""
    code = OF_SHEETS.get(code, code) if kind == "cells" else code
    msgid, field = FILE_FAULTS.get(code, FILE_FAULTS["reader_died"])
    names = ("name", "at", "row", "column", "mb", "seconds", "size", "reason", "code", "names", "most", "count")
    known = {**dict.fromkeys(names, ""), **{str(k): _told(k, v) for k, v in facts.items()}}
    shown = {k: v for k, v in known.items() if f"%({k})s" in msgid}
    return InvalidInput(msgid, field=field, **shown)


def row_fault(code: str, facts: Mapping[str, object]) -> tuple[str, dict[str, object]]:
    """Message id and facts of a row's fault."""
    msgid = ROW_FAULTS.get(code, ROW_FAULTS["unreadable_geometry"])
    known = {str(k): _plain(v) for k, v in facts.items() if f"%({k})s" in msgid}
    if "reason" in known:
        reason = str(known["reason"])
        known["reason"] = Label(INVALIDITY[reason]) if reason in INVALIDITY else reason
    return msgid, known


def _told(name: str, value: object) -> object:
    """What a file is instead of a workbook is a word of ours."""
    return Label(OTHERS[str(value)]) if name == "name" and value in OTHERS else _plain(value)


def _plain(value: object) -> object:
    if isinstance(value, float):
        return f"{value:.7g}" if abs(value) > 360 else f"{value:.6f}"
    return str(value)[:200]
