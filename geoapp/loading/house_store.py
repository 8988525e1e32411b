"""Houses on their way in: what needs the database to be decided, set by set.

Copied rows are joined with their buildings and regions, judged, and merged by house number.
A house that people live in keeps its region, and a position set by hand stays (D4.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, Table, text

from geoapp.core.bulk import copy_rows
from geoapp.core.i18n import N_
from geoapp.houses.rules import STRAY_METRES

COLUMNS = {
    "row": "int4", "number": "text", "address": "text", "building": "text",
    "building_ref": "int8", "entrance": "int2", "storey": "int2", "room": "text", "use": "text",
    "rental": "bool", "area_m2": "numeric", "stated": "int8", "found": "int8", "geom": "bytea",
}  # fmt: skip
SPOKEN = ("address", "entrance", "storey", "room", "use", "rental", "area_m2")
"""Columns of a house that are left alone where the file has no such field."""

_STAGE = """
CREATE TEMP TABLE staged_house (
    row integer, number text, address text, building text, building_ref bigint, entrance smallint,
    storey smallint, room text, use text, rental boolean, area_m2 numeric(9, 2), stated bigint,
    found bigint, geom geometry(Geometry, 4326)
) ON COMMIT DROP
"""
_SETTLE = """
CREATE TEMP TABLE settled_house ON COMMIT DROP AS
WITH named AS (
    SELECT source_id, min(id) AS id, min(county_code) AS county_code, count(*) AS n
    FROM building WHERE source_id IN (SELECT building FROM staged_house) GROUP BY source_id
), joined AS (
    SELECT s.*, coalesce(n.n, 0) AS named, b.id AS building_id,
           coalesce(s.stated, b.region_key, s.found, CAST(:keep AS bigint)) AS region_key,
           coalesce(s.stated, b.region_key, s.found) IS NULL AS kept,
           b.county_code AS building_county,
           CASE WHEN s.geom IS NULL AND b.geom IS NOT NULL THEN ST_PointOnSurface(b.geom) END AS inside,
           b.placed AS building_placed
    FROM staged_house s LEFT JOIN named n ON n.source_id = s.building
    LEFT JOIN building b ON CASE WHEN s.building IS NULL THEN b.id = s.building_ref
                                 ELSE n.n = 1 AND b.id = n.id AND b.county_code = n.county_code END
)
SELECT j.row, j.number, j.address, j.building, j.building_ref, j.named, j.building_id,
       j.building_county, j.entrance, j.storey, j.room, coalesce(j.use, 'dwelling') AS use,
       coalesce(j.rental, false) AS rental, j.area_m2, j.region_key,
       lpad((j.region_key / 1000000000)::text, 6, '0') AS county_code,
       coalesce(j.geom, j.inside) AS geom,
       CASE WHEN j.geom IS NOT NULL THEN 'imported' WHEN j.inside IS NOT NULL THEN 'building' END
           AS position_source,
       CASE WHEN j.geom IS NULL AND j.inside IS NULL THEN 0
            WHEN j.geom IS NULL THEN greatest(j.building_placed, 1)
            WHEN j.found BETWEEN r.key AND r.hi THEN 1
            WHEN r.geom IS NULL AND NOT j.kept THEN 1
            WHEN ST_Covers(r.geom, j.geom) THEN 1 ELSE 2 END::smallint AS placed,
       CASE WHEN NOT j.kept THEN r.geom END AS outline
