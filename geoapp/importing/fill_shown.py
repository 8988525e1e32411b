"""A first fill in words and figures for its pages: nothing of a row (D3.4)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row

from geoapp.core.i18n import translate
from geoapp.importing import codes
from geoapp.importing.asking import region_names
from geoapp.importing.fill_reasons import reason
from geoapp.importing.fill_report import by_street
from geoapp.importing.first_fill import phase_of
from geoapp.importing.templates import template_of
from grids_boundaries.keys import LEVELS

MOVING = frozenset({"reading", "checking", "writing"})
"""Where the page asks again by itself."""
BEGUN = frozenset({"checking", "writing"})
TONES = {
    "checked": "info", "written": "ok", "stopped": "warn", "asking": "warn", "dropped": "neutral", "failed": "bad",
}  # fmt: skip
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
    report = fill.fill_report or fill.fill_dry or {}
    return {
        "id": fill.id, "file_name": fill.file_name, "title": translate(template_of(fill.register).title, locale),
        "area": fill.area, "phase": phase, "phase_text": translate(codes.FILL_STATES[phase], locale),
        "tone": TONES.get(phase, "info"), "sender": fill.sender, "sent_at": fill.sent_at,
        "made": report.get("made") if fill.fill_report else None,
    }  # fmt: skip


def shown_fill(connection: Connection, fill: Row, locale: str, *, grids: bool) -> Shown:
    """All that its page shows; figures of single grids only with `grids`."""
    line = shown_line(fill, locale)
    said = (fill.error if fill.state == codes.FAILED else None) or fill.fill_error or {}
    stopping = bool(fill.fill_stop_asked or fill.cancel_asked) and line["phase"] not in ("dropped", "failed", "written")
    return line | {
        "open": line["phase"] in MOVING or stopping, "stopping": stopping, "sha256": fill.sha256,
        "bytes": fill.bytes, "good": fill.good, "bad": fill.bad, "read": fill.done,
        "said": said.get(locale) or said.get("zh", ""), "progress": _progress(fill, line["phase"]),
        "register": fill.register, "checked_at": fill.fill_ended_at if line["phase"] == "checked" else None,
        "dry": _report(connection, fill, fill.fill_dry, locale, grids),
        "report": _report(connection, fill, fill.fill_report, locale, grids),
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


def _report(
    connection: Connection, fill: Row, report: Mapping[str, Any] | None, locale: str, grids: bool
) -> Shown | None:
    if report is None:
        return None
    failed = sorted(report["failed"].items(), key=lambda one: -one[1])
    places = by_street(report)
    few = grids and len(report["regions"]) <= MOST_GRIDS
    parts = {key: counts for key, *counts in report["regions"]} if few else {}
    names = region_names(connection, {*places, *parts})
    return {
        "made": report["made"], "unchanged": report["unchanged"], "left": report.get("left", 0),
        "not_made": sum(report["failed"].values()),
        "reasons": [(translate(codes.ANSWER[code], locale), n) for code, n in failed],
        "streets": [(names.get(key, str(key)), counts) for key, counts in sorted(places.items())],
        "grids": [(names.get(key, str(key)), counts) for key, counts in sorted(parts.items())],
    }  # fmt: skip


def _faults(fill: Row, locale: str) -> list[tuple[str, int]]:
    template = template_of(fill.register)
    found = (fill.fill_dry or {}).get("faults", ())
    return [(reason(template, (name, code, {}), locale), n) for name, code, n in found]
