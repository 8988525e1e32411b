"""Measure the grid planner beside METIS, KaHIP and GerryChain: `make bench-partition`.

Every method gets the same communities as graphs of the same units; figures come from the exported
polygons. CPU seconds are those of the process, so that other work on the machine matters little.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.partition import measure, real, rivals, towns
from bench.partition.instances import instance
from bench.partition.report import Found, render
from grids_boundaries.partition.warm import warm_up

HOME = Path(__file__).parents[2] / ".data" / "bench" / "partition"
WITH_GAPS = {"s500k": 210, "hard50k": 40}
REVISED, EDITED = {"s50k", "s500k"}, {"s500k"}


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    everything = [*towns.TOWNS, *real.names()]
    parser = argparse.ArgumentParser("bench.partition", description=__doc__)
    parser.add_argument("--instances", default=",".join(everything), help="some of " + ",".join(everything))
    parser.add_argument("--peers", default="METIS recursive,METIS k-way,KaHIP eco,GerryChain")
    parser.add_argument("--workers", type=int, default=1, help="threads of ours")
    return parser.parse_args(words)


def main() -> int:
    """Measure, print, keep; 1 where an aim was missed."""
    asked = arguments()
    found = Found(warm=warm_up())
    python = rivals.install(HOME / "peers") if asked.peers else None
    for name in asked.instances.split(","):
        print(f"  {name}", flush=True)
        one = instance(name, HOME)
        city = measure.city_of(one)
        own = measure.ours(one, city, asked.workers)
        print(f"    ours: {own.row.cpu:.1f} CPU s", flush=True)
        found.rows.append(own.row)
        if python:
            found.rows += [measure.peer(one, city, plan) for plan in rivals.plans(python, one, asked.peers)]
        if name in REVISED:
            found.revised.append(measure.revised(one, city, own))
        if name in WITH_GAPS:
            gap = measure.gaps(one, WITH_GAPS[name])
            found.gaps += [gap] if gap else []
        if name in EDITED:
            found.edits[name] = measure.edits(one, own.plan)
        (HOME / "latest.md").write_text(render(found), encoding="utf-8")
    text = render(found)
    print(text)
    return 1 if "**missed**" in text else 0


if __name__ == "__main__":
    sys.exit(main())
