"""Every sentence a person meets has both languages (EC-4)."""

import re
import shutil
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from geoapp.core.catalogues import FOLDER, refresh_catalogue
from geoapp.core.settings import CHECKOUT

CATALOGUE = FOLDER / "en" / "LC_MESSAGES" / "messages.po"
CJK = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
FACT = re.compile(r"%\(\w+\)[.\d]*[sdf]|\{\w+\}")
OWN_WORDS = "layouts/topbar.html"
"""The language switch names each language in itself."""


@pytest.fixture(scope="module")
def messages():
    with CATALOGUE.open("rb") as file:
        return [m for m in read_po(file) if m.id]


def test_ec4_nothing_is_untranslated_and_nothing_is_left_over(tmp_path, messages):
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    shutil.copy(CATALOGUE, folder)
    assert refresh_catalogue("en", CHECKOUT, tmp_path) == []
    with (folder / "messages.po").open("rb") as file:
        wanted = {m.id for m in read_po(file) if m.id}
    assert {m.id for m in messages} - wanted == set()


def test_ec4_english_is_english(messages):
    assert [m.string for m in messages if CJK.search(m.string)] == []


def test_ec4_both_languages_carry_the_same_facts(messages):
    different = [m.id for m in messages if sorted(FACT.findall(m.id)) != sorted(FACT.findall(m.string))]
    assert different == []


@pytest.mark.parametrize("path", sorted(Path("templates").rglob("*.html")), ids=str)
def test_ec4_a_template_has_no_bare_chinese(path):
    page = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.S)
    page = re.sub(r"""_\(\s*("[^"]*"|'[^']*')""", "", page)
    if path.as_posix().endswith(OWN_WORDS):
        page = page.replace("切换到中文", "").replace("'中'", "")
    assert CJK.findall(page) == []
