"""What is left of an erased record."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Identity, Text
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.core.db import Base


class Tombstone(Base):
    """That a record was there, where and of which kind; nothing of the person (PR-3)."""

    __tablename__ = "tombstone"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    register: Mapped[str] = mapped_column(Text)
    record_id: Mapped[int] = mapped_column(BigInteger)
    county_code: Mapped[str] = mapped_column(Text)
    region_key: Mapped[int] = mapped_column(BigInteger)
    category: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    erased_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
