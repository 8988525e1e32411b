"""Run by the Python of the peers' own environment: METIS, KaHIP, GerryChain on communities as graphs.

    python peers.py graphs.npz plans.npz "METIS recursive,GerryChain"

`graphs.npz`: arrays `n_i`, `x_i` (rows), `a_i` (neighbours), `w_i` (households), `e_i` (border weights),
`k_i` for each community i, and `count`. `plans.npz`: `<method>_<i>` labels (empty: no plan) and `cpu`.
"""

from __future__ import annotations

import json
import random
import signal
import sys
import time
import warnings

import kahip
import networkx
import numpy as np
import pymetis
from gerrychain import Graph
from gerrychain.tree import recursive_tree_part

LIMIT_S = 3
"""CPU seconds a community may take before it counts as without a plan; most take a tenth of that."""
LOW, HIGH, TARGET = 300, 500, 400


def metis_recursive(one):
    """METIS, recursive bisection."""
    return pymetis.part_graph(
        one["k"], xadj=one["x"], adjncy=one["a"], vweights=one["w"], eweights=one["e"], recursive=True
    )[1]


def metis_kway(one):
    """METIS, k-way, contiguous."""
    return pymetis.part_graph(
        one["k"], xadj=one["x"], adjncy=one["a"], vweights=one["w"], eweights=one["e"], recursive=False, contiguous=True
    )[1]


def kahip_eco(one):
    """KaHIP, eco, 25 % imbalance allowed (500 of 400)."""
    lists = [one[name].tolist() for name in "wxea"]
    return kahip.kaffpa(*lists, one["k"], HIGH / TARGET - 1, True, 1, 1)[1]


def gerrychain(one):
    """GerryChain's seed plan (recursive ReCom trees) within 25 % of the ideal."""
    random.seed(1)
    np.random.seed(1)
    graph = networkx.Graph()
    for unit, weight in enumerate(one["w"].tolist()):
        graph.add_node(unit, pop=weight)
    for unit in range(len(one["w"])):
        for edge in range(one["x"][unit], one["x"][unit + 1]):
            graph.add_edge(unit, int(one["a"][edge]))
    ideal = one["w"].sum() / one["k"]
    slack = min(HIGH / ideal - 1, 1 - LOW / ideal)
    found = recursive_tree_part(Graph.from_networkx(graph), range(one["k"]), ideal, "pop", slack)
    return [found[unit] for unit in range(len(one["w"]))]


METHODS = {
    "METIS recursive": metis_recursive, "METIS k-way": metis_kway, "KaHIP eco": kahip_eco, "GerryChain": gerrychain,
}  # fmt: skip


class TooLong(Exception):
    """The community took more than LIMIT_S."""


def _stop(*_):
    raise TooLong


def main():
    """All methods on all communities, each with its own CPU seconds."""
    warnings.simplefilter("ignore")
    given = np.load(sys.argv[1])
    signal.signal(signal.SIGPROF, _stop)
    plans, cpu = {}, {}
    for name in sys.argv[3].split(",") if len(sys.argv) > 3 else METHODS:
        method = METHODS[name]
        spent = 0.0
        for i in range(int(given["count"])):
            one = {key: given[f"{key}_{i}"] for key in "xawe"} | {"k": int(given[f"k_{i}"])}
            label = np.zeros(len(one["w"]), int)
            start = time.process_time()
            if one["k"] > 1:
                signal.setitimer(signal.ITIMER_PROF, LIMIT_S)
                try:
                    label = np.asarray(method(one))
                except Exception:  # whatever a peer raises: no plan here
                    label = np.empty(0, int)
                signal.setitimer(signal.ITIMER_PROF, 0)
            spent += time.process_time() - start
            plans[f"{name}_{i}"] = label
        cpu[name] = spent
        print(f"    {name}: {spent:.1f} CPU s", flush=True)
    np.savez(sys.argv[2], cpu=json.dumps(cpu), **plans)


if __name__ == "__main__":
    main()
