"""Enrolments in programmes (A4, A5, D3.3), and what the daily rules have done and who is still to be told."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.core.db import Base, InCounty, Recorded, cell


class Enrolment(InCounty, Recorded, Base):
    """One person in one programme of a grid: one row for as often as they leave and come back (A4.0).

    Active while `released_at` is empty. `ends` is never empty (D3.3). `closed`: seen only by who the
    programme is opened to, where its `module` is on; the rule stands in the row policy, too. What is
    told for a closed programme is in `details_enc`, for another in `facts_enc`. Without a
    `resident_id` (A2.6, mode 1) the person is inside these cells, and `name` has what a list may show. `served_on` is
    the latest day of a service for people of the programme's kind (`geoapp.teams.records`). `merged_from` are the
    records it came from with merges, the last one at its end (`geoapp.people.carried`).
    """

    __tablename__ = "enrolment"

    id: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, server_default=text("nextval('enrolment_id_seq')")
    )
    resident_id: Mapped[int | None] = mapped_column(BigInteger)
    programme: Mapped[str] = mapped_column(Text)
    closed: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    module: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(Text)
    begins: Mapped[date] = mapped_column(Date)
    ends: Mapped[date] = mapped_column(Date)
    served_on: Mapped[date | None] = mapped_column(Date)
    released_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    release_reason: Mapped[str | None] = mapped_column(Text)
    facts_enc: Mapped[bytes | None] = mapped_column(LargeBinary, info=cell("facts"))
    details_enc: Mapped[bytes | None] = mapped_column(LargeBinary, info=cell("details", "S4"))
    merged_from: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    previous: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


enrolment_event = Table(
    "enrolment_event", Base.metadata,
    Column("rule", Text, primary_key=True), Column("enrolment_id", BigInteger, primary_key=True),
    Column("day", Date, primary_key=True), Column("region_key", BigInteger, nullable=False),
    Column("programme", Text, nullable=False),
    Column("at", DateTime(timezone=True), server_default=text("now()"), nullable=False),
    Column("told_at", DateTime(timezone=True)),
)  # fmt: skip
"""What a rule did to an enrolment for a day: once, however often the job is run."""
