"""What was changed by whom, and which forms were sent: written in the transaction of the change."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, DateTime, Identity, LargeBinary, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.core.db import Base


class RecordChange(Base):
    """One change of one record: who, when, which fields. Names of fields only, no values (D3.6)."""

    __tablename__ = "record_change"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    action: Mapped[str] = mapped_column(Text)
    register: Mapped[str] = mapped_column(Text)
    record_id: Mapped[int] = mapped_column(BigInteger)
    county_code: Mapped[str] = mapped_column(Text)
    region_key: Mapped[int] = mapped_column(BigInteger)
    fields: Mapped[list[str]] = mapped_column(ARRAY(Text))


class SentForm(Base):
    """A form that was carried out: sent again, it leads to `url` and changes nothing.

    `content` is a keyed hash of what it held: with other contents it is another form.
    """

    __tablename__ = "sent_form"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    token: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    url: Mapped[str | None] = mapped_column(Text)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
