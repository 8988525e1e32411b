"""Who lives where: find and link a resident, end a residence, no fixed house, undo (A6.5, A6.7)."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import redirect, request
from sqlalchemy import Connection, RowMapping, and_, select
from werkzeug.wrappers import Response as BaseResponse

from geoapp.accounts.permissions import Permission
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.changes.actions import LARGEST_ID, Writing, own_rows
from geoapp.core.clock import today
from geoapp.core.db import table_of
from geoapp.core.errors import InvalidInput, NotFound
from geoapp.core.i18n import N_
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.forms import Errors, RecordForm, errors_of, read_form, shown_values
from geoapp.edge.noting import hits_seen, person_seen
from geoapp.edge.pages import leave_for, reader_locale, render
from geoapp.edge.writing import Address, Review, carry_out
from geoapp.houses import reads as houses
from geoapp.houses.codes import END_REASONS, TENURES
from geoapp.houses.models import House, Residence
from geoapp.people import actions, forms, reads, rules
from geoapp.people.codes import NO_HOUSE_REASONS
from geoapp.people.name_tokens import is_number
from geoapp.people.searches import keep_search
from geoapp.people.views.base import blueprint, fresh, named_house, options, say, version_of
from geoapp.protection.reveals import count_number_search

Answer = BaseResponse | tuple[str, int] | str


@blueprint.post("/houses/<int:house_id>/residents")
@needs(Permission.RESIDENT_WRITE)
def find_resident(house_id: int) -> Answer:
    """Residents of the house's grid by name or number. POST: neither belongs in an address."""
    form = read_form(forms.FindForm)
    found: list[reads.Person] = []
    total, errors = None, []
    with reading() as connection:
        head, row = _house(connection, house_id)
        if form.validate():
            if is_number(form.q.data):
                count_number_search(connection, current_access(), "residents")
            found, total = reads.find_people(
                connection, current_access(), form.q.data, row["region_key"], reader_locale()
            )
            hits_seen(connection, [person.id for person in found], row["region_key"])
        else:
            errors = errors_of(form)
    page = render("people/find.html", "detail", detail=head, q=form.q.data or "", found=found,
                  total=total, errors=errors)  # fmt: skip
    return (page, 400) if errors else page


@blueprint.post("/registers/residents/search")
@needs(Permission.RESIDENT_NAME)
def search_residents() -> Answer:
    """Keep what is looked for and go on to the list of what it finds; the address has only an id."""
    form, access = read_form(forms.SearchForm), current_access()
    if not form.validate():
        raise InvalidInput(errors_of(form)[0][1], field="q")
    text = form.q.data
    with reading() as connection:
        if is_number(text):
            count_number_search(connection, access, "residents")
        else:
            record(connection, access, Action.SEARCH_NAME, register="residents", count=1)
        search_id = keep_search(connection, access, "residents", text)
    asked = {"search": search_id} | ({"region": form.region.data} if form.region.data else {})
    return leave_for(f"/registers/residents?{urlencode(asked)}")


@blueprint.route("/houses/<int:house_id>/residences/new", methods=["GET", "POST"])
@needs(Permission.RESIDENT_WRITE)
def link_resident(house_id: int) -> Answer:
    """Find somebody, then say since when they live here; what that ends is shown before saving."""
    if request.method == "GET" and "resident" not in request.args:
        with reading() as connection:
            head, _ = _house(connection, house_id)
        return render("people/find.html", "detail", detail=head, q="", found=[], total=None, errors=[])
    if request.method == "GET":
        return _link_form(_asked_link(), house_id, [], None)
    form = read_form(forms.LinkForm)

    def do(work: Writing) -> tuple[Address, str]:
        person = work.find(actions.resident, form.resident.data)
        ending = [s for s in actions.stays_of(work, person) if s.until is None]
        wish = actions.Link(house_id, form.since.data, form.tenure.data, form.end_reason.data)
        actions.link(work, person.id, version_of(form), wish)
        if ending and not form.confirmed.data:
            raise Closing(rules.closing_day(ending[0], wish.since))
        return ("houses", house_id), say(N_("已登记入住。"))

    again = partial(_link_form, form, house_id)
    return carry_out(form, do, again)


class Closing(Review):
    """Linking ends the present residence on a day that has not been shown yet."""

    def __init__(self, day: date) -> None:
        self.day = day
        super().__init__(day)


@blueprint.route("/residences/<int:residence_id>/end", methods=["GET", "POST"])
@needs(Permission.RESIDENT_WRITE)
def end_residence(residence_id: int) -> Answer:
    """Somebody leaves: to another house, or to none and why (A6.7)."""
    if request.method == "GET":
        return _end_form(None, residence_id, [], None)
    form = read_form(forms.EndForm)
    if form.then.data == "house" and form.validate():
        return _move_on(form, residence_id)

    def do(work: Writing) -> tuple[Address, str]:
        who = actions.leave(
            work, residence_id, version_of(form), form.until.data, form.end_reason.data,
            form.no_house_reason.data,
        )  # fmt: skip
        return ("residents", who), say(N_("居住已结束，无房原因已记录。"))

    return carry_out(form, do, partial(_end_form, form, residence_id))


@blueprint.route("/residents/<int:resident_id>/no-house", methods=["GET", "POST"])
@needs(Permission.RESIDENT_WRITE)
def explain_no_house(resident_id: int) -> Answer:
    """Why somebody has no fixed house; who lives in one ends that first."""
    form = read_form(forms.NoHouseForm) if request.method == "POST" else None
    if form is None:
        with reading() as connection:
            stay = reads.read_present_stay(connection, current_access(), resident_id)
        if stay is not None:
            return redirect(f"/residences/{stay['id']}/end")
        return _person_form("people/no_house.html", None, resident_id, [], None)

    def do(work: Writing) -> tuple[Address, str]:
        actions.explain_no_house(work, resident_id, version_of(form), form.no_house_reason.data)
        return ("residents", resident_id), say(N_("无房原因已记录。"))

    again = partial(_person_form, "people/no_house.html", form, resident_id)
    return carry_out(form, do, again)


