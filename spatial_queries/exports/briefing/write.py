"""From a job to the file."""

from __future__ import annotations

from pathlib import Path

from spatial_queries.exports.briefing.base import read_ground
from spatial_queries.exports.briefing.drawn import draw
from spatial_queries.exports.briefing.page import render_page
from spatial_queries.exports.job import Job


def write_briefing(job: Job, path: Path) -> None:
    """Draw the selection on its ground. Raises Forbidden for people without rights, AssetsError."""
    drawing = draw(job)
    path.write_text(render_page(job, drawing, read_ground(job, drawing)), "utf-8")
