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

LOCALES = ("zh", "en")
DEFAULT_LOCALE = "zh"
_CATALOGUES = Path(__file__).with_name("translations")


def N_(msgid: str) -> str:
    """Mark for extraction, translate later."""
    return msgid


@lru_cache(maxsize=len(LOCALES))
def catalogue(locale: str) -> NullTranslations:
    """The compiled catalogue of one locale; Chinese needs none, its ids are the text."""
    if locale == DEFAULT_LOCALE:
        return NullTranslations()
    return translation("messages", str(_CATALOGUES), [locale], fallback=True)


def translate(msgid: str, locale: str = DEFAULT_LOCALE, /, **facts: object) -> str:
    """`msgid` in `locale` with its facts filled in; an unknown locale reads Chinese."""
    text = (
        catalogue(locale if locale in LOCALES else DEFAULT_LOCALE).gettext(msgid) if msgid else ""
    )
    if not facts:
        return text
    shown = {k: translate(v, locale) if isinstance(v, Label) else v for k, v in facts.items()}
    return text % shown


class Label(str):
    """A fact that is itself a message id (a field's title) and wants translating too."""

    __slots__ = ()
