"""Rows become records of the grid that claims them (A8.7 to A8.13; peers B1).

One statement locks all rows of a claim, with those that are equal to them, in the order of their ids:
of two who claim one row or rows of one group, the second finds them taken, and nobody waits in a circle.
Callers open the transaction (`geoapp.changes.work.write`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Row, and_, func, or_, select, tuple_, update

from geoapp.changes.actions import Writing
from geoapp.core.crypto import encrypt
from geoapp.core.db import table_of
from geoapp.core.errors import Conflict, InvalidInput, NotFound
from geoapp.core.i18n import N_
from geoapp.importing import codes
from geoapp.importing.models import ImportRow
from geoapp.importing.reads import open_row
from geoapp.importing.staging import hash_of
from geoapp.importing.targets import TARGETS, Failed, Target
from geoapp.people.registering import own_grid

row_table = table_of(ImportRow)
MOST_AT_ONCE = 200


@dataclass
class Outcome:
    """What a claim did: ids of rows claimed, along with equal ones, and row to the reason it failed."""

    claimed: list[int] = field(default_factory=list)
    along: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)


def claim(work: Writing, row_ids: Iterable[int]) -> Outcome:
    """Claim rows, each with all that are equal to it in its grid (A8.8), once only (A8.9)."""
    ids, outcome = sorted(set(row_ids))[:MOST_AT_ONCE], Outcome()
    locked = _locked(work, ids)
    for row_id in ids:
        row = locked.get(row_id)
        if row is None:
            outcome.failed[row_id] = "gone"
        elif row.state not in codes.OPEN:
            outcome.failed[row_id] = "taken"
        elif row_id not in outcome.along:
            _claim_one(work, row, [r for r in locked.values() if _equal(r, row)], outcome)
    return outcome


def assign(work: Writing, row_ids: Iterable[int], region_key: int) -> int:
    """The first of two steps: rows are proposed to a grid of the writer's area (A8.7); how many.

    Raises NotFound, InvalidInput for a region that is no grid.
    """
    own_grid(work, region_key)
    mine = (_own(work), row_table.c.id.in_(sorted(set(row_ids))[:MOST_AT_ONCE]), row_table.c.state.in_(codes.OPEN))
    given = {"region_key": region_key, "proposed": "assigned", "failure": None, "holder_id": None}
    done = update(row_table).where(*mine).values(given | {"version": row_table.c.version + 1})
    return int(work.connection.execute(done).rowcount)


def complete(work: Writing, row_id: int, version: int, cells: Mapping[str, str], point: Sequence[float] | None) -> None:
    """Write corrected cells of a row that waits (A8.12). Raises NotFound, Conflict."""
    row = _open_row(work, row_id, version)
    kept = {name: text for name, text in cells.items() if text}
    sealed = encrypt(orjson.dumps({"cells": kept}).decode(), f"import_row.cells.{row.id}")
    same = hash_of(kept.get("name"), kept.get("id_number")) if row.register == "residents" else None
    values: dict[str, Any] = {"cells_enc": sealed, "same": same, "failure": None, "holder_id": None}
    _save(work, row, values)
    if point is not None:
        mine = row_table.c.id == row.id
        work.connection.execute(update(row_table).where(mine).values(lon=point[0], lat=point[1]))


def merge(work: Writing, row_id: int, version: int) -> int:
    """The row is the record that stood in its way (A8.13): claimed as that one; the record's id.

    Raises NotFound, Conflict.
    """
    row = _open_row(work, row_id, version)
    if row.holder_id is None or row.failure not in codes.COMPARE:
        raise Conflict(N_("没有可以合并的在册记录。"))
    work.find(TARGETS[row.register].table, row.holder_id)
    equal = [r for r in _locked(work, [row.id]).values() if _equal(r, row)]
    _take(work, row, row.holder_id, None, equal)
    return int(row.holder_id)


def undo(work: Writing, row_id: int) -> None:
    """Take a claim back while its record is as the claim left it; equal rows wait again.

    Raises NotFound, Conflict.
    """
    row = _locked(work, [row_id]).get(row_id)
    if row is None:
        raise NotFound()
    if row.state != codes.CLAIMED:
        raise Conflict(N_("这一行没有被认领，或是随重复行认领的，请撤销那一行。"))
    if row.target_version is not None:
        target = TARGETS[row.register]
        record = work.lock(target.table, row.target_id)
        if record.version != row.target_version:
            raise Conflict(N_("认领后记录已有改动，不能撤销。"))
        target.unmake(work, record)
    free = {"target_id": None, "target_version": None, "claimed_by": None, "claimed_at": None}
    of_claim = and_(row_table.c.register == row.register, row_table.c.target_id == row.target_id)
    along = update(row_table).where(_own(work), of_claim, row_table.c.state == codes.CLAIMED_ALONG)
    work.connection.execute(along.values(free | {"state": codes.UNCLAIMED_AGAIN}))
    _save(work, row, free | {"state": codes.UNCLAIMED})


# -- parts ---------------------------------------------------------------------------------


def _own(work: Writing) -> Any:
    return work.access.scope.clause(row_table.c.region_key)


def _locked(work: Writing, ids: Sequence[int]) -> dict[int, Row]:
    """The rows and those equal to them, locked in the order of their ids."""
    chosen = select(row_table.c.register, row_table.c.region_key, row_table.c.same).where(
        _own(work), row_table.c.id.in_(ids), row_table.c.same.is_not(None)
    )
    groups = {tuple(row) for row in work.connection.execute(chosen)}
    whole: ColumnElement[bool] = row_table.c.id.in_(ids)
    if groups:
        whole = or_(whole, tuple_(row_table.c.register, row_table.c.region_key, row_table.c.same).in_(groups))
    query = select(row_table).where(_own(work), whole).order_by(row_table.c.id).with_for_update()
    return {row.id: row for row in work.connection.execute(query)}


def _equal(one: Row, other: Row) -> bool:
    """Equal in grid, name and number, and still to be claimed (A8.8, A18 (12))."""
    same = other.same is not None and one.same == other.same
    grid = (one.register, one.region_key) == (other.register, other.region_key)
    return same and grid and one.id != other.id and one.state in codes.OPEN


def _claim_one(work: Writing, row: Row, equal: Sequence[Row], outcome: Outcome) -> None:
    target = TARGETS[row.register]
    try:
        with work.connection.begin_nested():
            record_id = _make(work, target, row)
            record = work.find(target.table, record_id)
            _take(work, row, record_id, record.version, equal)
    except Failed as failed:
        failure, holder = failed.code, failed.holder_id
    except InvalidInput:
        failure, holder = "incomplete", None
    except Conflict:
        failure, holder = "duplicate", None
    else:
        outcome.claimed.append(row.id)
        outcome.along += [one.id for one in equal]
        return
    outcome.failed[row.id] = failure
    _save(work, row, {"failure": failure, "holder_id": holder})


def _make(work: Writing, target: Target, row: Row) -> int:
    if not work.access.may(target.permission):
        raise Failed("no_permission")
    if row.region_key % 1000 == 0:
        raise Failed("no_grid")
    try:
        own_grid(work, row.region_key)
    except (NotFound, InvalidInput) as error:
        raise Failed("not_mine") from error
    touched = {name: set(keys) for name, keys in work.touched.items()}
    try:
        return target.make(work, row, open_row(row).cells)
    except Exception:
        work.touched = touched  # what it touched is taken back
        raise


def _take(work: Writing, row: Row, record_id: int, version: int | None, equal: Sequence[Row]) -> None:
    claimed = {
        "target_id": record_id, "target_version": version, "claimed_by": work.access.user_id,
        "claimed_at": func.now(), "failure": None, "holder_id": None,
    }  # fmt: skip
    _save(work, row, claimed | {"state": codes.CLAIMED})
    for one in equal:
        _save(work, one, claimed | {"state": codes.CLAIMED_ALONG})


def _save(work: Writing, row: Row, values: Mapping[str, Any]) -> None:
    stamped = {**values, "version": row_table.c.version + 1}
    work.connection.execute(update(row_table).where(row_table.c.id == row.id).values(stamped))


def _open_row(work: Writing, row_id: int, version: int) -> Row:
    query = select(row_table).where(_own(work), row_table.c.id == row_id).with_for_update()
    row = work.connection.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    if row.version != version or row.state not in codes.OPEN:
        raise Conflict(N_("这一行已被他人处理，请刷新页面。"))
    return row
