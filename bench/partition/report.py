"""The tables: every method on every instance, and which aims of #5 were reached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bench.partition.measure import Gaps, Revised, Row, Timed


@dataclass
class Found:
    """All that was measured in one run."""

    rows: list[Row] = field(default_factory=list)
    revised: list[Revised] = field(default_factory=list)
    gaps: list[Gaps] = field(default_factory=list)
    edits: dict[str, tuple[list[Timed], float, bool]] = field(default_factory=dict)
    warm: float = 0.0


@dataclass(frozen=True)
class Aim:
    """One line of the table of aims: what, measured (None: not in this run), limits."""

    words: str
    value: float | None
    limit: float
    moonshot: float | None
    at_least: bool = False

    def verdict(self) -> str:
        """Reached, missed, moonshot."""
        if self.value is None:
            return "not measured"
        if self.moonshot is not None and self._kept(self.moonshot):
            return "moonshot"
        return "reached" if self._kept(self.limit) else "**missed**"

    def _kept(self, limit: float) -> bool:
        assert self.value is not None
        return self.value >= limit if self.at_least else self.value <= limit


def aims(found: Found) -> list[Aim]:
    """Issue #5's figures against this run's."""
    own = {row.instance: row for row in found.rows if row.method == "ours"}
    big, mid = own.get("s500k"), own.get("s50k")
    hard = next((gap for gap in found.gaps if gap.family == "hard50k"), None)
    easy = next((gap for gap in found.gaps if gap.family in {"s500k", "s50k"}), None)
    change = next((one for one in reversed(found.revised)), None)
    edits = found.edits.get("s500k") or next(iter(found.edits.values()), None)
    strays = [
        row.score.in_pieces + row.score.cut_buildings + row.score.across + row.score.invalid_edges
        + row.score.gap + row.score.overlap for row in own.values()
    ]  # fmt: skip
    return [
        Aim("grids in the band, all instances, %", _least(_in_band(row) for row in own.values()), 100, None, True),
        Aim("pieces + cut buildings + gaps and overlaps (m²), all instances", max(strays, default=None), 0.01, None),
        Aim("CPU s, s50k", mid and mid.cpu, 3, None),
        Aim("CPU s, s500k", big and big.cpu, 30, None),
        Aim("memory of the whole process, MB, s500k", big and big.megabytes, 1024, None),
        Aim("median Polsby-Popper, s500k", big and big.score.compactness, 0.65, 0.68, True),
        Aim("Polsby-Popper p10, s500k", big and big.score.compactness_p10, 0.42, 0.50, True),
        Aim("workload variation, mean, s500k", big and big.score.variation, 0.13, 0.08),
        Aim("big-road length inside a grid, %, s50k", mid and 100 * mid.score.straddled, 30, 15),
        Aim("gap to proven optima, easy, %", easy and 100 * easy.whole, 1, 1),
        Aim("gap to proven optima, big lumps, %", hard and 100 * hard.whole, 6, 1),
        Aim("revision: households moved, %", change and 100 * change.moved, 2.5, 1.5),
        Aim("one edit, p95 CPU ms, slowest kind", edits and max(one.p95 for one in edits[0]), 40, 20),
    ]  # fmt: skip


def _in_band(row: Row) -> float:
    return 100 * row.score.in_band / row.score.grids


def _least(values: Iterable[float]) -> float | None:
    return min(values, default=None)


def render(found: Found) -> str:
    """Markdown."""
    text = ["| instance | method | grids | in band % | households | in pieces | cut | gap + overlap m² |"
            " PP median | PP p10 | workload CV | big roads inside % | CPU s | without a plan |",
            "|---|---|" + "--:|" * 12]  # fmt: skip
    for row in found.rows:
        s = row.score
        name = f"**{row.method}**" if row.method == "ours" else row.method
        text.append(
            f"| {row.instance} | {name} | {s.grids} | {_in_band(row):.1f} | {s.least}-{s.most} | {s.in_pieces} |"
            f" {s.cut_buildings} | {s.gap + s.overlap:.4f} |"
            f" {s.compactness:.3f} | {s.compactness_p10:.3f} | {s.variation:.3f} |"
            f" {100 * s.straddled:.1f} | {row.cpu:.2f} | {row.failed} |"
        )  # fmt: skip
    text += ["", "| aim | measured | to reach | moonshot | |", "|---|--:|--:|--:|---|"]
    for aim in aims(found):
        value = "" if aim.value is None else f"{aim.value:.4g}"
        moonshot = "" if aim.moonshot is None else f"{aim.moonshot:g}"
        sign = "≥" if aim.at_least else "≤"
        text.append(f"| {aim.words} | {value} | {sign} {aim.limit:g} | {moonshot} | {aim.verdict()} |")
    return "\n".join([*text, *_rest(found), ""])


def _rest(found: Found) -> Sequence[str]:
    text = ["", "| revision of | missed before | moved % | from scratch % | grids untouched % | in band | CPU s |",
            "|---|" + "--:|" * 6]  # fmt: skip
    for one in found.revised:
        text.append(
            f"| {one.instance} | {one.missed_before} | {100 * one.moved:.2f} | {100 * one.scratch:.1f} |"
            f" {100 * one.untouched:.1f} | {one.in_band} of {one.grids} | {one.cpu:.1f} |"
        )  # fmt: skip
    text += ["", "| small communities of | solved | proven impossible | annealing alone: mean, worst gap % | hits % |"
             " with the exact solver: mean, worst % |",
             "|---|" + "--:|" * 5]  # fmt: skip
    for gap in found.gaps:
        text.append(
            f"| {gap.family} | {gap.solved} | {gap.impossible} | {100 * gap.alone:.2f}, {100 * gap.alone_worst:.1f} |"
            f" {100 * gap.hits:.0f} | {100 * gap.whole:.2f}, {100 * gap.whole_worst:.1f} |"
        )  # fmt: skip
    for name, (rows, opened, sound) in found.edits.items():
        text += ["", f"Edits, {name}: opened in {opened:.1f} CPU s; partition whole at the end: {sound}.", "",
                 "| edit | number | p50 CPU ms | p95 CPU ms | p95 wall ms |", "|---|" + "--:|" * 4]  # fmt: skip
        text += [f"| {o.kind} | {o.number} | {o.p50:.1f} | {o.p95:.1f} | {o.p95_wall:.1f} |" for o in rows]
    return [*text, "", f"Compiling or reading the inner loops before: {found.warm:.1f} s."]
