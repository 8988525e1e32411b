"""Enrolments and services of a record that is merged go along, and come back when that is taken back.

Whoever merges need not know what the person is enrolled in: the database functions of migration 0036 do
it, answer nothing, and touch only people of the writer's area.
"""

from __future__ import annotations

import json

from sqlalchemy import Row, text

from geoapp.changes.actions import Writing
from geoapp.core.errors import Conflict, NotFound
from geoapp.core.i18n import N_
from geoapp.people.gone import resident
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


def _call(work: Writing, name: str, gone: Row, kept: Row) -> None:
    call = text(f"SELECT {name}(:gone_county, :gone, :kept_county, :kept, cast(:kinds AS jsonb))")
    facts = {
        "gone_county": gone.county_code, "gone": gone.id, "kept_county": kept.county_code, "kept": kept.id,
        "kinds": json.dumps(KINDS),
    }  # fmt: skip
    work.connection.execute(call, facts)
    for register in ("residents", "enrolments"):
        work.touch(register, gone.region_key, kept.region_key)
