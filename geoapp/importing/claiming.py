"""Rows become records of the grid that claims them (A8.7 to A8.13; peers B1).

A claim locks its rows with those that are equal to them, a group as a whole or not at all, and waits for
nobody: of two who claim one row or rows of one group at a moment, one has it and the other is told so.
Callers open the transaction (`geoapp.changes.work.write`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Row, func, select, update

from geoapp.changes.actions import Writing
from geoapp.core.crypto import encrypt
from geoapp.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from geoapp.core.i18n import N_
from geoapp.importing import codes, locking
from geoapp.importing.alike import NAMES, Beside, asks, known_of
from geoapp.importing.coming_back import coming_back
from geoapp.importing.failing import Failed
from geoapp.importing.locking import row_table
from geoapp.importing.merging import put_back
from geoapp.importing.reads import open_row
from geoapp.importing.same import hash_of
from geoapp.importing.targets import TARGETS, problem_of
from geoapp.importing.templates import RECORD
from geoapp.people.registering import own_grid

MOST_AT_ONCE = 200
PLACES = frozenset({"sites", "houses"})
"""Registers whose records go again where a claim is taken back; the others keep a line that says so."""


@dataclass
class Outcome:
    """What a claim did: ids of rows claimed, along with equal ones, as records they came from, and row to the
    reason it failed."""

    claimed: list[int] = field(default_factory=list)
    along: list[int] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)


def claim(work: Writing, row_ids: Iterable[int], *, apart: bool = False) -> Outcome:
    """Claim rows, each with all that are equal to it in its grid (A8.8), once only (A8.9).

    `apart`: somebody has compared them with what is alike and says that they are something else.
    """
    ids, outcome = sorted(set(row_ids))[:MOST_AT_ONCE], Outcome()
    locked, beside = locking.locked(work, ids, wait=False), None if apart else Beside(work)
    seen = locking.visible(work, [row_id for row_id in ids if row_id not in locked])
    waiting = [locked[row_id] for row_id in ids if row_id in locked and locked[row_id].state in codes.OPEN]
    back = coming_back(work, waiting)
    same = {row_id: known for row_id, known in back.items() if isinstance(known, int) and not _equal(locked, row_id)}
    locking.take_same(work, same)
    for row_id in ids:
        row = locked.get(row_id)
        if row_id in same:
            outcome.unchanged.append(row_id)
        elif row is None:
            outcome.failed[row_id] = "busy" if row_id in seen else "gone"
        elif row.state not in codes.OPEN:
            outcome.failed[row_id] = "taken"
        elif row_id not in outcome.along:
            _claim_one(work, row, _equal(locked, row_id), (outcome, beside), back.get(row_id))
    return outcome


def assign(work: Writing, row_ids: Iterable[int], region_key: int) -> int:
    """The first of two steps: rows are proposed to a grid of the writer's area (A8.7); how many.

    Raises NotFound, InvalidInput for a region that is no grid.
    """
    own_grid(work, region_key)
    ids = sorted(set(row_ids))[:MOST_AT_ONCE]
    locking.locked(work, ids)  # in the order of those who claim them
    mine = (locking.own(work), row_table.c.id.in_(ids), row_table.c.state.in_(codes.OPEN))
    given = {"region_key": region_key, "proposed": "assigned", "failure": None, "holder_id": None}
    done = update(row_table).where(*mine).values(given | {"version": row_table.c.version + 1})
    return int(work.connection.execute(done).rowcount)


def complete(work: Writing, row_id: int, version: int, cells: Mapping[str, str], point: Sequence[float] | None) -> None:
    """Write corrected cells of a row that waits (A8.12). Raises NotFound, Conflict, Forbidden."""
    row = locking.waiting_row(work, row_id, version)
    work.access.require(TARGETS[row.register].permission)
    kept = {name: text for name, text in cells.items() if text}
    sealed = encrypt(orjson.dumps({"cells": kept}).decode(), f"import_row.cells.{row.id}")
    alone = row.register != "residents" or RECORD in kept  # numbers of rows that name their record may be masked
    same = None if alone else hash_of(kept.get("name"), kept.get("id_number"))
    values: dict[str, Any] = {"cells_enc": sealed, "same": same, "failure": None, "holder_id": None}
    locking.save(work, row, values)
    if point is not None:
        mine = row_table.c.id == row.id
        work.connection.execute(update(row_table).where(mine).values(lon=point[0], lat=point[1]))


def undo(work: Writing, row_id: int) -> None:
    """Take a claim back while its record is as the claim left it; equal rows wait again.

    Raises NotFound, Forbidden, Conflict with what stands in the way.
    """
    row = locking.locked(work, [row_id]).get(row_id)
    if row is None:
        raise NotFound()
    work.access.require(TARGETS[row.register].permission)
    if row.state != codes.CLAIMED:
        raise Conflict(N_("这一行没有被认领，或是随重复行认领的，请撤销那一行。"))
    if row.target_version is not None:
        _undo_record(work, row)
    free = {"target_id": None, "target_version": None, "claimed_by": None, "claimed_at": None}
    of_claim = [row_table.c.register == row.register, row_table.c.target_id == row.target_id]
    if row.target_version is None or row.before_enc is not None:
        # the record stays: what came along with others that were claimed as it stays, too
        of_claim += [row_table.c.claimed_at == row.claimed_at, row_table.c.same == row.same]
    along = update(row_table).where(locking.own(work), *of_claim, row_table.c.state == codes.CLAIMED_ALONG)
    work.connection.execute(along.values(free | {"state": codes.UNCLAIMED_AGAIN}))
    locking.save(work, row, free | {"state": codes.UNCLAIMED, "before_enc": None})


# -- parts ---------------------------------------------------------------------------------


def _equal(locked: Mapping[int, Row], row_id: int) -> list[Row]:
    row = locked[row_id]
    return [one for one in locked.values() if locking.are_equal(one, row)] if row.same is not None else []


def _claim_one(
    work: Writing, row: Row, equal: Sequence[Row], into: tuple[Outcome, Beside | None], known: int | Failed | None
) -> None:
    target, (outcome, beside) = TARGETS[row.register], into
    try:
        if isinstance(known, Failed):
            raise known
        if known is not None:
            locking.take(work, row, (known, None), equal)
            outcome.unchanged.append(row.id)
            outcome.along += [one.id for one in equal]
            return
        with work.connection.begin_nested():
            record_id = _make(work, row, beside)
            record = work.find(target.table, record_id)
            locking.take(work, row, (record_id, record.version), equal)
    except Failed as failed:
        failure, holder = failed.code, failed.holder_id
    except (InvalidInput, NotFound):
        failure, holder = "incomplete", None
    except Forbidden:
        failure, holder = "no_permission", None
    except Conflict:
        failure, holder = "duplicate", None
    else:
        outcome.claimed.append(row.id)
        outcome.along += [one.id for one in equal]
        return
    outcome.failed[row.id] = failure
    locking.save(work, row, {"failure": failure, "holder_id": holder})


def _make(work: Writing, row: Row, beside: Beside | None) -> int:
    target = TARGETS[row.register]
    if not work.access.may(target.permission):
        raise Failed("no_permission")
    if row.region_key % 1000 == 0 and row.register not in codes.ANY_LEVEL:
        raise Failed("no_grid")
    try:
        if row.region_key % 1000:
            own_grid(work, row.region_key)
    except (NotFound, InvalidInput) as error:
        raise Failed("not_mine") from error
    cells = open_row(row).cells
    if beside is not None and row.register in NAMES and asks(known_of(row.register, cells)):
        _require_compared(row, cells, beside)
    touched = {name: set(keys) for name, keys in work.touched.items()}
    try:
        return target.make(work, row, cells)
    except Exception:
        work.touched = touched  # what it touched is taken back
        raise


def _require_compared(row: Row, cells: Mapping[str, str], beside: Beside) -> None:
    """Without a name or a number nobody but a person can tell whether it is the same (A18 (13)). Raises Failed."""
    problem = problem_of(row.register, row, cells)
    if problem is not None:
        raise problem
    alike = beside.alike(row, cells)
    if alike:
        raise Failed("alike", alike.records[0] if alike.records else None)


def _undo_record(work: Writing, row: Row) -> None:
    """The record is as it was before the claim. Raises Conflict where it was changed or used since."""
    target = TARGETS[row.register]
    try:
        record = work.lock(target.table, row.target_id)
    except NotFound as error:
        raise Conflict(N_("认领的记录已不在您的辖区，不能撤销。")) from error
    if record.version != row.target_version:
        raise Conflict(N_("认领后记录已有改动，不能撤销。"))
    if row.before_enc is not None:
        put_back(work, row, record)
        return
    if work.connection.scalar(select(func.claimed_besides(row.id))):
        raise Conflict(N_("还有别的行认领为这条记录，请先撤销那一行的认领。"))
    if row.register in PLACES:
        gone = func.unclaim_place(row.register, record.county_code, record.id, record.version)
        if not work.connection.scalar(select(gone)):
            raise Conflict(N_("认领后已有人登记在这里，或已有检查、服务记录，不能撤销。"))
        work.touch(row.register, record.region_key)
        work.log("take_back", row.register, record, [])
    elif target.unmake is not None:
        target.unmake(work, record)
