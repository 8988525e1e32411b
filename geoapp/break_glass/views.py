"""Pages of break-glass: start, look, end; review and monthly figures."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy import Row, Select, select

from geoapp.accounts.limits import SEARCHES, limited
from geoapp.accounts.models import User
from geoapp.accounts.permissions import Permission
from geoapp.accounts.views.areas import offered
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.break_glass import actions, forms, reads, rules
from geoapp.break_glass.codes import OUTCOMES, REASONS
from geoapp.break_glass.models import BreakGlass, BreakGlassRecord
from geoapp.core.clock import now, today
from geoapp.core.errors import Conflict, InvalidInput, NotFound
from geoapp.core.i18n import translate
from geoapp.core.settings import get_settings
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.forms import Errors, RecordForm, as_errors, errors_of, read_form, shown_values
from geoapp.edge.pages import ViewAnswer, json_answer, leave_for, reader_locale
from geoapp.people.name_tokens import is_number
from geoapp.protection.reveals import take_number_search
from grids_boundaries.access import begin
from grids_boundaries.keys import from_key

blueprint = Blueprint("break_glass", __name__)


@blueprint.route("/break-glass", methods=["GET", "POST"])
@needs(Permission.BREAK_GLASS_USE)
def start() -> ViewAnswer:
    """The form, and one's own uses."""
    form = read_form(forms.StartForm) if request.method == "POST" else forms.StartForm()
    errors: Errors = []
    if request.method == "POST":
        errors = [] if form.validate() else errors_of(form)
        if not errors:
            try:
                grant_id = actions.start(current_access(), form.reason.data, form.note.data, form.area.data)
                return leave_for(f"/break-glass/{grant_id}")
            except (Conflict, InvalidInput, NotFound) as error:
                errors = as_errors(error, form.data)
    page = render_template(
        "break_glass/start.html", values=shown_values(form), errors=errors, reasons=_options(REASONS),
        limits=get_settings().break_glass, grants=[_shown(one) for one in actions.own_grants(current_access())],
    )  # fmt: skip
    return (page, 400) if errors else page


@blueprint.get("/break-glass/areas.json")
@needs(Permission.BREAK_GLASS_USE)
@limited(SEARCHES)
def suggest_areas() -> ViewAnswer:
    """Communities and grids everywhere, and the way to them: their names are no secret."""
    with begin(actions.everywhere(current_access())) as connection:
        return json_answer(offered(connection, actions.EVERYWHERE, rules.AREAS))


@blueprint.get("/break-glass/<int:grant_id>")
@needs(Permission.BREAK_GLASS_USE)
def show(grant_id: int) -> ViewAnswer:
    """What is left of a use, and its search."""
    return _page(actions.find(current_access(), grant_id))


@blueprint.post("/break-glass/<int:grant_id>/search")
@needs(Permission.BREAK_GLASS_USE)
@limited(SEARCHES)
def search(grant_id: int) -> ViewAnswer:
    """Masked hits in its area; looking for a person is an event of its own."""
    grant, form = actions.find(current_access(), grant_id), read_form(forms.FindForm)
    if not form.validate():
        return _page(grant, errors=errors_of(form)), 400
    if not rules.is_open(grant.ends_at, grant.ended_at, now()):
        raise actions.Closed()
    access, asked = actions.widened(current_access(), from_key(grant.region_key)), form.q.data.replace("\x00", "")
    with begin(access) as connection:
        if is_number(asked):
            take_number_search(access)
        hits = reads.find_records(connection, access, form.register.data or "houses", asked)
        what = Action.SEARCH_NUMBER if is_number(asked) else Action.SEARCH_NAME
        record(connection, access, what, register=form.register.data or "houses", count=len(hits),
               area_key=grant.region_key, reason=grant.reason, facts={"grant": grant_id})  # fmt: skip
    return _page(grant, hits=hits, asked=form)


@blueprint.post("/break-glass/<int:grant_id>/open")
@needs(Permission.BREAK_GLASS_USE)
def open_record(grant_id: int) -> ViewAnswer:
    """One record, which counts."""
    grant, form = actions.find(current_access(), grant_id), read_form(forms.OpenForm)
    if not form.validate():
        return _page(grant, errors=errors_of(form)), 400
    access = actions.widened(current_access(), from_key(grant.region_key))
    with begin(access) as connection:
        opened = reads.read_opened(connection, access, grant_id, form.register.data, form.record.data, reader_locale())
    return _page(actions.find(current_access(), grant_id), opened=opened)


