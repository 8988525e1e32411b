"""The jobs of the table (#2, "Figures to reach"): what is asked, of whom, and what is to be reached."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from bench import raw, tipg
from bench.aims import Aim
from bench.http import Request
from bench.load import Limits
from bench.place import City
from bench.raw import Raw
from tiles.address import TileAddress

SEED = 20260501
AS_LIST = {"HX-Request": "true", "HX-Target": "list"}
"""What the page sends to have its list alone."""
Point = tuple[float, float]


@dataclass(frozen=True)
class Job:
    """One line of the table. `ours` and `tipg` make a request of a place, `raw` its statements.

    `extra_ours` and `extra_raw` are further ways shown beside, by name.
    """

    key: str
    title: str
    places: Sequence[object]
    ours: Callable[[object], Request]
    raw: Raw | None = None
    tipg: Callable[[object], Request] | None = None
    aims: tuple[Aim, ...] = ()
    extra_ours: dict[str, Callable[[object], Request]] = field(default_factory=dict)
    extra_raw: dict[str, Raw] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    raw_limits: Limits | None = None


def jobs(city: City) -> list[Job]:
    """All jobs for a city, its places chosen by a fixed seed among where houses are."""
    points = house_points(city)
    return [
        *_tile_jobs(points), *_city_jobs(city), _items_job(points),
        *_people_jobs(city, points), _nearest_job(points), _breakdown_job(city), *_coverage_jobs(city),
    ]  # fmt: skip


# -- places ---------------------------------------------------------------------------------------


def house_points(city: City, count: int = 4000) -> list[Point]:
    """Longitude and latitude of some houses, so that places are where people look."""
    with city.connect() as connection:
        rows = connection.execute(
            "SELECT ST_X(geom), ST_Y(geom) FROM house WHERE geom IS NOT NULL"
            " ORDER BY hashint8(id) LIMIT %s", [count]
        ).fetchall()  # fmt: skip
    random.Random(SEED).shuffle(rows)
    return rows


def tile_at(point: Point, zoom: int) -> TileAddress:
    """The tile a point lies in."""
    down = 0.5 - math.log(math.tan(math.pi / 4 + math.radians(point[1]) / 2)) / (2 * math.pi)
    return TileAddress.at(zoom, int((point[0] + 180) / 360 * 2**zoom), int(down * 2**zoom))


def distinct_tiles(points: Sequence[Point], zoom: int, most: int) -> list[TileAddress]:
    """Tiles of a zoom that have houses, each once."""
    return list(dict.fromkeys(tile_at(p, zoom) for p in points))[:most]


def around(point: Point, metres: float) -> tuple[float, float, float, float]:
    """A box with sides of 2 x metres."""
    lat = metres / 110_900
    lon = lat / math.cos(math.radians(point[1]))
    return point[0] - lon, point[1] - lat, point[0] + lon, point[1] + lat


def polygon(point: Point, metres: float, corners: int = 24) -> str:
    """A many-cornered polygon of that radius, as WKT."""
    _, _, east, north = around(point, metres)
    turns = [2 * math.pi * n / corners for n in range(corners)] + [0.0]
    ring = ", ".join(
        f"{point[0] + (east - point[0]) * math.cos(t):.7f} {point[1] + (north - point[1]) * math.sin(t):.7f}"
        for t in turns
    )
    return f"POLYGON(({ring}))"


# -- jobs -----------------------------------------------------------------------------------------


def our_tile(register: str) -> Callable[[object], Request]:
    """A register's tile."""
    return lambda tile: Request(f"/tiles/{register}/{tile}.mvt")


def _tile(
    key: str, title: str, places: list[TileAddress], register: str, same: str, four: str, aims
) -> Job:
    table, columns = ("house", tipg.HOUSE) if register == "houses" else ("building", tipg.BUILDING)
    return Job(
        key, title, places, our_tile(register), Raw((same,), raw.tile_values),
        lambda t: Request(tipg.tile_path(table, columns, t.z, t.x, t.y)), aims,
        extra_raw={"raw, 4 attributes": Raw((four,), raw.tile_values)},
    )  # fmt: skip


