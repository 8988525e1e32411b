"""The small city on paper: rows for every table, always the same.

A row of 6 x 2 square grids. Street 1 has columns 0 and 1, street 2 columns 2 and 3 (both in
county 110108), street 3 columns 4 and 5 (county 110105). The upper row of a street is its first
community, the lower row its second; each community has two grids, west and east.

    001001 001001 | 002001 002001 | 003001 003001
    001002 001002 | 002002 002002 | 003002 003002
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from shapely import MultiPolygon, Point, Polygon, box, union_all

WEST, NORTH, WIDE, HIGH = 116.30, 40.00, 0.006, 0.005
"""North-west corner of the city and the sides of a grid, degrees (EPSG:4326)."""
CITY = "110100000000"
STREETS = {"110108001": ("110108", 0), "110108002": ("110108", 2), "110105001": ("110105", 4)}
NAMES = {
    "110108": "海甸区", "110105": "朝旸区",
    "110108001": "燕南园街道", "110108002": "清华北街道", "110105001": "望津街道",
}  # fmt: skip
SURNAMES = ("张", "王", "李", "欧阳", "赵", "陈")
TYPES = ("registered",) * 6 + ("floating",) * 3 + ("registered",) * 6 + (
    "floating", "floating", "unregistered", "overseas", "registered",
)  # fmt: skip
USES = ("residential", "dormitory", "commercial", "office")
CHECKED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LICENCES = tuple(f"9111010800000{n:04d}" + "7ADGKNRW038B"[n] for n in range(12))
"""Credit codes of made-up bodies, one for each grid."""
EMPTY_GRID = 11
"""Number of the grid nothing is known of: no buildings, houses, residents or sites."""
FULL_GRID = 0
"""Number of the grid with more than 40 residents."""


@dataclass(frozen=True)
class Grid:
    """One grid square: `code` of 15 digits, `square` in EPSG:4326."""

    code: str
    square: Polygon

    @property
    def county(self) -> str:
        return self.code[:6]

    @property
    def key(self) -> int:
        return int(self.code)


def grids() -> list[Grid]:
    """The twelve grids in the order of their streets, communities and columns."""
    found = []
    for street, (_, first) in STREETS.items():
        for line in (0, 1):
            for column in (0, 1):
                west, north = WEST + (first + column) * WIDE, NORTH - line * HIGH
                square = box(west, north - HIGH, west + WIDE, north)
                found.append(Grid(f"{street}{line + 1:03d}{column + 1:03d}", square))
    return found


def regions(plan: list[Grid]) -> list[dict]:
    """Rows of `region`, from the city down."""
    rows = [_region("1101", "city", "示例市", plan, "")]
    for county in sorted({g.county for g in plan}, reverse=True):
        rows.append(_region(county, "county", NAMES[county], plan, "1101"))
    for street, (county, _) in STREETS.items():
        rows.append(_region(street, "street", NAMES[street], plan, county))
        for community in dict.fromkeys(g.code[:12] for g in plan if g.code.startswith(street)):
            name = f"第{int(community[-3:])}社区"
            rows.append(_region(community, "community", name, plan, street))
    for grid in plan:
        name = f"第{int(grid.code[-3:])}网格"
        rows.append(_region(grid.code, "grid", name, plan, grid.code[:12]))
    names = {row["key"]: row for row in rows}
    for row in rows:
        above = names.get(row["parent_key"])
        row["full_name"] = f"{above['full_name']}{row['name']}" if above else row["name"]
    return rows


def _region(digits: str, level: str, name: str, plan: list[Grid], parent: str) -> dict:
    shape = union_all([g.square for g in plan if g.code.startswith(digits)])
    return {
        "key": int(digits.ljust(15, "0")), "hi": int(digits.ljust(15, "9")),
        "code": digits if level == "grid" else digits.ljust(12, "0"), "level": level, "name": name,
        "parent_key": int(parent.ljust(15, "0")) if parent else None,
        "county_code": digits[:6].ljust(6, "0"),
        "area_m2": sum(286_000 for g in plan if g.code.startswith(digits)),
        "origin": "derived" if level in ("community", "grid") else "official",
        "updated_at": CHECKED, "geom": MultiPolygon([shape]),
    }  # fmt: skip


def buildings(plan: list[Grid]) -> list[dict]:
    """Two in each known grid: 40 m wide footprints in its west and its east half."""
    rows = []
    for number, grid in enumerate(plan):
        if number == EMPTY_GRID:
            continue
        west, south, east, north = grid.square.bounds
        middle = (south + north) / 2
        for half, share in enumerate((0.25, 0.75)):
            x = west + (east - west) * share
            shape = box(x - 0.0002, middle - 0.0002, x + 0.0002, middle + 0.0002)
            building_id = len(rows) + 1
            rows.append({
                "county_code": grid.county, "id": building_id, "region_key": grid.key,
                "source_id": f"way/{building_id}", "source": "test",
                "name": f"{building_id}号楼" if building_id % 3 else None,
                "address": f"示例路{building_id}号", "estate": "燕园" if half == 0 else None,
                "use": USES[building_id % len(USES)], "storeys": 3, "storeys_origin": "derived",
                "entrances": 1, "placed": 1, "position_source": "imported", "origin": "osm",
                "updated_at": CHECKED + timedelta(hours=building_id), "geom": shape,
            })  # fmt: skip
    return rows


def houses(plan: list[Grid], built: list[dict]) -> list[dict]:
    """Six in each building (3 storeys x 2), one without position in each known grid.

    In every fourth grid one more stands outside its grid, in the next one.
    """
    rows: list[dict] = []
    for building in built:
        for place in range(6):
            corner = building["geom"].bounds
            x = corner[0] + 0.0001 + (place % 2) * 0.0002
            y = corner[1] + 0.0001 + (place // 2) * 0.0001
            rows.append(_house(rows, building, place, Point(x, y), 1))
    for number, grid in enumerate(plan):
        if number == EMPTY_GRID:
            continue
        building = {"county_code": grid.county, "region_key": grid.key, "id": None}
        rows.append(_house(rows, building, 6, None, 0))
        if number % 4 == 0:
            beside = plan[number + 1].square.centroid
            rows.append(_house(rows, building, 7, Point(beside.x, beside.y), 2))
    return rows


def teams(plan: list[Grid]) -> list[dict]:
    """Rows of `team`: one of each grid, then one of each community; each stands in the middle of its area."""
    rows: list[dict] = []
    for code in (*(grid.code for grid in plan), *dict.fromkeys(grid.code[:12] for grid in plan)):
        square = union_all([grid.square for grid in plan if grid.code.startswith(code)])
        rows.append({
            "county_code": code[:6], "id": len(rows) + 1, "region_key": int(code.ljust(15, "0")),
            "name": f"{code}服务队", "class": "grid_service" if len(code) == 15 else "volunteers",
            "placed": 1, "position_source": "centroid", "origin": "synthetic", "updated_at": CHECKED, "geom": square.centroid,
        })  # fmt: skip
    return rows


def _house(rows: list[dict], building: dict, place: int, point: Point | None, placed: int) -> dict:
    house_id = len(rows) + 1
    status = house_id % 4
    room = f"{place // 2 + 1}0{place % 2 + 1}"
    inside = building["id"] is not None
    return {
        "county_code": building["county_code"], "id": house_id,
        "region_key": building["region_key"], "building_id": building["id"],
        "number": f"{building['region_key']}{house_id:010d}",
        "address": f"示例路{building['id'] or '无门牌'}号{room}室{house_id}",
        "entrance": 1 if inside else None, "storey": place // 2 + 1 if inside else None,
        "room": room if inside else None, "rental": status == 3,
        "area_m2": 40 + house_id % 60 + 0.5, "checked_at": CHECKED if status else None,
        "residents": 0, "placed": placed, "position_source": "building" if placed == 1 else None,
        "origin": "derived" if inside else "entered",
        "updated_at": CHECKED + timedelta(minutes=house_id), "geom": point,
    }  # fmt: skip


def residents(plan: list[Grid], housed: list[dict]) -> list[dict]:
    """People in houses of status 2 and 3, one without a house in every fourth grid, one gone."""
    rows: list[dict] = []
    for house in housed:
        if house["id"] % 4 < 2:
            continue
        crowd = 7 if house["region_key"] == plan[FULL_GRID].key else 1 + house["id"] % 3
        for _ in range(crowd):
            rows.append(_resident(rows, house, house["id"], None, house["placed"]))
        house["residents"] = crowd
    for number, reason in zip((0, 4, 8), ("homeless", "boat", "unknown_address"), strict=True):
        place = {"county_code": plan[number].county, "region_key": plan[number].key}
        rows.append(_resident(rows, place, None, reason, 0))
    gone = {"county_code": plan[0].county, "region_key": plan[0].key}
    rows.append(_resident(rows, gone, None, None, 0) | {
        "state": "deregistered", "state_reason": "moved_away", "state_date": date(2026, 2, 1),
    })  # fmt: skip
    return rows


def _resident(
    rows: list[dict], place: dict, house_id: int | None, reason: str | None, placed: int
) -> dict:
    number = len(rows) + 1
    return {
        "county_code": place["county_code"], "id": number, "region_key": place["region_key"],
        "name": f"{SURNAMES[number % len(SURNAMES)]}示例{number:03d}", "sex": "MF"[number % 2],
        "birth_year": 1940 + number * 7 % 80, "type": TYPES[number % len(TYPES)],
        "id_number": f"99999919800101{number:04d}", "household_id": house_id,
        "relation": "head" if house_id else None, "house_id": house_id, "no_house_reason": reason,
        "placed": placed, "state": "active", "state_reason": None, "state_date": None,
        "origin": "synthetic", "updated_at": CHECKED + timedelta(minutes=number),
    }  # fmt: skip


def enrolments(people: list[dict]) -> list[dict]:
    """Every third resident on the register is in an open programme; every thirtieth left theirs."""
    codes = ("disabled", "veteran_family", "hardship", "unemployed")
    return [
        {
            "county_code": one["county_code"], "id": one["id"], "region_key": one["region_key"], "resident_id": one["id"],
            "programme": codes[one["id"] // 3 % len(codes)], "begins": date(2026, 1, 10), "ends": date(2036, 1, 10),
            "released_at": one["updated_at"] if one["id"] % 30 == 0 else None,
            "release_reason": "settled" if one["id"] % 30 == 0 else None, "origin": "synthetic",
            "updated_at": one["updated_at"],
        }
        for one in people if one["state"] == "active" and one["id"] % 3 == 0
    ]  # fmt: skip


def phone_of(resident_id: int) -> str:
    """A resident's phone."""
    return f"166777{resident_id:05d}"


