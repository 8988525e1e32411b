"""The API definition (OpenAPI 3.0.3), made from the registers this reader may open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict

import geoapp
from geoapp.core.i18n import N_, translate
from geoapp.ogc import openapi_parts as parts
from geoapp.ogc.links import GEOJSON, HTML, JSON, MVT, OPENAPI, SCHEMA
from geoapp.ogc.parameters import all_columns
from geoapp.ogc.schemas import queryable_fields, value_schema
from geoapp.ogc.tilesets import MATRIX_SET
from grids_boundaries.access import Access
from layers.declare import Field, Register


class Words(TypedDict):
    """What an operation says of itself."""

    id: str
    summary: str
    tag: str


def definition(registers: Iterable[Register], access: Access, url: str, locale: str) -> dict:
    """The whole document; `url` is the address of the landing page."""
    paths = _general(locale)
    for register in registers:
        paths |= _register(register, access, locale)
    return {
        "openapi": "3.0.3",
        "info": {"title": translate(N_("社区网格管理：标准接口"), locale), "version": geoapp.__version__},
        "servers": [{"url": url}],
        "security": [{"bearer": []}, {"basic": []}, {"cookie": []}],
        "paths": paths,
        "components": parts.components(locale),
    }


def _general(locale: str) -> dict:
    root = {
        "/": ("landing", N_("首页"), JSON), "/conformance": ("conformance", N_("符合的标准"), JSON),
        "/api": ("api", N_("接口说明"), OPENAPI), "/collections": ("collections", N_("全部图层"), JSON),
        "/tileMatrixSets": ("matrix_sets", N_("瓦片网格"), JSON),
        f"/tileMatrixSets/{MATRIX_SET}": ("matrix_set", MATRIX_SET, JSON),
    }
    return {
        path: _get({"id": name, "summary": translate(title, locale), "tag": "service"}, (), {media: "object"})
        for path, (name, title, media) in root.items()
    }


def _register(register: Register, access: Access, locale: str) -> dict:
    name, title = register.name, translate(register.title, locale)
    here = f"/collections/{name}"

    def words(kind: str, summary: str) -> Words:
        return {"id": f"{kind}_{name}", "summary": f"{title}: {translate(summary, locale)}", "tag": name}

    fields = [_field_parameter(f, locale) for f in queryable_fields(register, access)]
    columns = _properties_parameter(register, access)
    selecting = [parts.ref(p) for p in parts.SELECTING]
    paging = [parts.ref(p) for p in parts.PAGING]
    return {
        here: _get(words("collection", N_("说明")), (), {JSON: "object"}),
        f"{here}/queryables": _get(words("queryables", N_("可筛选的字段")), (), {SCHEMA: "object"}),
        f"{here}/schema": _get(words("schema", N_("返回的字段")), (), {SCHEMA: "object"}),
        f"{here}/items": _get(
            words("items", N_("记录")), [*paging, *selecting, parts.ref("crs"), columns, *fields],
            {GEOJSON: "featureCollection"},
        ),
        f"{here}/items/{{featureId}}": _get(
            words("item", N_("一条记录")), [parts.ref("featureId"), parts.ref("crs"), columns], {GEOJSON: "feature"}
        ),
        f"{here}/tiles": _get(words("tilesets", N_("瓦片集")), (), {JSON: "object"}),
        f"{here}/tiles/{MATRIX_SET}": _get(words("tileset", MATRIX_SET), (), {JSON: "object"}),
        f"{here}/tiles/{MATRIX_SET}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": _get(
            words("tile", N_("一张矢量瓦片")), [*(parts.ref(p) for p in parts.TILE), *selecting, *fields], {MVT: None}
        ),
    }


def _get(words: Words, parameters: Iterable[dict], answers: dict[str, str | None]) -> dict:
    content = {media: {"schema": parts.schema_ref(schema)} for media, schema in answers.items()}
    if MVT not in answers:
        content[HTML] = {"schema": {"type": "string"}}
    operation = {
        "operationId": words["id"], "summary": words["summary"], "tags": [words["tag"]],
        "parameters": [*parameters, *([] if MVT in answers else [parts.ref("f")])],
        "responses": {"200": {"description": words["summary"], "content": content}, **parts.ERRORS},
    }
    return {"get": operation}


def _field_parameter(field: Field, locale: str) -> dict:
    """`?field=value`; several values mean any of them."""
    schema = value_schema(field, locale)
    items = {key: schema[key] for key in ("type", "format", "enum") if key in schema}
    made = {
        "name": field.name, "in": "query", "required": False, "style": "form", "explode": True,
        "schema": {"type": "array", "items": items}, "description": schema["title"],
    }
    if "description" in schema:
        made["description"] += f" ({schema['description']})"
    return made


def _properties_parameter(register: Register, access: Access) -> dict:
    names = [column.label for column in all_columns(register, access)]
    return {
        "name": "properties", "in": "query", "required": False, "style": "form", "explode": False,
        "schema": {"type": "array", "items": {"type": "string", "enum": names}},
    }
