"""Residents: the base register of people (A2, A3). Sensitive columns are ciphertext (D3.2)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.core.db import Base, InCounty, Recorded, cell


class Resident(InCounty, Recorded, Base):
    """A person on a grid's register, of exactly one type there (A3.2, A3.3).

    Either `house_id` or `no_house_reason` is set (A6.6, A6.7). `placed` is the house's, 0 without
    one: a resident has no position of their own (D3.4). Of a child `name_enc` has the name, `name` says
    so and `birth_year` is empty: `geoapp.people.children` writes and reads these (D3.1). `served_on` is the
    latest day of a service for everybody (`geoapp.teams.records`).
    """

    __tablename__ = "resident"

    id: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, server_default=text("nextval('resident_id_seq')")
    )
    name: Mapped[str] = mapped_column(Text)
    name_enc: Mapped[bytes | None] = mapped_column(LargeBinary, info=cell("name"))
    sex: Mapped[str] = mapped_column(Text)
    birth_year: Mapped[int | None] = mapped_column(SmallInteger)
    birth_date_enc: Mapped[bytes | None] = mapped_column(LargeBinary, info=cell("birth_date"))
    id_kind: Mapped[str] = mapped_column(Text, server_default="citizen")
    id_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_enc: Mapped[bytes | None] = mapped_column(LargeBinary, info=cell("id_number"))
    phone_enc: Mapped[bytes | None] = mapped_column(LargeBinary, info=cell("phone"))
    phone_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    type: Mapped[str] = mapped_column(Text)
    registered_place: Mapped[str | None] = mapped_column(Text)
    unregistered_reason: Mapped[str | None] = mapped_column(Text)
    overseas_kind: Mapped[str | None] = mapped_column(Text)
    household_id: Mapped[int | None] = mapped_column(BigInteger)
    relation: Mapped[str | None] = mapped_column(Text)
    family_id: Mapped[int | None] = mapped_column(BigInteger)
    family_relation: Mapped[str | None] = mapped_column(Text)
    house_id: Mapped[int | None] = mapped_column(BigInteger)
    no_house_reason: Mapped[str | None] = mapped_column(Text)
    placed: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    state: Mapped[str] = mapped_column(Text, server_default="active")
    state_reason: Mapped[str | None] = mapped_column(Text)
    state_date: Mapped[date | None] = mapped_column(Date)
    merged_into: Mapped[int | None] = mapped_column(BigInteger)
    served_on: Mapped[date | None] = mapped_column(Date)
    checked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


number_check = Table(
    "number_check", Base.metadata,
    Column("resident_id", BigInteger, primary_key=True), Column("region_key", BigInteger, nullable=False),
)  # fmt: skip
"""Residents whose number has still to be looked for in other grids (`geoapp.people.doubles`)."""
