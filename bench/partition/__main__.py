"""Measure the grid planner beside METIS, KaHIP and GerryChain: `make bench-partition`.

Every method gets the same communities as graphs of the same units; figures come from the exported
polygons. CPU seconds are those of the process, so that other work on the machine matters little.
What was measured is kept after each instance; `--again` takes up a run that was broken off. A run of
everything writes bench/results/partition.md.
"""

from __future__ import annotations

import argparse
import datetime
import pickle
import sys
from pathlib import Path

from bench.partition import measure, real, rivals, towns
from bench.partition.instances import instance
from bench.partition.report import Found, render
from grids_boundaries.partition.warm import warm_up

HOME = Path(__file__).parents[2] / ".data" / "bench" / "partition"
RESULT = Path(__file__).parents[1] / "results" / "partition.md"
WITH_GAPS = {"s500k": 210, "hard50k": 40}
REVISED, EDITED = {"s50k", "s500k", "w500k"}, {"s500k"}


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    everything = [*towns.TOWNS, *real.names()]
    parser = argparse.ArgumentParser("bench.partition", description=__doc__)
    parser.add_argument("--instances", default=",".join(everything), help="some of " + ",".join(everything))
    parser.add_argument("--peers", default="METIS recursive,METIS k-way,KaHIP eco,GerryChain")
    parser.add_argument("--workers", type=int, default=1, help="threads of ours")
    parser.add_argument("--again", action="store_true", help="go on with a run that was broken off")
    return parser.parse_args(words)


def main() -> int:
    """Measure, print, keep; 1 where an aim was missed."""
    asked = arguments()
    names, kept = asked.instances.split(","), HOME / "found.pickle"
    found = Found(warm=warm_up())
    if asked.again and kept.exists():
        found = pickle.loads(kept.read_bytes())  # a file of our own making
    python = rivals.install(HOME / "peers") if asked.peers else None
    for name in names:
        if any(row.instance == name for row in found.rows):
            continue
        print(f"  {name}", flush=True)
        measured(found, name, asked, python)
        kept.write_bytes(pickle.dumps(found))
        (HOME / "latest.md").write_text(render(found), encoding="utf-8")
    text = render(found)
    print(text)
    if {*towns.TOWNS, *real.names()} == set(names):
        day = datetime.datetime.now(datetime.UTC).date().isoformat()
        head = f"# Grids proposed and edited, {day}\n\n`make bench-partition`; read with docs/partition.md.\n\n"
        RESULT.write_text(head + text, encoding="utf-8")
    return 1 if "**missed**" in text else 0


def measured(found: Found, name: str, asked: argparse.Namespace, python: Path | None) -> None:
    """Everything about one instance, added to `found`."""
    one = instance(name, HOME)
    city = measure.city_of(one)
    own = measure.ours(one, city, asked.workers)
    print(f"    ours: {own.row.cpu:.1f} CPU s", flush=True)
    revised = [measure.revised(one, city, own)] if name in REVISED else []
    gap = measure.gaps(one, WITH_GAPS[name]) if name in WITH_GAPS else None
    edited = {name: measure.edits(one, own.plan)} if name in EDITED else {}
    peers = [measure.peer(one, city, plan) for plan in rivals.plans(python, one, asked.peers)] if python else []
    found.rows += [own.row, *peers]
    found.revised += revised
    found.gaps += [gap] if gap else []
    found.edits |= edited


if __name__ == "__main__":
    sys.exit(main())
