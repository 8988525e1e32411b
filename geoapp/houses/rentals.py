"""What can be done with the letting of a house: register, correct, deregister, reinstate, undo (A6.8 to A6.10).

Callers open the transaction (`geoapp.changes.work.write`) and it commits as a whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row

from geoapp.changes.actions import Writing
from geoapp.core.clock import now, today
from geoapp.core.crypto import encrypt
from geoapp.core.errors import Conflict
from geoapp.core.i18n import N_
from geoapp.core.settings import undo_minutes
from geoapp.dictionaries.lists import check_chosen
from geoapp.houses import rental_rules as rules
from geoapp.houses.actions import house, save_house
from geoapp.houses.codes import RENTAL_KINDS, RENTAL_USES

CELLS = {"landlord_name": "landlord_name_enc", "landlord_phone": "landlord_phone_enc"}


def let_house(work: Writing, house_id: int, version: int, facts: rules.RentalFacts, since: date) -> None:
    """A house is let from a day on (A6.9). Raises NotFound, StaleForm, InvalidInput, Conflict."""
    before = work.lock(house, house_id, version)
    rules.check_let(before.rental, before.rental_steps)
    rules.check_day(since, today(), before.rental_steps)
    values = _values(before, facts) | {"rental": True, "rental_steps": _with(work, before, rules.LET, None, since)}
    save_house(work, before, values)
    work.log("let", "houses", before, _changed(before, values))


def correct_rental(work: Writing, house_id: int, version: int, facts: rules.RentalFacts) -> list[str]:
    """Correct what is written of a letting; the names of what changed. Raises as `let_house`."""
    before = work.lock(house, house_id, version)
    if not before.rental:
        raise Conflict(N_("该房屋没有出租。"))
    values = _values(before, facts)
    changed = _changed(before, values)
    save_house(work, before, values)
    work.log("correct" if changed else "confirm", "houses", before, changed)
    return changed


def deregister_rental(work: Writing, house_id: int, version: int, reason: str, day: date) -> None:
    """No longer let, with reason and time (A6.10). Raises NotFound, StaleForm, InvalidInput, Conflict."""
    before = work.lock(house, house_id, version)
    rules.check_off(before.rental, reason, day, today(), before.rental_steps)
    _step(work, before, rules.OFF, reason, day)


def reinstate_rental(work: Writing, house_id: int, version: int, reason: str, day: date) -> None:
    """Let again: the letting is as it was (A6.10). Raises NotFound, StaleForm, InvalidInput, Conflict."""
    before = work.lock(house, house_id, version)
    rules.check_back(before.rental, reason, day, today(), before.rental_steps)
    _step(work, before, rules.BACK, reason, day)


def undo_rental(work: Writing, house_id: int, version: int) -> None:
    """Take the last step back, within the minutes of the settings. Raises NotFound, StaleForm, Conflict."""
    before = work.lock(house, house_id, version)
    if not may_undo(before.rental_steps):
        raise Conflict(N_("没有可以撤销的操作，或已超过 %(minutes)s 分钟。"), minutes=undo_minutes())
    last = rules.last_step(before.rental_steps)
    assert last is not None
    values = {"rental": last["step"] == rules.OFF, "rental_steps": rules.undone(before.rental_steps)}
    save_house(work, before, values)
    work.log("undo_rental", "houses", before, ["rental"])


def may_undo(steps: Sequence[rules.Step]) -> bool:
    """Whether the last step can be taken back now."""
    return rules.may_undo(steps, now(), undo_minutes())


# -- parts ---------------------------------------------------------------------------------


def _step(work: Writing, before: Row, step: str, reason: str, day: date) -> None:
    steps = _with(work, before, step, reason, day)
    save_house(work, before, {"rental": step == rules.BACK, "rental_steps": steps})
    work.log(f"{step}_rental", "houses", before, ["rental", "state_reason", "state_date"])


def _with(work: Writing, before: Row, step: str, reason: str | None, day: date) -> list[dict[str, Any]]:
    made = {
        "step": step, "reason": reason, "day": day.isoformat(), "at": now().isoformat(), "by": work.access.user_id,
    }  # fmt: skip
    return [*before.rental_steps, made]


def _values(before: Row, facts: rules.RentalFacts) -> dict[str, Any]:
    """Columns to write; names and phones go into their cells."""
    told = facts.checked(RENTAL_USES, RENTAL_KINDS)
    check_chosen(RENTAL_USES, "use", facts.use, before.rental_use)
    check_chosen(RENTAL_KINDS, "kind", facts.kind, before.rental_kind)
    sealed = {
        CELLS[name]: encrypt(text, f"house.{name}.{before.id}") if text else None for name, text in told.items()
    }
    return {"rental_use": facts.use, "rental_kind": facts.kind} | sealed


def _changed(before: Row, values: Mapping[str, Any]) -> list[str]:
    """Names of what is written anew; a cell that is given is, a cell that stays empty is not."""
    named: dict[str, str] = {column: name for name, column in CELLS.items()}
    return sorted(_differing(before, values, named))


def _differing(before: Row, values: Mapping[str, Any], named: Mapping[str, str]) -> Iterable[str]:
    for column, value in values.items():
        if column != "rental_steps" and getattr(before, column) != value:
            yield named.get(column, column)
