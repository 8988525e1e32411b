"""One line of the doctor's report."""

from __future__ import annotations

from typing import Literal, NamedTuple

Level = Literal["good", "warn", "bad"]


class Finding(NamedTuple):
    """A check: its name, how it went, the fact behind it. A warning leaves the exit code at 0."""

    title: str
    level: Level
    detail: str

    @classmethod
    def of(cls, title: str, good: bool, detail: str, *, otherwise: Level = "bad") -> Finding:
        """Good, or `otherwise`."""
        return cls(title, "good" if good else otherwise, detail)

    @classmethod
    def bad(cls, title: str, detail: str) -> Finding:
        """Not well."""
        return cls(title, "bad", detail)
