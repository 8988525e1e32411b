"""The page itself: folium draws the map, a template the words around it.

Everything is in the file: style, script and symbols. folium's own page loads ten files from other
hosts; this one loads none, and its content policy forbids it to (research/feasibility 6).
Texts of records reach the page only as escaped HTML without braces (`safe`) and as JSON, since
branca reads what it has rendered as a template again.
"""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import folium
from branca.element import Element, Figure
from folium.features import GeoJson, GeoJsonTooltip
from jinja2 import Environment, PackageLoader, StrictUndefined

from geoapp.core.assets import VENDOR, AssetsError
from geoapp.core.i18n import N_, translate
from spatial_queries.exports.about import about_lines, origin_texts, placed_text
from spatial_queries.exports.briefing.base import Ground
from spatial_queries.exports.briefing.drawn import Drawing, Group, safe
from spatial_queries.exports.job import Job

STATIC = VENDOR.parent
HEAD, BODY = "exports/briefing_head.html", "exports/briefing_body.html"
_OUTSIDE = re.compile(r"<(?:script|link)\b[^>]*\b(?:src|href)=[\"']?https?:[^>]*>(?:</script>)?")
_IMAGE = re.compile(r"url\(([^)\"']*/([\w-]+\.png))\)")
_SYMBOL = re.compile(r'<symbol id="shape-.*?</symbol>', re.DOTALL)
_NO_ZOOM = re.compile(r'<meta name="viewport"[^>]*user-scalable=no[^>]*>')


class _Text(Element):
    """Text as it is. An `Element` of branca would read it as a template."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **kwargs: object) -> str:
        """The text."""
        return self.text


class _Map(folium.Map):
    """A map that loads nothing."""

    default_js: list[tuple[str, str]] = []
    default_css: list[tuple[str, str]] = []


def render_page(job: Job, drawing: Drawing, ground: Ground) -> str:
    """The whole file."""
    return render(ground, drawing.groups, drawing.titles, _words(job, drawing, ground), job.locale)


def render(ground: Ground, groups: list[Group], titles: list[str], words: dict[str, object], locale: str) -> str:
    """A file of any groups; `words` is what its templates say (see them), groups and files come with it."""
    facts = {"symbol": symbol, "names": [f"g{number}" for number in range(len(groups))], "files": _files(),
             "groups": groups, **words}  # fmt: skip
    page = _Map(
        tiles=None, zoom_control=True, control_scale=True, max_zoom=20, zoom_snap=0.25,
        attribution_control=False, width="100%", height="100%",
    )  # fmt: skip
    _add_ground(page, ground)
    for number, group in enumerate(groups):
        _add_group(page, group, f"g{number}", titles, locale)
    folium.LayerControl(collapsed=True).add_to(page)
    west, south, east, north = ground.view
    page.fit_bounds([[south, west], [north, east]])
    root = page.get_root()
    assert isinstance(root, Figure)
    root.title = None
    head, body = (_environment().get_template(name).render(facts) for name in (HEAD, BODY))
    root.header.add_child(_Text(head), name="head")
    root.html.add_child(_Text(body), name="body", index=0)
    return _whole(root.render(), locale)


def _whole(html: str, locale: str) -> str:
    """Without what points outside, with the page's language, measured in metres alone."""
    html = html.replace("L.control.scale()", "L.control.scale({imperial: false})", 1)
    html = _NO_ZOOM.sub("", _OUTSIDE.sub("", html))
    language = {"zh": "zh-CN"}.get(locale, locale)
    return html.replace("<html>", f'<html lang="{language}" data-theme="light">', 1)


def _add_ground(page: folium.Map, ground: Ground) -> None:
    for name, features in ground.features.items():
        options = {"class_name": name, "interactive": False}
        _geojson(features, control=False, **options).add_to(page)
    if ground.names:
        icon = folium.DivIcon(class_name="place", icon_size=(0, 0))
        marker = folium.Marker(icon=icon, interactive=False, keyboard=False)
        _geojson(ground.names, control=False, marker=marker, style_function=_name_label).add_to(page)


def _name_label(feature: dict) -> dict:
    return {"html": f"<span>{feature['properties']['name']}</span>"}


def _add_group(page: folium.Map, group: Group, name: str, titles: list[str], locale: str) -> None:
    if not group.features:
        return
    fields = [str(place) for place in range(len(titles))]
    tooltip = GeoJsonTooltip(fields, [safe(title) for title in titles], sticky=False)
    size = (group.size, group.size)
    icon = folium.DivIcon(html=symbol(group), class_name="point", icon_size=size)
    marker = folium.Marker(icon=icon, keyboard=False)
    title = f"{safe(group.label)} ({group.count:,})"
    options = {"class_name": f"data {name}", "marker": marker, "tooltip": tooltip}
    _geojson(group.features, name=title, **options).add_to(page)


def _geojson(features: list[dict], **options: Any) -> GeoJson:
    return GeoJson({"type": "FeatureCollection", "features": features}, **options)


def symbol(group: Group) -> str:
    """The symbol of a group as inline SVG; the shapes are defined once in the page."""
    size = group.size
    return (
        f'<svg width="{size}" height="{size}" viewBox="0 0 16 16" color="{group.colour}"'
        f' aria-hidden="true"><use href="#shape-{group.shape}"></use></svg>'
    )


def _words(job: Job, drawing: Drawing, ground: Ground) -> dict[str, object]:
    remarks = list(drawing.remarks)
    if ground.thinned:
        remarks.append(translate(N_("底图内容较多，只画出主要的道路、水系和用地。"), job.locale))
    return {
        "_": lambda msgid, **facts: translate(msgid, job.locale, **facts),
        "title": translate(job.register.title, job.locale),
        "meta": job.meta, "tally": job.tally, "placed": placed_text(job),
        "lines": about_lines(job), "sources": origin_texts(job), "remarks": remarks,
        "legend": drawing.legend,
    }  # fmt: skip


@lru_cache(maxsize=1)
def _files() -> dict[str, str]:
    """Style, script and symbols that go into the page. Raises AssetsError."""
    symbols = "".join(_SYMBOL.findall(_read(STATIC / "img" / "icons.svg")))
    style = _IMAGE.sub(lambda found: f"url({_data_uri(found[2])})", _read(VENDOR / "leaflet.css"))
    return {
        "tokens": _read(STATIC / "css" / "tokens.css"), "leaflet_css": style,
        "leaflet": _read(VENDOR / "leaflet.js").replace("//# sourceMappingURL=leaflet.js.map", ""),
        "symbols": symbols,
    }  # fmt: skip


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError as error:
        raise AssetsError(file=path.name) from error


def _data_uri(name: str) -> str:
    image = (VENDOR / "images" / name).read_bytes()
    return f"data:image/png;base64,{base64.b64encode(image).decode()}"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("templates", ""), autoescape=True, undefined=StrictUndefined
    )
