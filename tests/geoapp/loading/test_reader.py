"""The reader process: limits, death, what it may see, what is believed of it (D3.8, FL-3)."""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import shapely

from geoapp.core.errors import InvalidInput
from geoapp.loading import reader as reader_module
from geoapp.loading.files import examine
from geoapp.loading.options import Limits, LoadOptions
from geoapp.loading.reader import Wish
from geoapp.loading.reading import frames
from tests.factories.geofiles import geojson, square, vector
from tests.factories.reading import open_reader
from tests.support.patience import busy


def read(path, **limits) -> int:
    options = LoadOptions(limits=Limits(**limits))
    source = examine(path, None, options.limits.unpacked_mb)
    with open_reader(source, options) as reader:
        return sum(r.size for r in reader.rows(Wish((), ("Point", "Polygon"))))


def refusal(path, **limits) -> str:
    with pytest.raises(InvalidInput) as caught:
        read(path, **limits)
    assert caught.value.field == "file"
    return caught.value.message("zh")


def inside(program: str) -> list:
    """What a program says that runs as the reader does, after its start."""
    start = (
        "import sys, json\n"
        "for name in ('pandas', 'geopandas', 'pyarrow'): sys.modules[name] = None\n"
        "from geoapp.loading.reading import layers, main\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", start + program], check=True, capture_output=True, text=True,
        env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    return json.loads(done.stdout)


def test_only_our_five_drivers_are_left():
    assert inside("print(json.dumps(layers.allow_only_our_drivers()))") == [
        "ESRI Shapefile", "FlatGeobuf", "GPKG", "GeoJSON", "GeoJSONSeq",
    ]


def test_limits_hold_before_anything_is_read():
    program = (
        "import resource as r\nmain.set_limits(700, 9, 5)\n"
        "print(json.dumps([r.getrlimit(k) for k in (r.RLIMIT_AS, r.RLIMIT_CPU, r.RLIMIT_FSIZE, r.RLIMIT_CORE)]))"
    )
    mb = 1 << 20
    assert inside(program) == [[700 * mb] * 2, [9, 14], [5 * mb] * 2, [0, 0]]


def test_the_reader_sees_no_setting_and_no_key(tmp_path, monkeypatch):
    monkeypatch.setenv("GEOAPP_SECRET_OF_A_TEST", "x")
    options = LoadOptions()
    source = examine(geojson(tmp_path / "a.geojson", [(square(116, 40), {"id": 1})]), None, 10)
    with open_reader(source, options) as reader:
        entries = Path(f"/proc/{reader.process.popen.pid}/environ").read_bytes().split(b"\0")
        seen = {entry.split(b"=")[0].decode() for entry in entries if entry}
        list(reader.rows(Wish(("id",), ("Polygon",))))
    assert not [name for name in seen if name.startswith(("GEOAPP", "PG"))]


def test_the_reader_and_its_folder_are_gone_afterwards(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    path = geojson(tmp_path / "a.geojson.gz", [(square(116, 40), {"id": 1})])
    with open_reader(examine(path, None, 10), LoadOptions()) as reader:
        pid = reader.process.popen.pid
        assert list(tmp_path.glob("geoapp-load-*/unpacked"))
    assert not Path(f"/proc/{pid}").exists()
    assert not list(tmp_path.glob("geoapp-load-*"))


def test_fl3_a_file_that_takes_too_much_memory_is_refused_in_words(tmp_path):
    path = tmp_path / "a.geojson"
    ring = [[116 + i * 1e-9, 40] for i in range(1_500_000)]
    path.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": ring}}))
    assert "300 MB" in refusal(path, memory_mb=300)


def test_fl2_a_gzip_bomb_is_refused_while_it_unpacks(tmp_path):
    path = tmp_path / "a.geojson.gz"
    with gzip.open(path, "wb") as file:
        for _ in range(300):
            file.write(b" " * (1 << 20))
    assert path.stat().st_size < 1 << 20
    start = time.perf_counter()
    assert "100 MB" in refusal(path)
    assert time.perf_counter() - start < 10 * busy()


@pytest.mark.parametrize("data", [b"\x1f\x8b\x08\x00", gzip.compress(b"{}" * 99, mtime=0)[:-9] + bytes(9)])
def test_a_broken_gzip_is_refused(tmp_path, data):
    path = tmp_path / "a.geojson.gz"
    path.write_bytes(data)
    assert "损坏" in refusal(path)


def program_of(monkeypatch, text: str) -> None:
    """Put another program in the reader's place; it gets the same limits and streams."""
    start = subprocess.Popen

    def run(command, **options):
        return start([sys.executable, "-c", text], **options)

    monkeypatch.setattr(reader_module.subprocess, "Popen", run)


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "崩溃"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "系统或他人"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", "处理器时间"),
        ("raise MemoryError", "内存"),
        ("import time; time.sleep(60)", "没有回音"),
        ("import sys; sys.stdout.buffer.write(b'\\xff' * 64)", "无法理解"),
        ("import sys; sys.stdout.buffer.write(b'\\x02\\0\\0\\0{}')", "无法理解"),
        ("import sys; sys.stdout.buffer.write(b'\\x0c\\0\\0\\0{\"sizes\":[]}')", "无法理解"),
        ("import sys; sys.stdout.buffer.write(b'\\x0e\\0\\0\\0{\"sizes\":[-1]}')", "无法理解"),
    ],
)
def test_fl3_whatever_the_reader_dies_of_is_a_sentence(tmp_path, monkeypatch, program, words):
    path = geojson(tmp_path / "a.geojson", [(square(116, 40), {})])
    program_of(monkeypatch, program)
    assert words in refusal(path, silent_seconds=2)


