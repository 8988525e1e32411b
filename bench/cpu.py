"""CPU time of whole families of processes, from /proc.

Processes that live are read to the nanosecond (schedstat), those that have ended to the hundredth
of a second, as the kernel keeps them.
"""

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
    seconds = 0.0
    for pid in family(root):
        try:
            fields = _stat(pid)
            seconds += _on_processor(pid, fields)
        except OSError:
            continue
        seconds += (int(fields[_CUTIME]) + int(fields[_CSTIME])) / TICKS
    return seconds


def _on_processor(pid: int, fields: list[str]) -> float:
    """Seconds of all threads that live; by ticks where the kernel keeps no schedstat."""
    tasks = list(Path(f"/proc/{pid}/task").iterdir())
    try:
        return sum(int((task / "schedstat").read_text("ascii").split()[0]) for task in tasks) / 1e9
    except (OSError, IndexError):
        return (int(fields[_UTIME]) + int(fields[_STIME])) / TICKS
