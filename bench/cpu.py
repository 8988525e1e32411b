"""CPU time of whole families of processes, from /proc."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
_PPID, _UTIME, _STIME, _CUTIME, _CSTIME = 1, 11, 12, 13, 14
"""Places in /proc/<pid>/stat behind the name in brackets."""


def _stat(pid: int) -> list[str]:
    text = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace")
    return text.rpartition(")")[2].split()


def family(root: int) -> list[int]:
    """The process and everything it started that still runs."""
    children: dict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                children[int(_stat(int(entry.name))[_PPID])].append(int(entry.name))
            except (OSError, IndexError):
                continue
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children[pid]
    return found


def spent(root: int | None) -> float:
    """Seconds of CPU used by the family, those of children that have ended included."""
    if root is None:
        return 0.0
    ticks = 0
    for pid in family(root):
        try:
            fields = _stat(pid)
        except OSError:
            continue
        ticks += sum(int(fields[place]) for place in (_UTIME, _STIME, _CUTIME, _CSTIME))
    return ticks / TICKS
