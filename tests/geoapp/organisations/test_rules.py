"""Kinds, categories and levels of organisations (A7.1, A7.8, A7.9)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from geoapp.core.errors import Conflict, InvalidInput
from geoapp.demo.organisations import organisation_rows
from geoapp.organisations import rules
from geoapp.organisations.codes import KINDS
from geoapp.organisations.licences import normal_licence

UNIT = rules.OrganisationFacts("unit", "示例单位", licence_number="91350100M000100Y43")
TRADER = rules.OrganisationFacts("new_economic", "示例商户", "sole_trader")
SOCIAL = rules.OrganisationFacts("social", "示例活动队", "activity_team", registered=False)


def test_a78_a79_the_kinds_and_their_categories():
    assert list(KINDS) == ["unit", "new_economic", "social"]
    assert list(KINDS["new_economic"].categories.values()) == [
        "个体工商户", "私营企业", "外商经济控制企业", "港澳台经济控制企业", "非国有控股股份制企业", "非国有控股混合所有制企业",
    ]  # fmt: skip
    assert list(KINDS["social"].categories.values()) == ["社会团体", "基金会", "民办非企业单位", "部分中介组织", "社区活动团队"]


def test_a71_a_unit_has_a_number_and_no_category():
    assert UNIT.checked()["licence_number"] == "91350100M000100Y43"
    assert UNIT.checked()["category"] is None


@pytest.mark.parametrize(("facts", "field"), [
    (replace(UNIT, licence_number=""), "licence_number"), (replace(UNIT, licence_number="1"), "licence_number"),
    (replace(UNIT, category="private"), "category"), (replace(UNIT, name=" "), "name"), (replace(UNIT, kind="club"), "kind"),
    (replace(TRADER, category=""), "category"), (replace(TRADER, category="foundation"), "category"),
    (replace(SOCIAL, level="village"), "level"), (replace(UNIT, address="x" * 201), "address"),
])  # fmt: skip
def test_a71_a78_a79_what_breaks_a_rule_is_refused_by_name(facts, field):
    with pytest.raises(InvalidInput) as refused:
        facts.checked()
    assert refused.value.field == field


@pytest.mark.parametrize("level", ["grid", "community", "street", "county", "city"])
def test_a79_social_organisations_at_any_level_registered_or_not_the_others_in_a_grid(level):
    assert replace(SOCIAL, level=level).checked()["registered"] is False
    for facts in (UNIT, TRADER):
        if level == "grid":
            assert facts.checked()
        else:
            with pytest.raises(InvalidInput) as refused:
                replace(facts, level=level).checked()
            assert refused.value.field == "level"


def test_a17_out_once_and_back_only_from_there():
    rules.check_state("active", "active")
    with pytest.raises(Conflict):
        rules.check_state("deregistered", "active")
    with pytest.raises(Conflict):
        rules.check_state("active", "deregistered")


def test_d4_7_invented_organisations_say_so_and_keep_the_rules():
    rows = organisation_rows("110108", [(n, "示例社区") for n in range(1, 61)])
    assert {row["kind"] for row in rows} == set(KINDS) and all("模拟" in row["name"] for row in rows)
    for row in rows:
        facts = rules.OrganisationFacts(row["kind"], row["name"], row["category"] or "", row["licence_number"] or "")
        assert normal_licence(facts.checked()["licence_number"]) == row["licence_number"]
    numbers = [row["licence_number"] for row in rows if row["licence_number"]]
    assert len(numbers) == len(set(numbers)) < len(rows), "some are not registered (A7.9)"
