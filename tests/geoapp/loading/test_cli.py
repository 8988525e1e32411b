"""`geoapp load …` as a person types it."""

from __future__ import annotations

import csv
import re
import subprocess
import sys

import pytest
from click.testing import CliRunner

from geoapp.core.settings import get_settings
from geoapp.loading.cli import commands
from tests.factories.geofiles import geojson
from tests.geoapp.loading.conftest import at, box


@pytest.fixture
def run(tree, monkeypatch):
    """Run a command against the tree; (exit code, output)."""
    monkeypatch.setenv("GEOAPP_DATABASE_NAME", tree.database_name)
    monkeypatch.setenv("GEOAPP_LOCALE", "zh")
    get_settings.cache_clear()

    def command(*words: object) -> tuple[int, str]:
        result = CliRunner().invoke(commands[0], [str(word) for word in words])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.output

    yield command
    monkeypatch.undo()
    get_settings.cache_clear()


def test_a_city_is_loaded_command_by_command(tmp_path, run, rows_of):
    codes = tmp_path / "codes.csv"
    codes.write_text("code12,level,name,parent_code12\n110109000000,3,门头沟区,110100000000\n", "utf-8")
    outline = geojson(tmp_path / "r.geojson", [(box(7, 0), {"dm": "110109", "name": "门头沟区"})])
    code, text = run("regions", "--codes", codes, outline, "--field", "code=dm")
    assert (code, text.count("拒绝 0")) == (0, 2)
    assert "code=code12" in text
    assert "code=dm" in text
    buildings = geojson(tmp_path / "b.geojson", [(box(7.1, 0.1, 0.1, 0.1), {"id": "w1", "building": "yes"})])
    assert run("buildings", buildings, "--origin", "osm")[0] == 0
    houses = geojson(tmp_path / "h.geojson", [(None, {"房屋编号": "1", "地址": "x", "楼栋编号": "w1"})])
    assert run("houses", houses)[0] == 0
    sites = geojson(tmp_path / "s.geojson", [(at(7.5, 0.5), {"id": "1", "name": "一小", "category": "school"})])
    assert run("sites", sites)[0] == 0
    assert run("base", "--layer", "coverage", outline)[0] == 0
    counts = "SELECT (SELECT count(*) FROM building), (SELECT count(*) FROM house), (SELECT count(*) FROM site), (SELECT count(*) FROM base_feature)"
    assert rows_of(counts) == [(1, 1, 1, 1)]


def test_refusals_are_summed_up_and_listed_in_the_report(tmp_path, run):
    rows = [(at(0.5, 0.5), {"id": "a"}), (at(9, 9), {"id": "b"}), (at(9, 8), {"id": "c"})]
    report = tmp_path / "r.csv"
    code, text = run("buildings", geojson(tmp_path / "b.geojson", rows), "--report", report)
    assert code == 0
    assert "拒绝 2 行，例如第 2 行 b" in text
    assert "行/秒" in text
    with report.open(encoding="utf-8-sig", newline="") as file:
        assert [row[1:3] for row in list(csv.reader(file))[1:]] == [["2", "b"], ["3", "c"]]


def test_the_exit_code_is_1_when_a_file_got_nothing_in(tmp_path, run, rows_of):
    bad = geojson(tmp_path / "1.geojson", [(at(9, 9), {"id": "b"})])
    good = geojson(tmp_path / "2.geojson", [(at(0.5, 0.5), {"id": "a"})])
    broken = tmp_path / "3.geojson"
    broken.write_text("{")
    assert run("buildings", bad)[0] == 1
    report = tmp_path / "r.csv"
    code, text = run("buildings", broken, good, "--report", report)
    assert code == 1
    assert report.read_text("utf-8-sig").splitlines()[1].startswith("3.geojson,,,拒绝,file,")
    assert "没有写入" in text
    assert rows_of("SELECT source_id FROM building") == [("a",)]


def test_a_dry_run_says_so(tmp_path, run, rows_of):
    path = geojson(tmp_path / "2.geojson", [(at(0.5, 0.5), {"id": "a"})])
    code, text = run("buildings", path, "--dry-run")
    assert code == 0
    assert "试运行" in text
    assert rows_of("SELECT count(*) FROM building") == [(0,)]


def test_what_lies_outside_is_kept_on_demand(tmp_path, run, rows_of):
    path = geojson(tmp_path / "2.geojson", [(at(9, 9), {"id": "a"})])
    code, text = run("buildings", path, "--where-unplaced", "keep", "--region", "110108")
    assert code == 0
    assert "1 行在所属区划之外" in text
    assert run("buildings", path, "--where-unplaced", "keep", "--source", "x")[0] == 2


@pytest.mark.parametrize(
    "words",
    [("buildings",), ("regions",), ("buildings", "x.geojson", "--field", "name"), ("base", "x.geojson"),
     ("base", "--layer", "sky", "x.geojson"), ("buildings", "x.geojson", "--origin", "guess"), ("castles", "x")],
)  # fmt: skip
def test_a_mistyped_command_is_told_and_ends_with_2(run, words):
    code, text = run(*words)
    assert code == 2
    assert "Usage" in text


def test_load_starts_without_the_other_commands():
    program = (
        "import sys; from geoapp.cli import group; command = group.get_command(None, 'load'); "
        "print(command.name, sorted({'alembic', 'geoapp.accounts.cli', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.split(" ", 1) == ["load", "[]\n"]


def test_help_lists_the_commands_in_the_order_of_use(run):
    _, text = run("--help")
    assert re.findall(r"^  ([a-z]+) ", text, re.MULTILINE) == ["regions", "buildings", "houses", "sites", "base"]
    assert "--where-unplaced" in run("houses", "--help")[1]
    assert "--codes" in run("regions", "--help")[1]
