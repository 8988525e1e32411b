"""Classes of the base map: what others call them, and from which zoom they are drawn.

Kinds are OpenStreetMap's values, which the map's style knows; zooms keep a tile of the whole city
to its main lines.
"""

from __future__ import annotations

LINES, AREAS, POINTS = ("LineString", "MultiLineString"), ("Polygon", "MultiPolygon"), ("Point",)
TYPES = {
    "road": LINES,
    "railway": (*LINES, *AREAS),
    "water": (*LINES, *AREAS),
    "landuse": AREAS,
    "gate": (*POINTS, *LINES),
    "coverage": AREAS,
}
"""Layer to the geometry types it takes."""

ZOOMS = {
    "road": {
        "motorway": 6, "trunk": 7, "primary": 8, "secondary": 9, "tertiary": 11,
        "motorway_link": 10, "trunk_link": 10, "primary_link": 11, "secondary_link": 12,
        "tertiary_link": 12, "unclassified": 12, "residential": 12, "living_street": 13,
        "road": 12, "pedestrian": 13, "service": 14,
    },
    "railway": {"rail": 9, "light_rail": 11, "subway": 11, "tram": 12, "monorail": 11},
    "gate": {},
    "coverage": {},
}  # fmt: skip
"""Layer and kind to the first zoom; see LAST_ZOOM for the rest."""
LAST_ZOOM = {"road": 15, "railway": 14, "gate": 15, "coverage": 0}
AREA_ZOOMS = ((10e6, 6), (2e6, 9), (2e5, 11), (2e4, 12), (4e3, 13), (0, 14))
"""Square metres to the first zoom, for areas of water and land."""
STREAM_ZOOMS = {"river": 9, "canal": 11}
LAST_STREAM_ZOOM = 13

DEFAULT_KIND = {
    "road": "road", "railway": "rail", "water": "water", "landuse": "other", "gate": "gate",
    "coverage": "data",
}  # fmt: skip
WORDS = {
    "road": {
        "高速公路": "motorway", "高速": "motorway", "快速路": "trunk", "国道": "primary",
        "主干路": "primary", "主干道": "primary", "省道": "secondary", "次干路": "secondary",
        "次干道": "secondary", "县道": "tertiary", "支路": "tertiary", "乡道": "unclassified",
        "街巷": "residential", "小区路": "service", "内部道路": "service", "步行街": "pedestrian",
        "人行道": "footway", "自行车道": "cycleway", "major_road": "secondary",
        "minor_road": "residential",
    },
    "railway": {"铁路": "rail", "地铁": "subway", "轻轨": "light_rail", "有轨电车": "tram"},
    "water": {"河流": "river", "河": "river", "运河": "canal", "湖泊": "lake", "湖": "lake",
              "水库": "reservoir", "水渠": "drain", "池塘": "pond", "水面": "water"},
    "landuse": {"绿地": "grass", "公园": "park", "林地": "forest", "居住用地": "residential",
                "住宅用地": "residential", "商业用地": "commercial", "工业用地": "industrial",
                "教育用地": "education", "耕地": "farmland", "natural_wood": "wood"},
    "gate": {"大门": "gate", "门": "gate"},
    "coverage": {},
}  # fmt: skip


def kind_of(layer: str, word: str | None) -> str:
    """The kind a word of the file means: 高速公路 is motorway, landuse=grass is grass."""
    if word is None:
        return DEFAULT_KIND[layer]
    word = word.rsplit("=", 1)[-1].strip().casefold()
    return WORDS[layer].get(word, word)


def first_zoom(layer: str, kind: str, area_m2: float) -> int:
    """From which zoom a feature is drawn; `area_m2` is 0 for lines."""
    if layer in ("water", "landuse"):
        if not area_m2:
            return STREAM_ZOOMS.get(kind, LAST_STREAM_ZOOM)
        return next(zoom for least, zoom in AREA_ZOOMS if area_m2 >= least)
    return ZOOMS[layer].get(kind, LAST_ZOOM[layer])
