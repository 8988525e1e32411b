"""Rows of people in programmes (业务人员): enrolled by their number, as the deployment's mode has it (A2.6, A4.0)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from sqlalchemy import Row, or_, select

from geoapp.changes.actions import Writing
from geoapp.core.clock import today
from geoapp.core.crypto import search_hashes
from geoapp.core.db import table_of
from geoapp.core.errors import Conflict, InvalidInput, NotFound
from geoapp.core.i18n import N_
from geoapp.core.settings import get_settings
from geoapp.importing.failing import Failed
from geoapp.importing.templates import facts_of
from geoapp.people.identity import Identity, Told, check_told
from geoapp.people.models import Resident
from geoapp.people.name_tokens import NUMBER
from geoapp.people.registering import NO_WAY_BACK
from geoapp.people.rules import ACTIVE
from geoapp.programmes.actions import AlreadyEnrolled, enrolment, take_back_new
from geoapp.programmes.declared import OPEN
from geoapp.programmes.modes import OtherName, Wish, enrol_by_number

resident = table_of(Resident)
Cells = Mapping[str, str]
INDEPENDENT, CREATE = "independent", "create"
DIED = "died"


def check_enrolment(_row: Row, cells: Cells) -> tuple[Identity, Told]:
    """Who is to be enrolled, checked. Raises InvalidInput."""
    if cells.get("programme") not in OPEN:
        raise InvalidInput(N_("请选择列表中的一项。"), field="programme")
    if not cells.get("begins"):
        raise InvalidInput(N_("请填写此项。"), field="begins")
    if not cells.get("id_number"):
        raise InvalidInput(N_("请填写此项。"), field="id_number")
    told = Told(
        cells.get("type") or "registered", cells.get("name", ""), cells.get("id_kind") or "citizen",
        cells["id_number"], cells.get("sex", ""), registered_place="",
    )  # fmt: skip
    return check_told(told, today()), told


def add_enrolment(work: Writing, row: Row, cells: Cells) -> int:
    """Enrol the person of a row; the id of the enrolment. Raises Failed, InvalidInput."""
    person, told = check_enrolment(row, cells)
    mode = get_settings().programmes.mode
    held = _of_number(work, row.region_key, person)
    if mode != INDEPENDENT and (held is None or held.state != ACTIVE):
        if held is not None:
            raise Failed("dead" if held.state_reason == DIED else "resident_cancelled", held.id)
        if mode != CREATE:
            raise Failed("resident_missing")
    code = cells["programme"]
    wish = Wish(row.region_key, code, told, date.fromisoformat(cells["begins"]), dict(_given(code, cells)))
    try:
        return enrol_by_number(work, wish)
    except OtherName as error:
        raise Failed("other_name", error.holder_id) from error
    except AlreadyEnrolled as error:
        raise Failed("duplicate", error.holder_id or _enrolled(work, held, code)) from error
    except NotFound as error:
        raise Failed("no_permission") from error


def remove_enrolment(work: Writing, row: Row) -> None:
    """It was never there. Raises Conflict where somebody was served in it since."""
    if row.served_on is not None:
        raise Conflict(N_("认领后已有别的登记或服务，不能撤销。"))
    take_back_new(work, row.id, row.version)


# -- parts ---------------------------------------------------------------------------------


def _given(code: str, cells: Cells) -> Iterator[tuple[str, str]]:
    for fact, column in facts_of(code):
        if cells.get(column):
            yield fact, cells[column]


def _of_number(work: Writing, region_key: int, person: Identity) -> Row | None:
    """The resident of the grid with the number, on the register first; none whose record is no way back."""
    if person.number is None:
        return None
    ways = or_(resident.c.state == ACTIVE, resident.c.state_reason.not_in(sorted(NO_WAY_BACK)))
    mine = (*work.own(resident), resident.c.region_key == region_key, ways)
    query = select(resident).where(*mine, resident.c.id_hash.in_(search_hashes(person.number.text, NUMBER)))
    return work.connection.execute(query.order_by(resident.c.state != ACTIVE, resident.c.id.desc()).limit(1)).first()


def _enrolled(work: Writing, held: Row | None, code: str) -> int | None:
    if held is None:
        return None
    mine = (*work.own(enrolment), enrolment.c.resident_id == held.id, enrolment.c.programme == code)
    found = work.connection.scalar(select(enrolment.c.id).where(*mine))
    return None if found is None else int(found)
