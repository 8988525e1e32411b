"""How many records a person opened on a day: a number, and nothing of what was read."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, DateTime, Integer, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.core.db import Base


class ReadCount(Base):
    """`number` records on `day`, compared with `usual` from `counted_from` on; `level` is a `rules.Level`.

    The last confirmation of the day is kept beside it.
    """

    __tablename__ = "read_count"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    number: Mapped[int] = mapped_column(Integer)
    counted_from: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    usual: Mapped[int | None] = mapped_column(Integer)
    level: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    confirmed_by: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
