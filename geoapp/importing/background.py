"""Batches that wait are dealt with beside the requests, in a process of their own."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass

from geoapp.core.settings import Settings
from geoapp.importing.staging import waiting


@dataclass
class Runner:
    """Called every few seconds by each server process; starts one child at a time, and only for work."""

    child: subprocess.Popen[bytes] | None = None

    def __call__(self, settings: Settings) -> None:
        """Start the child where batches wait. One that was killed is followed by another, which goes on."""
        if (self.child is None or self.child.poll() is not None) and waiting(settings):
            self.child = subprocess.Popen(
                ["nice", sys.executable, "-m", "geoapp.importing.staging"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
