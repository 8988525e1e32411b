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
    """Issue #5's figures against this run's; a large and a small instance each, synthetic and real streets."""
    own = {row.instance: row for row in found.rows if row.method == "ours"}
    strays = [
        row.score.in_pieces + row.score.cut_buildings + row.score.across + row.score.invalid_edges
        + row.score.gap + row.score.overlap for row in own.values()
    ]  # fmt: skip
    lines = [
        Aim("grids in the band, all instances, %", _least(_in_band(row) for row in own.values()), 100, None, True),
        Aim("pieces + cut buildings + gaps and overlaps (m²), all instances", max(strays, default=None), 0.01, None),
    ]  # fmt: skip
    for name in ("s50k", "w50k"):
        row = own.get(name)
        lines.append(Aim(f"CPU s, {name}", row.cpu if row else None, 3, None))
        inside = 100 * row.score.straddled if row else None
        lines.append(Aim(f"big-road length inside a grid, %, {name}", inside, 30, 15))
    for name in ("s500k", "w500k"):
        lines += _large(name, own.get(name), {one.instance: one for one in found.revised}.get(name))
    for family, words, limit in (("s500k", "easy", 1.0), ("hard50k", "big lumps", 6.0)):
        gap = next((one for one in found.gaps if one.family == family), None)
        wide = 100 * gap.whole if gap else None
        lines.append(Aim(f"gap to proven optima, {words} ({family}), %", wide, limit, 1))
    edits = found.edits.get("s500k")
    return [*lines, Aim("one edit in memory, p95 CPU ms, slowest kind", edits and max(e.p95 for e in edits[0]), 40, 20)]


def _large(name: str, row: Row | None, change: Revised | None) -> list[Aim]:
    score = row.score if row else None
    return [
        Aim(f"CPU s, {name}", row.cpu if row else None, 30, None),
        Aim(f"memory of the whole process, MB, {name}", row.megabytes if row else None, 1024, None),
        Aim(f"median Polsby-Popper, {name}", score.compactness if score else None, 0.65, 0.68, True),
        Aim(f"Polsby-Popper p10, {name}", score.compactness_p10 if score else None, 0.42, 0.50, True),
        Aim(f"workload variation, mean, {name}", score.variation if score else None, 0.13, 0.08),
        Aim(f"revision: households moved, %, {name}", 100 * change.moved if change else None, 2.5, 1.5),
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
