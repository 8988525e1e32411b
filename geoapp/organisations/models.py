"""Organisations: units with a licence, new-economy and social organisations (A7.1, A7.8, A7.9)."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.core.db import Base, InCounty, PointLocated, Recorded


class Organisation(InCounty, PointLocated, Recorded, Base):
    """A body with a place. One licence number stands once in a region (A7.1), gone or not.

    `registered`: with the authority; a social organisation need not be (A7.9). `previous` is what
    the last change of state can go back to.
    """

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, server_default=text("nextval('organisation_id_seq')")
    )
    source_id: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    category: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    licence_number: Mapped[str | None] = mapped_column(Text)
    registered: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    address: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default="active")
    state_reason: Mapped[str | None] = mapped_column(Text)
    state_date: Mapped[date | None] = mapped_column(Date)
    previous: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
