"""Parameters, schemas and answers that all operations of the API definition share."""

from __future__ import annotations

from geoapp.core.i18n import N_, translate
from geoapp.ogc.links import JSON
from geoapp.ogc.parameters import DEFAULT_LIMIT
from spatial_queries.cql2 import LANGUAGES
from spatial_queries.crs import CRS84, offered
from spatial_queries.query import MAX_LIMIT
from tiles.address import MAX_ZOOM

SELECTING = ("bbox", "bbox-crs", "datetime", "filter", "filter-lang", "filter-crs", "region")
PAGING = ("limit", "after", "sortby")
TILE = ("tileMatrix", "tileRow", "tileCol")
_TITLES = {
    "400": N_("输入有误"), "401": N_("请先登录"), "404": N_("没有找到"), "413": N_("内容过大"),
}
ERRORS = {status: {"$ref": f"#/components/responses/{status}"} for status in _TITLES}


def ref(name: str) -> dict:
    """A shared parameter."""
    return {"$ref": f"#/components/parameters/{name}"}


def schema_ref(name: str | None) -> dict:
    """A shared schema; bytes for None."""
    if name is None:
        return {"type": "string", "format": "binary"}
    return {"type": "object"} if name == "object" else {"$ref": f"#/components/schemas/{name}"}


def components(locale: str) -> dict:
    """The components section."""
    error = {"content": {JSON: {"schema": {"$ref": "#/components/schemas/error"}}}}
    return {
        "parameters": _parameters(locale),
        "schemas": _SCHEMAS,
        "responses": {s: {"description": translate(t, locale), **error} for s, t in _TITLES.items()},
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer", "description": translate(N_("个人接口令牌"), locale)},
            "basic": {
                "type": "http", "scheme": "basic", "description": translate(N_("任意用户名，令牌作为密码"), locale)
            },
            "cookie": {"type": "apiKey", "in": "cookie", "name": "geoapp_session"},
        },
    }


def _parameters(locale: str) -> dict:
    systems = {"type": "string", "format": "uri", "enum": list(offered()), "default": CRS84}
    described = {
        "limit": ({"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}, N_("每页条数")),
        "after": ({"type": "string"}, N_("下一页的标记，取自上一页的 next 链接")),
        "sortby": (_list({"type": "string"}), N_("排序字段，前加“-”为降序")),
        "bbox": (
            {**_list({"type": "number"}), "minItems": 4, "maxItems": 6},
            N_("范围框，坐标顺序依 bbox-crs；6 个数字时高程不起作用"),
        ),
        "bbox-crs": (systems, N_("bbox 的坐标系")),
        "crs": (systems, N_("返回坐标的坐标系及其轴序")),
        "datetime": ({"type": "string"}, N_("更新时间：时间、日期或以“/”分开的时间段，“..”表示不限")),
        "filter": ({"type": "string"}, N_("CQL2 筛选条件")),
        "filter-lang": ({"type": "string", "enum": list(LANGUAGES), "default": "cql2-text"}, N_("筛选条件的写法")),
        "filter-crs": (systems, N_("筛选条件中图形的坐标系")),
        "region": ({"type": "string", "pattern": "^[0-9]{2,15}$"}, N_("区划代码：只要该区划以内的记录")),
        "f": ({"type": "string", "enum": ["json", "html"]}, N_("返回的格式")),
    }
    queries = {
        name: {"name": name, "in": "query", "required": False, "style": "form", "explode": False,
               "schema": schema, "description": translate(text, locale)}
        for name, (schema, text) in described.items()
    }
    return {**queries, **_path_parameters()}


def _list(items: dict) -> dict:
    return {"type": "array", "items": items}


def _path_parameters() -> dict:
    sizes = {"featureId": 2**63 - 1, "tileMatrix": MAX_ZOOM, "tileRow": 2**MAX_ZOOM - 1, "tileCol": 2**MAX_ZOOM - 1}
    return {
        name: {"name": name, "in": "path", "required": True,
               "schema": {"type": "integer", "format": "int64", "minimum": 0, "maximum": most}}
        for name, most in sizes.items()
    }


_LINK = {
    "type": "object", "required": ["href", "rel"],
    "properties": {"href": {"type": "string"}, "rel": {"type": "string"}, "type": {"type": "string"},
                   "title": {"type": "string"}},
}
_FEATURE = {
    "type": "object", "required": ["type", "id", "geometry", "properties"],
    "properties": {
        "type": {"type": "string", "enum": ["Feature"]}, "id": {"type": "integer", "format": "int64"},
        "geometry": {"type": "object", "nullable": True}, "properties": {"type": "object"},
        "links": {"type": "array", "items": {"$ref": "#/components/schemas/link"}},
    },
}
_SCHEMAS = {
    "link": _LINK,
    "feature": _FEATURE,
    "featureCollection": {
        "type": "object", "required": ["type", "features", "links", "timeStamp", "numberMatched", "numberReturned"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {"type": "array", "items": {"$ref": "#/components/schemas/feature"}},
            "links": {"type": "array", "items": {"$ref": "#/components/schemas/link"}},
            "timeStamp": {"type": "string", "format": "date-time"},
            "numberMatched": {"type": "integer", "minimum": 0}, "numberReturned": {"type": "integer", "minimum": 0},
        },
    },
    "error": {
        "type": "object", "required": ["code", "title", "description"],
        "properties": {"code": {"type": "string"}, "title": {"type": "string"}, "description": {"type": "string"},
                       "field": {"type": "string", "nullable": True}},
    },
}
