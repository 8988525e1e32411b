"""The audit log: events and the records they name (append only), seals, the state of the sealer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    DateTime,
    Identity,
    LargeBinary,
    SmallInteger,
    Text,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.core.db import Base


class AuditEvent(Base):
    """One event. `body` is stored as it is hashed; the database reads the other columns out of it.

    `region_key` is the area of what was touched, or the actor's own; 0 for the whole system.
    """

    __tablename__ = "audit_event"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    body: Mapped[dict] = mapped_column(JSON)
    mark: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    action: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    role: Mapped[str | None] = mapped_column(Text)
    unit: Mapped[str | None] = mapped_column(Text)
    register: Mapped[str | None] = mapped_column(Text)
    region_key: Mapped[int] = mapped_column(BigInteger)
    n: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(Text)


class AuditObject(Base):
    """A record an event names. The event holds only the commitment that `salt` opens (LG-7)."""

    __tablename__ = "audit_object"

    event_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    register: Mapped[str] = mapped_column(Text)
    record_id: Mapped[int] = mapped_column(BigInteger)
    region_key: Mapped[int] = mapped_column(BigInteger)
    salt: Mapped[bytes] = mapped_column(LargeBinary)


class AuditForgotten(Base):
    """A record taken out of an event on purpose; `by_event` says when and by whom."""

    __tablename__ = "audit_forgotten"

    event_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    by_event: Mapped[UUID] = mapped_column(Uuid)


class AuditSeal(Base):
    """The number of an event and its place in the chain; no two seals follow the same one."""

    __tablename__ = "audit_seal"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    event_id: Mapped[UUID] = mapped_column(Uuid, unique=True)
    sealed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    previous: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class AuditState(Base):
    """One row: when the sealer last left nothing unsealed."""

    __tablename__ = "audit_state"

    one: Mapped[bool] = mapped_column(Boolean, primary_key=True)
    sealed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class AuditCheck(Base):
    """One verification of the chain: which numbers, and the first bad one."""

    __tablename__ = "audit_check"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    first: Mapped[int] = mapped_column(BigInteger)
    last: Mapped[int] = mapped_column(BigInteger)
    good: Mapped[bool] = mapped_column(Boolean)
    bad_number: Mapped[int | None] = mapped_column(BigInteger)
    trouble: Mapped[str | None] = mapped_column(Text)
