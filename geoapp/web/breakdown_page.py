"""A breakdown ready for the template and for programs (context: templates/registers/breakdown.html)."""

from __future__ import annotations

from urllib.parse import urlencode

from geoapp.core.i18n import N_, translate
from geoapp.edge.pages import reader_locale
from spatial_queries.breakdowns import Breakdown, RegionCounts
from spatial_queries.selection import Selection


def breakdown_context(selection: Selection, found: Breakdown) -> dict:
    """Title, categories, rows and totals; a count too small to show is None (D3.4)."""
    locale, register = reader_locale(), selection.register
    title = translate(
        N_("%(register)s，按%(field)s"),
        locale,
        register=translate(register.title, locale),
        field=translate(found.field.title, locale),
    )
    kept = [
        (k, v)
        for k, v in selection.query.canonical
        if k not in ("region", "after", "limit", "sort")
    ]
    return {
        "title": title,
        "categories": [
            {
                "value": c.value,
                "label": translate(c.label, locale),
                "colour": c.colour,
                "shape": c.shape,
            }
            for c in found.columns
        ],
        "rows": [_row(register.name, row, kept) for row in found.rows],
        "totals": list(found.totals),
        "total": found.total,
    }


def _row(register_name: str, row: RegionCounts, kept: list[tuple[str, str]]) -> dict:
    url = (
        f"/registers/{register_name}?{urlencode([*kept, ('region', row.code)])}"
        if row.code
        else None
    )
    return {
        "code": row.code,
        "name": translate(row.name, reader_locale()),
        "url": url,
        "counts": list(row.counts),
        "total": row.total,
    }
