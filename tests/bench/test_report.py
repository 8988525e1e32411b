"""The table of the measurements: what counts as reached, what is told of failures, how growth is read."""

from __future__ import annotations

import json
import os

import pytest

from bench import __main__ as main
from bench.__main__ import arguments
from bench.aims import Aim
from bench.alike import Alike
from bench.load import Figures, Limits
from bench.loading import Loading
from bench.raw import AREA, held_to
from bench.report import CityReport, Report, render, save
from bench.run import Result
from bench.scope import ScopeCost
from bench.turns import in_turns


def figures(cpu: float, crowd_rps: float | None = 100.0) -> Figures:
    return Figures(10, cpu, 0.0, 2 * cpu, 3 * cpu, 25.0, 50.0, crowd_rps, 4 * cpu)


@pytest.mark.parametrize(
    ("aim", "reached", "moonshot"),
    [
        (Aim.cpu_of("raw", 1.5, 1.2), True, False),
        (Aim.cpu_of("raw", 1.2), False, None),
        (Aim.cpu_of("tipg", 1.0), None, None),
        (Aim.rps_of("raw", 2.0), True, None),
        (Aim.rps_of("raw", 2.1), False, None),
        (Aim.wall(5.6, 5.5), True, False),
        (Aim.size(24.9), False, None), (Aim.rate(50), True, None), (Aim.rate(51), False, None),
    ],
    ids=["cpu", "cpu missed", "peer absent", "requests", "requests missed", "wall", "size missed", "rate", "rate missed"],
)
def test_an_aim_is_reached_or_missed_or_not_measured(aim: Aim, reached: bool | None, moonshot: bool | None):
    verdict = aim.judge({"ours": figures(2.8, 200.0), "raw": figures(2.0)})
    assert (verdict.reached, verdict.reached_moonshot) == (reached, moonshot)


def test_what_fails_of_protection_is_told_and_the_rest_is_kept(monkeypatch):
    def fails(*_):
        raise RuntimeError("2 forks")

    monkeypatch.setattr(main, "measure_trust", fails)
    (told,) = main.trust(None, False)
    assert (told.ways, told.failed) == ({}, "2 forks")


def test_ways_are_asked_in_turns_and_the_first_turn_is_not_counted():
    asked: list[str] = []
    ways = {name: lambda n, name=name: asked.append(name) or 100 for name in ("ours", "plain")}
    found = in_turns(ways, os.getpid(), {}, turns=2, each=3)
    assert asked == (["ours"] * 3 + ["plain"] * 3) * 3
    assert [(f.requests, f.kilobytes) for f in found.values()] == [(6, 0.1)] * 2


def report(*houses: int, failed: str = "") -> Report:
    def city(count: int) -> CityReport:
        ways = {"ours": figures(count / 100_000), "raw": figures(1.0)}
        result = Result("items", "items of a box", ways, (Aim.cpu_of("raw", 2.0).judge(ways),), failed)
        return CityReport(count, {"house": count}, [result], [ScopeCost("a box", 1.3, 1.0)], [Alike("a name", 61.0, 55.5, 1_000), Alike("a house", 6.0, 10.9, 1_000)])

    return Report([city(count) for count in houses], Loading(100_000, 30_000.0, 60_000.0), None, {"cpus": 2})


def row_of(text: str, start: str) -> list[str]:
    (line, *_) = [line for line in text.splitlines() if line.startswith(f"| {start}")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_aims_are_judged_by_the_city_of_a_million():
    text = render(report(100_000, 1_000_000, 3_000_000))
    assert "## Aims, at 1,000,000 houses" in text
    assert row_of(text, "items of a box")[-3:] == ["CPU <= 2 x raw", "10.00", "MISSED"]
    assert row_of(text, "scope: a box")[-2:] == ["1.30", "MISSED"]
    assert row_of(text, "told apart: a name")[-3:] == ["apart <= 5 ms", "5.50", "MISSED"]
    assert row_of(text, "told apart: a house")[-2:] == ["4.90", "reached"]
    assert row_of(text, "load buildings")[-2:] == ["0.50", "reached, moonshot 0.7 missed"]


def test_growth_is_what_ten_times_the_houses_multiply_the_cost_by():
    growth = render(report(100_000, 1_000_000, 3_000_000)).split("## Growth")[1]
    assert row_of(growth, "items of a box") == ["items of a box", "1.00", "10.00", "30.00", "10.00"]


def test_a_job_that_failed_is_told():
    broken = report(100_000, failed="/tiles/houses: 500")
    assert broken.failures() == ["100,000 houses, items of a box: /tiles/houses: 500"]
    assert "FAILED: 100,000 houses, items of a box: /tiles/houses: 500" in render(broken)


def test_the_result_is_kept_for_people_and_for_programs(tmp_path):
    made = report(100_000)
    save(made, render(made), tmp_path / "results")
    stored = json.loads((tmp_path / "results" / "latest.json").read_text("utf-8"))
    assert stored["cities"][0]["results"][0]["cpu_ms"] == {"ours": 1.0, "raw": 1.0}
    assert (tmp_path / "results" / "latest.md").read_text("utf-8") == render(made)


def test_sizes_are_measured_from_the_smallest_on(capsys):
    assert arguments(["--sizes", "1_000_000,100000,100000"]).sizes == [100_000, 1_000_000]
    assert arguments([]).sizes == [100_000, 1_000_000]
    with pytest.raises(SystemExit):
        arguments(["--sizes", "many"])
    assert "many" in capsys.readouterr().err


def test_limits_only_get_narrower():
    assert Limits(300, 6.0, 6, 4.0).within(Limits(60, 8.0, 3, 0.5)) == Limits(60, 6.0, 3, 0.5)


def test_statements_by_hand_are_held_to_the_area():
    assert held_to((5, 9), f"""SELECT '{{"id":1}}' FROM house WHERE {AREA}""").endswith("BETWEEN 5 AND 9")
