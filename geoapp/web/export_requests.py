"""Pages of exports: the register, requests for many people, deciding, downloading."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, render_template, request
from sqlalchemy import Connection, Row

from geoapp.accounts.limits import EXPORTS, limited
from geoapp.accounts.permissions import SIGNED_IN, Permission
from geoapp.core.clock import now
from geoapp.core.errors import InvalidInput, NotFound
from geoapp.core.i18n import N_, translate
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.acting import act
from geoapp.edge.forms import Errors, read_form, shown_values
from geoapp.edge.pages import ViewAnswer, reader_locale
from geoapp.edge.query import PAGE_ONLY, open_register, selection_from
from geoapp.exporting import actions, forms, reads, rules
from geoapp.exporting.codes import BASES, RECIPIENT, STATES
from geoapp.web.listing import FORMATS
from geoapp.web.outputs import count_people, write_and_send

blueprint = Blueprint("export_requests", __name__)
OWN = ("register", "format")


@blueprint.get("/exports")
@needs(Permission.EXPORT_REGISTER)
def show_register() -> ViewAnswer:
    """Files that left the reader's area."""
    with reading() as connection:
        rows = [_shown(row) for row in reads.read_log(connection, current_access())]
    return render_template("exports/register.html", rows=rows)


@blueprint.get("/export-requests")
@needs(SIGNED_IN)
def show_requests() -> ViewAnswer:
    """One's own, and those to decide on."""
    with reading() as connection:
        rows = [_shown(row) for row in reads.read_requests(connection, current_access())]
    return render_template("exports/requests.html", rows=rows)


@blueprint.route("/export-requests/new", methods=["GET", "POST"])
@needs(Permission.EXPORT_CREATE)
def ask() -> ViewAnswer:
    """Say why so many people are taken out, and for whom."""
    if request.method == "GET":
        pairs = [(k, v) for k, v in request.args.items(multi=True) if k not in OWN]
        form = forms.AskForm(
            register=request.args.get("register", ""), format=request.args.get("format", ""), query=urlencode(pairs)
        )
        return _ask_form(form, [])
    form = read_form(forms.AskForm)

    def do(connection: Connection) -> tuple[str, str]:
        people = _count(connection, form)
        wish = actions.Wish(
            form.register.data, form.format.data, form.query.data, people, form.basis.data,
            form.purpose.data, form.recipient.data,
        )  # fmt: skip
        number = actions.ask(connection, current_access(), wish)
        return f"/export-requests/{number}", translate(N_("已提交，等待另一人批准。"), reader_locale())

    return act(form, do, lambda errors: _ask_form(form, errors))


@blueprint.get("/export-requests/<int:request_id>")
@needs(SIGNED_IN)
def show_request(request_id: int) -> ViewAnswer:
    """One request, with its decision or the form for it."""
    return _page(request_id, [])


@blueprint.post("/export-requests/<int:request_id>/decision")
@needs(Permission.EXPORT_APPROVE)
def decide(request_id: int) -> ViewAnswer:
    """Another person says yes or no."""
    form = read_form(forms.DecideForm)

    def do(connection: Connection) -> tuple[str, str]:
        agree, version = form.answer.data == "yes", form.version.data or 0
        actions.decide(connection, current_access(), request_id, version, agree=agree)
        return f"/export-requests/{request_id}", translate(N_("决定已记录。"), reader_locale())

    return act(form, do, lambda errors: _page(request_id, errors))


@blueprint.get("/export-requests/<int:request_id>/file")
@needs(Permission.EXPORT_CREATE)
@limited(EXPORTS)
def download(request_id: int) -> ViewAnswer:
    """The file, made now with the rights its reader has now (AZ-9)."""
    with reading() as connection:
        row = actions.open_request(connection, current_access(), request_id)
        register = open_register(row.register)
        selection = selection_from(connection, register, parse_qsl(actions.query_of(row)))
        return write_and_send(connection, selection, row.format, actions.Why.of(row))


def _count(connection: Connection, form: forms.AskForm) -> int:
    """People in what is asked for. Raises NotFound, InvalidInput for a query that selects nothing."""
    if form.format.data not in FORMATS:
        raise NotFound()
    register = open_register(form.register.data)
    pairs = [(k, v) for k, v in parse_qsl(form.query.data) if k not in PAGE_ONLY]
    people = count_people(connection, selection_from(connection, register, pairs))
    if not people:
        raise InvalidInput(N_("所选范围内没有居民，无需申请。"))
    return people


def _ask_form(form: forms.AskForm, errors: Errors) -> str:
    locale = reader_locale()
    with reading() as connection:
        people = _count(connection, form)
    bases = [(key, translate(text, locale)) for key, text in BASES.items()]
    title = translate(open_register(form.register.data).title, locale)
    return render_template(
        "exports/ask.html", values=shown_values(form), errors=errors, people=people, bases=bases, title=title
    )


def _page(request_id: int, errors: Errors) -> str:
    with reading() as connection:
        row = reads.read_request(connection, current_access(), request_id)
        may_decide = row.state == "waiting" and actions.may_decide(connection, current_access(), row)
    mine = row.asked_by == current_access().user_id
    return render_template(
        "exports/request.html", row=_shown(row), errors=errors, may_decide=may_decide, mine=mine
    )


def _shown(row: Row) -> dict[str, object]:
    """A row with its codes in words."""
    locale, facts = reader_locale(), dict(row._mapping)
    titles = {"basis": BASES, "recipient": RECIPIENT}
    for name, words in titles.items():
        facts[name] = translate(words[facts[name]], locale) if facts[name] in words else facts[name]
    if "state" in facts:
        facts["state"] = rules.state_now(row.state, row.expires_at, now())
        facts["state_text"] = translate(STATES[str(facts["state"])], locale)
    facts.pop("query_enc", None)
    return facts
