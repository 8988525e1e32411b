"""The peers beside us: their environment, the graphs they get, the plans they give back."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.partition.instances import Instance
from grids_boundaries.partition.graph import Net, parts_of
from grids_boundaries.partition.model import PROFILES
from grids_boundaries.partition.search import Before, Search

LOCK = Path(__file__).parents[1] / "requirements-partition.lock"
WEIGHTS = np.array([4.0, 1.0, 0.7, 0.3, 0.15, 0.15, 0.1])
"""What a metre of border costs a peer, by BORDER_CLASSES: they only know costs above 0."""


def install(place: Path) -> Path | None:
    """Python of the peers' own environment; None where they cannot be had."""
    python = place / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
    have = subprocess.run([python, "-c", "import pymetis, kahip, gerrychain"], check=False, capture_output=True)
    if have.returncode:
        command = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", LOCK]
        if subprocess.run(command, check=False).returncode:
            return None
    return python


def plans(
    python: Path, instance: Instance, methods: str
) -> Iterator[tuple[str, float, np.ndarray, int]]:
    """(method, CPU seconds, grid of each cell, communities without a plan); those stay one grid."""
    problem = instance.problem
    net = Net.of(problem)
    parts = parts_of(net, net.areas(np.ones(len(problem.cells), bool)))
    units = []
    given: dict[str, np.ndarray] = {"count": np.array(len(parts))}
    for i, part in enumerate(parts):
        search = Search(part, PROFILES["balanced"], 0, np.zeros(1, np.uint8))
        unit = part.units(search.too_big())
        units.append(unit)
        before = Before.none(len(unit))
        weighted = PROFILES["balanced"].__class__("peer", "peer", metre=tuple(WEIGHTS * 1000.0))
        graph = part.graph(unit, weighted, before.keep, before.label, before.fixed)
        total = int(graph.load.sum())
        given[f"x_{i}"] = graph.start.astype(np.int64)
        given[f"a_{i}"] = graph.near.astype(np.int64)
        given[f"w_{i}"] = graph.load.astype(np.int64)
        given[f"e_{i}"] = np.maximum(graph.cost.round(), 1).astype(np.int64)
        given[f"k_{i}"] = np.array(max(round(total / 400), 1))
    with tempfile.TemporaryDirectory() as folder:
        asked, told = Path(folder) / "graphs.npz", Path(folder) / "plans.npz"
        np.savez(asked, **given)
        subprocess.run([python, Path(__file__).with_name("peers.py"), asked, told, methods], check=True)
        found = np.load(told)
        for method, seconds in json.loads(str(found["cpu"])).items():
            grid = np.zeros(len(problem.cells), np.int64)
            count, failed = 0, 0
            for i, part in enumerate(parts):
                label = found[f"{method}_{i}"]
                failed += int(len(label) == 0)
                local = np.zeros(len(part.members), np.int64) if len(label) == 0 else label[units[i]]
                local = np.unique(local, return_inverse=True)[1].reshape(-1)
                grid[part.members] = local + count
                count += int(local.max()) + 1
            yield method, seconds, grid, failed
