"""What can be done with an organisation: add, correct, confirm, deregister, reinstate, undo.

Callers open the transaction (`geoapp.changes.work.write`) and it commits as a whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, and_, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from geoapp.changes.actions import Writing
from geoapp.changes.places import own_region_at, point_at
from geoapp.core.clock import now, today
from geoapp.core.db import table_of
from geoapp.core.errors import Conflict, InvalidInput
from geoapp.core.i18n import N_
from geoapp.core.settings import undo_minutes
from geoapp.organisations import rules
from geoapp.organisations.codes import DEREGISTER_REASONS, REINSTATE_REASONS
from geoapp.organisations.models import Organisation
from geoapp.sites.rules import check_day, check_reason, may_undo

organisation = table_of(Organisation)
REGISTER = "organisations"
PLACED_INSIDE = 1
STATE = ("state", "state_reason", "state_date")


class LicenceTaken(Conflict):
    """The licence number stands in this region already (A7.1). `holder_id`: with whom."""

    msgid = N_("证照号码“%(number)s”已登记在本区划。")

    def __init__(self, number: str, holder_id: int | None = None) -> None:
        self.holder_id = holder_id
        super().__init__(field="licence_number", number=number)


def add_organisation(work: Writing, facts: rules.OrganisationFacts, lon: float, lat: float) -> int:
    """A new organisation at a point (degrees, EPSG:4326); its region is the writer's own there.

    Returns its id. Raises InvalidInput, LicenceTaken.
    """
    values = _placed(work, facts, lon, lat) | {"origin": "entered"}
    with _unique(work, values):
        row = work.connection.execute(insert(organisation).values(values).returning(organisation)).one()
    work.touch(REGISTER, row.region_key)
    work.log("create", REGISTER, row, [name for name in (*facts.checked(), "position") if values.get(name, True)])
    return int(row.id)


def correct_organisation(
    work: Writing, record_id: int, version: int, facts: rules.OrganisationFacts, lon: float, lat: float
) -> list[str]:
    """Write corrected facts and place; names of the fields that changed, none for a confirmation.

    Raises NotFound, StaleForm, InvalidInput, LicenceTaken.
    """
    before = work.lock(organisation, record_id, version)
    values = _placed(work, facts, lon, lat)
    if values["county_code"] != before.county_code:
        raise InvalidInput(N_("该位置在另一个区县，请在那里另行登记。"), field="lon")
    same_point = work.connection.scalar(
        select(func.ST_DWithin(organisation.c.geom, point_at(lon, lat), 1e-7)).where(_same(before))
    )
    moved = not same_point or values["region_key"] != before.region_key
    changed = [name for name in facts.checked() if getattr(before, name) != values[name]]
    changed += ["position"] if moved else []
    kept = values if moved else {k: v for k, v in values.items() if k not in ("geom", "position_source", "placed")}
    with _unique(work, values):
        _save(work, before, kept | ({"origin": "entered"} if changed else {}))
    work.touch(REGISTER, values["region_key"])
    work.log("correct" if changed else "confirm", REGISTER, before, changed)
    return changed


def confirm_organisation(work: Writing, record_id: int, version: int) -> None:
    """Somebody was there and all is as written. Raises NotFound, StaleForm."""
    before = work.lock(organisation, record_id, version)
    _save(work, before, {})
    work.log("confirm", REGISTER, before, [])


def deregister(work: Writing, record_id: int, version: int, reason: str, day: date) -> None:
    """注销 with reason and day (A7.1, A7.8, A7.9). Raises NotFound, StaleForm, InvalidInput, Conflict."""
    before = work.lock(organisation, record_id, version)
    rules.check_state(before.state, rules.ACTIVE)
    check_reason(reason, DEREGISTER_REASONS)
    check_day(day, today())
    _step(work, before, "deregister", rules.DEREGISTERED, reason, day)


def reinstate(work: Writing, record_id: int, version: int, reason: str, day: date) -> None:
    """取消注销 with reason and day, not before it left (A18.14).

    Raises NotFound, StaleForm, InvalidInput, Conflict.
    """
    before = work.lock(organisation, record_id, version)
    rules.check_state(before.state, rules.DEREGISTERED)
    check_reason(reason, REINSTATE_REASONS)
    check_day(day, today())
    if day < before.state_date:
        raise InvalidInput(N_("取消注销的日期不能早于注销的日期。"), field="day")
    _step(work, before, "reinstate", rules.ACTIVE, reason, day)


def undo_step(work: Writing, record_id: int, version: int) -> None:
    """Take the last change of state back, within ten minutes and while nothing followed.

    Raises NotFound, StaleForm, Conflict.
    """
    before = work.lock(organisation, record_id, version)
    if not may_undo(step_at(before.previous), now(), undo_minutes()):
        raise Conflict(N_("没有可以撤销的操作，或已超过 %(minutes)s 分钟。"), minutes=undo_minutes())
    _save(work, before, {name: before.previous[name] for name in STATE})
    work.log("undo", REGISTER, before, ["state"])


def step_at(previous: Mapping[str, Any] | None) -> datetime | None:
    """When the last step was made that can be taken back."""
    return datetime.fromisoformat(previous["at"]) if previous else None


# -- parts ---------------------------------------------------------------------------------


def _placed(work: Writing, facts: rules.OrganisationFacts, lon: float, lat: float) -> dict[str, Any]:
    values = facts.checked()
    lies_in = own_region_at(work, lon, lat, facts.level)
    return values | {
        "county_code": lies_in.county_code, "region_key": lies_in.key, "geom": point_at(lon, lat),
        "placed": PLACED_INSIDE, "position_source": "clicked",
    }  # fmt: skip


@contextmanager
def _unique(work: Writing, values: Mapping[str, Any]) -> Iterator[None]:
    """The database alone knows who was first: of many at once one commits, the others are told."""
    try:
        with work.connection.begin_nested():
            yield
    except IntegrityError as error:
        if "licence" not in str(error.orig):
            raise
        held = select(organisation.c.id).where(
            *work.own(organisation), organisation.c.region_key == values["region_key"],
            organisation.c.licence_number == values["licence_number"],
        )  # fmt: skip
        raise LicenceTaken(str(values["licence_number"]), work.connection.scalar(held)) from error


def _step(work: Writing, before: Row, step: str, state: str, reason: str, day: date) -> None:
    gone = before.state_date
    previous = {
        "step": step, "at": now().isoformat(), "state": before.state, "state_reason": before.state_reason,
        "state_date": gone.isoformat() if gone else None,
    }  # fmt: skip
    _save(work, before, {"state": state, "state_reason": reason, "state_date": day, "previous": previous})
    work.log(step, REGISTER, before, list(STATE))


def _same(before: Row) -> Any:
    return and_(organisation.c.county_code == before.county_code, organisation.c.id == before.id)


def _save(work: Writing, before: Row, values: Mapping[str, object]) -> None:
    """Any other save ends what could be taken back."""
    stamped = {"previous": None, **values, "version": before.version + 1, "updated_at": func.now()}
    work.connection.execute(update(organisation).where(_same(before)).values(stamped))
    work.touch(REGISTER, before.region_key)
