"""The XML of an xlsx piece by piece: elements of small parts, rows and strings of large ones. Library: expat."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

from geoapp.loading.reading.refusal import Refusal

CHUNK = 1 << 18
MOST_SMALL = 8 << 20
"""Bytes of a part that says what a book consists of, and of what stands above the first row."""
LONGEST = 32 << 20
"""Bytes of one row or string."""
_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*\sencoding\s*=\s*["']([^"']*)""")
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_UTF8 = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
Facts = dict[str, str]


def bare(name: str) -> str:
    """A name without its prefix."""
    return name.rpartition(":")[2]


def unescaped(text: str) -> str:
    """`_x000D_` is how a spreadsheet writes signs that XML does not allow (22.9.2.19)."""
    return _ESCAPED.sub(lambda found: _sign(int(found[1], 16)), text) if "_x" in text else text


def _sign(number: int) -> str:
    return " " if number < 32 or 0xD800 <= number < 0xE000 else chr(number)


def elements(file: IO[bytes]) -> list[tuple[str, Facts]]:
    """Elements of a small part without their prefixes; an id of a relation is "r:id" whatever the file calls it.

    Raises Refusal, expat.ExpatError.
    """
    found: list[tuple[str, Facts]] = []

    def start(name: str, facts: Facts) -> None:
        found.append((bare(name), {"r:id" if k.endswith(":id") else k: v for k, v in facts.items()}))

    text = file.read(MOST_SMALL + 1)
    if len(text) > MOST_SMALL:
        raise Refusal("bomb", size=MOST_SMALL >> 20)
    parser = _parser(start)
    parser.Parse(text, True)
    return found


def segments(
    file: IO[bytes], parent: str, name: str, above: Callable[[bytes], object] | None = None
) -> Iterator[tuple[str, str, str]]:
    """Prefix of the part's elements, text of each `name` within `parent` but for its end, and that end.

    What stands behind the last one comes without an end. `above` is told what stands before the parent.
    Raises Refusal, ValueError.
    """
    kept, prefix, head = _opened(file, parent)
    if above:
        above(head)
    if prefix is None:
        return
    end, over = f"</{prefix}{name}>".encode(), f"</{prefix}{parent}".encode()
    while True:
        at = kept.rfind(end)
        if at >= 0:
            for segment in kept[:at].decode().split(end.decode()):
                yield prefix, segment, end.decode()
            kept = kept[at + len(end) :]
        if over in kept:
            break
        piece = file.read(CHUNK)
        if not piece or len(kept) > LONGEST:
            raise ValueError(name)
        kept += piece
    rest = kept[: kept.index(over)].decode()
    if rest.strip():
        yield prefix, rest, ""


def _opened(file: IO[bytes], parent: str) -> tuple[bytes, str | None, bytes]:
    """What was read behind the start of `parent`, its prefix (None for one without content), and what stands above.

    Raises Refusal, ValueError.
    """
    wanted = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?)" + parent.encode() + rb"(?:\s[^<>]*?)?(/?)>")
    head = b""
    while True:
        piece = file.read(CHUNK)
        head = _COMMENT.sub(b"", (head + piece).removeprefix(b"\xef\xbb\xbf"))
        found = wanted.search(head)
        if found or not piece or len(head) > MOST_SMALL:
            break
    if head.startswith(_UTF16):
        raise Refusal("inner_encoding", name="UTF-16")
    said = _ENCODING.match(head)
    if said and said[1].decode("latin-1").lower() not in _UTF8:
        raise Refusal("inner_encoding", name=said[1].decode("latin-1")[:40])
    above = head[: found.start()] if found else head
    if b"<!DOCTYPE" in above or b"<!ENTITY" in above:
        raise Refusal("doctype")
    if found is None:
        raise ValueError(parent)
    return head[found.end() :], None if found[2] else found[1].decode(), above


@dataclass
class Element:
    """A row, cell or string with what stands in it; `text` is that of its <t>, without phonetic readings."""

    facts: Facts
    text: list[str] = field(default_factory=list)
    value: list[str] = field(default_factory=list)
    formula: bool = False
    cells: list[Element] = field(default_factory=list)


def parsed(segment: str, end: str, wanted: str) -> list[Element]:
    """The elements `wanted` ("row", "si") of a segment in full, whatever they hold. Raises expat.ExpatError."""
    found: list[Element] = []
    path: list[str] = []

    def start(name: str, facts: Facts) -> None:
        name = bare(name)
        if name == wanted:
            found.append(Element(facts))
        elif name == "c" and found:
            found[-1].cells.append(Element(facts))
        elif name == "f" and found and found[-1].cells:
            found[-1].cells[-1].formula = True
        path.append(name)

    def text(data: str) -> None:
        if not found or "rPh" in path or path[-1] not in ("t", "v"):
            return
        at = found[-1].cells[-1] if found[-1].cells else found[-1]
        (at.text if path[-1] == "t" else at.value).append(data)

    parser = _parser(start)
    parser.EndElementHandler = lambda _: path.pop()
    parser.CharacterDataHandler = text
    parser.Parse(f"<_>{segment}{end}</_>".encode(), True)
    return found


def _parser(start: Callable[[str, Facts], None]) -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*_: object) -> None:
    raise Refusal("doctype")
