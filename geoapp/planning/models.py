"""Tables of the planner. A plan is one grid number for each base unit; polygons are derived (decision 0017)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Identity,
    Integer,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.core.db import WGS84, Base


class UnitSet(Base):
    """One derivation of the base units of one community (`region_key`); never changed afterwards."""

    __tablename__ = "unit_set"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    region_key: Mapped[int] = mapped_column(BigInteger)
    county_code: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class BaseUnit(Base):
    """One unit of a set, numbered from 0; the units of a set are an exact coverage of the community."""

    __tablename__ = "base_unit"

    set_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    region_key: Mapped[int] = mapped_column(BigInteger)
    block: Mapped[int] = mapped_column(Integer)
    geom: Mapped[object] = mapped_column(Geometry("GEOMETRY", WGS84, spatial_index=False))


class Plan(Base):
    """A plan of an area (`region_key`: community, street or county); `position`: steps that are applied."""

    __tablename__ = "plan"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    region_key: Mapped[int] = mapped_column(BigInteger)
    county_code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default=text("'draft'"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    origin: Mapped[str] = mapped_column(Text)
    previous_plan_id: Mapped[int | None] = mapped_column(BigInteger)
    band_low: Mapped[int] = mapped_column(Integer)
    band_high: Mapped[int] = mapped_column(Integer)
    next_grid: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    position: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    base: Mapped[str | None] = mapped_column(Text)
    created_by: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    submitted_by: Mapped[int | None] = mapped_column(BigInteger)
    submitted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decision_note: Mapped[str | None] = mapped_column(Text)
    effective_on: Mapped[date | None] = mapped_column(Date)
    published_by: Mapped[int | None] = mapped_column(BigInteger)
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class PlanPart(Base):
    """The cells of one community in a plan: `grid[i]`, `in_force[i]` belong to unit i of the set.

    `in_force` is the region key of the grid a unit lay in when the plan was opened, 0 for none.
    """

    __tablename__ = "plan_part"

    plan_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    region_key: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    set_id: Mapped[int] = mapped_column(BigInteger)
    first_cell: Mapped[int] = mapped_column(Integer)
    grid: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    in_force: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))


class PlanGrid(Base):
    """What is known of a grid of a plan beside its cells; numbers are never used again within a plan."""

    __tablename__ = "plan_grid"

    plan_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    region_key: Mapped[int] = mapped_column(BigInteger)
    in_force: Mapped[int | None] = mapped_column(BigInteger)
    rank: Mapped[int | None] = mapped_column(Integer)
    dedicated: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    locked: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    name: Mapped[str | None] = mapped_column(Text)
    gone: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))


class PlanStep(Base):
    """One step of a planner: cells with their grids before and after, facts of grids likewise."""

    __tablename__ = "plan_step"

    plan_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    region_key: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)
    cells: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    before: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    after: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    grids: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_by: Mapped[int | None] = mapped_column(BigInteger)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class PlanLog(Base):
    """One line for each version of a plan: what was done, which grids it touched."""

    __tablename__ = "plan_log"

    plan_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    region_key: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)
    grids: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class PlanLock(Base):
    """Who is at work in a community, in which plan, until when."""

    __tablename__ = "plan_lock"

    region_key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    plan_id: Mapped[int] = mapped_column(BigInteger)
    user_id: Mapped[int] = mapped_column(BigInteger)
    until: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class PlanJob(Base):
    """Work outside the requests: deriving units, proposals."""

    __tablename__ = "plan_job"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    plan_id: Mapped[int] = mapped_column(BigInteger)
    region_key: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default=text("'queued'"))
    done: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    total: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    params: Mapped[dict[str, Any]] = mapped_column(JSONB)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    asked_by: Mapped[int | None] = mapped_column(BigInteger)
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class PlanProposal(Base):
    """One proposal: `grid` of every cell of the plan of that `version`, figures, reasons with their cells."""

    __tablename__ = "plan_proposal"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    plan_id: Mapped[int] = mapped_column(BigInteger)
    region_key: Mapped[int] = mapped_column(BigInteger)
    job_id: Mapped[int | None] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)
    profile: Mapped[str] = mapped_column(Text)
    seed: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer)
    grid: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB)
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    adopted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
