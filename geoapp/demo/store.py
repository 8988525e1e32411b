"""Storing invented houses and people in bulk, as the owner, one county at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, FromClause, Table, text

from geoapp.core.data_keys import KeyRing
from geoapp.core.db import Base
from geoapp.core.errors import Conflict
from geoapp.core.i18n import N_
from geoapp.core.settings_programmes import FIGURES
from geoapp.demo import rows
from geoapp.households.models import Household
from geoapp.houses.models import Building, House, Residence
from geoapp.loading.after import analyze, refresh_kept
from geoapp.loading.county_store import CountyStore
from geoapp.people.models import Resident
from geoapp.people.name_tokens import TokenDraft
from geoapp.programmes.invented import invent_enrolments
from geoapp.programmes.models import Enrolment
from geoapp.sites.models import Site

TABLES = ("house", "household", "resident", "residence")
SORT_MEMORY = "512MB"
"""For building indexes."""
BUILDING_COLUMNS = (
    "county_code", "id", "region_key", "source_id", "name", "address", "use", "storeys",
    "storeys_origin", "entrances", "houses", "residents", "placed", "position_source", "origin",
    "source", "geom",
)  # fmt: skip
SITE_COLUMNS = (
    "county_code", "region_key", "source_id", "name", "types", "category", "level_origin",
    "placed", "position_source", "origin", "source", "geom",
)  # fmt: skip
_NUMBERS = text(
    "INSERT INTO house_number (number, county_code, house_id, region_key) "
    "SELECT number, county_code, id, region_key FROM house WHERE county_code = :county"
)


def require_no_homes(connection: Connection, county: str) -> None:
    """Raises Conflict where the county has houses or people already."""
    for table in TABLES:
        found = text(f"SELECT EXISTS (SELECT FROM {table} WHERE county_code = :county)")  # noqa: S608
        if connection.scalar(found, {"county": county}):
            raise Conflict(N_("区县 %(county)s 已有房屋或人口数据。"), county=county)


class CountyHomes:
    """Houses and people of a county without any; nothing shows before the caller commits.

    Raises Conflict where the county has houses or people already.
    """

    def __init__(self, connection: Connection, county: str) -> None:
        self.connection = connection
        self.county = county
        self._keys = KeyRing.on(connection)
        require_no_homes(connection, county)
        connection.execute(text(f"SET LOCAL maintenance_work_mem = '{SORT_MEMORY}'"))
        self._buildings = self._store(Building.__table__, BUILDING_COLUMNS)
        self._sites = self._store(Site.__table__, SITE_COLUMNS)
        self._stores = {
            "house": self._store(House.__table__, rows.HOUSE_COLUMNS),
            "household": self._store(Household.__table__, rows.HOUSEHOLD_COLUMNS),
            "resident": self._store(Resident.__table__, rows.RESIDENT_COLUMNS),
            "residence": self._store(Residence.__table__, rows.RESIDENCE_COLUMNS),
        }
        self._tokens = TokenDraft(connection)

    def _store(self, table: FromClause, columns: Sequence[str]) -> CountyStore:
        assert isinstance(table, Table)
        return CountyStore(self.connection, table, columns, ())

    def add_buildings(self, lines: Iterable[rows.Row]) -> None:
        """Rows in the order of BUILDING_COLUMNS."""
        self._buildings.copy(self.county, lines)

    def add_sites(self, lines: Iterable[rows.Row]) -> None:
        """Rows in the order of SITE_COLUMNS."""
        self._sites.copy(self.county, lines)

    def add(self, batch: rows.Batch) -> None:
        """Houses, households, residents and residences of a batch."""
        self._stores["house"].copy(self.county, rows.house_rows(batch))
        self._stores["household"].copy(self.county, rows.household_rows(batch))
        self._stores["resident"].copy(self.county, rows.resident_rows(batch, self._keys))
        self._tokens.add(rows.named(batch))
        self._stores["residence"].copy(self.county, rows.residence_rows(batch))

    def finish(self) -> None:
        """Indexes, keys, house numbers, kept counts."""
        for store in (self._buildings, self._sites, *self._stores.values()):
            store.finish(dry_run=False)
        self._tokens.finish()
        self.connection.execute(_NUMBERS, {"county": self.county})
        invent_enrolments(self.connection, self.county, dict(FIGURES))
        regions = self.connection.scalars(
            text("SELECT key FROM region WHERE county_code = :county AND level = 'grid'"),
            {"county": self.county},
        ).all()
        touched = dict.fromkeys(("buildings", "houses", "residents", "households", "enrolments", "sites"), regions)
        refresh_kept(self.connection, touched)

    def analyze(self) -> None:
        """Statistics for the planner, after the commit."""
        for table in (Building, Site, House, Household, Resident, Residence, Enrolment):
            partition = f"{table.__tablename__}_{self.county}"
            analyze(self.connection, Base.metadata.tables[table.__tablename__], [partition])
        for name in ("region", "house_number", "region_count", "cell_count", "name_token"):
            self.connection.execute(text(f"ANALYZE {name}"))
