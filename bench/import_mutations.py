"""`python -m bench.importing --mutations 10000`: files that were whole, damaged at random.

Each goes through the reader in a process with its limits; every fiftieth is sent by the page, too, and dealt with as a
batch. No answer of 500, no process that dies, at most 512 MB in a process.
"""

from __future__ import annotations

import io
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

from bench.place import CHECKOUT, say

MOST_MB = 512
BY_PAGE, TELL = 50, 500
FILES = CHECKOUT / "tests" / "geoapp" / "loading" / "reading" / "files"
WORDS = (
    b"<row>", b"</row>", b"<c/>", b"</sheetData>", b"&amp;", b"&x;", b"<!--", b"<![CDATA[", b"<!DOCTYPE a>", b"-1",
    b"9" * 40, b"\xff\xfe", b"\0",
)  # fmt: skip
COMMA = (b",", b'"', b'""', b"\n", b"\r", b"\0", b"\xff", b"=", "区县".encode("gb18030"), b"," * 300, b"x" * 200_000)


def main(count: int, seed: int) -> int:
    """Print what became of them; 1 where something died."""
    seeds, dice, ends, died, most = _seeds(), random.Random(seed), Counter[str](), list[str](), 0
    say(f"{len(seeds)} whole files")
    sent = _Sender()
    with tempfile.TemporaryDirectory() as folder:
        reader = subprocess.Popen(
            [sys.executable, "-P", "-m", "bench.import_mutations"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        )  # fmt: skip
        assert reader.stdin
        assert reader.stdout
        for number in range(count):
            name, whole = seeds[dice.randrange(len(seeds))]
            content, path = mutated(whole, name, dice), Path(folder) / name
            path.write_bytes(content)
            print(path, file=reader.stdin, flush=True)
            told = json.loads(reader.stdout.readline())
            most = max(most, told["mb"])
            ends[told["end"]] += 1
            if told["end"].startswith("died") or told["mb"] > MOST_MB:
                died.append(f"{number} {name} {told}")
                (CHECKOUT / ".data" / f"died-{number}-{name}").write_bytes(content)
            if number % BY_PAGE == 0:
                ends[f"page: {sent.send(name, content)}"] += 1
            if number % TELL == TELL - 1:
                say(f"{number + 1:,}: {len(died)} died, largest {most} MB")
        reader.stdin.close()
        reader.wait()
    bad = sum(n for end, n in ends.items() if end.startswith("page: 5") or "读取进程崩溃" in end)
    say(json.dumps(dict(ends.most_common()), ensure_ascii=False, indent=1))
    say(f"{count:,} files: {len(died)} died, {bad} of those sent by the page, largest process {most} MB (<= {MOST_MB})")
    return 1 if died or bad else 0


def mutated(whole: bytes, name: str, dice: random.Random) -> bytes:
    """The file with some damage, inside the zip or to its bytes."""
    if name.endswith(".xlsx") and dice.random() < 0.7:
        return _inside(whole, dice)
    return _bytes(whole, dice, COMMA if name.endswith(".csv") else WORDS)


def _inside(whole: bytes, dice: random.Random) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        names = archive.namelist()
        parts = [one for one in names if one.endswith((".xml", ".rels"))]
        hit = set(dice.choices(parts, k=dice.choice((1, 1, 2, 4))))
        gone = dice.choice(names) if dice.random() < 0.05 else ""
        for one in names:
            if one != gone:
                text = archive.read(one)
                target.writestr(one, _xml(text, dice) if one in hit else text)
    return out.getvalue()


def _xml(text: bytes, dice: random.Random) -> bytes:
    """Tags swapped, doubled or gone; numbers made large; or bytes as they come."""
    tags = list(re.finditer(rb"<[^<>]*>", text))
    how = dice.randrange(5)
    if not tags or how == 0:
        return _bytes(text, dice, WORDS)
    one, other = dice.choice(tags), dice.choice(tags)
    if how == 1:
        return text[: one.start()] + other[0] + text[one.end() :]
    if how == 2:
        return text[: one.start()] + one[0] * dice.choice((0, 2, 1000)) + text[one.end() :]
    if how == 3:
        return re.sub(rb"\d+", lambda n: dice.choice((n[0], n[0], n[0], b"-1", b"99999999999", b"1e308", b"")), text)
    low, high = sorted((one.start(), other.start()))
    return text[:low] + text[high:] if dice.random() < 0.5 else text[:high] + text[low:]


def _bytes(whole: bytes, dice: random.Random, words: tuple[bytes, ...]) -> bytes:
    data = bytearray(whole)
    for _ in range(dice.choice((1, 1, 3, 20))):
        at, how = dice.randrange(len(data) + 1), dice.randrange(6)
        if how == 0:
            data[at : at + 1] = bytes([dice.randrange(256)])
        elif how == 1:
            del data[at:]
        elif how == 2:
            del data[at : at + dice.randrange(200)]
        elif how == 3:
            data[at:at] = dice.choice(words)
        elif how == 4:
            data[at:at] = data[dice.randrange(len(data) + 1) :][: dice.randrange(500)]
        else:
            data[at : at + 4] = dice.randrange(2**32).to_bytes(4, "little")
    return bytes(data)


def _seeds() -> list[tuple[str, bytes]]:
    """The files of the tests, and templates filled in, as xlsx and as CSV in both encodings."""
    from tests.support.imports import csv_file, rows_of, xlsx

    seeds = [(one.name, one.read_bytes()) for one in sorted(FILES.iterdir()) if one.suffix in (".xlsx", ".xls", ".csv")]
    people = ({"name": f"某{at}", "phone": str(13_800_000_000 + at), "sex": "男"} for at in range(40))
    rows = rows_of("residents", *people)
    for inline in (True, False):
        content = xlsx("residents", rows, constant_memory=inline, in_memory=not inline)
        seeds.append((f"residents-{inline}.xlsx", content))
    codes = ("utf-8", "utf-8-sig", "gb18030")
    return [*seeds, *((f"residents-{code}.csv", csv_file("residents", rows, code)) for code in codes)]


class _Sender:
    """The sender at the page, and what becomes of the batch."""

    def __init__(self) -> None:
        from geoapp.web.factory import create_app

        self.client = create_app().test_client()
        form = {"name": "sender", "password": "correct horse 42", "csrf_token": self._token("/sign-in")}
        if self.client.post("/sign-in", data=form).status_code != 303:
            raise RuntimeError("cannot sign in")
        self.token = self._token("/imports")

    def _token(self, page: str) -> str:
        found = re.search(r'<meta name="csrf-token" content="([^"]*)"', self.client.get(page).text)
        if found is None:
            raise RuntimeError(page)
        return found[1]

    def send(self, name: str, content: bytes) -> str:
        """The answer's status, or the state of the batch."""
        from geoapp.core.settings import get_settings
        from geoapp.importing.staging import run_batch

        form: dict[str, Any] = {"csrf_token": self.token, "register": "residents", "file": (io.BytesIO(content), name)}
        answer = self.client.post("/imports/new", data=form)
        if answer.status_code != 303:
            return str(answer.status_code)
        number = int(answer.location.rsplit("/", 1)[1])
        run_batch(get_settings(), number)
        page = self.client.get(answer.location)
        if page.status_code != 200:
            return str(page.status_code)
        return "read, 读取进程崩溃" if "读取进程崩溃" in page.text else "read"


def reader() -> None:
    """Read the files named on standard input, each in a process of its own with the reader's limits; tell its end."""
    from geoapp.loading.reading import sheets, xls, xlsx  # noqa: F401  so that each child has them

    for line in sys.stdin:
        told, tells = os.pipe()
        child = os.fork()
        if child == 0:
            _read_one(line.strip(), tells)
        os.close(tells)
        with os.fdopen(told) as stream:
            end = stream.read()
        _, status, usage = os.wait4(child, 0)
        if status:
            end = f"died {os.waitstatus_to_exitcode(status)} {end}"
        print(json.dumps({"end": end, "mb": usage.ru_maxrss >> 10}), flush=True)


def _read_one(name: str, tells: int) -> None:
    from geoapp.loading.reading.main import set_limits
    from geoapp.loading.reading.refusal import Refusal
    from geoapp.loading.reading.sheets import serve_cells

    set_limits(MOST_MB, 60, 1500)
    sys.stdin = io.StringIO("{}\n")
    try:
        layer = "csv" if name.endswith(".csv") else None
        request = {"kind": "cells", "layer": layer, "encoding": None, "unpacked_mb": 1500}
        with Path(os.devnull).open("wb") as out:
            serve_cells(request, Path(name), out)
        os.write(tells, b"read")
    except Refusal as refusal:
        os.write(tells, f"refused: {refusal.code}".encode())
    except MemoryError:
        os.write(tells, b"refused: out_of_memory")
    except BaseException as error:
        os.write(tells, repr(error)[:300].encode())
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    reader()
