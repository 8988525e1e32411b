"""`python -m bench`: 1 M houses with 100 k beside; `--quick`: 100 k alone, shorter."""

from __future__ import annotations

import argparse

from bench import place, tipg
from bench.loading import measure_loading
from bench.report import CityReport, Report, machine, render, save
from bench.run import measure_city, say
from bench.scope import measure_scope

FULL, QUICK, LARGE = 1_000_000, 100_000, 3_000_000


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser("bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="100 k houses only")
    parser.add_argument(
        "--three-million", action="store_true", help="3 M houses as well (half an hour to fill)"
    )
    parser.add_argument("--no-peer", action="store_true", help="without tipg")
    parser.add_argument("--only", default="", help="jobs whose key contains this; nothing is saved")
    return parser.parse_args()


def sizes(asked: argparse.Namespace) -> list[int]:
    """Cities to measure, that of the aims first."""
    if asked.quick:
        return [QUICK]
    return [FULL, QUICK, *([LARGE] if asked.three_million else [])]


def main() -> None:
    """Measure, print, keep."""
    asked = arguments()
    peer = None if asked.no_peer else tipg.install()
    with place.cluster() as cluster:
        reports, loading, facts = [], None, {}
        for houses in sizes(asked):
            say(f"city of {houses:,} houses")
            city = place.city(cluster, houses)
            facts = facts or machine(city)
            results = measure_city(city, bool(peer), asked.only)
            scope = [] if asked.only else measure_scope(city)
            reports.append(CityReport(houses, city.rows, results, scope))
            if loading is None and not asked.only:
                say("  loading buildings")
                loading = measure_loading(city)
    report = Report(reports, loading, peer, facts, notes(asked))
    text = render(report)
    print(text)
    if not asked.only:
        save(report, text)


def notes(asked: argparse.Namespace) -> tuple[str, ...]:
    """How to read the table."""
    found = (
        "ours: gunicorn with two workers, HTTP, session, area, row policies, gzip; made anew each time (no memory for"
        " tiles) except where the table says so",
        "raw: psycopg, prepared, binary, kept connection, as the tables' owner; its client's CPU is not counted",
        "tipg: two workers, as the tables' owner, asked without gzip",
        "aims compare CPU (database and server) of one client, with the raw tile that carries id and category alone",
    )
    if not asked.three_million:
        found += ("3 M houses were not asked for (--three-million)",)
    return found


if __name__ == "__main__":
    main()
