"""Service teams, their members, and what they did for whom (A1.1)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, Computed, Date, DateTime, Integer, LargeBinary, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.core.db import WGS84, Base, InCounty, PointLocated, Recorded, cell


class Team(InCounty, PointLocated, Recorded, Base):
    """A team of one of eight classes; its area is a region of any level (A1.2, A1.3).

    `region_key` to `area_hi` (which the database computes) are the keys of that area; its point lies
    inside it. `members` counts the memberships that go on, `served_on` is the latest day of a record.
    `previous` is what the last change of state can go back to: {"step", "at", "members": ids it released}.
    """

    __tablename__ = "team"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, server_default=text("nextval('team_id_seq')"))
    area_hi: Mapped[int] = mapped_column(BigInteger, Computed("region_key", persisted=True))
    name: Mapped[str] = mapped_column(Text)
    team_class: Mapped[str] = mapped_column("class", Text)
    subclass: Mapped[str | None] = mapped_column(Text)
    duty: Mapped[str | None] = mapped_column(Text)
    members: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    served_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(Text, server_default="active")
    state_reason: Mapped[str | None] = mapped_column(Text)
    state_date: Mapped[date | None] = mapped_column(Date)
    previous: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class Member(InCounty, Base):
    """One post in one team (A1.6), of an account or of somebody known by name and phone alone.

    `left_on` is None while it goes on; afterwards it is in no new record (A1.10).
    """

    __tablename__ = "team_member"

    id: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, server_default=text("nextval('team_member_id_seq')")
    )
    team_id: Mapped[int] = mapped_column(BigInteger)
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    name_enc: Mapped[bytes | None] = mapped_column(LargeBinary, info=cell("name"))
    phone_enc: Mapped[bytes | None] = mapped_column(LargeBinary, info=cell("phone"))
    post: Mapped[str] = mapped_column(Text)
    since: Mapped[date] = mapped_column(Date)
    left_on: Mapped[date | None] = mapped_column(Date)
    left_reason: Mapped[str | None] = mapped_column(Text)
    left_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))


class ServiceRecord(InCounty, Base):
    """What members of one team did for people of one kind in one grid on a day (A1.7, A1.8).

    `members` are ids of memberships, `people` how many were served. `house_id` or `geom` (a point,
    EPSG:4326) say where, if anything does. The team's name is kept as it was.
    """

    __tablename__ = "service_record"

    id: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, server_default=text("nextval('service_record_id_seq')")
    )
    team_id: Mapped[int] = mapped_column(BigInteger)
    team_name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    service: Mapped[str] = mapped_column(Text)
    served_on: Mapped[date] = mapped_column(Date)
    members: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    people: Mapped[int] = mapped_column(Integer)
    house_id: Mapped[int | None] = mapped_column(BigInteger)
    note_enc: Mapped[bytes | None] = mapped_column(LargeBinary, info=cell("note"))
    recorder_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    geom: Mapped[object | None] = mapped_column(Geometry("POINT", WGS84, spatial_index=False))


class Recipient(InCounty, Base):
    """Somebody who was served: the record's kind and day stand here too, since coverage is counted from them."""

    __tablename__ = "service_recipient"

    record_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    resident_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    served_on: Mapped[date] = mapped_column(Date)
    merged_from: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))


class ServicePhoto(InCounty, Base):
    """A photo of a record, without metadata (`geoapp.core.photos`)."""

    __tablename__ = "service_photo"

    id: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, server_default=text("nextval('service_photo_id_seq')")
    )
    record_id: Mapped[int] = mapped_column(BigInteger)
    mimetype: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