@blueprint.route("/residents/<int:resident_id>/undo", methods=["GET", "POST"])
@needs(Permission.RESIDENT_WRITE)
def undo(resident_id: int) -> Answer:
    """Take back the last link or unlink; what will be again is shown first."""
    if request.method == "GET":
        return _person_form("people/undo.html", None, resident_id, [], None)
    form = read_form(forms.UndoForm)

    def do(work: Writing) -> tuple[Address, str]:
        actions.undo(work, resident_id, version_of(form), form.no_house_reason.data or None)
        return ("residents", resident_id), say(N_("已撤销上一次操作。"))

    again = partial(_person_form, "people/undo.html", form, resident_id)
    return carry_out(form, do, again)


# -- parts ---------------------------------------------------------------------------------


def _house(connection: Connection, house_id: int) -> tuple[dict[str, Any], RowMapping]:
    row = houses.read_record(connection, current_access(), "houses", house_id)
    return houses.read_head(connection, current_access(), "houses", row, reader_locale()), row


def _person(connection: Connection, resident_id: int) -> dict[str, Any]:
    """Head of a resident's page with where they live now. Raises NotFound."""
    access, locale = current_access(), reader_locale()
    row = houses.read_record(connection, access, "residents", resident_id)
    person_seen(connection, resident_id, row["region_key"])
    head = houses.read_head(connection, access, "residents", row, locale)
    stay = reads.read_present_stay(connection, access, resident_id)
    reason = NO_HOUSE_REASONS.get(row["no_house_reason"] or "")
    return head | {"stay": stay, "no_house": say(reason) if reason else None}


def _asked_link() -> forms.LinkForm:
    """The form for the resident of the address, with the day and reason it names."""
    asked = request.args
    resident_id = asked.get("resident", type=int)
    if resident_id is None:
        raise NotFound()
    with reading() as connection:
        row = houses.read_record(connection, current_access(), "residents", resident_id)
    reason = asked.get("reason", "")
    return forms.LinkForm(
        data={
            "resident": resident_id, "version": row["version"],
            "since": asked.get("since", type=date.fromisoformat, default=today()),
            "tenure": "own", "end_reason": reason if reason in forms.GIVEN() else "moved_within",
        }
    )  # fmt: skip


def _link_form(form: forms.LinkForm, house_id: int, errors: Errors, error: Exception | None) -> str:
    with reading() as connection:
        head, row = _house(connection, house_id)
        person = _person(connection, form.resident.data or 0)
    values = shown_values(form) | fresh(error, person)
    return render(
        "people/link.html", "detail", detail=head, house=row, person=person, values=values,
        errors=errors, tenures=options(TENURES), reasons=options(END_REASONS, forms.GIVEN()),
        closing=error.day if isinstance(error, Closing) else None,
    )  # fmt: skip


def _end_form(
    form: forms.EndForm | None, residence_id: int, errors: Errors, error: Exception | None
) -> str:
    with reading() as connection:
        stay = _stay(connection, residence_id)
        person = _person(connection, stay["resident_id"])
    if form is None:
        form = forms.EndForm(data={"until": today(), "version": person["version"]})
    return render(
        "people/end.html", "detail", detail=person, stay=stay, errors=errors,
        values=shown_values(form) | fresh(error, person),
        reasons=options(END_REASONS, forms.GIVEN()), no_house_reasons=options(NO_HOUSE_REASONS),
    )  # fmt: skip


def _stay(connection: Connection, residence_id: int) -> RowMapping:
    """A residence that lasts, with the address of its house. Raises NotFound."""
    residence, house = table_of(Residence), table_of(House)
    query = select(
        residence.c.id, residence.c.resident_id, residence.c.house_id, residence.c.since,
        residence.c.until, house.c.address,
    ).join(house, and_(house.c.county_code == residence.c.county_code, house.c.id == residence.c.house_id))  # fmt: skip
    if not 0 < residence_id <= LARGEST_ID:
        raise NotFound()
    mine = query.where(*own_rows(current_access(), residence), residence.c.id == residence_id)
    row = connection.execute(mine).mappings().one_or_none()
    if row is None:
        raise NotFound()
    return row


def _move_on(form: forms.EndForm, residence_id: int) -> Answer:
    """To the form that links the person with the house of that number, or what is wrong with it."""
    errors: Errors = []
    with reading() as connection:
        stay = _stay(connection, residence_id)
        try:
            house_id = named_house(connection, form.house_number.data)
        except InvalidInput as error:
            errors = [("house_number", error.message(reader_locale()))]
    if errors:
        return _end_form(form, residence_id, errors, None), 400
    asked = {"resident": stay["resident_id"], "since": form.until.data, "reason": form.end_reason.data}
    return redirect(f"/houses/{house_id}/residences/new?{urlencode(asked)}", code=303)


def _person_form(
    template: str, form: RecordForm | None, resident_id: int, errors: Errors, error: Exception | None
) -> str:
    with reading() as connection:
        person = _person(connection, resident_id)
        before = reads.read_undo(connection, current_access(), resident_id, reader_locale())
    values = shown_values(form) if form else {"form_token": forms.NoHouseForm().form_token.data}
    values |= {"version": person["version"]} if form is None else fresh(error, person)
    return render(
        template, "detail", detail=person, errors=errors, values=values, before=before,
        no_house_reasons=options(NO_HOUSE_REASONS),
    )  # fmt: skip
