"""What is not built, not even switched off (D2; PR-1): tables, fields, forms, templates, catalogues."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from sqlalchemy import text
from wtforms import Form

from geoapp.accounts.permissions import GROUPS, Permission
from geoapp.audit.codes import ACTIONS
from geoapp.core.db import owner_engine
from geoapp.modules.declared import MODULES
from geoapp.ogc.openapi import definition
from geoapp.retention.rules import CLOCKS
from geoapp.web.factory import create_app
from grids_boundaries.access import Access
from layers.registry import all_registers

COLUMNS = re.compile(
    r"religio|faith|belief|ethnic|nationality_group|minzu|politic|party_member|infect|hiv\b|fingerprint|biometr|face_|iris_"
    r"|voiceprint|gps|track_?point|live_position|last_seen_(lat|lon|geom)|geofence|trajectory|risk_score|threat|suspicio"
    r"|petitioner|contracepti|pregnan|sterili[sz]|social_media|weibo"
)  # fmt: skip
WORDS = re.compile("民族|宗教|信仰|政治面貌|传染病|指纹|人脸|虹膜|声纹|实时定位|电子围栏|轨迹|风险评分|风险分|重点上访|上访人员|避孕|节育|孕情|舆情监测")
ENGLISH = re.compile(
    r"\breligi|\bethnic|\bpolitical (opinion|view|stat)|infectious|fingerprint|\bface recogn|\biris scan|voiceprint|live position|geofenc"
    r"|\brisk score|\bthreat level|petitioners?\b|contracepti|pregnan|social media", re.I
)  # fmt: skip
NOT_DONE = {
    "README.md": ("What it will not do", (
        "position", "geofence", "fingerprint", "face", "religion", "ethnicity", "political", "infectious disease", "risk score",
        "prediction", "petition", "contraception", "pregnancy", "social media")),
    "README.zh-CN.md": ("不做什么", (
        "位置", "围栏", "指纹", "人脸", "宗教", "民族", "政治", "传染病", "风险", "预测", "信访", "避孕", "孕", "社交媒体")),
}  # fmt: skip
"""Title of the section and the subjects of D2 it must name."""
CODE = [p for folder in ("geoapp", "layers", "grids_boundaries", "spatial_queries", "tiles") for p in Path(folder).rglob("*.py")]
STATED = {Path("templates/about.html")}
"""The page that says what is not done names it."""


def test_d2_no_column_of_the_database_holds_it(city):
    with owner_engine().connect() as connection:
        columns = connection.execute(text(
            "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'"
        )).scalars().all()  # fmt: skip
    assert len(columns) > 100
    assert [c for c in columns if COLUMNS.search(c)] == []


def test_d2_no_declared_field_asks_for_it():
    fields = [f"{r.name}.{f.name} {f.title}" for r in all_registers().values() for f in r.fields]
    assert [f for f in fields if COLUMNS.search(f) or WORDS.search(f)] == []


def test_d2_no_code_list_knows_it():
    labels = [label for r in all_registers().values() for f in r.fields for label in f.codes.values()]
    assert [label for label in labels if WORDS.search(label)] == []


@pytest.mark.parametrize("path", [p for p in Path("templates").rglob("*.html") if p not in STATED], ids=str)
def test_d2_no_page_asks_for_it(path):
    page = path.read_text("utf-8")
    assert not WORDS.search(page)
    assert not re.search(rf'name="[^"]*({COLUMNS.pattern})', page)


def test_d2_no_message_speaks_of_it():
    stated = set(re.findall(r'_\("([^"]*)"', "".join(p.read_text("utf-8") for p in STATED)))
    with Path("geoapp/core/translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        messages = [m.id for m in read_po(file) if m.id and m.id not in stated]
    assert messages
    assert [m for m in messages if WORDS.search(m)] == []


def test_pr1_no_english_sentence_speaks_of_it():
    stated = set(re.findall(r'_\("([^"]*)"', "".join(p.read_text("utf-8") for p in STATED)))
    with Path("geoapp/core/translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        messages = [str(m.string) for m in read_po(file) if m.id and m.id not in stated]
    assert len(messages) > 100
    assert [m for m in messages if ENGLISH.search(m)] == []


def test_pr1_no_permission_event_clock_or_module_is_about_it():
    words = [
        *Permission, *(title for _, group in GROUPS for _, title in group), *ACTIONS, *ACTIONS.values(),
        *(f"{c.name} {c.title}" for c in CLOCKS), *(f"{m.key} {m.title} {m.about}" for m in MODULES.values()),
    ]  # fmt: skip
    assert len(words) > 60
    assert [w for w in words if COLUMNS.search(str(w)) or WORDS.search(str(w))] == []


def test_d2_no_code_uses_such_a_name():
    named = [
        (str(path), match.group()) for path in CODE
        for match in re.finditer(rf"^\s*(\w*(?:{COLUMNS.pattern})\w*)\s*[:=]", path.read_text("utf-8"), re.M)
    ]  # fmt: skip
    assert named == []


def test_the_forbidden_list_can_fail():
    for name in ("resident.religion", "resident.ethnic_group", "house.risk_score", "track_point", "face_id"):
        assert COLUMNS.search(name)
    assert WORDS.search("民族") and WORDS.search("宗教信仰")


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_d2_both_readmes_say_what_it_will_not_do(readme):
    page = Path(readme).read_text("utf-8")
    title, subjects = NOT_DONE[readme]
    section = page.split(f"## {title}", 1)[1].split("\n## ", 1)[0]
    assert [word for word in subjects if word not in section] == []


def test_pr_1_no_form_asks_for_it():
    forms = [m for path in Path("geoapp").rglob("forms.py") for m in [import_module(".".join(path.with_suffix("").parts))]]
    kinds = {kind for module in forms for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, Form)}
    fields = [f"{kind.__name__}.{name}" for kind in kinds for name in dir(kind) if not name.startswith("_")]
    assert len(kinds) > 10
    assert [f for f in fields if COLUMNS.search(f)] == []


def test_pr_1_no_schema_of_the_standard_doors_offers_it(city):
    everything = Access(city.access("director").scope, frozenset(Permission))
    with create_app().test_request_context("/ogc/api"):
        document = str(definition(list(all_registers().values()), everything, "http://localhost", "zh"))
    assert "residents" in document
    assert not WORDS.search(document) and not COLUMNS.search(document)
