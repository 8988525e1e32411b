"""How many storeys, entrances and units a building has, when the map does not say.

A rule of thumb, open to correction by whoever has been there, and always the same for the same
building (`source_id`). Storeys from the map keep origin `osm`; all else is `derived`.

| form        | storeys              | entrances       | units of a storey and entrance |
|-------------|----------------------|-----------------|--------------------------------|
| `bungalow`  | 1                    | one for 60 m²   | 1                              |
| `cottage`   | 2, 1 below 80 m²     | one for 150 m²  | 1                              |
| `slab`      | 5 or 6               | one for 18 m    | one for 100 m², 2 to 3         |
| `tower`     | 16, 18, 20 or 22     | 1               | one for 100 m², 4 to 8         |
| `dormitory` | 6                    | 1               | one for 45 m², 4 to 99         |
| `other`     | 1; 2 from 100 m²; 4 from 2,000 m² | 1  | none                           |

A tower is a dwelling of 400 m² or more, nearly square and without wings; a dwelling below 200 m², a `house`,
a `detached` or a `terrace` is a cottage; every other dwelling is a slab. Areas are those of the
footprint, 18 m are measured along its front.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

COTTAGE_KINDS = ("house", "detached", "semidetached_house", "terrace")
FLAT_KINDS = ("residential", "apartments")
DORMITORY_NAME = r"学生.{0,6}(?:公寓|宿舍)|(?:女生|男生|学生|研究生|博士生)宿舍"
DWELLING_NAME = r"(?:\d|[一二三四五六七八九十])+号楼$|公寓|宿舍|家属楼"

SMALL_DWELLING_M2, ONE_STOREY_M2, TOWER_M2 = 200.0, 80.0, 400.0
TOWER_MAX_RATIO, TOWER_MIN_FILL = 1.7, 0.6
SLAB_DEPTH_M, ENTRANCE_FRONT_M, FLAT_M2 = 14.0, 18.0, 100.0
DORMITORY_ROOM_M2 = 45.0
"""Gross, with its share of corridor."""
MAX_ENTRANCES, MAX_UNITS, MAX_STOREYS = 99, 99, 99
"""Two digits each in the generated house number."""


def dwelling_form(kind: np.ndarray, name: np.ndarray, in_estate: np.ndarray) -> np.ndarray:
    """What people live in, by OSM `building` value: flat, cottage, bungalow, dormitory, other.

    `yes` says nothing: it is a dwelling when it has no name and stands in residential land use
    (`in_estate`), or when its name is that of a numbered house or of a dormitory.
    """
    names = pd.Series(name, dtype="str").fillna("")
    kinds = pd.Series(kind, dtype="str").fillna("yes")
    vague = (kinds == "yes").to_numpy()
    student = vague & names.str.contains(DORMITORY_NAME).to_numpy()
    unnamed = np.asarray(in_estate, dtype=bool) & (names == "").to_numpy()
    numbered = vague & (unnamed | names.str.contains(DWELLING_NAME).to_numpy())
    conditions = [
        student | (kinds == "dormitory").to_numpy(),
        (kinds == "bungalow").to_numpy(),
        kinds.isin(COTTAGE_KINDS).to_numpy(),
        numbered | kinds.isin(FLAT_KINDS).to_numpy(),
    ]
    return np.select(conditions, ["dormitory", "bungalow", "cottage", "flat"], "other")


def estimate_buildings(
    footprints: np.ndarray, form: np.ndarray, levels: np.ndarray, source_id: np.ndarray
) -> pd.DataFrame:
    """Columns form, storeys, storeys_origin, entrances, units, area_m2, front_m, households.

    `footprints` are polygons in metres, `levels` the storeys of the map (NaN where unknown).
    `units` counts those of one storey and entrance; `households` leaves dormitory rooms out,
    whose people keep house with their school.
    """
    area, (front, depth) = shapely.area(footprints), _sides(footprints)
    form = _refine(form, area, front, depth)
    front = np.maximum(front, area / SLAB_DEPTH_M)
    coin = pd.util.hash_array(np.asarray(source_id, dtype=object), categorize=False)
    known = np.nan_to_num(np.asarray(levels, dtype=float)) >= 1
    storeys = np.where(known, np.nan_to_num(levels), _storeys(form, area, coin))
    entrances = _entrances(form, area, front)
    units = _units(form, area, entrances)
    frame = pd.DataFrame(
        {
            "form": form,
            "storeys": np.clip(storeys, 1, MAX_STOREYS).astype(np.int16),
            "storeys_origin": np.where(known, "osm", "derived"),
            "entrances": entrances.astype(np.int16),
            "units": units.astype(np.int16),
            "area_m2": area,
            "front_m": front,
        }
    )
    homes = frame["storeys"].astype(int) * frame["entrances"] * frame["units"]
    frame["households"] = homes.where(frame["form"] != "dormitory", 0).astype(np.int32)
    return frame


def _sides(footprints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Long and short side of the smallest rectangle around each footprint, metres."""
    corners = rectangle_corners(footprints)
    sides = np.hypot(*np.moveaxis(corners[:, 1:3] - corners[:, 0:2], 2, 0))
    return sides.max(axis=1), np.maximum(sides.min(axis=1), 0.01)


def rectangle_corners(footprints: np.ndarray) -> np.ndarray:
    """(n, 5, 2): the smallest rotated rectangle around each polygon, closed."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(footprints))
    return np.asarray(corners).reshape(-1, 5, 2)


def _refine(form: np.ndarray, area: np.ndarray, front: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Tell small dwellings, towers and slabs apart by their footprint; wings make no tower."""
    flat = form == "flat"
    compact = (front <= TOWER_MAX_RATIO * depth) & (area >= TOWER_MIN_FILL * front * depth)
    tower = flat & (area >= TOWER_M2) & compact
    small = flat & (area < SMALL_DWELLING_M2)
    return np.select([small, tower, flat], ["cottage", "tower", "slab"], form)


def _storeys(form: np.ndarray, area: np.ndarray, coin: np.ndarray) -> np.ndarray:
    forms = ("bungalow", "cottage", "slab", "tower", "dormitory")
    return np.select(
        [form == name for name in forms],
        [1, np.where(area < ONE_STOREY_M2, 1, 2), 5 + coin % 2, 16 + 2 * (coin % 4), 6],
        np.select([area >= 2000, area >= 100], [4, 2], 1),
    )


def _entrances(form: np.ndarray, area: np.ndarray, front: np.ndarray) -> np.ndarray:
    count = np.select(
        [form == "bungalow", form == "cottage", form == "slab"],
        [area / 60, area / 150, front / ENTRANCE_FRONT_M],
        1,
    )
    return np.clip(np.round(count), 1, MAX_ENTRANCES)


def _units(form: np.ndarray, area: np.ndarray, entrances: np.ndarray) -> np.ndarray:
    flats = np.round(area / entrances / FLAT_M2)
    rooms = np.floor(area / DORMITORY_ROOM_M2)
    forms = ("bungalow", "cottage", "slab", "tower", "dormitory")
    return np.select(
        [form == name for name in forms],
        [1, 1, np.clip(flats, 2, 3), np.clip(flats, 4, 8), np.clip(rooms, 4, MAX_UNITS)],
        0,
    )
