"""Files that wait and first fills are dealt with beside the requests, each kind in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from geoapp.core.settings import Settings
from geoapp.importing import fill_run, staging

WORK: Mapping[str, Callable[[Settings], list[int]]] = {
    "geoapp.importing.staging": staging.waiting, "geoapp.importing.fill_run": fill_run.waiting,
}  # fmt: skip
"""Module to what tells whether there is work for it: a long fill keeps no file of a department waiting."""


@dataclass
class Runner:
    """Called every few seconds by each server process; starts one child of a kind at a time, and only for work."""

    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __call__(self, settings: Settings) -> None:
        """Start a child where work waits. One that was killed is followed by another, which goes on."""
        for module, waiting in WORK.items():
            child = self.children.get(module)
            if (child is None or child.poll() is not None) and waiting(settings):
                self.children[module] = subprocess.Popen(
                    ["nice", sys.executable, "-m", module],
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )  # fmt: skip
