"""JSON Schema of a register: what may be asked (queryables) and what is answered (schema)."""

from __future__ import annotations

from geoapp.core.i18n import N_, translate
from grids_boundaries.access import Access
from layers.declare import Field, Register
from spatial_queries.columns import Column
from spatial_queries.cql2 import GEOMETRY
from spatial_queries.fields import FieldLike

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TYPES: dict[str, dict] = {
    "integer": {"type": "integer"}, "number": {"type": "number"}, "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"}, "datetime": {"type": "string", "format": "date-time"},
}
_GEOMETRIES = {"Point": "geometry-point", "MultiPolygon": "geometry-multipolygon"}


def queryable_fields(register: Register, access: Access) -> list[Field]:
    """The fields this reader may filter by."""
    return [f for f in register.fields if f.filterable and f.clear(access)]


def value_schema(field: FieldLike, locale: str) -> dict:
    """Type, words and code list of a field's stored value."""
    schema = {"title": translate(field.title, locale), **_TYPES.get(field.kind, {"type": "string"})}
    if field.codes:
        labels = (f"{code}: {translate(label, locale)}" for code, label in field.codes.items())
        schema |= {"enum": list(field.codes), "description": "; ".join(labels)}
    return schema


def queryables(register: Register, access: Access, url: str, locale: str) -> dict:
    """The document of what CQL2 and query parameters may name."""
    properties = {f.name: value_schema(f, locale) for f in queryable_fields(register, access)}
    if register.geometry is not None or register.holder is not None:
        properties[GEOMETRY] = geometry_schema(register, locale)
    return _document(register, properties, url, locale) | {"additionalProperties": False}


def returned(register: Register, columns: tuple[Column, ...], url: str, locale: str) -> dict:
    """The document of what features carry."""
    properties = {column.label: _shown_schema(column, locale) for column in columns}
    if register.geometry is not None and not register.people:
        properties[GEOMETRY] = geometry_schema(register, locale)
    return _document(register, properties, url, locale)


def geometry_schema(register: Register, locale: str) -> dict:
    """The position as a property."""
    kind = _GEOMETRIES.get(register.geometry_type or "", "geometry-any")
    return {"title": translate(N_("位置"), locale), "format": kind, "x-ogc-role": "primary-geometry"}


def _shown_schema(column: Column, locale: str) -> dict:
    if column.masked:
        return {"title": translate(column.title, locale), "type": "string"}
    return value_schema(column.field, locale)


def _document(register: Register, properties: dict, url: str, locale: str) -> dict:
    return {
        "$schema": DRAFT, "$id": url, "type": "object", "title": translate(register.title, locale),
        "properties": properties,
    }
