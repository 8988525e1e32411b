"""What an xlsx consists of: its sheets, which styles show days, its strings (ECMA-376 part 1, 18.2, 18.4, 18.8)."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO
from xml.parsers import expat

from geoapp.loading.reading import xlsx_xml
from geoapp.loading.reading.refusal import Refusal
from geoapp.loading.reading.zipped import open_zip

DATE_FORMATS = frozenset([*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)])
"""Built-in number formats of days and times, those of Chinese Excel among them (18.8.30)."""
_NOT_SHOWN = re.compile(r'"[^"]*"|\\.|[_*].|\[(?![hHmMsS]+\])[^\]]*\]')
_STRING = re.compile(
    r'\s*<si>\s*<t(?: xml:space="preserve")?>([^<&]*)</t>\s*'
    r"(?:<phoneticPr [^<>]*/>|<phoneticPr [^<>]*></phoneticPr>)?\s*"
)


@dataclass
class Place:
    """Where in a book reading is: `part` as people are told of it, row and column from 1, 0 for none."""

    part: str
    row: int = 0
    column: int = 0


@contextmanager
def refusing(place: Place) -> Iterator[None]:
    """What libraries say of a broken file becomes a Refusal that names the place."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise Refusal("broken_book", name=place.part[:80]) from error
    except (expat.ExpatError, UnicodeError, ValueError, LookupError, OverflowError) as error:
        code = "broken_cell" if place.column else "broken_sheet" if place.row else "broken_book"
        raise Refusal(code, name=place.part[:80], row=place.row, column=place.column) from error


class Book:
    """A workbook: `sheets` are names and members of the visible sheets, `dated` of each style whether it shows days."""

    def __init__(self, path: Path, unpacked_mb: int) -> None:
        """Raises Refusal."""
        self.archive = open_zip(path, unpacked_mb)
        self.members = frozenset(self.archive.namelist())
        self.is_1904, self.sheets = False, list[tuple[str, str]]()
        self._at = Place("xl/workbook.xml")
        if not self.members & {"[Content_Types].xml", "xl/workbook.xml", "_rels/.rels"}:
            raise Refusal("no_book", name=kind_of_zip(self.members))
        with refusing(self._at):
            main = next((t for _, kind, t in self._related("") if kind.endswith("/officeDocument")), "xl/workbook.xml")
            if main.endswith(".bin") or main.startswith(("word/", "ppt/")):
                raise Refusal("no_book", name=kind_of_zip(self.members))
            related = self._related(main)
            self._read(main, {key: target for key, kind, target in related if kind.endswith("/worksheet")})
            self.dated = self._dated(_target(related, "/styles"))
            self.strings = self._strings(_target(related, "/sharedStrings"))

    def open(self, part: str) -> IO[bytes]:
        """A member's text as it is unpacked. Raises Refusal where there is none."""
        if part not in self.members:
            raise Refusal("missing_part", name=part[:80])
        return self.archive.open(part)

    def _read(self, main: str, parts: dict[str, str]) -> None:
        for name, facts in self._elements(main):
            if name == "workbookPr":
                self.is_1904 = facts.get("date1904") in ("1", "true")
            if name == "sheet" and facts.get("state", "visible") == "visible" and facts.get("r:id") in parts:
                self.sheets.append((facts.get("name", ""), parts[facts["r:id"]]))

    def _elements(self, part: str) -> list[tuple[str, xlsx_xml.Facts]]:
        self._at.part = part
        with self.open(part) as file:
            return xlsx_xml.elements(file)

    def _related(self, part: str) -> list[tuple[str, str, str]]:
        """Id, type and member of what a part refers to."""
        where = PurePosixPath(part)
        rels = str(where.parent / "_rels" / f"{where.name}.rels") if part else "_rels/.rels"
        found = []
        for name, facts in self._elements(rels) if rels in self.members else ():
            target = facts.get("Target", "")
            if name == "Relationship" and facts.get("TargetMode") != "External":
                whole = target if target.startswith("/") else f"{where.parent}/{target}"
                found.append((facts.get("Id", ""), facts.get("Type", ""), _plain(whole)))
        return found

    def _dated(self, part: str) -> list[bool]:
        codes, found, within = dict[str, str](), list[bool](), False
        for name, facts in self._elements(part) if part in self.members else ():
            if name == "numFmt":
                codes[facts.get("numFmtId", "")] = facts.get("formatCode", "")
            within = name == "cellXfs" or (within and name not in ("cellStyles", "dxfs"))
            if within and name == "xf":
                number = facts.get("numFmtId", "0")
                builtin = number.isdigit() and int(number) in DATE_FORMATS
                found.append(shows_day(codes[number]) if number in codes else builtin)
        return found

    def _strings(self, part: str) -> list[str]:
        found: list[str] = []
        if part not in self.members:
            return found
        self._at.part = part
        with self.open(part) as file:
            for prefix, segment, end in xlsx_xml.segments(file, "sst", "si"):
                plain = _STRING.fullmatch(segment) if not prefix else None
                if plain:
                    found.append(xlsx_xml.unescaped(plain[1]))
                else:
                    whole = xlsx_xml.parsed(segment, end, "si")
                    found += [xlsx_xml.unescaped("".join(one.text)) for one in whole]
        return found


def kind_of_zip(members: frozenset[str]) -> str:
    """What a zip is that is no xlsx: a key of `geoapp.loading.faults.OTHERS`."""
    if any(name.endswith(".bin") and name.startswith("xl/") for name in members) and "xl/workbook.xml" not in members:
        return "?xlsb"
    for start, kind in (("word/", "?docx"), ("ppt/", "?pptx")):
        if any(name.startswith(start) for name in members):
            return kind
    return "?ods" if {"mimetype", "content.xml"} <= members else "?zip"


def shows_day(code: str) -> bool:
    """Whether a format of numbers shows them as days or times (18.8.31)."""
    shown = _NOT_SHOWN.sub("", code.split(";", 1)[0]).lower()
    return shown != "general" and any(sign in shown for sign in "ymdhs")


def _target(related: list[tuple[str, str, str]], kind: str) -> str:
    return next((target for _, one, target in related if one.endswith(kind)), "")


def _plain(path: str) -> str:
    """A member's name without "." and ".."."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
