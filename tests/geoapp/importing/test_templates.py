"""Templates are made of the registers' declarations, and a wrong file is told apart (A8.6)."""

from __future__ import annotations

import io

import pytest
from python_calamine import CalamineWorkbook

from geoapp.importing.recognising import WrongTemplate, recognise
from geoapp.importing.templates import REGISTERS, all_templates
from geoapp.importing.workbooks import template_file
from layers.registry import all_registers


def top_of(register, **changes):
    rows = [list(all_templates()[register].titles), ["说明：…"]]
    return rows if not changes else [changes.get("header", rows[0]), *changes.get("below", rows[1:])]


def test_a86_each_register_has_a_template_of_its_own_width():
    widths = [len(one.columns) for one in all_templates().values()]
    assert list(all_templates()) == list(REGISTERS)
    assert len(set(widths)) == len(widths)
    for register, template in all_templates().items():
        assert len(set(template.titles)) == len(template.titles)
        for column in template.columns:
            assert len(column.by_word) >= len(column.codes), column
        declared = {field.name: field.title for field in all_registers()[register].fields}
        assert all(declared.get(c.name, c.title) == c.title for c in template.columns if c.name != "address")


@pytest.mark.parametrize("register", REGISTERS)
def test_a86_the_file_we_hand_out_is_recognised_again(register):
    book = CalamineWorkbook.from_filelike(io.BytesIO(template_file(all_templates()[register])))
    rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    found = recognise(rows, register)
    assert (found.template.register, found.skip) == (register, 2)
    assert all_templates()[register].version in rows[1][0]
    choices = book.get_sheet_by_index(1).to_python()
    assert "BD-09（百度）" in [row[0] for row in choices]


def test_a86_the_order_of_columns_does_not_matter():
    titles = list(reversed(all_templates()["residents"].titles))
    found = recognise([titles, ["张三"]], "residents")
    assert [titles[place] for place in found.order] == list(found.template.titles)
    assert found.skip == 1


@pytest.mark.parametrize(("top", "said"), [
    ([], "没有内容"),
    (top_of("organisations"), "这是“单位和组织”的模板"),
    (top_of("residents", header=all_templates()["residents"].titles[:-1]), "缺少：记录编号"),
    (top_of("residents", header=[*all_templates()["residents"].titles, "备注"]), "多出：备注"),
    (top_of("residents", header=["甲", "乙"]), "不是任何模板的表头（2 列）"),
    ([["居民信息表"], *top_of("residents")], "表头在第 2 行"),
    ([*top_of("residents")[:1], *top_of("residents")], "第 2 行又是一行表头"),
    (top_of("residents", header=[*all_templates()["residents"].titles[:-1], "姓名"]), "“姓名”出现了两次"),
])  # fmt: skip
def test_a86_a_wrong_file_is_told_what_it_looks_like(top, said):
    with pytest.raises(WrongTemplate) as refused:
        recognise(top, "residents")
    assert said in refused.value.message("zh")
    assert "%(" not in refused.value.message("en")