def test_rows_that_do_not_add_up_are_not_believed():
    def rows(**changes) -> frames.Frame:
        head = {"kind": "rows", "first": 0, "rows": 1, "faults": [], "columns": [["a", "text"]], "shapes": False}
        return frames.Frame({**head, **changes}, [b"x"])

    assert reader_module._unpack(rows()).columns == {"a": ["x"]}
    for wrong in (rows(rows=2), rows(faults=[[1, "x", "", {}]]), rows(faults=[[-1, "x", "", {}]]), rows(columns=[["a", "number"]])):
        with pytest.raises(ValueError):
            reader_module._unpack(wrong)


def test_blobs_whose_lengths_lie_are_not_believed():
    whole = b"abc"
    for lengths in ([4], [1, 1], [-1, 4], [2**31 - 1] * 3):
        with pytest.raises(frames.BrokenFrame):
            frames.unpack_blobs(np.array(lengths, dtype=np.int32).tobytes(), whole)


@pytest.mark.parametrize("depth", [1_000, 100_000])
@pytest.mark.parametrize("opening", ['{"type":"GeometryCollection","geometries":[', "["])
def test_ge5_nesting_without_end_is_refused(tmp_path, depth, opening):
    path = tmp_path / "a.geojson"
    closing = "]}" if "{" in opening else "]"
    path.write_text('{"type":"Feature","properties":{},"geometry":' + opening * depth + closing * depth + "}")
    assert refusal(path)


def test_a_virtual_format_in_disguise_opens_nothing(tmp_path):
    secret = geojson(tmp_path / "secret.geojson", [(square(116, 40), {"id": 1})])
    path = tmp_path / "a.geojson"
    path.write_text(f'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>{secret}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>')
    assert "无法读取" in refusal(path)


def test_a_database_that_is_no_geopackage_is_refused(tmp_path):
    path = tmp_path / "a.gpkg"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE x (a)")
    database.close()
    assert refusal(path)


def test_a_geopackage_with_several_layers_asks_which(tmp_path):
    path = tmp_path / "a.gpkg"
    vector(path, [(square(116, 40), {"id": "a"})], layer="houses")
    vector(path, [(shapely.Point(116, 40), {"id": "a"})], layer="gates", append=True)
    with pytest.raises(InvalidInput) as caught:
        read(path)
    assert caught.value.field == "layer_name"
    assert "houses, gates" in caught.value.message("zh")
    gates = LoadOptions(layer_name="gates")
    with open_reader(examine(path, "gates", 10), gates) as reader:
        assert reader.opened.size == 1


def test_large_files_come_in_pieces_with_their_row_numbers(tmp_path):
    rows = [(shapely.Point(116 + i / 1e6, 40), {"id": i}) for i in range(40_000)]
    path = vector(tmp_path / "a.gpkg", rows)
    with open_reader(examine(path, None, 10), LoadOptions()) as reader:
        batches = list(reader.rows(Wish(("id",), ("Point",))))
    assert [batch.first for batch in batches] == [0, 16_384, 32_768]
    assert np.concatenate([batch.columns["id"] for batch in batches]).tolist() == list(range(40_000))


def test_ge1_mutations_of_geojson_are_read_or_refused_never_worse(tmp_path):
    """Sixty files with flipped, cut and doubled bytes; each reader is a real process."""
    whole = geojson(tmp_path / "a.geojson", [(square(116, 40), {"id": i, "name": "名"}) for i in range(4)]).read_bytes()
    random = np.random.default_rng(1)
    for number in range(60):
        data = bytearray(whole)
        for _ in range(int(random.integers(1, 6))):
            at = int(random.integers(len(data)))
            match int(random.integers(3)):
                case 0:
                    data[at] ^= 1 << int(random.integers(8))
                case 1:
                    del data[at : at + int(random.integers(1, 40))]
                case 2:
                    data[at:at] = data[at : at + int(random.integers(1, 40))]
        path = tmp_path / f"{number}.geojson"
        path.write_bytes(data)
        try:
            assert read(path) >= 0
        except InvalidInput as error:
            assert error.message("zh")
            assert "崩溃" not in error.message("zh")
