"""Requests of persons about what is held of them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, DateTime, Identity, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.core.db import Base


class SubjectRequest(Base):
    """`resident_id` is emptied when the person is erased; the request stays as proof for its term."""

    __tablename__ = "subject_request"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    resident_id: Mapped[int | None] = mapped_column(BigInteger)
    county_code: Mapped[str] = mapped_column(Text)
    region_key: Mapped[int] = mapped_column(BigInteger)
    asked: Mapped[str] = mapped_column(Text)
    answer: Mapped[str | None] = mapped_column(Text)
    received_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    received_by: Mapped[int | None] = mapped_column(BigInteger)
    closed_by: Mapped[int | None] = mapped_column(BigInteger)
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(server_default=text("1"))
