"""Two languages from the first page on (D4.6): Chinese message ids, English catalogue.

`N_` marks a string for extraction where no request exists (declarations, rules, errors);
`translate` turns it into the reader's language at the edge (web, command line, files).
Library: Babel makes the catalogues, the standard library reads them; Flask-Babel has had no
release for three years and adds only a proxy.
"""

from __future__ import annotations

from functools import lru_cache
from gettext import NullTranslations, translation
from pathlib import Path


def N_(msgid: str) -> str:
    """Mark for extraction, translate later."""
    return msgid


LOCALES = ("zh", "en")
DEFAULT_LOCALE = "zh"
SINGULARS = {
    "%(n)s 人": N_("1 人"), "%(n)s 套": N_("1 套"), "%(n)s 套房屋": N_("1 套房屋"), "%(n)s 条": N_("1 条"),
    "共 %(n)s 条": N_("共 1 条"), "找到 %(n)s 人": N_("找到 1 人"), "%(n)s 天前更新": N_("1 天前更新"),
}  # fmt: skip
"""Message ids of one thing by those of many: Chinese says both alike, English does not."""
_CATALOGUES = Path(__file__).with_name("translations")


@lru_cache(maxsize=len(LOCALES))
def catalogue(locale: str) -> NullTranslations:
    """The compiled catalogue of one locale; Chinese needs none, its ids are the text."""
    if locale == DEFAULT_LOCALE:
        return NullTranslations()
    return translation("messages", str(_CATALOGUES), [locale], fallback=True)


def translate(msgid: str, locale: str = DEFAULT_LOCALE, /, **facts: object) -> str:
    """`msgid` in `locale` with its facts filled in; an unknown locale reads Chinese.

    A sentence with n = 1 is said in the singular where there is one (SINGULARS).
    """
    if not msgid:
        return ""
    if isinstance(msgid, Words):
        return msgid.in_language(locale)
    words = catalogue(locale if locale in LOCALES else DEFAULT_LOCALE)
    text = words.gettext(msgid)
    if not facts:
        return text
    if msgid in SINGULARS and facts.get("n") in (1, "1"):
        one = words.gettext(SINGULARS[msgid])
        text = text if one == SINGULARS[msgid] else one
    shown = {k: translate(v, locale) if isinstance(v, Label | Words) else v for k, v in facts.items()}
    return text % shown


class Words(str):
    """Words somebody wrote in both languages; they are in no catalogue. The text itself is the Chinese."""

    en: str

    def __new__(cls, zh: str, en: str) -> Words:
        """Without English the Chinese stands for it."""
        made = super().__new__(cls, zh)
        made.en = en
        return made

    def in_language(self, locale: str) -> str:
        """The words for a reader of that language."""
        return self.en if locale == "en" and self.en else str(self)


class Label(str):
    """A fact that is itself a message id (a field's title) and wants translating too."""

    __slots__ = ()
