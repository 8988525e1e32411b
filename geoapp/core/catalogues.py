"""Compile and refresh the message catalogues, `translations/<locale>/LC_MESSAGES/messages.po`.

Compiled files (`.mo`) are made at set-up and never committed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po

from geoapp.core.errors import GeoappError
from geoapp.core.i18n import N_

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).with_name("translations")
SOURCES = ("geoapp", "layers", "grids_boundaries", "tiles", "spatial_queries", "templates")
METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.js", "javascript")]
SKIPPED = ("geoapp/web/static/vendor",)
# N_ marks, translate and _ look up; the Chinese text is the id
KEY = re.compile(r"[a-z_]+")
"""The key of a table of texts, as in translate(TITLES["kind"]); the texts are extracted where they stand."""
KEYWORDS = {"N_": None, "_": None, "translate": None, "Label": None}


class CatalogueError(GeoappError):
    """A catalogue cannot be compiled."""

    msgid = N_("译文目录 %(file)s 有误：%(reason)s。")


def compile_catalogues(folder: Path = FOLDER) -> dict[Path, int]:
    """Write a `.mo` beside each `.po` that is newer; returns messages by file compiled.

    Raises CatalogueError for a text whose %(name)s facts differ from its id's: it would fail
    when it is shown.
    """
    done = {}
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        catalogue = _read(source)
        _check(source, catalogue)
        draft = target.with_suffix(".mo.new")
        with draft.open("wb") as file:
            write_mo(file, catalogue)
        draft.replace(target)
        done[source] = len(catalogue)
    return done


def refresh_catalogue(locale: str, checkout: Path = CHECKOUT, folder: Path = FOLDER) -> list[str]:
    """Add new message ids to the catalogue of `locale`; returns the ids without a translation.

    Ids that the code no longer uses are dropped. Translations are never guessed.
    """
    path = folder / locale / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue = _read(path) if path.exists() else Catalog(locale=locale, charset="utf-8")
    template = Catalog(charset="utf-8")
    for name, line, msgid in _messages(checkout):
        template.add(msgid, locations=[(name, line)])
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    with path.open("wb") as file:
        write_po(file, catalogue, width=100, sort_output=True, include_lineno=False)
    return [str(m.id) for m in catalogue if m.id and not m.string]


def _messages(checkout: Path) -> Iterator[tuple[str, int, str | tuple[str, ...]]]:
    for source in SOURCES:
        if not (checkout / source).is_dir():
            continue
        found = extract_from_dir(str(checkout / source), METHODS, keywords=KEYWORDS)
        for name, line, msgid, _comments, _context in found:
            where = f"{source}/{name}"
            if not where.startswith(SKIPPED) and not KEY.fullmatch(str(msgid)):
                yield where, line, msgid


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        try:
            return read_po(file, charset="utf-8", abort_invalid=True)
        except (PoFileError, ValueError) as error:
            raise CatalogueError(file=str(path), reason=str(error)) from error


def _check(path: Path, catalogue: Catalog) -> None:
    for message, errors in catalogue.check():
        # an empty text falls back to its id and is no error here
        if message.string:
            raise CatalogueError(file=str(path), reason=f"{message.id!r}: {errors[0]}")