FROM joined j LEFT JOIN region r ON r.key = j.region_key
"""
_MERGE = """
WITH written AS (
    INSERT INTO house AS h (county_code, region_key, building_id, number, address, entrance, storey,
                            room, use, rental, area_m2, placed, position_source, origin, source, geom)
    SELECT county_code, region_key, building_id, number, address, entrance, storey, room, use, rental,
           area_m2, placed, position_source, :origin, :source, geom
    FROM settled_house ORDER BY region_key, number
    ON CONFLICT (county_code, number) DO UPDATE
    SET {changes}, updated_at = now(), version = h.version + 1
    WHERE ({old}) IS DISTINCT FROM ({new})
    RETURNING county_code, id, region_key, number
), numbers AS (
    INSERT INTO house_number AS n (number, county_code, house_id, region_key)
    SELECT number, county_code, id, region_key FROM written
    ON CONFLICT (number) DO UPDATE SET region_key = excluded.region_key
    WHERE n.region_key <> excluded.region_key
)
SELECT count(*) FROM written
"""
_COUNT_HOUSES = """
UPDATE building b SET houses = n.n, updated_at = now(), version = b.version + 1
FROM (SELECT t.county_code, t.building_id, count(h.id) AS n FROM touched_building t
      LEFT JOIN house h ON h.county_code = t.county_code AND h.building_id = t.building_id
      GROUP BY 1, 2) n
WHERE b.county_code = n.county_code AND b.id = n.building_id AND b.houses <> n.n
"""
_BY_HAND = "coalesce(h.position_source, '') IN ('clicked', 'surveyed')"
_LIVED_IN = (
    "EXISTS (SELECT FROM residence d WHERE d.county_code = h.county_code AND d.house_id = h.id)"
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row cannot be stored."""

    row: int
    field: str
    msgid: str
    facts: dict[str, object]


