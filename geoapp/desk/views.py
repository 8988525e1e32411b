"""Pages of the desk: requests of persons, their answers, the copy they are given."""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, flash, render_template, request
from sqlalchemy import Connection, Row

from geoapp.accounts.permissions import Permission
from geoapp.core.clock import today
from geoapp.core.errors import Conflict, InvalidInput, NotFound
from geoapp.core.i18n import N_, translate
from geoapp.desk import actions, forms, reads, rules
from geoapp.desk.codes import COPY, DELETE, DONE, KINDS, OPEN, OUTCOMES, STATES
from geoapp.desk.erasing import erase_asker
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.acting import act
from geoapp.edge.forms import Errors, as_errors, errors_of, read_form, shown_values
from geoapp.edge.noting import person_seen
from geoapp.edge.pages import ViewAnswer, leave_for, reader_locale
from geoapp.exporting.actions import Taken, Why, note_export
from geoapp.people.rules import masked_name

blueprint = Blueprint("desk", __name__)
BASIS, RECIPIENT = "request", "subject"


@blueprint.get("/subject-requests")
@needs(Permission.SUBJECT_REQUEST)
def show_requests() -> ViewAnswer:
    """Open ones by the day they are due, then closed ones."""
    with reading() as connection:
        rows = [_shown(row) for row in reads.read_requests(connection, current_access())]
    return render_template("desk/requests.html", rows=rows)


@blueprint.route("/subject-requests/new", methods=["GET", "POST"])
@needs(Permission.SUBJECT_REQUEST)
def receive() -> ViewAnswer:
    """Write down what a resident asks for; the address carries their id alone."""
    if request.method == "GET":
        wanted = request.args.get("resident", "")
        if not wanted.isascii() or not wanted.isdigit() or len(wanted) > 18:
            raise NotFound()
        return _receive_form(forms.ReceiveForm(resident=int(wanted), received_on=today()), [])
    form = read_form(forms.ReceiveForm)

    def do(connection: Connection) -> tuple[str, str]:
        number = actions.receive(
            connection, current_access(), form.resident.data, form.kind.data, form.asked.data, form.received_on.data
        )
        return f"/subject-requests/{number}", translate(N_("请求已登记。"), reader_locale())

    return act(form, do, lambda errors: _receive_form(form, errors))


@blueprint.get("/subject-requests/<int:request_id>")
@needs(Permission.SUBJECT_REQUEST)
def show_request(request_id: int) -> ViewAnswer:
    """One request, with what can be done about it."""
    return _page(request_id, None, [])


@blueprint.post("/subject-requests/<int:request_id>/answer")
@needs(Permission.SUBJECT_REQUEST)
def answer(request_id: int) -> ViewAnswer:
    """End it. A deletion that is granted erases the person now."""
    form = read_form(forms.AnswerForm)
    version, access = form.version.data or 0, current_access()
    with reading() as connection:
        row = reads.read_request(connection, access, request_id)
    if row.kind == DELETE and form.outcome.data == DONE:
        return _erase(form, request_id, version)

    def do(connection: Connection) -> tuple[str, str]:
        actions.answer(access, connection, request_id, version, form.outcome.data, form.answer.data)
        return f"/subject-requests/{request_id}", translate(N_("答复已记录。"), reader_locale())

    return act(form, do, lambda errors: _page(request_id, form, errors))


@blueprint.get("/subject-requests/<int:request_id>/copy.json")
@needs(Permission.SUBJECT_REQUEST)
def copy(request_id: int) -> ViewAnswer:
    """Everything held about the person as a file for them; it stands in the register of exports."""
    access = current_access()
    with reading() as connection:
        row = reads.read_request(connection, access, request_id)
        if row.kind != COPY or row.state != OPEN or not access.may(Permission.RESIDENT_NAME):
            raise NotFound()
        held = reads.everything_about(connection, access, row.resident_id, reader_locale())
        body = reads.as_file(held)
        digest = hashlib.sha256(body).hexdigest()
        taken = Taken("residents", "json", tuple(sorted(held["resident"])), 1, 1, digest)
        note_export(connection, access, taken, Why(BASIS, RECIPIENT, row.id))
    response = Response(body, mimetype="application/json")
    response.headers["Content-Disposition"] = f"attachment; filename=copy-{request_id}.json"
    return response


def _erase(form: forms.AnswerForm, request_id: int, version: int) -> ViewAnswer:
    if not form.validate():
        return _page(request_id, form, errors_of(form)), 400
    try:
        erase_asker(current_access(), request_id, version, form.answer.data)
    except (Conflict, InvalidInput) as error:
        status = 409 if isinstance(error, Conflict) else 400
        return _page(request_id, form, as_errors(error, form.data)), status
    flash(translate(N_("已删除：除计数和墓碑外，系统中不再有此人。"), reader_locale()))
    return leave_for(f"/subject-requests/{request_id}")


def _receive_form(form: forms.ReceiveForm, errors: Errors) -> str:
    locale = reader_locale()
    with reading() as connection:
        person = actions.find_person(connection, current_access(), form.resident.data)
        person_seen(connection, person.id, person.region_key)
    clear = current_access().may(Permission.RESIDENT_NAME)
    kinds = [(key, translate(words, locale)) for key, words in KINDS.items()]
    return render_template(
        "desk/receive.html", values=shown_values(form), errors=errors, kinds=kinds,
        name=person.name if clear else masked_name(person.name),
    )  # fmt: skip


def _page(request_id: int, form: forms.AnswerForm | None, errors: Errors) -> str:
    locale = reader_locale()
    with reading() as connection:
        row = reads.read_request(connection, current_access(), request_id)
    shown = form or forms.AnswerForm(version=row.version)
    outcomes = [(key, translate(words, locale)) for key, words in OUTCOMES.items()]
    return render_template(
        "desk/request.html", row=_shown(row), values=shown_values(shown), errors=errors, outcomes=outcomes,
        may_copy=row.kind == COPY and row.state == OPEN and current_access().may(Permission.RESIDENT_NAME),
    )  # fmt: skip


def _shown(row: Row) -> dict[str, object]:
    locale = reader_locale()
    return dict(row._mapping) | {
        "kind_text": translate(KINDS[row.kind], locale), "state_text": translate(STATES[row.state], locale),
        "left": rules.days_left(row.due_on, today()), "is_open": row.state == OPEN, "erases": row.kind == DELETE,
    }  # fmt: skip
