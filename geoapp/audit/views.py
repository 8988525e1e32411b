"""Pages of the auditor: the log of their own area, its state, who looked at one resident's record."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request
from sqlalchemy import Connection, select

from geoapp.accounts.permissions import Permission
from geoapp.audit import anchors, reads
from geoapp.audit.actions import record
from geoapp.audit.codes import ACTIONS, KINDS, Action
from geoapp.audit.forms import NAMES, SubjectForm, read_filters
from geoapp.audit.log import (
    MOST_ROWS,
    Filters,
    Line,
    events_of_record,
    exports_around,
    read_events,
    read_state,
)
from geoapp.audit.verification import TROUBLES
from geoapp.audit.words import field_titles, register_title, registers
from geoapp.core.clock import now
from geoapp.core.db import table_of
from geoapp.core.errors import InvalidInput, NotFound
from geoapp.core.i18n import N_, translate
from geoapp.core.settings import get_settings
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.forms import Errors, errors_of, read_form
from geoapp.edge.pages import ViewAnswer, leave_for, reader_locale
from geoapp.people.models import Resident
from geoapp.people.name_tokens import has_number
from geoapp.protection.reveals import count_number_search
from grids_boundaries.access import Access, begin
from spatial_queries.exports.comma import defused

blueprint = Blueprint("audit", __name__)
HEAD = (
    N_("编号"), N_("时间"), N_("人员"), N_("角色"), N_("操作"), N_("登记册"), N_("记录"), N_("字段"), N_("条数"),
    N_("区划"), N_("理由"),
)  # fmt: skip


@blueprint.get("/audit")
@needs(Permission.AUDIT_READ)
def show_log() -> ViewAnswer:
    """Events, filters, and whether the chain is sealed, anchored and whole."""
    errors: Errors = []
    filters = Filters()
    try:
        filters = read_filters(request.args)
    except InvalidInput as error:
        errors = [(error.field or "", error.message(reader_locale()))]
    with reading() as connection:
        lines, after = ([], "") if errors else read_events(connection, current_access(), filters)
        record(connection, current_access(), Action.AUDIT_VIEW, register="audit", count=len(lines))
        state = {**read_state(connection), "late": reads.is_warning(connection), "since": reads.sealed_at(connection)}
    asked = {name: request.args.get(name, "") for name in NAMES}
    page = render_template(
        "audit/log.html", lines=[_shown(line) for line in lines], asked=asked, errors=errors, state=_state(state),
        actions=_options(ACTIONS), registers=registers(reader_locale()), query=_query(asked),
        next_url=f"/audit?{_query(asked | {'after': after})}" if after else None,
    )  # fmt: skip
    return (page, 400) if errors else page


@blueprint.get("/audit/export.csv")
@needs(Permission.AUDIT_READ)
def export_log() -> ViewAnswer:
    """The filtered events as a file, MOST_ROWS at most; the last line says when there are more."""
    filters = read_filters(request.args)
    with reading() as connection:
        lines, more = read_events(connection, current_access(), filters, MOST_ROWS)
        record(connection, current_access(), Action.EXPORT, register="audit", count=len(lines), facts={"format": "csv"})
    return _csv("audit.csv", HEAD, map(_cells, lines), bool(more))


@blueprint.route("/audit/subject", methods=["GET", "POST"])
@needs(Permission.AUDIT_SUBJECT)
def find_subject() -> ViewAnswer:
    """Who asks to know who looked at their record; their number is sent, not part of an address.

    Found or not, the search is counted and logged like every search for a number.
    """
    form, errors = read_form(SubjectForm) if request.method == "POST" else SubjectForm(), []
    if request.method == "POST":
        if form.validate():
            with reading() as connection:
                count_number_search(connection, current_access(), "residents")
            found = _resident(has_number(form.number.data))
            if found is not None:
                return leave_for(f"/audit/subject/{found[0]}")
            errors = [("number", translate(N_("您的管辖范围内没有登记此号码。"), reader_locale()))]
        else:
            errors = errors_of(form)
    page = render_template("audit/find_subject.html", errors=errors)
    return (page, 400) if errors else page


@blueprint.get("/audit/subject/<int:resident_id>")
@needs(Permission.AUDIT_SUBJECT)
def show_subject(resident_id: int) -> ViewAnswer:
    """Who looked at this resident's record."""
    with reading() as connection:
        lines, exports = _subject(connection, resident_id)
    return render_template(
        "audit/subject.html", resident_id=resident_id, lines=[_shown(one) for one in lines],
        exports=[_shown(one) for one in exports],
    )  # fmt: skip


