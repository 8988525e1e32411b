"""Files that were sent, and their rows until a grid claims them (A8; D3.2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    DateTime,
    Float,
    Identity,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.core.db import Base, cell

MOMENT = DateTime(timezone=True)
ROWS_OF_BATCH = 1_000_000
"""A row's id is its batch's times this plus its number in the file: known before it is written."""


class ImportBatch(Base):
    """One file: whose, of which register, how far it is. `scope` is [from, to, from, to …] of its sender's area.

    `done` counts rows of the file that were dealt with, header included: a run goes on there. `starts` counts how
    often reading was begun since it last got further.
    `crs` is the system its sender chose for positions that name none, `unclear` some of those
    ([`geoapp.importing.positions.Sample`] as lists). `unread` are titles of columns that are not imported.
    """

    __tablename__ = "import_batch"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    region_key: Mapped[int] = mapped_column(BigInteger)
    register: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default=text("'waiting'"))
    file_name: Mapped[str] = mapped_column(Text)
    file_kind: Mapped[str] = mapped_column(Text)
    stored: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    bytes: Mapped[int] = mapped_column(BigInteger)
    scope: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    done: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    good: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    bad: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    starts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    cancel_asked: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    crs: Mapped[str | None] = mapped_column(Text)
    unclear: Mapped[list[list[float]] | None] = mapped_column(JSONB)
    unread: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    unit: Mapped[str | None] = mapped_column(Text)
    sent_by: Mapped[int] = mapped_column(BigInteger)
    sent_at: Mapped[datetime] = mapped_column(MOMENT, server_default=func.now())
    ended_at: Mapped[datetime | None] = mapped_column(MOMENT)


class ImportRow(Base):
    """One row of a file. `cells_enc` seals {"cells": {name: text}, "faults": [[name, code, facts]]}.

    `same` is a keyed hash of name and number, None without both (A8.8). `target_id` is the record
    that a claim made or found; `failure` the code of the last claim that failed, `holder_id` the
    record that stood in its way. `before_enc` seals what a merge has replaced in the record.
    """

    __tablename__ = "import_row"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    batch_id: Mapped[int] = mapped_column(BigInteger)
    row_no: Mapped[int] = mapped_column(Integer)
    register: Mapped[str] = mapped_column(Text)
    region_key: Mapped[int] = mapped_column(BigInteger)
    proposed: Mapped[str] = mapped_column(Text)
    lon: Mapped[float | None] = mapped_column(Float)
    lat: Mapped[float | None] = mapped_column(Float)
    state: Mapped[int] = mapped_column(SmallInteger)
    cells_enc: Mapped[bytes | None] = mapped_column(LargeBinary, info=cell("cells"))
    same: Mapped[bytes | None] = mapped_column(LargeBinary)
    failure: Mapped[str | None] = mapped_column(Text)
    holder_id: Mapped[int | None] = mapped_column(BigInteger)
    candidates: Mapped[list[list[Any]] | None] = mapped_column(JSONB)
    target_id: Mapped[int | None] = mapped_column(BigInteger)
    target_version: Mapped[int | None] = mapped_column(Integer)
    claimed_by: Mapped[int | None] = mapped_column(BigInteger)
    claimed_at: Mapped[datetime | None] = mapped_column(MOMENT)
    before_enc: Mapped[bytes | None] = mapped_column(LargeBinary, info=cell("before"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))


class FirstFill(Base):
    """A batch that an administrator fills a city with. `dry` is the report of its dry run, without which nobody can
    ask for the writing (`asked_at`); `report` what was written (`geoapp.importing.fill_report`).

    `done` of `total` rows were dealt with since `begun_at`, when they were `begun_done`. `starts` counts
    how often a process began it without getting on; `error` is why it could not, by language.
    """

    __tablename__ = "first_fill"

    batch_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    region_key: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(Text, server_default=text("'checking'"))
    dry: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    report: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    asked_by: Mapped[int | None] = mapped_column(BigInteger)
    asked_at: Mapped[datetime | None] = mapped_column(MOMENT)
    stop_asked: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    starts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    total: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    begun_done: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    done: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    begun_at: Mapped[datetime | None] = mapped_column(MOMENT)
    moved_at: Mapped[datetime | None] = mapped_column(MOMENT)
    ended_at: Mapped[datetime | None] = mapped_column(MOMENT)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
