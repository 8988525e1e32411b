"""Enrolments and services of a record that is merged go along, and come back when that is taken back.

Whoever merges need not know what the person is enrolled in: the database functions of migration 0037 do
it, answer nothing, and touch only people of the writer's area. Of merges one after the other the last one is
taken back first: each row knows its whole way.
"""

from __future__ import annotations

import json

from sqlalchemy import ARRAY, BigInteger, Row, and_, cast, func, select, text

from geoapp.changes.actions import Writing
from geoapp.core.errors import Conflict, NotFound
from geoapp.core.i18n import N_
from geoapp.people.gone import resident
from geoapp.people.rules import ACTIVE
from geoapp.people.steps import resident_step
from geoapp.teams.kinds import KINDS


def carry_over(work: Writing, gone: Row, kept: Row) -> None:
    """To the record that stays, before the other one leaves: of a programme both have been in one row
    stays, the one that runs. Both know when they were last served."""
    _call(work, "people_merge", gone, kept)


def bring_back(work: Writing, gone: Row, kept: Row) -> None:
    """What went along and is still there goes back to the record it came from."""
    _call(work, "people_unmerge", gone, kept)


def lock_other(work: Writing, resident_id: int) -> Row | None:
    """The record that somebody was merged into, if they were: locked, before them where its id is smaller.

    Raises NotFound for a person of elsewhere, Conflict where the other record is of elsewhere.
    """
    merged_into = work.find(resident, resident_id).merged_into
    if merged_into is None:
        return None
    if resident_id < merged_into:
        work.lock(resident, resident_id)
    try:
        return work.lock(resident, merged_into)
    except NotFound:
        raise Conflict(N_("合并到的记录不在您的辖区内，请由能看到两处的人撤销。")) from None


def check_last(work: Writing, step: Row, other: Row | None) -> None:
    """Whether nothing that was merged later stands on this step. `other` is the record that the person was merged into.

    Raises Conflict that names what has to be taken back first; a record of elsewhere is not named.
    """
    if other is not None and other.merged_into is not None:
        _refuse(other.id, other.merged_into)
    if other is not None and other.state != ACTIVE:
        raise Conflict(N_("合并到的记录 #%(kept)s 此后已离开登记；请先撤销那一步，再撤销这次合并。"), kept=other.id)
    into = [step.resident_id, *([step.linked_id] if step.linked_id else []), *([other.id] if other is not None else [])]
    same = and_(resident.c.county_code == resident_step.c.county_code, resident.c.id == resident_step.c.resident_id)
    later = (
        select(resident.c.id, resident.c.merged_into).join_from(resident_step, resident, same)
        .where(*work.own(resident), resident_step.c.id > step.id, resident.c.merged_into.in_(into))
        .order_by(resident_step.c.id.desc()).limit(1)
    )  # fmt: skip
    if found := work.connection.execute(later).one_or_none():
        _refuse(found.id, found.merged_into)
    if work.connection.scalar(select(func.merged_elsewhere(step.id, cast(into, ARRAY(BigInteger))))):
        raise Conflict(N_("此后有辖区以外的记录并入，请由能看到两处的人先撤销那次合并。"))


def _refuse(gone: int, kept: int) -> None:
    said = N_("记录 #%(gone)s 后来并入了记录 #%(kept)s；请先撤销那次合并，再撤销这一步。")
    raise Conflict(said, gone=gone, kept=kept)


def _call(work: Writing, name: str, gone: Row, kept: Row) -> None:
    call = text(f"SELECT {name}(:gone_county, :gone, :kept_county, :kept, cast(:kinds AS jsonb))")
    facts = {
        "gone_county": gone.county_code, "gone": gone.id, "kept_county": kept.county_code, "kept": kept.id,
        "kinds": json.dumps(KINDS),
    }  # fmt: skip
    work.connection.execute(call, facts)
    for register in ("residents", "enrolments"):
        work.touch(register, gone.region_key, kept.region_key)
