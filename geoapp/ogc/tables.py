"""Features as a table for the plain pages."""

from __future__ import annotations

import orjson

from geoapp.core.i18n import translate
from geoapp.edge.pages import reader_locale
from geoapp.ogc.links import base
from layers.declare import Register
from spatial_queries.columns import Column


def feature_table(register: Register, columns: tuple[Column, ...], features: list[bytes]) -> dict:
    """`headings` and `rows` of (address, values): what the features carry, codes with their labels."""
    locale = reader_locale()
    rows = []
    for text in features:
        feature = orjson.loads(text)
        values = [_shown(column, feature["properties"].get(column.label), locale) for column in columns]
        rows.append((feature["id"], f"{base()}/collections/{register.name}/items/{feature['id']}?f=html", values))
    return {"headings": [translate(column.title, locale) for column in columns], "rows": rows}


def _shown(column: Column, value: object, locale: str) -> str:
    if value is None:
        return ""
    if column.field.codes and not column.masked:
        return translate(column.field.codes.get(value, str(value)), locale)
    return str(value)
