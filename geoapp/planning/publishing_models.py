"""Publications, and the grids that are no more; the SQL view of all boundaries with their days."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, Boolean, Computed, Date, DateTime, Identity, Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.core.db import WEB_MERCATOR, WGS84, Base

SCHEDULED, PUBLISHED, FAILED, WITHDRAWN = "scheduled", "published", "failed", "withdrawn"
MOMENT = DateTime(timezone=True)


class Publication(Base):
    """A division of `communities` that takes effect on a day, as planned or as it was before (`restores_id`).

    `based_on` is the mark of the grids in force it was made for; `assignments` maps users to numbers
    of grids; `failure` holds a message id and its facts, `moved` rows by table, `users` the area codes
    before and after of each user who got others.
    """

    __tablename__ = "publication"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    region_key: Mapped[int] = mapped_column(BigInteger)
    plan_id: Mapped[int | None] = mapped_column(BigInteger)
    restores_id: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(Text, server_default=SCHEDULED)
    effective_on: Mapped[date] = mapped_column(Date)
    communities: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    based_on: Mapped[str] = mapped_column(Text)
    assignments: Mapped[dict[str, list[int]]] = mapped_column(JSONB, server_default="{}")
    made_by: Mapped[int | None] = mapped_column(BigInteger)
    made_at: Mapped[datetime] = mapped_column(MOMENT)
    ended_at: Mapped[datetime | None] = mapped_column(MOMENT)
    failure: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    moved: Mapped[dict[str, int] | None] = mapped_column(JSONB)
    users: Mapped[dict[str, dict[str, list[str]]] | None] = mapped_column(JSONB)


class PublicationGrid(Base):
    """One grid of a publication; `region_key` is its community, `code` its 15 digits once it has them,
    `changed` whether it had another border or none before."""

    __tablename__ = "publication_grid"

    publication_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    region_key: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str | None] = mapped_column(Text)
    dedicated: Mapped[bool] = mapped_column(Boolean)
    code: Mapped[str | None] = mapped_column(Text)
    changed: Mapped[bool] = mapped_column(Boolean)
    geom: Mapped[object] = mapped_column(Geometry("MULTIPOLYGON", WGS84, spatial_index=False))


class PastGrid(Base):
    """A grid as it was on the days [valid_from, valid_to); without `valid_from`, ever since."""

    __tablename__ = "past_grid"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    region_key: Mapped[int] = mapped_column(BigInteger)
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    full_name: Mapped[str] = mapped_column(Text)
    parent_key: Mapped[int | None] = mapped_column(BigInteger)
    county_code: Mapped[str] = mapped_column(Text)
    dedicated: Mapped[bool] = mapped_column(Boolean)
    note: Mapped[str | None] = mapped_column(Text)
    area_m2: Mapped[int | None] = mapped_column(BigInteger)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date] = mapped_column(Date)
    publication_id: Mapped[int | None] = mapped_column(BigInteger)
    origin: Mapped[str] = mapped_column(Text)
    source: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(MOMENT)
    version: Mapped[int] = mapped_column(Integer)
    geom: Mapped[object | None] = mapped_column(Geometry("MULTIPOLYGON", WGS84, spatial_index=False))
    geom_3857: Mapped[object | None] = mapped_column(
        Geometry("MULTIPOLYGON", WEB_MERCATOR, spatial_index=False),
        Computed("ST_Transform(geom, 3857)", persisted=True), deferred=True,
    )  # fmt: skip
