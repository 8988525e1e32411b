"""The region tree and the base map, as tables."""

from __future__ import annotations

from datetime import date

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, Boolean, Computed, Date, ForeignKey, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.core.db import WEB_MERCATOR, WGS84, Base, Recorded

ORIGINS = ("official", "osm", "derived", "synthetic", "entered")
"""Where a record comes from; `entered` is what staff wrote down in the product itself."""


class Region(Recorded, Base):
    """One region of the tree, province to grid; subtree = key range [key, hi]."""

    __tablename__ = "region"

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hi: Mapped[int] = mapped_column(BigInteger)
    code: Mapped[str] = mapped_column(Text, unique=True)
    level: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    full_name: Mapped[str] = mapped_column(Text)
    parent_key: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("region.key"))
    county_code: Mapped[str] = mapped_column(Text)
    dedicated: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    note: Mapped[str | None] = mapped_column(Text)
    area_m2: Mapped[int | None] = mapped_column(BigInteger)
    valid_from: Mapped[date | None] = mapped_column(Date)
    geom: Mapped[object | None] = mapped_column(
        Geometry("MULTIPOLYGON", WGS84, spatial_index=False)
    )
    geom_3857: Mapped[object | None] = mapped_column(
        Geometry("MULTIPOLYGON", WEB_MERCATOR, spatial_index=False),
        Computed("ST_Transform(geom, 3857)", persisted=True),
        deferred=True,
    )


class BaseFeature(Base):
    """Roads, water, land use and data coverage of the base map. Public map data, no area scope."""

    __tablename__ = "base_feature"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    layer: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(Text)
    min_zoom: Mapped[int] = mapped_column(SmallInteger)
    origin: Mapped[str] = mapped_column(Text)
    source: Mapped[str | None] = mapped_column(Text)
    source_id: Mapped[str | None] = mapped_column(Text)
    geom: Mapped[object] = mapped_column(Geometry("GEOMETRY", WGS84, spatial_index=False))
    geom_3857: Mapped[object] = mapped_column(
        Geometry("GEOMETRY", WEB_MERCATOR, spatial_index=False),
        Computed("ST_Transform(geom, 3857)", persisted=True),
        deferred=True,
    )
