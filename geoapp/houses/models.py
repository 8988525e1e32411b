"""Buildings, houses and who lives in them, since when."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Computed,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.core.db import Base, InCounty, Located, PointLocated, Recorded, cell

STATUS_SQL = (
    "(CASE WHEN rental THEN 3 WHEN residents > 0 THEN 2 WHEN checked_at IS NOT NULL THEN 1 "
    "ELSE 0 END)::smallint"
)


class Building(InCounty, Located, Recorded, Base):
    """A building: footprint or point; storeys and entrances with where they come from."""

    __tablename__ = "building"

    id: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, server_default=text("nextval('building_id_seq')")
    )
    source_id: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    estate: Mapped[str | None] = mapped_column(Text)
    use: Mapped[str] = mapped_column(Text, server_default="unknown")
    storeys: Mapped[int | None] = mapped_column(SmallInteger)
    storeys_origin: Mapped[str | None] = mapped_column(Text)
    entrances: Mapped[int | None] = mapped_column(SmallInteger)
    houses: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    residents: Mapped[int] = mapped_column(Integer, server_default=text("0"))


class House(InCounty, PointLocated, Recorded, Base):
    """One dwelling or unit with a number of its own, unique in the system (A6.3, D4.4).

    `status`: 0 no data, 1 checked and empty, 2 lived in, 3 let (A6.8, A19).
    `residents` counts current residences and is kept by the actions that change them. `rental_steps`
    is the history of letting (`geoapp.houses.rental_rules.Step`), which `rental` sums up.
    """

    __tablename__ = "house"

    id: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, server_default=text("nextval('house_id_seq')")
    )
    building_id: Mapped[int | None] = mapped_column(BigInteger)
    number: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    entrance: Mapped[int | None] = mapped_column(SmallInteger)
    storey: Mapped[int | None] = mapped_column(SmallInteger)
    room: Mapped[str | None] = mapped_column(Text)
    use: Mapped[str] = mapped_column(Text, server_default="dwelling")
    rental: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    rental_use: Mapped[str | None] = mapped_column(Text)
    rental_kind: Mapped[str | None] = mapped_column(Text)
    landlord_name_enc: Mapped[bytes | None] = mapped_column(LargeBinary, info=cell("landlord_name"))
    landlord_phone_enc: Mapped[bytes | None] = mapped_column(LargeBinary, info=cell("landlord_phone"))
    rental_steps: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    area_m2: Mapped[Decimal | None] = mapped_column(Numeric(9, 2))
    residents: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    checked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    status: Mapped[int] = mapped_column(SmallInteger, Computed(STATUS_SQL, persisted=True))


class HouseNumber(Base):
    """Who holds a house number: the one place that makes it unique across counties (A6.3)."""

    __tablename__ = "house_number"

    number: Mapped[str] = mapped_column(Text, primary_key=True)
    county_code: Mapped[str] = mapped_column(Text)
    house_id: Mapped[int] = mapped_column(BigInteger)
    region_key: Mapped[int] = mapped_column(BigInteger)


class Residence(InCounty, Base):
    """The dated link from a resident to a house (A6.5); `until` is None while it lasts."""

    __tablename__ = "residence"

    id: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, server_default=text("nextval('residence_id_seq')")
    )
    house_id: Mapped[int] = mapped_column(BigInteger)
    resident_id: Mapped[int] = mapped_column(BigInteger)
    tenure: Mapped[str] = mapped_column(Text, server_default="own")
    since: Mapped[date] = mapped_column(Date)
    until: Mapped[date | None] = mapped_column(Date)
    end_reason: Mapped[str | None] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
