"""Plans, jobs and proposals as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, literal_column, select, text

from geoapp.accounts.models import User
from geoapp.core.db import table_of
from geoapp.core.i18n import N_, translate
from geoapp.planning import answers, states
from geoapp.planning.models import PlanPart, PlanStep, UnitSet
from geoapp.planning.plans import area_of, fingerprint
from geoapp.planning.workshop import Desk
from grids_boundaries.access import Access
from grids_boundaries.models import Region

part, step, unit_set, user, region = (table_of(m) for m in (PlanPart, PlanStep, UnitSet, User, Region))
NOTES = {
    "cut": N_("现行网格的边界穿过 %(count)s 栋楼；单元在此切开，以保持现行网格不变。"),
    "overlap": N_("现行网格之间有 %(area)s 平方米重叠，归入编号较小的网格。"),
    "outside": N_("现行网格有 %(area)s 平方米在社区边界之外，未计入。"),
    "without_grid": N_("有 %(count)s 个单元不属于任何现行网格，暂列为一个单独的网格。"),
    "no_buildings": N_("社区内没有楼栋：单元只按道路、铁路、水系和边界划分。"),
    "no_homes": N_("社区内没有住户：任何网格都不能达到户数下限。"),
    "astray": N_("有 %(count)s 套房屋的位置在社区边界之外，按登记的网格计入。"),
}
"""What is to be known of the units of a community."""


MOST_ASTRAY = 500
_WITHIN = "BETWEEN region.key AND region.hi"
_STANDING: tuple[ColumnElement[Any], ...] = (
    literal_column(f"EXISTS (SELECT FROM building b WHERE b.region_key {_WITHIN})").label("buildings"),
    literal_column(f"EXISTS (SELECT FROM house h WHERE h.region_key {_WITHIN} AND h.use = 'dwelling')").label("homes"),
    func.ST_X(func.ST_PointOnSurface(region.c.geom)).label("lon"),
    func.ST_Y(func.ST_PointOnSurface(region.c.geom)).label("lat"),
)


def people_names(connection: Connection, ids: Sequence[int | None]) -> dict[int, str]:
    """Display names of users."""
    wanted = sorted({one for one in ids if one is not None})
    query = select(user.c.id, user.c.display_name).where(user.c.id.in_(wanted))
    return {row.id: row.display_name for row in connection.execute(query)} if wanted else {}


def plan_documents(connection: Connection, access: Access, rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """Plans as lists show them."""
    names = people_names(connection, [i for row in rows for i in (row.created_by, row.submitted_by, row.decided_by)])
    keys = sorted({row.region_key for row in rows})
    areas = {
        row.key: row
        for row in connection.execute(
            text(
                "SELECT key, code, name, level, ST_XMin(geom) w, ST_YMin(geom) s, ST_XMax(geom) e, ST_YMax(geom) n "
                "FROM region WHERE key = ANY(:keys)"
            ),
            {"keys": keys},
        )
    }
    return [_plan(access, row, areas.get(row.region_key), names) for row in rows]


def plan_document(connection: Connection, access: Access, row: Row[Any]) -> dict[str, Any]:
    """One plan with its communities, the depths of undo and redo, and whether its base still stands."""
    found = plan_documents(connection, access, [row])[0]
    query = (
        select(part.c.region_key, part.c.first_cell, part.c.grid, region.c.name, region.c.code)
        .join(region, region.c.key == part.c.region_key)
        .where(part.c.plan_id == row.id).order_by(part.c.first_cell)
    )  # fmt: skip
    communities = [
        {
            "key": one.region_key, "code": one.code, "name": one.name, "first_cell": one.first_cell,
            "cells": len(one.grid),
        }
        for one in connection.execute(query)
    ]  # fmt: skip
    changed = bool(row.base) and row.state in OPEN and row.base != fingerprint(connection, row.region_key)
    return found | {"communities": communities, "changed_base": changed, **answers.depths(connection, row)}


OPEN = frozenset({"draft", "submitted", "approved", "scheduled"})


def notes_of(connection: Connection, plan_id: int, locale: str) -> list[dict[str, Any]]:
    """What is to be known of the units of a plan, community by community, with places on the map."""
    query = (
        select(part.c.region_key, unit_set.c.facts, region.c.name, *_STANDING)
        .join(unit_set, unit_set.c.id == part.c.set_id).join(region, region.c.key == part.c.region_key)
        .where(part.c.plan_id == plan_id).order_by(part.c.first_cell)
    )  # fmt: skip
    return [
        note | {"community": row.region_key, "name": row.name}
        for row in connection.execute(query)
        for note in [*_notes(row.facts, locale), *_lacking(row, locale)]
    ]


def _lacking(row: Any, locale: str) -> list[dict[str, Any]]:
    """A community without any building, or without a home; its place is a point inside."""
    code = None if row.homes else "no_homes" if row.buildings else "no_buildings"
    at = {"type": "Point", "coordinates": [round(row.lon, 6), round(row.lat, 6)]} if row.lon is not None else None
    return [{"code": code, "description": translate(NOTES[code], locale), "at": at}] if code else []


def astray(desk: Desk, access: Access, locale: str) -> list[dict[str, Any]]:
    """Houses whose place lies outside the communities of the plan: the first of them, for who may see houses."""
    points = desk.counts.astray
    if not len(points) or not access.may("register:houses:read"):
        return []
    at = {"type": "MultiPoint", "coordinates": points[:MOST_ASTRAY].round(6).tolist()}
    return [{"code": "astray", "description": translate(NOTES["astray"], locale, count=len(points)), "at": at}]


def _notes(facts: Mapping[str, Any], locale: str) -> list[dict[str, Any]]:
    told: list[tuple[str, dict[str, Any], Any]] = []
    if facts.get("cut"):
        told.append(("cut", {"count": len(facts["cut"])}, {"type": "MultiPoint", "coordinates": facts["cut"]}))
    if facts.get("overlap_m2"):
        told.append(("overlap", {"area": facts["overlap_m2"]}, None))
    if facts.get("outside_m2", 0) >= 1:
        told.append(("outside", {"area": facts["outside_m2"]}, None))
    if facts.get("without_grid"):
        told.append(("without_grid", {"count": facts["without_grid"]}, None))
    return [{"code": code, "description": translate(NOTES[code], locale, **said), "at": at} for code, said, at in told]


def history(connection: Connection, row: Row[Any]) -> list[dict[str, Any]]:
    """Every step, the latest first; `applied` is false for those that were undone."""
    query = (
        select(step.c.number, step.c.kind, step.c.made_at, user.c.display_name, step.c.cells)
        .outerjoin(user, user.c.id == step.c.made_by)
        .where(step.c.plan_id == row.id).order_by(step.c.number.desc()).limit(500)
    )  # fmt: skip
    return [
        {
            "number": one.number, "kind": one.kind, "by": one.display_name, "at": one.made_at.isoformat(),
            "applied": one.number <= row.position, "cells": len(one.cells),
        }
        for one in connection.execute(query)
    ]  # fmt: skip


def job_document(row: Row[Any], proposal: int | None, locale: str) -> dict[str, Any]:
    """One job as it is polled."""
    error = row.error and translate(row.error["msgid"], locale, **row.error.get("facts", {}))
    return {
        "id": row.id, "kind": row.kind, "state": row.state, "done": row.done, "total": row.total, "plan": row.plan_id,
        "error": error, "proposal": proposal, "asked_at": row.asked_at.isoformat(),
    }  # fmt: skip


def _plan(access: Access, row: Row[Any], area: Row[Any] | None, names: Mapping[int, str]) -> dict[str, Any]:
    code = area_of(row.region_key)
    box = [area.w, area.s, area.e, area.n] if area is not None and area.w is not None else None
    may = {
        action: row.state in one.before and access.may(one.permission)
        and not (one.by_another and access.user_id in (row.submitted_by, row.created_by))
        for action, one in states.TRANSITIONS.items()
    }  # fmt: skip
    return {
        "id": row.id, "name": row.name, "note": row.note, "state": row.state, "version": row.version,
        "ready": row.next_grid > 0, "origin": row.origin, "band": {"low": row.band_low, "high": row.band_high},
        "area": {
            "code": area.code if area is not None else code.text, "name": area.name if area is not None else code.text,
            "level": code.level, "key": row.region_key, "bbox": box,
        },
        "can": may | {"edit": row.state == "draft" and access.may("plan:draft:edit")},
        "created": _by(row.created_by, row.created_at, names),
        "submitted": _by(row.submitted_by, row.submitted_at, names),
        "decided": (_by(row.decided_by, row.decided_at, names) or {}) | {"note": row.decision_note}
        if row.decided_at else None,
        "updated_at": row.updated_at.isoformat(),
        "effective_on": row.effective_on.isoformat() if row.effective_on else None,
        "published_at": row.published_at.isoformat() if row.published_at else None,
    }  # fmt: skip


def _by(person: int | None, moment: Any, names: Mapping[int, str]) -> dict[str, Any] | None:
    return {"by": names.get(person or 0), "at": moment.isoformat()} if moment else None
