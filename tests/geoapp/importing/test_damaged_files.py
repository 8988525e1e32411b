"""Files that are damaged, locked or made to hurt: refused with a reason, by a process that lives on."""

from __future__ import annotations

import io
import json
import os
import random
import subprocess
import sys
import time
import zipfile
from dataclasses import replace

import pytest

from bench.import_mutations import FILES, MOST_MB, mutated
from geoapp.core.errors import InvalidInput
from geoapp.core.settings import CHECKOUT, get_settings
from geoapp.importing import files

COUNT, AT_ONCE = 60, 0.2


def test_a8_mutated_files_neither_kill_their_reader_nor_take_more_memory(tmp_path):
    """`python -m bench.importing --mutations 10000` does the same for longer and by the page."""
    whole = [(one.name, one.read_bytes()) for one in sorted(FILES.iterdir()) if one.suffix in (".xlsx", ".xls", ".csv")]
    dice, ends = random.Random(18), set()
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-P", "-m", "bench.import_mutations"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as reader:
        for number in range(COUNT):
            name, content = dice.choice(whole)
            path = tmp_path / name
            path.write_bytes(mutated(content, name, dice))
            print(path, file=reader.stdin, flush=True)
            told = json.loads(reader.stdout.readline())
            assert not told["end"].startswith("died"), (number, name, told)
            assert told["mb"] <= MOST_MB
            ends.add(told["end"])
        reader.stdin.close()
    assert {"read", "refused: broken_book"} <= ends


def bomb(size):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * size)
    return out.getvalue()


def beside_stored(content, size):
    """A bomb beside a picture that does not shrink, so that the whole does not look like one."""
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/media/a.png", random.Random(1).randbytes(1 << 20))
        archive.writestr("xl/sharedStrings.xml", b"<si/>" * (size // 5), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def lying(size):
    """Its directory declares more than its bytes could ever be."""
    small = bomb(1000)
    return small.replace((1000).to_bytes(4, "little"), size.to_bytes(4, "little"))


LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")


@pytest.mark.parametrize(("content", "name", "said"), [
    (bomb(120 << 20), "名单.xlsx", "压缩比异常"), (bomb(11 << 20), "名单.xlsx", "压缩比异常"), (beside_stored(bomb(0), 12 << 20), "名单.xlsx", "压缩比异常"),
    (lying(0xF0000000), "名单.xlsx", "压缩比异常"),
    (bomb(10)[:-30], "名单.xlsx", "已损坏"), (b"PK\x03\x04", "名单.xlsx", "已损坏"), (LOCKED, "名单.xlsx", "密码"), (LOCKED, "名单.xls", "密码"),
])  # fmt: skip
def test_a86_bombs_and_locked_files_are_refused_as_they_are_sent(tmp_path, content, name, said):
    start = time.process_time()
    with pytest.raises(InvalidInput) as refused:
        files.store(replace(get_settings(), data_dir=tmp_path), io.BytesIO(content), name)
    assert time.process_time() - start < AT_ONCE
    assert said in refused.value.message("zh")
    assert not list(tmp_path.iterdir())
