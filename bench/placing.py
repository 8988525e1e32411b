"""Addresses of 20,000 rows to 5,000 buildings of 100,000 houses, and of 20,000 whose places are known; points.

`python -m bench.placing [rows]`: into databases of its own in the bench cluster; 20,000 points go through every
system and back. Processor time of this process
stands beside the clock: other work on the machine does not count against it.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from pyproj import Geod

from bench.importing import COUNTY, DATABASE, regions
from bench.place import HOME, cluster, say
from bench.placing_labelled import filled, judged, report
from geoapp.core.cluster_roles import ensure_database
from geoapp.core.migrate import upgrade
from geoapp.core.settings import get_settings

ROWS, PIECE, BUILDINGS, DOORS = 20_000, 5_000, 5_000, 20
POINTS, MOST_METRES = 20_000, 0.01
SYSTEMS = ("wgs84", "cgcs2000", "gcj02", "bd09", "gk:75", "gk:105", "gk:117", "gk:135")
_BUILDINGS = """
INSERT INTO building
    (county_code, region_key, source_id, source, name, estate, use, placed, position_source, origin, geom)
SELECT :county, :grid + n % 400, 'placing/' || n, 'placing', (n % 50 + 1) || '号楼', '第' || n / 50 || '小区',
       'residential', 1, 'imported', 'synthetic',
       ST_MakeEnvelope(116.3 + n * 1e-6, 39.9, 116.3001 + n * 1e-6, 39.9001, 4326)
FROM generate_series(0, :buildings - 1) n
"""
_HOUSES = """
INSERT INTO house (county_code, region_key, building_id, number, address, entrance, storey, room, placed, origin)
SELECT county_code, region_key, id, 'placing-' || id || '-' || d,
       estate || name || (d % 2 + 1) || '单元' || (d / 2 + 1) * 100 + 1
       || '室',
       d % 2 + 1, d / 2 + 1, ((d / 2 + 1) * 100 + 1)::text, 0, 'synthetic'
FROM building, generate_series(0, :doors - 1) d WHERE source = 'placing'
"""


def main() -> int:
    """Print rows a second, shares and metres; 1 where too many are placed wrong or a point comes back too far away."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with cluster() as running:
        settings = opened(running.place, f"{DATABASE}_places")
        regions(settings)
        fill(settings)
        matched(settings, rows)
        settings = opened(running.place, f"{DATABASE}_labelled")
        good = report(judged(settings, filled(settings)))
    worst = max([came_back(system) for system in SYSTEMS])
    return 0 if worst < MOST_METRES and good else 1


def opened(place: Any, name: str) -> Any:
    """Settings of a database of the bench cluster, its schema up to date."""
    os.environ |= {"GEOAPP_DATABASE_NAME": name, "GEOAPP_DATA_DIR": str(HOME), "GEOAPP_KEY_DIR": str(HOME / "keys")}
    get_settings.cache_clear()
    settings = get_settings()
    ensure_database(place, name)
    upgrade(settings)
    return settings


def fill(settings: Any) -> None:
    """The buildings and their houses, once."""
    from sqlalchemy import text

    from geoapp.core.db import owner_transaction

    with owner_transaction(settings) as connection:
        if not connection.scalar(text("SELECT count(*) FROM building")):
            facts = {"county": str(COUNTY), "grid": COUNTY * 10**9 + 1_001_001, "buildings": BUILDINGS}
            connection.execute(text(_BUILDINGS), facts)
            connection.execute(text(_HOUSES), {"doors": DOORS})


def matched(settings: Any, rows: int) -> None:
    """Addresses as people write them: a third exact, a third without unit words, a third with a sign missing."""
    from geoapp.core.db import owner_engine
    from geoapp.importing.matching import AddressBook
    from grids_boundaries.scope import RowScope

    low = COUNTY * 10**9
    span = (low, low + 10**9 - 1)
    dice = random.Random(6)
    wanted = [written(dice, dice.randrange(BUILDINGS), dice.randrange(DOORS)) for _ in range(rows)]
    with owner_engine(settings).connect() as connection:
        scope = RowScope((span,))
        book = timed(f"book of {BUILDINGS:,} buildings", 0, lambda: AddressBook(connection, scope, [str(COUNTY)]))

        def whole() -> int:
            sure = 0
            for first in range(0, rows, PIECE):
                piece = {at: (words, span) for at, words in enumerate(wanted[first:first + PIECE])}
                sure += sum(winner is not None for winner, _ in book.matches(piece).values())
            return sure

        say(f"{timed('addresses', rows, whole) / rows:.0%} of {rows:,} placed for sure")


def written(dice: random.Random, building: int, door: int) -> str:
    """The address of a house in one of three ways."""
    estate, number, unit, room = building // 50, building % 50 + 1, door % 2 + 1, (door // 2 + 1) * 100 + 1
    exact = f"第{estate}小区{number}号楼{unit}单元{room}室"
    dashed, other = f"海甸区第{estate}小区{number}-{unit}-{room}", f"第{estate}区{number}栋{unit}单元{room}"
    return dice.choice((exact, dashed, other))


def timed(what: str, count: int, do: Callable[[], Any]) -> Any:
    """What it gives; seconds by the clock and of the processor are told."""
    clock, busy = time.perf_counter(), time.process_time()
    found = do()
    clock, busy = time.perf_counter() - clock, time.process_time() - busy
    rate = f"; {count / clock:,.0f} rows/s by the clock, {count / busy:,.0f} of processor time" if count else ""
    say(f"{what}: {clock:.2f} s, {busy:.2f} s of processor time{rate}")
    return found


def came_back(system: str) -> float:
    """Metres the farthest of the points is away after there and back."""
    from geoapp.importing.coordinates import from_wgs84, to_wgs84

    low, high = (73.6, 135.0)
    if system.startswith("gk:"):
        low, high = float(system[3:]) - 3, float(system[3:]) + 3
    points = np.random.default_rng(6).uniform((low, 18.2), (high, 53.5), (POINTS, 2))
    back = to_wgs84(from_wgs84(points, system), system)
    metres = float(Geod(ellps="WGS84").inv(points[:, 0], points[:, 1], back[:, 0], back[:, 1])[2].max())
    say(f"{system}: {POINTS:,} points, at most {metres:.7f} m (< {MOST_METRES})")
    return metres


if __name__ == "__main__":
    sys.exit(main())
