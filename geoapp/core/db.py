"""Engines, the declarative base and the column shapes every located table shares."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import cast

import psycopg
from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Computed,
    Connection,
    DateTime,
    Engine,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    create_engine,
    event,
    func,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from geoapp.core.settings import Settings, get_settings

WGS84 = 4326
WEB_MERCATOR = 3857
WORLD_BITS = 30
"""Integer world of the tile encoder: mx, my run from 0 to 2^30 west to east, north to south."""
HALF_WORLD = 20_037_508.342789244
"""Metres of EPSG:3857 from the centre of the world to its edge."""


class Base(DeclarativeBase):
    """Declarative base; names of constraints are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def table_of(model: type[Base]) -> Table:
    """The table behind a mapped class, for statements that name columns."""
    return cast(Table, model.__table__)


def cell(name: str, key_class: str = "S3") -> dict[str, str]:
    """`info` of a column of sealed cells: the place is "table.name.id" (`geoapp.core.crypto`)."""
    return {"cell": name, "class": key_class}


class Recorded:
    """Origin and freshness of a record (A2.8, A6.11). `version` grows with every save."""

    origin: Mapped[str] = mapped_column(Text)
    source: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))


class InCounty:
    """Key of the big tables: partitioned by county, unique by (county_code, id).

    `region_key` is the smallest region the record is known to lie in (`grids_boundaries.keys`);
    scope and row-level security compare it with key ranges.
    """

    county_code: Mapped[str] = mapped_column(Text, primary_key=True)
    region_key: Mapped[int] = mapped_column(BigInteger)


MX_SQL = "floor((ST_X(geom) + 180) / 360 * 1073741824)::integer"
MY_SQL = (
    "floor((0.5 - ln(tan(pi() / 4 + radians(ST_Y(geom)) / 2)) / (2 * pi())) * 1073741824)::integer"
)


class Located:
    """A position in EPSG:4326 with its stored Web Mercator copy for tiles.

    `placed`: 0 no position, 1 inside its region, 2 outside it.
    """

    placed: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    position_source: Mapped[str | None] = mapped_column(Text)

    @declared_attr
    def geom(cls) -> Mapped[object | None]:
        return mapped_column(Geometry("GEOMETRY", WGS84, spatial_index=False))

    @declared_attr
    def geom_3857(cls) -> Mapped[object | None]:
        return mapped_column(
            Geometry("GEOMETRY", WEB_MERCATOR, spatial_index=False),
            Computed("ST_Transform(geom, 3857)", persisted=True),
            deferred=True,
        )


class PointLocated(Located):
    """A located point; `mx`, `my` are its place in the 2^30 integer world (see WORLD_BITS)."""

    mx: Mapped[int | None] = mapped_column(Integer, Computed(MX_SQL, persisted=True), deferred=True)
    my: Mapped[int | None] = mapped_column(Integer, Computed(MY_SQL, persisted=True), deferred=True)


def _engine(url: str, settings: Settings, role: str | None, **options: object) -> Engine:
    engine = create_engine(url, pool_pre_ping=False, pool_use_lifo=True, future=True, **options)

    @event.listens_for(engine, "connect")
    def prepare(connection: psycopg.Connection, _record: object) -> None:
        """Closed by default: without a scope of its own a transaction sees no row."""
        # the driver would drop all prepared statements at each rollback, ours too
        # (spatial_queries.prepared); its own are of no use where every plan is a custom one
        connection.prepare_threshold = None
        with connection.cursor() as cursor:
            if role:
                cursor.execute(f'SET ROLE "{role}"')
            cursor.execute(
                f"SET statement_timeout = {settings.statement_timeout_ms:d};"
                f"SET lock_timeout = {settings.lock_timeout_ms:d};"
                "SET app.scope_lo = '0'; SET app.scope_hi = '-1'; SET app.scope_ranges = '';"
                "SET app.reads = ''; SET jit = off; SET max_parallel_workers_per_gather = 0;"
                # a plan made for any box and any area would read the whole area for a small box
                "SET plan_cache_mode = force_custom_plan;"
                f"SET timezone = '{settings.time_zone}'"
            )
        connection.commit()

    return engine


def app_engine(settings: Settings | None = None) -> Engine:
    """The serving engine: role geoapp_app, which owns nothing and is held by RLS."""
    return _app_engine(settings or get_settings())


def owner_engine(settings: Settings | None = None) -> Engine:
    """Migrations, loads and maintenance: owns the tables, sees every row, never serves a page."""
    return _owner_engine(settings or get_settings())


@lru_cache(maxsize=8)
def _app_engine(settings: Settings) -> Engine:
    role = settings.app_role if settings.set_role else None
    return _engine(settings.database_url, settings, role, pool_size=16, max_overflow=32)


@lru_cache(maxsize=8)
def _owner_engine(settings: Settings) -> Engine:
    return create_engine(settings.owner_database_url, pool_size=4, future=True)


@contextmanager
def owner_transaction(settings: Settings | None = None) -> Iterator[Connection]:
    """One transaction of the owner."""
    with owner_engine(settings).begin() as connection:
        yield connection
