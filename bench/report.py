"""The table, for the terminal, for reading later (Markdown) and for programs (JSON)."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import geoapp
from bench.aims import Verdict
from bench.alike import LIMIT as ALIKE_LIMIT
from bench.alike import Alike
from bench.alike import rows as alike_rows
from bench.loading import LIMIT as LOAD_LIMIT
from bench.loading import MOONSHOT as LOAD_MOONSHOT
from bench.loading import Loading
from bench.phone import LIMIT as PHONE_LIMIT
from bench.phone import Saved
from bench.phone import rows as phone_rows
from bench.place import City
from bench.run import Result
from bench.scope import LIMIT as SCOPE_LIMIT
from bench.scope import ScopeCost

AIMED = 1_000_000
"""Houses of the city that the aims are for."""
JOB_COLUMNS = (
    "job", "way", "CPU ms db", "CPU ms server", "CPU ms", "p50 ms", "p95 ms", "req/s, 1", "req/s, 8", "p95 ms, 8",
    "kB", "verdict",
)  # fmt: skip
SUMMARY_COLUMNS = (
    "job", "ours, CPU ms (db + server)", "raw", "tipg", "p50 ms", "kB", "aim", "measured", "verdict",
)  # fmt: skip


@dataclass(frozen=True)
class CityReport:
    """What was measured on one city."""

    houses: int
    rows: dict[str, int]
    results: list[Result]
    scope: list[ScopeCost]
    alike: list[Alike] = field(default_factory=list)
    phone: list[Saved] = field(default_factory=list)


@dataclass(frozen=True)
class Report:
    """The whole run, the smallest city first."""

    cities: list[CityReport]
    loading: Loading | None
    peer: str | None
    facts: dict[str, object]
    notes: tuple[str, ...] = ()

    @property
    def aimed(self) -> CityReport:
        """The city the aims are judged by: that of 1 M houses, or the largest there is."""
        return next((city for city in self.cities if city.houses == AIMED), self.cities[-1])

    def failures(self) -> list[str]:
        """What could not be measured."""
        return [
            f"{city.houses:,} houses, {result.title}: {result.failed}"
            for city in self.cities
            for result in city.results
            if result.failed
        ]


def machine(city: City) -> dict[str, object]:
    """What the figures depend on besides us."""
    with city.connect() as connection:
        versions = connection.execute("SELECT version(), postgis_full_version()").fetchone()
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"), "geoapp": geoapp.__version__,
        "python": platform.python_version(), "cpus": os.cpu_count(), "load_before": os.getloadavg()[0],
        "postgresql": versions[0].split(" on ")[0], "postgis": versions[1].split(" [")[0],
    }  # fmt: skip


def save(report: Report, text: str, folder: Path) -> None:
    """latest.json and latest.md, in that folder."""
    folder.mkdir(parents=True, exist_ok=True)
    body = asdict(report)
    for stored, made in zip(body["cities"], report.cities, strict=True):
        for one, result in zip(stored["results"], made.results, strict=True):
            one["cpu_ms"] = {name: figures.cpu for name, figures in result.ways.items()}
    (folder / "latest.json").write_text(
        json.dumps(body, indent=1, ensure_ascii=False) + "\n", "utf-8"
    )
    (folder / "latest.md").write_text(text, "utf-8")


def render(report: Report) -> str:
    """The tables as Markdown, which a terminal shows as it is."""
    lines = ["# Measured", ""]
    lines += [f"- {name}: {value}" for name, value in report.facts.items()]
    lines.append(f"- tipg: {report.peer or 'could not be had'}")
    lines += [f"- {note}" for note in report.notes]
    lines += [f"- FAILED: {failure}" for failure in report.failures()]
    lines += ["", f"## Aims, at {report.aimed.houses:,} houses", ""]
    lines += _table(SUMMARY_COLUMNS, list(_summary(report)))
    for city in report.cities:
        rows = ", ".join(f"{count:,} {table}" for table, count in city.rows.items())
        lines += ["", f"## {city.houses:,} houses ({rows})", ""]
        lines += _table(JOB_COLUMNS, _job_rows(city.results))
        if city.scope:
            lines += [
                "",
                "Cost of the access scope (area and row policies), CPU ms of the database:",
                "",
            ]
            lines += _table(
                ("question", "within", "without", "ratio", "aim"), _scope_rows(city.scope)
            )
        if city.alike:
            lines += ["", "What must not be told apart, medians in ms:", ""]
            head = ("question", "there", "not there", "pairs", "apart", "aim")
            lines += _table(head, list(alike_rows(city.alike)))
        if city.phone:
            lines += ["", "From tapping save on a phone to the saved record on the screen, ms:", ""]
            lines += _table(("form", "p50", "p95", "saves", "aim"), list(phone_rows(city.phone)))
    if report.loading:
        lines += ["", "## Loading buildings", ""]
        lines += _table(
            ("rows", "geoapp load, rows/s", "ogr2ogr COPY, rows/s", "share", f">= {LOAD_LIMIT:g}"),
            [_load_row(report.loading)],
        )
    if len(report.cities) > 1:
        lines += ["", "## Growth: CPU ms of ours, and what ten times the houses multiply it by", ""]
        lines += _growth(report.cities)
    return "\n".join(lines) + "\n"


def _summary(report: Report) -> Iterator[tuple[str, ...]]:
    """One line for each aim."""
    city = report.aimed
    for result in city.results:
        for place, verdict in enumerate(result.verdicts):
            shown = _figures(result) if place == 0 else ("",) * 6
            yield (*shown, verdict.words, _measured(verdict), _word(verdict))
    for cost in city.scope:
        figures = (f"scope: {cost.title}", f"{cost.within:.2f}", f"{cost.without:.2f}", "", "", "")
        verdict = Verdict(f"<= {SCOPE_LIMIT:g} x without", cost.ratio, SCOPE_LIMIT, None, cost.reached, None)
        yield (*figures, verdict.words, _measured(verdict), _word(verdict))
    for one in city.alike:
        figures = (f"told apart: {one.title}", "", "", "", f"{one.there:.2f} / {one.absent:.2f}", "")
        verdict = Verdict(f"apart <= {ALIKE_LIMIT:g} ms", one.apart, ALIKE_LIMIT, None, one.reached, None)
        yield (*figures, verdict.words, _measured(verdict), _word(verdict))
    for saved in city.phone:
        figures = (f"saved on a phone: {saved.title}", "", "", "", f"{saved.p50:.0f}", "")
        verdict = Verdict(f"p50 < {PHONE_LIMIT:g} ms", saved.p50, PHONE_LIMIT, None, saved.reached, None)
        yield (*figures, verdict.words, _measured(verdict), _word(verdict))
    if report.loading:
        title, aim = "load buildings, whole command", f"rows/s >= {LOAD_LIMIT:g} x ogr2ogr"
        yield (title, *("",) * 5, aim, *_load_row(report.loading)[-2:])


def _figures(result: Result) -> tuple[str, ...]:
    ours, raw, tipg = (result.ways.get(name) for name in ("ours", "raw", "tipg"))
    if ours is None:
        return result.title, "failed", "", "", "", ""
    others = (f"{way.cpu:.2f}" if way else "" for way in (raw, tipg))
    split = f"{ours.cpu:.2f} ({ours.cpu_database:.2f} + {ours.cpu_server:.2f})"
    return (result.title, split, *others, f"{ours.p50:.1f}", f"{ours.kilobytes:.1f}")


def _measured(verdict: Verdict) -> str:
    return "" if verdict.value is None else f"{verdict.value:.2f}"


def _job_rows(results: Sequence[Result]) -> Iterator[tuple[str, ...]]:
    for result in results:
        for place, (name, f) in enumerate(result.ways.items()):
            aim = "; ".join(_verdict(v) for v in result.verdicts) if place == 0 else ""
            crowd = (
                ("", "") if f.crowd_rps is None else (f"{f.crowd_rps:.0f}", f"{f.crowd_p95:.1f}")
            )
            yield (
                result.title if place == 0 else "", name, f"{f.cpu_database:.2f}", f"{f.cpu_server:.2f}",
                f"{f.cpu:.2f}", f"{f.p50:.1f}", f"{f.p95:.1f}", f"{f.rps:.0f}", *crowd, f"{f.kilobytes:.1f}", aim,
            )  # fmt: skip


def _verdict(verdict: Verdict) -> str:
    return f"{verdict.words}: {_measured(verdict)} {_word(verdict)}".replace(":  ", ": ")


def _word(verdict: Verdict) -> str:
    if verdict.value is None:
        return "not measured"
    word = "reached" if verdict.reached else "MISSED"
    if verdict.moonshot is not None:
        word += f", moonshot {verdict.moonshot:g} {'reached' if verdict.reached_moonshot else 'missed'}"
    return word


def _scope_rows(costs: Sequence[ScopeCost]) -> Iterator[tuple[str, ...]]:
    for cost in costs:
        word = "reached" if cost.reached else "MISSED"
        yield (
            cost.title,
            f"{cost.within:.2f}",
            f"{cost.without:.2f}",
            f"{cost.ratio:.2f}",
            f"<= {SCOPE_LIMIT:g}: {word}",
        )


def _load_row(loading: Loading) -> tuple[str, ...]:
    share = loading.share
    if share is None:
        return f"{loading.rows:,}", f"{loading.ours:,.0f}", "not installed", "", "not measured"
    word = "reached" if share >= LOAD_LIMIT else "MISSED"
    word += f", moonshot {LOAD_MOONSHOT:g} {'reached' if share >= LOAD_MOONSHOT else 'missed'}"
    return f"{loading.rows:,}", f"{loading.ours:,.0f}", f"{loading.ogr2ogr:,.0f}", f"{share:.2f}", word


def _growth(cities: Sequence[CityReport]) -> list[str]:
    ordered = sorted(cities, key=lambda city: city.houses)
    head = ("job", *(f"{city.houses:,}" for city in ordered), "x for ten times")
    rows = []
    for result in ordered[-1].results:
        found = [next((r for r in city.results if r.key == result.key), None) for city in ordered]
        cpu = [r.ways["ours"].cpu if r and "ours" in r.ways else None for r in found]
        shown = [f"{c:.2f}" if c is not None else "" for c in cpu]
        rows.append((result.title, *shown, _slope(ordered, cpu)))
    return list(_table(head, rows))


def _slope(cities: Sequence[CityReport], cpu: Sequence[float | None]) -> str:
    known = [(city.houses, c) for city, c in zip(cities, cpu, strict=True) if c]
    if len(known) < 2:
        return ""
    (few, small), (many, large) = known[0], known[-1]
    return f"{10 ** (math.log(large / small) / math.log(many / few)):.2f}"


def _table(head: Sequence[str], rows) -> Iterator[str]:
    lines = [tuple(head), *rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    for number, line in enumerate(lines):
        yield (
            "| "
            + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            + " |"
        )
        if number == 0:
            yield "|" + "|".join("-" * (width + 2) for width in widths) + "|"