@dataclass
class HouseCounts:
    """What became of the rows, and the regions in which registers changed."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    outside: int = 0
    unplaced: int = 0
    houses_in: set[int] = field(default_factory=set)
    buildings_in: set[int] = field(default_factory=set)


class HouseStore:
    """One load of houses; `copy`, then `settle`, then `finish`."""

    def __init__(
        self, connection: Connection, origin: str, source: str, mapping: Mapping[str, str]
    ) -> None:
        self.connection = connection
        self.origin = origin
        self.source = source
        self.spoken = [name for name in SPOKEN if name in mapping]
        self.has_building = "building" in mapping or "building_id" in mapping
        self.counties: list[str] = []
        self._run(_STAGE)

    def copy(self, rows: Iterable[tuple]) -> None:
        """Send rows; values in the order of COLUMNS."""
        copy_rows(self.connection, "staged_house", COLUMNS, rows)

    def settle(self, keep: int | None) -> list[Problem]:
        """Find building, region and place of each row; rows with a problem are left out."""
        self._run("ANALYZE staged_house")
        self._run(_SETTLE, keep=keep)
        problems = [*self._no_building(), *self._no_region(), *self._strays(), *self._taken()]
        rows = [problem.row for problem in problems]
        self._run("DELETE FROM settled_house WHERE row = ANY(:rows)", rows=rows)
        self._run("ANALYZE settled_house")
        return problems

    def finish(self) -> HouseCounts:
        """Merge the settled rows, enter their numbers, count the houses of their buildings."""
        counts = HouseCounts()
        self.counties = list(self._column("SELECT DISTINCT county_code FROM settled_house"))
        for county in self.counties:
            self._run("SELECT ensure_county(:county)", county=county)
        total = self._one("SELECT count(*) FROM settled_house")
        known = self._one(
            "SELECT count(*) FROM settled_house JOIN house USING (county_code, number)"
        )
        self._note_before(counts)
        written = self._merge()
        counts.added = total - known
        counts.updated, counts.unchanged = written - counts.added, total - written
        counts.outside = self._one("SELECT count(*) FROM settled_house WHERE placed = 2")
        counts.unplaced = self._one("SELECT count(*) FROM settled_house WHERE placed = 0")
        return counts

    def partitions(self, table: Table) -> list[str]:
        """Names of the table's partitions that have changed."""
        return [f"{table.name}_{county}" for county in self.counties]

    def _no_building(self) -> list[Problem]:
        found = self._rows(
            "SELECT row, coalesce(building, building_ref::text) AS ref, named FROM settled_house "
            "WHERE building_id IS NULL AND (building IS NOT NULL OR building_ref IS NOT NULL)"
        )
        missing, several = N_("楼栋“%(ref)s”不存在。"), N_("编号为“%(ref)s”的楼栋有 %(named)s 栋。")
        return [
            Problem(r.row, "building", several, {"ref": r.ref, "named": r.named})
            if r.named > 1
            else Problem(r.row, "building", missing, {"ref": r.ref})
            for r in found
        ]

    def _no_region(self) -> list[Problem]:
        found = self._rows(
            "SELECT row, ST_X(geom) AS lon, ST_Y(geom) AS lat, building_county IS NOT NULL "
            "AND building_county <> county_code AS torn FROM settled_house "
            "WHERE region_key IS NULL AND building IS NULL AND building_ref IS NULL "
            "OR building_county <> county_code"
        )
        lost = N_("不在任何已知区划内：经度 %(lon)s、纬度 %(lat)s。")
        torn = N_("写明的区划与楼栋不在同一区县。")
        return [
            Problem(r.row, "region", torn, {})
            if r.torn
            else Problem(r.row, "geometry", lost, {"lon": f"{r.lon:.6f}", "lat": f"{r.lat:.6f}"})
            for r in found
        ]

    def _strays(self) -> list[Problem]:
        found = self._rows(
            "SELECT row, round(ST_Distance(outline::geography, geom::geography) / 1000) AS km "
            "FROM settled_house WHERE placed = 2 AND NOT "
            "ST_DWithin(outline::geography, geom::geography, :metres)",
            metres=STRAY_METRES,
        )
        msgid = N_("该位置距所属区划 %(km)s 公里，请检查坐标。")
        return [Problem(r.row, "geometry", msgid, {"km": int(r.km)}) for r in found]

    def _taken(self) -> list[Problem]:
        """Numbers that houses of another county hold (A6.3)."""
        found = self._rows(
            "SELECT s.row, n.county_code FROM settled_house s JOIN house_number n USING (number) "
            "WHERE n.county_code <> s.county_code"
        )
        msgid = N_("房屋编号已由区县 %(county)s 的房屋使用。")
        return [Problem(r.row, "number", msgid, {"county": r.county_code}) for r in found]

    def _note_before(self, counts: HouseCounts) -> None:
        """Regions and buildings that will change: those of the rows and those they leave."""
        self._run(
            "CREATE TEMP TABLE touched_building ON COMMIT DROP AS "
            "SELECT county_code, building_id FROM settled_house WHERE building_id IS NOT NULL "
            "UNION SELECT h.county_code, h.building_id FROM house h JOIN settled_house s "
            "USING (county_code, number) WHERE h.building_id IS NOT NULL"
        )
        counts.houses_in = set(
            self._column(
                "SELECT region_key FROM settled_house UNION SELECT h.region_key FROM house h "
                "JOIN settled_house s USING (county_code, number)"
            )
        )
        counts.buildings_in = set(
            self._column(
                "SELECT DISTINCT b.region_key FROM building b JOIN touched_building t "
                "ON t.county_code = b.county_code AND t.building_id = b.id"
            )
        )

    def _merge(self) -> int:
        new = {name: f"excluded.{name}" for name in self.spoken}
        if self.has_building:
            new["building_id"] = "excluded.building_id"
        for name in ("geom", "placed", "position_source"):
            stays = f"{_BY_HAND} OR excluded.geom IS NULL"
            new[name] = f"CASE WHEN {stays} THEN h.{name} ELSE excluded.{name} END"
        new["region_key"] = f"CASE WHEN {_LIVED_IN} THEN h.region_key ELSE excluded.region_key END"
        statement = _MERGE.format(
            changes=", ".join(f"{name} = {value}" for name, value in new.items()),
            old=", ".join(f"h.{name}" for name in new),
            new=", ".join(new.values()),
        )
        written = self._one(statement, origin=self.origin, source=self.source)
        self._run(_COUNT_HOUSES)
        return written

    def _run(self, statement: str, **facts: object) -> None:
        self.connection.execute(text(statement), facts)

    def _one(self, statement: str, **facts: object) -> int:
        return int(self.connection.scalar(text(statement), facts) or 0)

    def _rows(self, statement: str, **facts: object) -> list:
        return list(self.connection.execute(text(statement), facts))

    def _column(self, statement: str) -> Iterable:
        return self.connection.scalars(text(statement)).all()