def _tile_jobs(points: Sequence[Point]) -> list[Job]:
    near, far = distinct_tiles(points, 16, 300), distinct_tiles(points, 14, 100)
    house, building = (raw.HOUSE_TILE, raw.HOUSE_TILE_4), (raw.BUILDING_TILE, raw.BUILDING_TILE_4)
    return [
        _tile(
            "house-z16", "house tile z16", near, "houses", *house, (Aim.cpu_of("raw", 1.4, 0.6),)
        ),
        _tile("house-z14", "house tile z14", far, "houses", *house, (Aim.cpu_of("raw", 1.0, 0.5),)),
        _tile(
            "building-z16",
            "building tile z16",
            near,
            "buildings",
            *building,
            (Aim.cpu_of("raw", 1.5, 1.0),),
        ),
        _tile(
            "building-z14",
            "building tile z14",
            far,
            "buildings",
            *building,
            (Aim.cpu_of("raw", 1.1, 1.0),),
        ),
    ]


def _city_jobs(city: City) -> list[Job]:
    """Tiles that show the whole city, or as much of it as a tile of the zoom can."""
    with city.connect() as connection:
        west, south, east, north = connection.execute(
            "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (SELECT ST_Extent(geom) e FROM region) x"
        ).fetchone()
    middle = ((west + east) / 2, (south + north) / 2)
    made = []
    for zoom in (8, 9, 10, 11, 12):
        tile = tile_at(middle, zoom)
        made.append(
            Job(
                f"city-z{zoom}", f"whole-city tile z{zoom}, all houses counted", [tile] * 200, our_tile("houses"),
                Raw((raw.HOUSE_TILE,), raw.tile_values) if zoom == 10 else None,
                (lambda t: Request(tipg.tile_path("house", ("id", "status"), t.z, t.x, t.y, 10_000)))
                if zoom == 10 else None,
                (Aim.wall(10, 2), Aim.size(30)), raw_limits=Limits(2, 10, 1, 0),
            )
        )  # fmt: skip
    return made


def _items_job(points: Sequence[Point]) -> Job:
    boxes = [around(point, 200) for point in points[:300]]

    def bbox(box: object) -> str:
        return ",".join(f"{edge:.7f}" for edge in box)

    return Job(
        "items-bbox", "/ogc items, bbox of 400 m, 100 of them", boxes,
        lambda box: Request(f"/ogc/collections/houses/items?limit=100&bbox={bbox(box)}"),
        Raw((raw.ITEMS_PAGE, raw.ITEMS_COUNT), raw.box_values),
        lambda box: Request(
            f"/collections/public.house/items?limit=100&bbox={bbox(box)}&f=geojson&geom-column=geom"
            f"&properties={','.join(raw.HOUSE_ITEM)}"
        ),
        (Aim.cpu_of("raw", 2.0), Aim.rps_of("tipg", 3.0)),
        extra_raw={"raw, columns instead of features": Raw((raw.ITEMS_PAGE_PLAIN, raw.ITEMS_COUNT), raw.box_values)},
    )  # fmt: skip


def _list(query: str) -> Request:
    return Request(f"/registers/residents?{query}", AS_LIST)


def _items(query: str) -> Request:
    return Request(f"/ogc/collections/residents/items?limit=50&{query}")


