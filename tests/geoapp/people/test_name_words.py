"""The words a name is found by (research/trust C4)."""

from __future__ import annotations

from itertools import combinations

import pytest

from geoapp.core import crypto
from geoapp.people import token_spans
from geoapp.people.name_tokens import tokens_of
from geoapp.people.name_words import words_asked, words_of
from geoapp.people.token_spans import span_of, token_of


def finds(text, name):
    """Whether a token of the name lies in a span of what is asked for."""
    spans = [span_of(word) for word in words_asked(text)]
    return any(first <= token <= last for token in tokens_of(name) for first, last in spans)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("王小明", {"王小", "小明", "明", "~wxm"}),
        ("欧阳 娜", {"欧阳", "阳娜", "娜", "~oyn"}),
        ("Anna  Schmidt", {"anna", "schmidt", "~as"}),
        ("张示例001", {"张示", "示例", "例", "001", "~zsl"}),
        ("ＡＢ", {"ab"}), ("", set()), ("·", set()),
    ],
)
def test_c4_words_of_a_name(name, words):
    assert words <= words_of(name)
    assert {w for w in words_of(name) if not w.startswith("~")} == {w for w in words if not w.startswith("~")}


def test_c4_a_character_with_several_readings_is_found_by_each():
    assert finds("dx", "单雄信") and finds("sx", "单雄信")


@pytest.mark.parametrize("name", ["王小明", "欧阳娜", "Anna Schmidt", "单雄信", "张示例001"])
def test_c4_whoever_types_a_part_of_a_name_means_words_it_has(name):
    for start, end in combinations(range(len(name) + 1), 2):
        part = name[start:end].strip()
        if not part.isascii() and (end == len(name) or not part[-1].isascii()):
            assert finds(part, name), part


@pytest.mark.parametrize(
    ("text", "name", "found"),
    [
        ("wx", "王小明", True), ("wxm", "王小明", True), ("wxmz", "王小明", False), ("xm", "王小明", False),
        ("wm", "王小明", False), ("wxn", "王小明", False), ("anna", "Anna Schmidt", True), ("ann", "Anna Schmidt", False),
        ("as", "Anna Schmidt", True), ("小王", "王小明", False), ("王明", "王小明", False), ("明", "王小明", True),
        ("abcdef", "a b c d e f g h", True), ("abcdeg", "a b c d e f g h", False), ("张", "张a", True),
        ("明", "明明", True), ("001", "张示例001", True), ("wx", "王", False),
    ],
)  # fmt: skip
def test_c4_beginnings_of_initials_and_single_characters_are_spans_of_tokens(text, name, found):
    assert finds(text, name) is found


def test_c4_tokens_show_no_letter_and_are_different_with_another_key(monkeypatch):
    before, alike = token_of("~wxm"), {token_of(f"~w{letter}m") & 0xFFFFFF for letter in "abcdefgh"}
    assert len(alike) > 4
    monkeypatch.setattr(crypto, "_derived", lambda key, purpose: key[::-1])
    token_spans._span.cache_clear()
    assert token_of("~wxm") != before
    token_spans._span.cache_clear()


def test_c4_a_name_of_three_characters_has_four_tokens():
    assert len(tokens_of("王示明")) <= 5 and len(tokens_of("赵小明")) == 4


def test_c4_initials_are_asked_for_in_any_case():
    assert words_asked("WXM") == {"wxm", "~wxm"}
    assert words_asked("  ") == words_asked("%_") == frozenset()
