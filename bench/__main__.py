"""Measure ours, hand-written SQL and tipg in one run; write bench/results/latest.md and latest.json.

Cities are filled where they are not there yet (about 20 seconds for each 100,000 houses, once)
and brought up to date where they are. `--quick` is for looking whether all of it works.
"""

from __future__ import annotations

import argparse
import sys
import time
from http.client import HTTPException
from pathlib import Path
from subprocess import SubprocessError

import psycopg

from bench import place, tipg
from bench.alike import measure_alike
from bench.load import QUICK, Limits
from bench.loading import measure_loading
from bench.phone import measure_phone
from bench.place import HOME, RESULTS, say
from bench.report import CityReport, Report, machine, render, save
from bench.run import Result, measure_city
from bench.scope import measure_scope
from bench.trust import measure_trust

SMALL, FULL = 100_000, 1_000_000


def sizes(text: str) -> list[int]:
    """Numbers of houses, the smallest first. Raises ArgumentTypeError."""
    try:
        found = sorted({int(one.replace("_", "")) for one in text.split(",")})
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text}: numbers with commas between them") from error
    if found[0] < SMALL:
        raise argparse.ArgumentTypeError(f"at least {SMALL}")
    return found


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser("bench", description=__doc__)
    parser.add_argument(
        "--sizes", type=sizes, default=[SMALL, FULL], metavar="100000,1000000,3000000",
        help="cities to measure, in houses; 3 M takes half an hour to fill, once",
    )  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="100 k houses, short; results stay in the data folder")
    parser.add_argument("--no-peer", action="store_true", help="without tipg")
    parser.add_argument("--refill", action="store_true", help="throw filled cities away first")
    parser.add_argument("--only", default="", help="jobs whose key contains this; nothing is saved")
    return parser.parse_args(words)


def main() -> int:
    """Measure, print, keep; 1 where something could not be measured."""
    asked = arguments()
    start = time.monotonic()
    peer = None if asked.no_peer else tipg.install()
    with place.cluster() as cluster:
        report = measured(cluster, asked, peer)
    text = render(report)
    print(text)
    if not asked.only:
        folder = HOME / "quick" if asked.quick else RESULTS
        save(report, text, folder)
        say(f"{(time.monotonic() - start) / 60:.0f} min; written to {shown(folder)}")
    return 1 if report.failures() else 0


def measured(cluster: place.Cluster, asked: argparse.Namespace, peer: str | None) -> Report:
    """All that was asked for."""
    limits, rounds = (QUICK, 1) if asked.quick else (Limits(), 3)
    reports, loading, facts = [], None, {}
    chosen = [SMALL] if asked.quick else asked.sizes
    loaded = max((size for size in chosen if size <= FULL), default=chosen[0])
    for houses in chosen:
        say(f"{houses:,} houses")
        city = place.city(cluster, houses, asked.refill)
        facts = facts or machine(city)
        results = measure_city(city, bool(peer), limits, asked.only)
        if houses == loaded and (not asked.only or asked.only in "trust"):
            results += trust(city, asked.quick)
        scope = [] if asked.only else measure_scope(city, asked.quick)
        alike = [] if asked.only else measure_alike(city, asked.quick)
        phone = measure_phone(city, asked.quick) if not asked.only or asked.only in "phone" else []
        reports.append(CityReport(houses, city.rows, results, scope, alike, phone))
        if not asked.only and houses == loaded:
            loading = measure_loading(city, rounds)
    return Report(reports, loading, peer, facts, notes(asked))


def trust(city: place.City, quick: bool) -> list[Result]:
    """What protection costs; told as failed where it is."""
    try:
        return measure_trust(city, quick)
    except (RuntimeError, OSError, HTTPException, SubprocessError, psycopg.Error) as error:
        return [Result("trust", "what protection costs", {}, (), str(error).splitlines()[0][:300])]


def notes(asked: argparse.Namespace) -> tuple[str, ...]:
    """How to read the tables."""
    found = (
        "ours: gunicorn with two workers, HTTP, session, area, row policies, gzip; made anew each time (no memory for"
        " tiles) except where the table says so",
        "raw: the same answer from hand-written SQL (page, total, columns, the reader's area as a condition), psycopg,"
        " prepared, binary, kept connection, as the tables' owner; its client's CPU is not counted",
        "tipg: two workers, as the tables' owner, without an area, asked without gzip",
        "CPU: milliseconds of database and server a request, one client; ratios are of CPU where nothing else is said",
        "the houses of a tile are compared with the raw tile that carries id and category, as ours does",
    )
    if asked.quick:
        found += ("a quick run: few requests, for looking whether all works, not for its figures",)
    return found


def shown(folder: Path) -> Path:
    """As seen from the checkout, where it lies in it."""
    return folder.relative_to(place.CHECKOUT) if folder.is_relative_to(place.CHECKOUT) else folder


if __name__ == "__main__":
    sys.exit(main())
