"""Correcting who somebody is, and saying that all is as written (A2.8, A3.2).

What a form shows masked it sends back empty, and empty means unchanged: a mask is never stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, RowMapping
from sqlalchemy.dialects.postgresql import insert

from geoapp.changes.actions import StaleForm, Writing
from geoapp.changes.reads import read_changes
from geoapp.core.clock import today
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_, translate
from geoapp.people import codes
from geoapp.people.identity import (
    Identity,
    Told,
    check_document,
    check_told,
    normal_name,
    normal_phone,
    with_type,
)
from geoapp.people.models import number_check
from geoapp.people.name_tokens import drop_tokens, write_tokens
from geoapp.people.numbers import CHECKED
from geoapp.people.registering import columns_of
from geoapp.people.rules import EARLIEST
from geoapp.people.state_actions import activate, identity_of, named, resident
from geoapp.people.states import check_on_register
from grids_boundaries.access import Access

COMPARED = {
    "name": N_("姓名"), "sex": N_("性别"), "registered_place": N_("户籍地"), "unregistered_reason": N_("未落户原因"),
    "overseas_kind": N_("境外人员类别"),
}  # fmt: skip
"""What the form shows in plain, with its title."""
WORDS: Mapping[str, Mapping[str, str]] = {
    "sex": codes.SEXES, "unregistered_reason": codes.UNREGISTERED_REASONS, "overseas_kind": codes.OVERSEAS_KINDS,
}  # fmt: skip


@dataclass(frozen=True)
class Corrections:
    """What a form holds; empty is unchanged where the form could not show what is stored."""

    told: Told
    no_phone: bool = False


def correct(work: Writing, resident_id: int, version: int, wish: Corrections) -> list[str]:
    """Write what was corrected; names of the facts that changed. Without a change it counts as checked.

    Raises NotFound, StaleForm, InvalidInput, NumberOnRegister.
    """
    person = work.lock(resident, resident_id, version)
    check_on_register(person.state)
    before = identity_of(person)
    after = merged(before, wish, today())
    changed = [name for name in Identity.__dataclass_fields__ if getattr(before, name) != getattr(after, name)]
    if not changed:
        return _confirm(work, person)
    activate(work, person, columns_of(person.id, after) | {"origin": "entered"})
    if "name" in changed:
        drop_tokens(work.connection, [named(person)])
        write_tokens(work.connection, [(person.id, person.region_key, after.name)])
    if "number" in changed and after.number is not None:
        waits = insert(number_check).values(resident_id=person.id, region_key=person.region_key)
        work.connection.execute(waits.on_conflict_do_nothing())
    work.log("correct", "residents", person, ["id_number" if name == "number" else name for name in changed])
    return changed


def confirm(work: Writing, resident_id: int, version: int) -> None:
    """Somebody was there and all is as written (A2.8). Raises NotFound, StaleForm, Conflict."""
    person = work.lock(resident, resident_id, version)
    check_on_register(person.state)
    _confirm(work, person)


def merged(before: Identity, wish: Corrections, today: date) -> Identity:
    """The person with what was corrected. Raises InvalidInput.

    A number that was not typed anew stays as it is, and so does what it says.
    """
    told = wish.told
    if told.id_number.strip() or (told.id_kind == "none" and before.number is not None):
        whole = replace(
            told, type=before.type, name=told.name or before.name, sex=told.sex,
            birth_date=told.birth_date or (None if told.id_kind in CHECKED else before.birth_date),
        )  # fmt: skip
        found = check_told(whole, today)
        return replace(found, phone=_phone(before, wish))
    if told.id_kind != before.id_kind:
        raise InvalidInput(N_("更换证件种类时，请填写新的号码。"), field="id_number")
    says = before.number is not None and before.id_kind in CHECKED
    sex, born = told.sex or before.sex, told.birth_date or before.birth_date
    if says and (sex, born) != (before.sex, before.birth_date):
        field = "sex" if sex != before.sex else "birth_date"
        raise InvalidInput(N_("性别和出生日期由身份证号码得出；要更正，请重新填写号码。"), field=field)
    if born is not None and not EARLIEST <= born <= today:
        raise InvalidInput(N_("出生日期早于 1900 年或晚于今天。"), field="birth_date")
    check_document(before.type, before.id_kind, told.overseas_kind)
    name = normal_name(told.name or before.name)
    found = replace(before, name=name, sex=sex, birth_date=born, phone=_phone(before, wish))
    return with_type(found, replace(told, type=before.type))


def shown_facts(row: RowMapping) -> dict[str, Any]:
    """What the form begins with: nothing that is masked."""
    plain = {name: row[name] or "" for name in COMPARED}
    if row["name_enc"] is not None:
        plain["name"] = ""  # a child's is masked: empty stays as it is
    return plain | {"id_kind": row["id_kind"], "version": row["version"]}


def differences(connection: Connection, access: Access, locale: str, form: Any, row: RowMapping,
                error: Exception | None) -> dict[str, Any] | None:  # fmt: skip
    """After a stale save: what was filled in beside what is stored now, for houses/fields.html; else None."""
    if not isinstance(error, StaleForm) or "name" not in form:
        return None
    rows = [
        {
            "title": translate(title, locale), "mine": _word(name, form[name].data, locale),
            "stored": _word(name, row[name], locale), "differs": (form[name].data or None) != (row[name] or None),
        }
        for name, title in COMPARED.items()
    ]  # fmt: skip
    changes = read_changes(connection, access, locale, ("residents", [row["id"]]))
    return {"rows": rows, "last": changes[0] if changes else None}


def _word(name: str, value: Any, locale: str) -> str:
    label = WORDS.get(name, {}).get(value or "")
    return translate(label, locale) if label else str(value or "")


def _phone(before: Identity, wish: Corrections) -> str | None:
    return None if wish.no_phone else normal_phone(wish.told.phone) or before.phone


def _confirm(work: Writing, person: Row) -> list[str]:
    activate(work, person, {})
    work.log("confirm", "residents", person, [])
    return []
