"""A first fill in words and figures for its pages: nothing of a row (D3.4)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row

from geoapp.core.i18n import N_, Words, translate
from geoapp.importing import codes
from geoapp.importing.asking import region_names
from geoapp.importing.fill_reasons import reason
from geoapp.importing.fill_report import OF_THE_ROW, by_street
from geoapp.importing.first_fill import phase_of
from geoapp.importing.templates import template_of
from grids_boundaries.keys import LEVELS

MOVING = frozenset({"reading", "checking", "writing"})
"""Where the page asks again by itself."""
REPORTED = frozenset({"checked", "stopped", "written"})
BEGUN = frozenset({"checking", "writing"})
TONES = {
    "checked": "info", "written": "ok", "stopped": "warn", "asking": "warn", "dropped": "neutral", "failed": "bad",
}  # fmt: skip
LEAST = 5
FEWER, AT_LEAST = N_("少于 %(n)s"), N_("至少 %(n)s")
MOST_GRIDS = 300
"""More are shown by street alone."""
Shown = dict[str, Any]


def shown_area(row: Row) -> tuple[str, str]:
    """(key, name with its code) of a region to choose; deeper ones stand further in."""
    code = str(row.key)[:6] if row.level == "county" else str(row.key)[:12]
    inwards = "\u2003" * max(LEVELS.index(row.level) - LEVELS.index("county"), 0)
    return str(row.key), f"{inwards}{row.full_name or row.name} {code}"


def shown_line(fill: Row, locale: str) -> Shown:
    """What a list shows of it."""
    phase = phase_of(fill)
    return {
        "id": fill.id, "file_name": fill.file_name, "title": translate(template_of(fill.register).title, locale),
        "area": fill.area, "phase": phase, "phase_text": translate(codes.FILL_STATES[phase], locale),
        "tone": TONES.get(phase, "info"), "sender": fill.sender, "sent_at": fill.sent_at,
    }  # fmt: skip


def shown_fill(connection: Connection, fill: Row, locale: str, *, names: bool) -> Shown:
    """All that its page shows. Without `names`, the right to read people by name, counts of people on the register are
    shown from LEAST on (D3.4)."""
    line = shown_line(fill, locale)
    said = (fill.error if fill.state == codes.FAILED else None) or fill.fill_error or {}
    stopping = bool(fill.fill_stop_asked or fill.cancel_asked) and line["phase"] not in ("dropped", "failed", "written")
    report = (fill.fill_report or fill.fill_dry) if line["phase"] in REPORTED else None
    bounded = fill.register in codes.PEOPLE and not names
    return line | {
        "open": line["phase"] in MOVING or stopping, "stopping": stopping, "sha256": fill.sha256,
        "good": fill.good, "bad": fill.bad, "read": fill.done, "register": fill.register,
        "said": said.get(locale) or said.get("zh", ""), "progress": _progress(fill, line["phase"]),
        "report": _report(connection, fill, report, locale, bounded) if report else None,
        "faults": _faults(fill, locale),
    }  # fmt: skip


# -- parts ---------------------------------------------------------------------------------


def _progress(fill: Row, phase: str) -> Shown | None:
    """Rows dealt with, of how many, how many a second, minutes left."""
    if phase not in BEGUN or fill.fill_state not in BEGUN or fill.fill_begun_at is None:
        return None
    seconds = (fill.fill_moved_at - fill.fill_begun_at).total_seconds()
    rate = (fill.fill_done - fill.fill_begun_done) / seconds if seconds > 0 else 0.0
    left = max(fill.fill_total - fill.fill_done, 0)
    return {
        "done": fill.fill_done, "total": fill.fill_total, "rate": round(rate),
        "minutes": math.ceil(left / rate / 60) if rate else None,
    }  # fmt: skip


def _report(connection: Connection, fill: Row, report: Mapping[str, Any], locale: str, bounded: bool) -> Shown:
    own = sum(n for code, n in report["failed"].items() if not bounded or code in OF_THE_ROW)
    others = sum(report["failed"].values()) - own
    counts = {"made": report["made"], "unchanged": report["unchanged"], "others": others}
    told = _bounds(counts, locale) if bounded else {name: str(n) for name, n in counts.items()}
    return {
        **told, "anything": bool(report["made"] or report["unchanged"] or (bounded and others)), "not_made": own,
        "bounded": bounded, "left": report["left"], "reasons": _reasons(report, locale, bounded),
        "places": _places(connection, bounded, by_street(report)),
        "grids": [] if bounded or len(report["regions"]) > MOST_GRIDS else _places(
            connection, bounded, {key: counts for key, *counts in report["regions"]}
        ),
    }  # fmt: skip


def _bounds(counts: Mapping[str, int], locale: str) -> dict[str, str]:
    """Counts of people as words: what is below LEAST is not told, nor to be had by subtracting."""
    known = ("unchanged", "others")
    low = [name for name in known if counts[name] < LEAST]
    shown = {name: translate(FEWER, locale, n=LEAST) if name in low else str(counts[name]) for name in known}
    if not low:
        return {**shown, "made": str(counts["made"])}
    least = counts["made"] + sum(counts[name] - (LEAST - 1) for name in low)
    return {**shown, "made": translate(AT_LEAST, locale, n=max(least, 0))}


def _reasons(report: Mapping[str, Any], locale: str, bounded: bool) -> list[tuple[str, int]]:
    """Why rows are no records, most first."""
    said = sum(one[-1] for one in report["problems"])
    failed = {**report["failed"], "incomplete": report["failed"].get("incomplete", 0) - said}
    told = {code: n for code, n in failed.items() if n and (not bounded or code in OF_THE_ROW)}
    rest = [(translate(codes.ANSWER[code], locale), n) for code, n in told.items()]
    return sorted([*_problems(report, locale), *rest], key=lambda one: -one[1])


def _places(
    connection: Connection, bounded: bool, counts: Mapping[int, list[int]]
) -> list[tuple[str, list[int]]]:
    """Regions by name with made, unchanged, failed and left, or with their rows alone."""
    names = region_names(connection, set(counts))
    return [(names.get(key, str(key)), [sum(n)] if bounded else n) for key, n in sorted(counts.items())]


def _problems(report: Mapping[str, Any], locale: str) -> list[tuple[str, int]]:
    """What is incomplete, in words."""
    return [
        (translate(codes.ANSWER["flawed"], locale, problem=Words(zh, en)), n) for zh, en, n in report["problems"]
    ]


def _faults(fill: Row, locale: str) -> list[tuple[str, int]]:
    template = template_of(fill.register)
    found = (fill.fill_dry or {}).get("faults", ())
    return [
        (reason(template, (name, code, {"level": level} if level else {}), locale), n) for name, code, level, n in found
    ]