@blueprint.get("/audit/subject/<int:resident_id>.csv")
@needs(Permission.AUDIT_SUBJECT)
def export_subject(resident_id: int) -> ViewAnswer:
    """The same as a file to hand over: role and department, not the names of staff."""
    with reading() as connection:
        lines, _ = _subject(connection, resident_id)
    head = (HEAD[1], HEAD[3], HEAD[4], HEAD[7], HEAD[10])
    rows = ([cells[1], cells[3], cells[4], cells[7], cells[10]] for cells in map(_cells, lines))
    return _csv(f"record-{resident_id}-views.csv", head, rows, False)


def _subject(connection: Connection, resident_id: int) -> tuple[list[Line], list[Line]]:
    """Events that name the resident, and files that may have held them. Raises NotFound."""
    found = _resident(table_of(Resident).c.id == resident_id)
    if found is None:
        raise NotFound()
    access, region_key = current_access(), found[1]
    lines = events_of_record(connection, access, "residents", resident_id)
    record(
        connection, access, Action.SUBJECT_REQUEST, register="residents", record_ids=[resident_id],
        count=len(lines), area_key=region_key,
    )  # fmt: skip
    return lines, exports_around(connection, access, region_key)


def _resident(condition: Any) -> tuple[int, int] | None:
    """Id and region of one resident in the auditor's area: nothing else of them is read here."""
    access = current_access()
    looking = Access(access.scope, frozenset({Permission.RESIDENT_READ}), access.user_id)
    resident = table_of(Resident)
    with begin(looking) as connection:
        mine = access.scope.clause(resident.c.region_key)
        query = select(resident.c.id, resident.c.region_key).where(condition, mine)
        row = connection.execute(query.limit(1)).one_or_none()
    return (row.id, row.region_key) if row else None


# -- parts ---------------------------------------------------------------------------------


def _say(msgid: str) -> str:
    return translate(msgid, reader_locale())


def _options(codes: dict[str, str]) -> list[tuple[str, str]]:
    return [(str(value), _say(word)) for value, word in codes.items()]


def _query(asked: dict[str, str]) -> str:
    return urlencode({name: value for name, value in asked.items() if value})


def _shown(line: Line) -> dict[str, Any]:
    locale = reader_locale()
    return {
        "number": line.number, "at": line.at, "actor": line.actor or _say(KINDS[line.kind]),
        "role": _say(line.role) if line.role else "", "action": _say(ACTIONS.get(line.action, line.action)),
        "register": register_title(line.register, locale), "name": line.register, "records": line.records,
        "fields": field_titles(line.register, line.fields, locale), "n": line.n,
        "area": f"{line.area:015d}" if line.area else "", "reason": line.reason or "",
        "facts": ", ".join(f"{name}={value}" for name, value in line.facts.items()),
    }  # fmt: skip


def _cells(line: Line) -> list[str]:
    one = _shown(line)
    return [
        str(one["number"] or ""), one["at"].isoformat(), one["actor"], one["role"], one["action"], one["register"],
        " ".join(map(str, one["records"])), " ".join(one["fields"]), str("" if one["n"] is None else one["n"]),
        one["area"], one["reason"],
    ]  # fmt: skip


def _state(state: dict[str, Any]) -> dict[str, Any]:
    check, head = state["check"], anchors.last(get_settings())
    trouble = _say(TROUBLES.get(check.trouble, "")) if check is not None and not check.good else ""
    return {**state, "anchor": head, "trouble": trouble, "now": now()}


def _csv(name: str, head: Iterable[str], rows: Iterable[list[str]], more: bool) -> Response:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([_say(word) for word in head])
    writer.writerows([defused(cell) for cell in row] for row in rows)
    if more:
        writer.writerow([_say(N_("还有更多事件，请缩小时间范围。"))])
    response = Response("\ufeff" + text.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response
