"""Households by police register (`hukou`) and by local family (A3.10, A3.13)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Identity, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.core.db import Base, InCounty, Recorded


class Household(InCounty, Recorded, Base):
    """Members point here by `household_id`; `head_id` is one of them.

    `house_id`, `placed` and `members` follow the members (`geoapp.households.homes`).
    """

    __tablename__ = "household"

    id: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, server_default=text("nextval('household_id_seq')")
    )
    kind: Mapped[str] = mapped_column(Text, server_default="hukou")
    number: Mapped[str] = mapped_column(Text)
    head_id: Mapped[int | None] = mapped_column(BigInteger)
    house_id: Mapped[int | None] = mapped_column(BigInteger)
    placed: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    members: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))


class Membership(Base):
    """Who belonged to a household since when; `until` is None while it lasts. Written by staff's changes only."""

    __tablename__ = "household_membership"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    county_code: Mapped[str] = mapped_column(Text)
    region_key: Mapped[int] = mapped_column(BigInteger)
    household_id: Mapped[int] = mapped_column(BigInteger)
    resident_id: Mapped[int] = mapped_column(BigInteger)
    relation: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
