"""Break-glass: one grant for one area, and the records it opened."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, DateTime, Identity, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.core.db import Base


class BreakGlass(Base):
    """One use: who, which area (its region key), why, until when, what the review said."""

    __tablename__ = "break_glass"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger)
    unit: Mapped[str | None] = mapped_column(Text)
    region_key: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    most: Mapped[int] = mapped_column(Integer)
    opened: Mapped[int] = mapped_column(Integer)
    review_due: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    told: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    reviewer_id: Mapped[int | None] = mapped_column(BigInteger)
    reviewed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    outcome: Mapped[str | None] = mapped_column(Text)
    review_note: Mapped[str | None] = mapped_column(Text)


class BreakGlassRecord(Base):
    """A record that was opened; opening it again costs nothing."""

    __tablename__ = "break_glass_record"

    grant_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    register: Mapped[str] = mapped_column(Text, primary_key=True)
    record_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    region_key: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