def born(resident: dict) -> str:
    """A resident's day of birth; no other date of the city falls in that month."""
    return f"{resident['birth_year']}-09-{1 + resident['id'] % 28:02d}"


def sites(plan: list[Grid]) -> list[dict]:
    """One in each known grid, of every level in turn; the second has no position, the third
    stands outside its grid."""
    kinds = (("school", "school"), ("fire_safety", "market"), ("public_order", "lodging"))
    rows = []
    for number, grid in enumerate(plan):
        if number == EMPTY_GRID:
            continue
        point, placed = grid.square.centroid, 1
        if number == 1:
            point, placed = None, 0
        if number == 2:
            point, placed = plan[3].square.centroid, 2
        kind, category = kinds[number % len(kinds)]
        rows.append({
            "county_code": grid.county, "id": number + 1, "region_key": grid.key,
            "source_id": f"node/{number}", "source": "test", "name": f"示例场所{number + 1}",
            "address": f"示例路{number + 1}号", "types": {kind: {"level": number % 4}}, "category": category,
            "attention_level": number % 4, "level_origin": "synthetic", "placed": placed,
            "position_source": "imported" if point else None, "origin": "osm",
            "updated_at": CHECKED + timedelta(days=number), "geom": point,
        })  # fmt: skip
    return rows


