"""Answers with features: GeoJSON as bytes, from the text the database wrote."""

from __future__ import annotations

from datetime import UTC
from urllib.parse import urlencode

import orjson

from geoapp.core.clock import now
from geoapp.ogc.links import GEOJSON, JSON, Pairs, base, link, own
from layers.declare import Register
from spatial_queries.features import FeaturePage


def page_links(register: Register, page: FeaturePage, pairs: Pairs) -> list[dict]:
    """self, alternate, collection and, where there is more, next."""
    path = f"/collections/{register.name}"
    links = [*own(f"{path}/items", GEOJSON, pairs), link(f"{base()}{path}", "collection", JSON)]
    if page.next_token:
        kept = [(name, value) for name, value in pairs if name not in ("after", "f")]
        query = urlencode([*kept, ("after", page.next_token)])
        links.append(link(f"{base()}{path}/items?{query}", "next", GEOJSON))
    return links


def page_bytes(page: FeaturePage, links: list[dict]) -> bytes:
    """The FeatureCollection."""
    tail = {
        "links": links, "timeStamp": now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "numberMatched": page.total, "numberReturned": len(page.features),
    }
    features = b",".join(page.features)
    return b'{"type":"FeatureCollection","features":[' + features + b"]," + orjson.dumps(tail)[1:]


def item_bytes(feature: bytes, register: Register, record_id: int, pairs: Pairs) -> bytes:
    """One Feature with its links."""
    path = f"/collections/{register.name}"
    links = [*own(f"{path}/items/{record_id}", GEOJSON, pairs), link(f"{base()}{path}", "collection", JSON)]
    return feature[:-1] + b',"links":' + orjson.dumps(links) + b"}"
