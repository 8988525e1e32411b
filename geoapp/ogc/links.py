"""Links of the standard doors: absolute, as strict clients want them."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import request

JSON = "application/json"
GEOJSON = "application/geo+json"
SCHEMA = "application/schema+json"
HTML = "text/html"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
MVT = "application/vnd.mapbox-vector-tile"
REL = "http://www.opengis.net/def/rel/ogc/1.0"
Pairs = list[tuple[str, str]]


def base() -> str:
    """Address of the landing page, as this client reaches it, without a slash at its end."""
    return f"{request.url_root}ogc"


def link(href: str, rel: str, media_type: str, title: str = "") -> dict:
    """One link object."""
    made = {"href": href, "rel": rel, "type": media_type}
    return made | {"title": title} if title else made


def own(path: str, media_type: str = JSON, query: Pairs | None = None) -> list[dict]:
    """`self` and `alternate` (HTML) of the document at `path` below the landing page."""
    pairs = [(name, value) for name, value in query or [] if name != "f"]
    here = f"{base()}{path}"
    plain = f"{here}?{urlencode(pairs)}" if pairs else here
    html = f"{here}?{urlencode([*pairs, ('f', 'html')])}"
    return [link(plain, "self", media_type), link(html, "alternate", HTML)]