@blueprint.post("/break-glass/<int:grant_id>/end")
@needs(Permission.BREAK_GLASS_USE)
def end(grant_id: int) -> ViewAnswer:
    """Over before its time."""
    actions.end(current_access(), grant_id)
    return leave_for("/break-glass")


@blueprint.route("/break-glass/<int:grant_id>/review", methods=["GET", "POST"])
@needs(Permission.BREAK_GLASS_REVIEW)
def review(grant_id: int) -> ViewAnswer:
    """What was opened, and whether it was justified."""
    form = read_form(forms.ReviewForm) if request.method == "POST" else forms.ReviewForm()
    errors: Errors = []
    if request.method == "POST":
        errors = [] if form.validate() else errors_of(form)
        if not errors:
            try:
                with reading() as connection:
                    actions.review(connection, current_access(), grant_id, form.outcome.data, form.note.data)
                return leave_for("/break-glass/overview")
            except (Conflict, InvalidInput) as error:
                errors = as_errors(error, form.data)
    return _review_page(grant_id, form, errors)


@blueprint.get("/break-glass/overview")
@needs(Permission.BREAK_GLASS_REVIEW)
def overview() -> ViewAnswer:
    """Uses in the reader's area: those to review, their number a month, who stands out."""
    with reading() as connection:
        rows = connection.execute(_uses().order_by(BreakGlass.id.desc()).limit(100)).all()
        counts = actions.month_counts(connection, current_access().scope)
        people = {row.user_id: row.display_name for row in rows}
    loud = actions.alarming(counts, f"{today():%Y-%m}", get_settings().break_glass.factor)
    months: dict[str, int] = {}
    for one in counts:
        months[one.month] = months.get(one.month, 0) + one.n
    return render_template(
        "break_glass/overview.html", grants=[_shown(row) | {"who": row.display_name} for row in rows],
        months=sorted(months.items(), reverse=True),
        loud=[people.get(one, f"#{one}") for one in sorted(loud["user_id"])],
        loud_units=sorted(loud["unit"]), factor=get_settings().break_glass.factor,
    )  # fmt: skip


# -- parts ---------------------------------------------------------------------------------


def _page(
    grant: Row, hits: list[reads.Hit] | None = None, opened: dict[str, Any] | None = None, errors: Errors | None = None,
    asked: RecordForm | None = None,
) -> str:
    return render_template(
        "break_glass/show.html", grant=_shown(grant), hits=hits, opened=opened, errors=errors or [],
        asked=shown_values(asked) if asked else {},
    )  # fmt: skip


def _review_page(grant_id: int, form: RecordForm, errors: Errors) -> ViewAnswer:
    with reading() as connection:
        row = connection.execute(_uses().where(BreakGlass.id == grant_id)).one_or_none()
        if row is None:
            raise NotFound()
        named = select(BreakGlassRecord).where(BreakGlassRecord.grant_id == grant_id).order_by(BreakGlassRecord.at)
        records = connection.execute(named).all()
    page = render_template(
        "break_glass/review.html", grant=_shown(row) | {"who": row.display_name}, records=records, errors=errors,
        values=shown_values(form), outcomes=_options(OUTCOMES), own=row.user_id == current_access().user_id,
    )  # fmt: skip
    return (page, 400) if errors else page


def _uses() -> Select:
    """Uses in the reader's area, with who it was."""
    query = select(BreakGlass, User.display_name).join(User, User.id == BreakGlass.user_id)
    return query.where(current_access().scope.clause(BreakGlass.region_key))


def _shown(grant: Row) -> dict[str, Any]:
    open_now = rules.is_open(grant.ends_at, grant.ended_at, now())
    return {
        "id": grant.id, "area": from_key(grant.region_key).text, "note": grant.note,
        "reason": _say(REASONS.get(grant.reason, grant.reason)),
        "started_at": grant.started_at, "ends_at": grant.ends_at, "open": open_now,
        "opened": grant.opened, "most": grant.most, "left": max(int((grant.ends_at - now()).total_seconds() // 60), 0),
        "due": grant.review_due, "reviewed": grant.reviewed_at is not None,
        "late": grant.reviewed_at is None and now() > grant.review_due,
        "outcome": _say(OUTCOMES[grant.outcome]) if grant.outcome else "", "review_note": grant.review_note or "",
    }  # fmt: skip


def _options(codes: dict[str, str]) -> list[tuple[str, str]]:
    return [(value, _say(word)) for value, word in codes.items()]


def _say(msgid: str) -> str:
    return translate(msgid, reader_locale())


