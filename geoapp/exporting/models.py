"""The register of exports, and requests for those that need a second person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, DateTime, Identity, Integer, LargeBinary, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.core.db import Base, cell

MOMENT = DateTime(timezone=True)


class ExportLog(Base):
    """One file that was handed out: who, what, how many, why, to whom, its SHA-256 (PIPL 21, 23)."""

    __tablename__ = "export_log"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())
    user_id: Mapped[int] = mapped_column(BigInteger)
    request_id: Mapped[int | None] = mapped_column(BigInteger)
    register: Mapped[str] = mapped_column(Text)
    region_key: Mapped[int] = mapped_column(BigInteger)
    format: Mapped[str] = mapped_column(Text)
    columns: Mapped[list[str]] = mapped_column(ARRAY(Text))
    rows: Mapped[int] = mapped_column(Integer)
    people: Mapped[int] = mapped_column(Integer)
    basis: Mapped[str] = mapped_column(Text)
    recipient: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime | None] = mapped_column(MOMENT)


class ExportRequest(Base):
    """An export of many people: asked for by one, decided by another, then made on download.

    `query_enc` is the sealed query string, since a filter may name somebody.
    """

    __tablename__ = "export_request"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    state: Mapped[str] = mapped_column(Text)
    register: Mapped[str] = mapped_column(Text)
    region_key: Mapped[int] = mapped_column(BigInteger)
    format: Mapped[str] = mapped_column(Text)
    query_enc: Mapped[bytes | None] = mapped_column(LargeBinary, info=cell("query"))
    people: Mapped[int] = mapped_column(Integer)
    basis: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text)
    recipient: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[int] = mapped_column(BigInteger)
    asked_at: Mapped[datetime] = mapped_column(MOMENT)
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[datetime | None] = mapped_column(MOMENT)
    expires_at: Mapped[datetime | None] = mapped_column(MOMENT)
    version: Mapped[int] = mapped_column(server_default=text("1"))
