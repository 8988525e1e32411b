"""What is to be reached: a figure of ours beside a limit, absolute or relative to another way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.load import Figures


@dataclass(frozen=True)
class Verdict:
    """The figure, the limit it was to keep, and whether it did; None where it was not measured."""

    words: str
    value: float | None
    limit: float
    moonshot: float | None
    reached: bool | None
    reached_moonshot: bool | None


@dataclass(frozen=True)
class Aim:
    """`what`: cpu or rps as a multiple of the way `against`, else rate (a second), ms (p50) or kB."""

    what: str
    limit: float
    moonshot: float | None = None
    against: str = ""
    at_least: bool = False

    @classmethod
    def cpu_of(cls, against: str, limit: float, moonshot: float | None = None) -> Aim:
        """CPU at most so many times that of another way."""
        return cls("cpu", limit, moonshot, against)

    @classmethod
    def rps_of(cls, against: str, limit: float) -> Aim:
        """Requests a second at least so many times those of another way."""
        return cls("rps", limit, None, against, at_least=True)

    @classmethod
    def rate(cls, limit: float) -> Aim:
        """So many a second, whatever else does it."""
        return cls("rate", limit, at_least=True)

    @classmethod
    def wall(cls, limit: float, moonshot: float | None = None) -> Aim:
        """p50 of one client at most so many milliseconds."""
        return cls("ms", limit, moonshot)

    @classmethod
    def size(cls, limit: float) -> Aim:
        """Kilobytes an answer at most."""
        return cls("kB", limit)

    def judge(self, ways: Mapping[str, Figures]) -> Verdict:
        """The verdict on what was measured."""
        value = self._value(ways)
        return Verdict(
            self.words, value, self.limit, self.moonshot, self._kept(value, self.limit),
            self._kept(value, self.moonshot),
        )  # fmt: skip

    @property
    def words(self) -> str:
        sign = ">=" if self.at_least else "<="
        if self.what == "ms":
            return f"p50 {sign} {self.limit:g} ms"
        if self.what == "kB":
            return f"{sign} {self.limit:g} kB"
        if self.what == "rate":
            return f"{sign} {self.limit:g}/s"
        return f"{'CPU' if self.what == 'cpu' else 'requests/s'} {sign} {self.limit:g} x {self.against}"

    def _value(self, ways: Mapping[str, Figures]) -> float | None:
        ours, other = ways.get("ours"), ways.get(self.against)
        if ours is None or (self.against and other is None):
            return None
        if self.what == "cpu":
            return ours.cpu / max(other.cpu, 1e-6)
        if self.what == "rate":
            return ours.rps
        if self.what == "rps":
            return (ours.crowd_rps or 0) / max(other.crowd_rps or 0, 1e-6)
        return ours.p50 if self.what == "ms" else ours.kilobytes

    def _kept(self, value: float | None, limit: float | None) -> bool | None:
        if value is None or limit is None:
            return None
        return value >= limit if self.at_least else value <= limit
