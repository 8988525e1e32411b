"""A stored record in the words of its register's template, and how such words are written into it (A8.13).

What may be chosen when a row is merged is exactly what `stored` gives; `write` goes through the
register's own actions, so its rules, its change log and its search entries follow. The facts of many
records are read at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, Row

from geoapp.changes.actions import Writing
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_, Label
from geoapp.importing import codes, enrolled, households, place_facts, teams
from geoapp.importing.checking import read_number
from geoapp.importing.place_facts import (
    POSITION,
    POSITION_TITLE,
    Texts,
    near,
    numbers_of,
    position_text,
)
from geoapp.importing.targets import told_of
from geoapp.importing.templates import template_of
from geoapp.people.correcting import Corrections, correct
from geoapp.people.name_words import same_name
from geoapp.people.numbers import same_number
from geoapp.people.state_actions import change_type, identity_of

__all__ = ["FACTS", "POSITION", "POSITION_TITLE", "Facts", "Texts", "equal", "of_row"]
SAME_NUMBERS = frozenset({"id_number", "licence_number", "phone", "leader_phone", "landlord_phone"})
MEASURES = frozenset({"area_m2", "entrance", "storey"})


@dataclass(frozen=True)
class Facts:
    """How a register's records are read and written as texts; `stored_all` gives {name of a column: text} of each.

    `fixed` are facts that are compared and not written: they change by steps of their own, with reason and day.
    """

    register: str
    stored_all: Callable[[Connection, Sequence[Row]], list[dict[str, str]]]
    change: Callable[[Writing, Row, Texts], None]
    fixed: frozenset[str] = frozenset()

    def stored(self, connection: Connection, row: Row) -> dict[str, str]:
        """The facts of one record."""
        return self.stored_all(connection, [row])[0]

    def write(self, work: Writing, row: Row, texts: Texts) -> None:
        """Write texts into the record. Raises what its own actions raise; InvalidInput where a fixed one differs."""
        stored = self.stored(work.connection, row) if self.fixed else {}
        for name in sorted(self.fixed):
            if not equal(name, texts.get(name, ""), stored.get(name, "")):
                title = Label(template_of(self.register).column(name).title)
                said = N_("“%(column)s”不能在这里更改，请打开在册记录办理。")
                raise InvalidInput(said, field=name, column=title)
        self.change(work, row, texts)


def of_row(row: Row, cells: Texts) -> dict[str, str]:
    """What a row says of these facts, without what it leaves open."""
    found = {name: text for name, text in cells.items() if text}
    if row.register in codes.PEOPLE and found.get("id_number"):
        found.setdefault("id_kind", "citizen")
    if row.lon is not None:
        found[POSITION] = position_text(row.lon, row.lat)
    return found


def equal(name: str, one: str, other: str) -> bool:
    """Whether two texts of a fact say the same, however they were typed."""
    if name == POSITION:
        return bool(one and other) and near(one, other)
    if name in SAME_NUMBERS:
        return same_number(one) == same_number(other)
    if name in MEASURES and one and other:
        return read_number(one) == read_number(other)
    if name == "name":
        return same_name(one) == same_name(other)
    return "".join(one.split()) == "".join(other.split())


# -- parts ---------------------------------------------------------------------------------


def _people(connection: Connection, rows: Sequence[Row]) -> list[dict[str, str]]:
    houses = numbers_of(connection, place_facts.house, rows, "house_id")
    families = numbers_of(connection, households.household, rows, "household_id")
    return [
        _person(row) | {
            "house_number": houses.get(row.house_id, ""), "household_number": families.get(row.household_id, ""),
            "relation": row.relation or "", "no_house_reason": row.no_house_reason or "",
        }
        for row in rows
    ]  # fmt: skip


def _person(row: Row) -> dict[str, str]:
    person = identity_of(row)
    number, born = person.number, person.birth_date
    told = {name: getattr(person, name) or "" for name in told_of({}).__dataclass_fields__ if hasattr(person, name)}
    return told | {"id_number": number.text if number else "", "birth_date": born.isoformat() if born else ""}


def _write_person(work: Writing, row: Row, texts: Texts) -> None:
    told, version, number = told_of(texts), row.version, identity_of(row).number
    if "*" in told.name:
        raise InvalidInput(N_("请填写真实姓名。"), field="name")
    if told.type != row.type:
        change_type(work, row.id, version, told)
        version += 1
    if same_number(told.id_number) == (number.text if number else ""):
        told = replace(told, id_number="", id_kind=row.id_kind)
    correct(work, row.id, version, Corrections(told, no_phone=not told.phone))


FACTS: Mapping[str, Facts] = {
    one.register: one for one in (
        Facts(
            "residents", _people, _write_person,
            frozenset({"house_number", "household_number", "relation", "no_house_reason"}),
        ),
        Facts("houses", place_facts.houses, place_facts.write_house, place_facts.FIXED_OF_HOUSES),
        Facts("sites", place_facts.sites, place_facts.write_site),
        Facts("organisations", place_facts.organisations, place_facts.write_organisation),
        Facts("enrolments", enrolled.stored, enrolled.write, enrolled.FIXED),
        Facts("households", households.stored, households.write, households.FIXED),
        Facts("teams", teams.stored, teams.write, teams.FIXED),
    )
}  # fmt: skip