def _people_jobs(city: City, points: Sequence[Point]) -> list[Job]:
    shapes = [polygon(point, 800) for point in points[:80]]
    with city.connect() as connection:
        grids = [row[0] for row in connection.execute(
            "SELECT key FROM region WHERE level = 'grid' ORDER BY hashint8(key) LIMIT 200")]  # fmt: skip
        communities = [row[0] for row in connection.execute(
            "SELECT key FROM region WHERE level = 'community' ORDER BY hashint8(key) LIMIT 60")]  # fmt: skip
        county = connection.execute("SELECT DISTINCT county_code FROM house").fetchone()[0]

    def spatial(shape: object) -> str:
        return "filter=" + quote(f"S_INTERSECTS(geometry,{shape})")

    def region(key: object) -> str:
        return f"region={str(key) if key % 1000 else str(key)[:12]}"

    def span(key: object) -> dict[str, object]:
        return {"lo": key, "hi": key if key % 1000 else key + 999, "county": county}

    def job(key: str, title: str, places, query, statements: tuple[str, str], values, aim: Aim) -> Job:
        features, plain = statements
        return Job(
            key, title, places, lambda p: _items(query(p)), Raw((features,), values), None, (aim,),
            extra_ours={"ours, as the page's list": lambda p: _list(query(p))} if query is region else {},
            extra_raw={"raw, columns instead of features": Raw((plain,), values)},
        )  # fmt: skip

    return [
        job("residents-polygon", "residents in a drawn polygon of 0.8 km, page and total", shapes, spatial,
            (raw.POLYGON, raw.POLYGON_PLAIN), lambda s: {"polygon": s, "county": county}, Aim.cpu_of("raw", 1.5, 1.2)),
        job("residents-grid", "residents of a grid, page and total", grids, region,
            (raw.REGION, raw.REGION_PLAIN), span,
            Aim.cpu_of("raw", 1.5)),
        job("residents-community", "residents of a community, page and total", communities, region,
            (raw.REGION, raw.REGION_PLAIN), span,
            Aim.cpu_of("raw", 1.5)),
    ]  # fmt: skip


def _nearest_job(points: Sequence[Point]) -> Job:
    return Job(
        "nearest", "nearest 20 houses in true metres", points[:300],
        lambda p: Request(f"/registers/houses?near={p[0]:.6f},{p[1]:.6f},20", AS_LIST),
        Raw((raw.NEAREST,), lambda p: {"lon": p[0], "lat": p[1]}), None, (Aim.wall(5),),
    )  # fmt: skip


def _breakdown_job(city: City) -> Job:
    with city.connect() as connection:
        streets = [
            row[0]
            for row in connection.execute(
                "SELECT key FROM region WHERE level = 'street' ORDER BY key"
            )
        ]
    return Job(
        "breakdown", "counts by category per grid of a street", streets * 20,
        lambda key: Request(f"/registers/houses/breakdown.json?by=status&region={str(key)[:9]}"),
        Raw((raw.BREAKDOWN,), lambda key: {"lo": key, "hi": key + 999_999}), None, (Aim.wall(5),),
    )  # fmt: skip


def _coverage_jobs(city: City) -> list[Job]:
    """Who was served when in the largest street, by community and as its map tile: people are counted row by row."""
    with city.connect() as connection:
        connection.autocommit = True
        found = connection.execute(raw.LARGEST_STREET).fetchone()
        street, lon, lat = found if found else (0, 0.0, 0.0)
        if not connection.execute(raw.IS_SERVED, {"lo": street, "hi": street + 999_999}).fetchone():
            connection.execute(raw.SERVE, {"lo": street, "hi": street + 999_999})
            connection.execute("VACUUM (ANALYZE) resident")
    counted, tile = {"lo": street, "hi": street + 999_999}, tile_at((lon, lat), 12)
    return [
        Job(
            "coverage", "people of a street by when they were last served", [street] * 40,
            lambda key: Request(f"/registers/residents/breakdown.json?by=served&region={str(key)[:9]}"),
            Raw((raw.COVERAGE,), lambda _: counted), None, (Aim.cpu_of("raw", 1.3),),
        ),
        Job(
            "coverage-layer", "share of people served, by community, map tile z12 around a street", [tile] * 40,
            our_tile("coverage"), Raw((raw.COVERAGE_TILE,), raw.tile_values), None, (Aim.cpu_of("raw", 1.3),),
        ),
    ]  # fmt: skip
