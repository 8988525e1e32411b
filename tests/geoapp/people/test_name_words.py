"""The words a name is found by (research/trust C4)."""

from __future__ import annotations

import pytest

from geoapp.people.name_words import words_asked, words_of


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("王小明", {"王", "小", "明", "王小", "小明", "~wx", "~wxm"}),
        ("欧阳 娜", {"欧", "阳", "娜", "欧阳", "阳娜", "~oy", "~oyn"}),
        ("Anna  Schmidt", {"anna", "schmidt", "~as"}),
        ("张示例001", {"张", "示", "例", "001", "张示", "示例", "~zs", "~zsl"}),
        ("ＡＢ", {"ab"}), ("", set()), ("·", set()),
    ],
)
def test_c4_words_of_a_name(name, words):
    assert words <= words_of(name)
    assert {w for w in words_of(name) if not w.startswith("~")} == {w for w in words if not w.startswith("~")}


def test_c4_a_character_with_several_readings_is_found_by_each():
    assert {"~dx", "~sx"} <= words_of("单雄信")


@pytest.mark.parametrize("name", ["王小明", "欧阳娜", "Anna Schmidt", "单雄信", "张示例001"])
def test_c4_whoever_types_a_part_of_a_name_means_words_it_has(name):
    words = words_of(name)
    for start in range(len(name)):
        part = name[start:]
        if not part.isascii():
            assert words_asked(part) & words, part


def test_c4_initials_are_asked_for_in_any_case():
    assert words_asked("WXM") == {"wxm", "~wxm"}
    assert words_asked("  ") == words_asked("%_") == frozenset()
