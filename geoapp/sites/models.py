"""Key sites: places with a safety concern (A7.2 to A7.7)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Computed,
    Date,
    DateTime,
    LargeBinary,
    SmallInteger,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.core.db import Base, InCounty, PointLocated, Recorded


class Site(InCounty, PointLocated, Recorded, Base):
    """A place. `types` holds each type it is of: {"fire_safety": {"level": 2, "kind": "market"}}.

    A type that needs no attention any more has "released": {"reason", "date"} beside its level
    (A7.2). `attention_level` is the worst of the others (A18.15): 0 not rated, 1 normal, 2 medium,
    3 serious; `active` says whether there are any. `previous` is what the last step can go back to.
    `inspected_on` and `next_due` follow the latest inspection.
    """

    __tablename__ = "site"

    id: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, server_default=text("nextval('site_id_seq')")
    )
    source_id: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text, server_default="other")
    types: Mapped[dict[str, Any]] = mapped_column(JSONB)
    attention_level: Mapped[int] = mapped_column(
        SmallInteger, Computed("site_level(types)", persisted=True)
    )
    active: Mapped[bool] = mapped_column(Boolean, Computed("site_active(types)", persisted=True))
    level_origin: Mapped[str | None] = mapped_column(Text)
    previous: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    inspected_on: Mapped[date | None] = mapped_column(Date)
    next_due: Mapped[date | None] = mapped_column(Date)


class Inspection(InCounty, Base):
    """What was found at a site on a day, for each of its types: {"fire_safety": "minor"}."""

    __tablename__ = "site_inspection"

    id: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, server_default=text("nextval('site_inspection_id_seq')")
    )
    site_id: Mapped[int] = mapped_column(BigInteger)
    inspected_on: Mapped[date] = mapped_column(Date)
    inspector_id: Mapped[int | None] = mapped_column(BigInteger)
    findings: Mapped[dict[str, str]] = mapped_column(JSONB)
    note: Mapped[str | None] = mapped_column(Text)
    next_due: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class SitePhoto(InCounty, Base):
    """A photo of an inspection, without metadata (`geoapp.core.photos`)."""

    __tablename__ = "site_photo"

    id: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, server_default=text("nextval('site_photo_id_seq')")
    )
    inspection_id: Mapped[int] = mapped_column(BigInteger)
    mimetype: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