def organisations(plan: list[Grid]) -> list[dict]:
    """One in each known grid, of every kind in turn; ids as those of `sites`."""
    kinds = (("unit", None), ("new_economic", "private"), ("social", "activity_team"))
    rows = []
    for number, grid in enumerate(plan):
        if number == EMPTY_GRID:
            continue
        kind, category = kinds[number % len(kinds)]
        rows.append({
            "county_code": grid.county, "id": number + 1, "region_key": grid.key, "source": "test",
            "source_id": f"organisation/{number}", "kind": kind, "category": category,
            "name": f"示例组织{number + 1}", "licence_number": None if kind == "social" else LICENCES[number],
            "registered": kind != "social", "address": f"示例路{number + 1}号", "placed": 1,
            "position_source": "building", "origin": "synthetic", "updated_at": CHECKED + timedelta(days=number),
            "geom": grid.square.centroid,
        })  # fmt: skip
    return rows


def base_features(plan: list[Grid]) -> list[dict]:
    """A road along the middle, a river, land use, and the area that data covers."""
    south, east = NORTH - 2 * HIGH, WEST + 6 * WIDE
    known = union_all([g.square for n, g in enumerate(plan) if n != EMPTY_GRID])
    road = f"LINESTRING({WEST} {NORTH - HIGH},{east} {NORTH - HIGH})"
    river = f"LINESTRING({WEST + 0.002} {NORTH},{WEST + 0.004} {south})"
    park = box(WEST + 0.001, NORTH - 0.002, WEST + 0.004, NORTH - 0.001)
    features = (
        ("road", "primary", "示例大街", road, 8), ("water", "river", "示例河", river, 8),
        ("landuse", "park", "示例公园", park.wkt, 10), ("coverage", "data", None, known.wkt, 0),
    )  # fmt: skip
    return [
        {
            "layer": layer, "kind": kind, "name": name, "min_zoom": zoom, "origin": "osm",
            "source": "test", "source_id": f"{layer}/1", "geom": f"SRID=4326;{shape}",
        }
        for layer, kind, name, shape, zoom in features
    ]  # fmt: skip
