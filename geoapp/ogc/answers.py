"""One document as JSON for programs or as a plain page for people (f=html, or Accept)."""

from __future__ import annotations

import orjson
from flask import Response, render_template, request

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.ogc.links import HTML, JSON

FORMATS = ("json", "html")


def wants_html() -> bool:
    """Whether a page is asked for. Raises InvalidInput for a format there is not."""
    asked = request.args.get("f")
    if asked is not None:
        if asked not in FORMATS:
            raise InvalidInput(
                N_("参数“%(name)s”的取值“%(value)s”无效，可用：%(allowed)s。"), field="f", name="f", value=asked[:40],
                allowed=", ".join(FORMATS),
            )
        return asked == "html"
    accept = request.headers.get("Accept", "")
    return HTML in accept and request.accept_mimetypes.best_match((JSON, HTML), JSON) == HTML


def answer(document: dict, title: str, media_type: str = JSON) -> Response:
    """The document in the format asked for."""
    if wants_html():
        return page(document, title)
    return Response(orjson.dumps(document), content_type=media_type)


def page(document: dict, title: str, table: dict | None = None) -> Response:
    """The page of a document: its values, a table of records where there are any, its links."""
    shown = {key: value for key, value in document.items() if key not in ("links", "features", "paths")}
    facts = {
        "title": title, "document": shown, "links": document.get("links", []), "table": table,
        "trail": _trail(), "operations": _operations(document),
    }
    return Response(render_template("ogc/document.html", **facts), mimetype=HTML)


def _trail() -> list[tuple[str, str]]:
    """The documents above this one, from the landing page down."""
    parts = request.path.strip("/").split("/")
    return [(part, "/" + "/".join(parts[: depth + 1]) + "?f=html") for depth, part in enumerate(parts)]


def _operations(document: dict) -> list[tuple[str, str]]:
    """Path and summary of each operation of an API definition."""
    return [(path, item["get"]["summary"]) for path, item in document.get("paths", {}).items()]
