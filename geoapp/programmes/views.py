"""Pages of programmes: enrol, one enrolment, cases of closed programmes, who left (A4, A5, D3.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, request
from sqlalchemy import Connection, Row, select

from geoapp.accounts.limits import PEOPLE_READS, limited, take
from geoapp.accounts.permissions import Permission
from geoapp.changes.actions import StaleForm, Writing, own_rows
from geoapp.changes.reads import read_changes
from geoapp.core.clock import today
from geoapp.core.errors import NotFound
from geoapp.core.i18n import N_, translate
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.forms import Errors, RecordForm, read_form, shown_values
from geoapp.edge.noting import hits_seen, person_seen, record_seen
from geoapp.edge.pages import ViewAnswer, reader_locale, render
from geoapp.edge.records import version_of
from geoapp.edge.trail import region_trail
from geoapp.edge.why import why_seen
from geoapp.edge.writing import Address, carry_out
from geoapp.houses import reads as houses
from geoapp.houses.details import words
from geoapp.people.gone import find_person
from geoapp.programmes import actions, forms, modes, reads, rules
from geoapp.programmes.codes import ENROL_REASONS, FAMILIES, RELEASE_REASONS
from geoapp.programmes.declared import PROGRAMMES, Fact, Programme

blueprint = Blueprint("programmes", __name__)
STATES = {"active": N_("进行中"), "over": N_("已到期，待处理"), "released": N_("已取消关注")}
OLDER = (30, 90, 180, 365)
"""Days without an update that the list of cases can be narrowed to (A2.8)."""
Said = Callable[[Writing], tuple[Row, str]]


def enrolment_detail(connection: Connection, enrolment_id: int) -> tuple[str, dict[str, Any]]:
    """(template, context) of one enrolment, open or closed. Raises NotFound."""
    access, locale = current_access(), reader_locale()
    row = reads.find_enrolment(connection, access, enrolment_id)
    programme, person = PROGRAMMES[row.programme], _person(connection, row)
    take(PEOPLE_READS, access.user_id)
    _seen(connection, row)
    line, facts = reads.line_of(dict(row._mapping)), reads.facts_in(row)
    register = actions.REGISTERS[row.closed]
    changes = read_changes(connection, access, locale, (register, [row.id]))
    return "programmes/enrolment.html", {
        "detail": _head(connection, row, person), "line": line, "person": person, "programme": programme,
        "family": FAMILIES[programme.family], "facts": _told(programme, facts),
        "resident_url": f"/registers/residents/{row.resident_id}" if row.resident_id else None,
        "can": _can(connection, row, programme), "changes": changes, "last": changes[0] if changes else None,
        "why": why_seen(connection, access, row.region_key), "token": forms.PressForm().form_token.data,
    }  # fmt: skip


DETAILS = {"enrolments": enrolment_detail}
"""Register to the function that reads one record: (connection, id) -> (template, context)."""


@blueprint.get("/cases/<int:enrolment_id>")
@needs(Permission.RESIDENT_NAME)
def show_case(enrolment_id: int) -> ViewAnswer:
    """One enrolment of a closed programme, for who it was opened to."""
    with reading() as connection:
        template, facts = enrolment_detail(connection, enrolment_id)
    return render(template, "detail", register=None, **facts)


@blueprint.get("/cases")
@needs(Permission.RESIDENT_NAME)
@limited(PEOPLE_READS)
def show_cases() -> ViewAnswer:
    """The cases of the programmes opened to the reader, in their areas there; nothing for everybody else."""
    access, chosen = current_access(), request.args.get("programme", "")
    state = request.args.get("state", "active")
    older = request.args.get("older", 0, type=int)
    if state not in STATES or older not in (0, *OLDER):
        raise NotFound()
    with reading() as connection:
        mine = {code: one for code, one in reads.opened(connection, access).items() if one.closed}
        if not access.programmes:
            raise NotFound()
        rows, totals = reads.read_cases(connection, access, chosen, state, older)
        hits_seen(connection, [row["resident_id"] for row in rows if row["resident_id"] is not None])
    lines = [(reads.line_of(dict(row)), _name_of(dict(row)), row["region_key"]) for row in rows]
    return render(
        "programmes/cases.html", "list", lines=lines, totals=totals, total=sum(totals.values()),
        programmes=[(code, _say(one.title)) for code, one in mine.items()], chosen=chosen, state=state, older=older,
        states=[(key, _say(label)) for key, label in STATES.items()], days=OLDER, most=reads.MOST_SHOWN,
    )  # fmt: skip


@blueprint.get("/enrolments/released")
@needs(Permission.ENROLMENT_READ)
@limited(PEOPLE_READS)
def show_released() -> ViewAnswer:
    """Who left an open programme in the reader's area, to look up and to bring back."""
    with reading() as connection:
        rows = reads.read_released(connection, current_access(), request.args.get("programme", ""))
        hits_seen(connection, [row["resident_id"] for row in rows if row["resident_id"] is not None])
    lines = [(reads.line_of(dict(row)), _name_of(dict(row))) for row in rows]
    return render("programmes/released.html", "list", register=words("enrolments"), lines=lines, most=reads.MOST_SHOWN)


@blueprint.route("/residents/<int:resident_id>/enrol", methods=["GET", "POST"])
@needs(Permission.ENROLMENT_WRITE)
def enrol(resident_id: int) -> ViewAnswer:
    """A resident joins a programme: first which one, then its questions (A4.0)."""
    code = request.form.get("programme") or request.args.get("programme", "")
    if code not in PROGRAMMES:
        return _choose(resident_id)
    kind = forms.form_for(code)
    form = read_form(kind) if request.method == "POST" else kind(data={"programme": code, "begins": today()})

    def do(work: Writing) -> tuple[Address, str]:
        found = actions.enrol(work, resident_id, code, form.begins.data, form.given())
        return _address(PROGRAMMES[code].closed, found), _say(N_("已登记；10 分钟内可以撤销。"))

    def again(errors: Errors, _error: Exception | None) -> str:
        with reading() as connection:
            access = current_access()
            row = find_person(connection, access, resident_id)
            if code not in reads.opened(connection, access):
                raise NotFound()
            person_seen(connection, resident_id, row["region_key"])
            head = houses.read_head(connection, access, "residents", row, reader_locale())
        url = f"/residents/{resident_id}/enrol"
        step = head | {"step": _say(N_("登记服务"))}
        return _form_page("programmes/questions.html", step, PROGRAMMES[code], form, errors, url)

    return again([], None) if request.method == "GET" else carry_out(form, do, again)


@blueprint.route("/enrolments/new", methods=["GET", "POST"])
@needs(Permission.ENROLMENT_WRITE)
def enrol_by_number() -> ViewAnswer:
    """Somebody joins a programme by name and number, as the association mode has it (A2.6)."""
    code, access = request.form.get("programme") or request.args.get("programme", ""), current_access()
    with reading() as connection:
        mine, grids = reads.opened(connection, access), houses.read_grids(connection, access)
    if not mine or not grids:
        raise NotFound()
    if code not in mine:
        choices = [(one.code, _say(one.title), _say(one.purpose)) for one in mine.values()]
        return render("programmes/choose_new.html", "detail", choices=choices)
    kind = forms.by_number_for(code)
    form = read_form(kind) if request.method == "POST" else kind(data={"programme": code, "begins": today()})

    def do(work: Writing) -> tuple[Address, str]:
        wish = modes.Wish(int(form.region.data), code, form.told(), form.begins.data, form.given())
        return _address(mine[code].closed, modes.enrol_by_number(work, wish)), _say(N_("已登记；10 分钟内可以撤销。"))

    def again(errors: Errors, _error: Exception | None) -> str:
        return _form_page("programmes/new.html", {"grids": grids}, mine[code], form, errors, "/enrolments/new")

    return again([], None) if request.method == "GET" else carry_out(form, do, again)


@blueprint.route("/enrolments/<int:enrolment_id>/edit", methods=["GET", "POST"])
@needs(Permission.ENROLMENT_WRITE)
def edit(enrolment_id: int) -> ViewAnswer:
    """Correct what was filled in; the end follows."""
    with reading() as connection:
        row = reads.find_enrolment(connection, current_access(), enrolment_id)
        facts = reads.facts_in(row)
        _seen(connection, row)
        head = _head(connection, row, _person(connection, row))
    programme = PROGRAMMES[row.programme]
    kind = forms.form_for(programme.code)
    stored = {"programme": programme.code, "begins": row.begins, "version": row.version, **facts}
    form = read_form(kind) if request.method == "POST" else kind(data=stored)

    def do(work: Writing) -> tuple[Address, str]:
        changed = actions.correct(work, enrolment_id, version_of(form), form.begins.data, form.given())
        said = N_("更正已保存。") if changed else N_("没有改动，已记为核实。")
        return _address(row.closed, enrolment_id), _say(said)

    def again(errors: Errors, error: Exception | None) -> str:
        fresh = {"version": row.version} if isinstance(error, StaleForm) else {}
        url = f"/enrolments/{enrolment_id}/edit"
        step = head | {"step": _say(N_("更正"))}
        return _form_page("programmes/questions.html", step, programme, form, errors, url, fresh, facts)

    return again([], None) if request.method == "GET" else carry_out(form, do, again)


@blueprint.route("/enrolments/<int:enrolment_id>/release", methods=["GET", "POST"])
@needs(Permission.ENROLMENT_WRITE)
def release(enrolment_id: int) -> ViewAnswer:
    """取消关注 with reason and day (A4.0)."""
    form = _form(forms.LeaveForm)

    def do(work: Writing) -> str:
        actions.release(work, enrolment_id, version_of(form), form.reason.data, form.day.data)
        return N_("已取消关注；10 分钟内可以撤销。")

    return _step(enrolment_id, form, do, ("release", N_("取消关注"), RELEASE_REASONS))


@blueprint.route("/enrolments/<int:enrolment_id>/again", methods=["GET", "POST"])
@needs(Permission.ENROLMENT_WRITE)
def enrol_again(enrolment_id: int) -> ViewAnswer:
    """重新关注 with reason and day (A4.0), and what is asked anew (A4.5, A5.8)."""
    with reading() as connection:
        code = reads.find_enrolment(connection, current_access(), enrolment_id).programme
    form, asked = _form(forms.return_form_for(code)), rules.asked_again(PROGRAMMES[code])

    def do(work: Writing) -> str:
        given = {one.name: str(form[one.name].data or "") for one in asked}
        actions.enrol_again(work, enrolment_id, version_of(form), form.reason.data, form.day.data, given)
        return N_("已重新关注；10 分钟内可以撤销。")

    return _step(enrolment_id, form, do, ("again", N_("重新关注"), ENROL_REASONS), asked)


@blueprint.post("/enrolments/<int:enrolment_id>/renew")
@needs(Permission.ENROLMENT_WRITE)
def renew(enrolment_id: int) -> ViewAnswer:
    """Looked at again: another term."""
    return _press(enrolment_id, actions.renew, N_("已复核，期限从今天起重新计算。"))


@blueprint.post("/enrolments/<int:enrolment_id>/undo")
@needs(Permission.ENROLMENT_WRITE)
def undo(enrolment_id: int) -> ViewAnswer:
    """Take the last step back."""
    return _press(enrolment_id, actions.undo_step, N_("已撤销上一次操作。"))


@blueprint.post("/enrolments/<int:enrolment_id>/transfer")
@needs(Permission.ENROLMENT_WRITE)
def transfer(enrolment_id: int) -> ViewAnswer:
    """From community correction to resettlement, in one click (A4.2)."""
    return _press(enrolment_id, actions.transfer, N_("已转入下一个项目；10 分钟内可以撤销。"))


# -- parts ---------------------------------------------------------------------------------


def _say(msgid: str, **facts: object) -> str:
    return translate(msgid, reader_locale(), **facts)


def _options(codes: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(value, _say(label)) for value, label in codes.items()]


def _address(closed: bool, enrolment_id: int) -> Address:
    return ("/cases" if closed else "enrolments"), enrolment_id


def _form(kind: type[Any]) -> Any:
    return read_form(kind) if request.method == "POST" else kind(data={"day": today()})


def _person(connection: Connection, row: Row) -> str:
    """The name as this reader sees it; of who is on no register what the enrolment tells."""
    if row.resident_id is None:
        return str(reads.facts_in(row).get("person", {}).get("name", "") or row.name or "")
    access = current_access()
    columns = (reads.resident.c.id, reads.resident.c.name, reads.resident.c.name_enc)
    query = select(*columns).where(*own_rows(access, reads.resident), reads.resident.c.id == row.resident_id)
    found = connection.execute(query).mappings().one_or_none()
    return houses.shown(access, "residents", "name", found, reader_locale()) if found else f"#{row.resident_id}"


def _seen(connection: Connection, row: Row) -> None:
    """Whose enrolment a page names is an event, also where it is on no register."""
    if row.resident_id is not None:
        person_seen(connection, row.resident_id, row.region_key)
    else:
        record_seen(connection, actions.REGISTERS[row.closed], row.id, {})


def _name_of(row: Mapping[str, Any]) -> str:
    return str(row["resident_name"] or row["name"] or f"#{row['id']}")


def _head(connection: Connection, row: Row, person: str) -> dict[str, Any]:
    programme = PROGRAMMES[row.programme]
    return {
        "register": "enrolments", "id": row.id, "url": reads.url_of(dict(row._mapping)), "label": person,
        "kind": _say(programme.title), "lon": None, "lat": None, "placed": None,
        "regions": region_trail(connection, current_access(), row.region_key), "region_key": row.region_key,
        "origin": row.origin, "source": row.source, "updated_at": row.updated_at, "version": row.version,
    }  # fmt: skip


def _can(connection: Connection, row: Row, programme: Programme) -> dict[str, bool]:
    access, gone = current_access(), row.released_at is not None
    write = access.may(Permission.ENROLMENT_WRITE)
    target = programme.transfers_to
    follows = target is not None and row.release_reason != "transferred" and target in reads.opened(connection, access)
    return {
        "write": write, "undo": write and reads.may_take_back(row), "transfer": write and follows,
        "renew": write and not gone and programme.term.review,
    }  # fmt: skip


def _told(programme: Programme, facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(title, text) of what was filled in."""
    return [
        (_say(one.title), _say((one.codes or {}).get(facts[one.name], facts[one.name])))
        for one in programme.facts if facts.get(one.name)
    ]  # fmt: skip


def _choose(resident_id: int) -> str:
    access = current_access()
    with reading() as connection:
        row = find_person(connection, access, resident_id)
        person_seen(connection, resident_id, row["region_key"])
        head = houses.read_head(connection, access, "residents", row, reader_locale())
        free = reads.free_for(connection, access, dict(row))
    choices = [(one.code, _say(one.title), _say(one.purpose)) for one in free]
    return render("programmes/choose.html", "detail", detail=head, choices=choices)


def _form_page(
    template: str, head: Mapping[str, Any], programme: Programme, form: forms.ChosenForm, errors: Errors, url: str,
    fresh: Mapping[str, Any] | None = None, stored: Mapping[str, Any] | None = None,
) -> str:  # fmt: skip
    figures = actions.figures()

    def choices(one: Fact) -> list[tuple[str, str]]:
        known, kept = one.codes or {}, str((stored or {}).get(one.name, ""))
        return _options({**rules.offered(one, figures), **({kept: known[kept]} if kept in known else {})})

    facts = [{"name": f.name, "title": _say(f.title), "kind": f.kind, "required": f.required, "options": choices(f)}
             for f in programme.facts]  # fmt: skip
    return render(
        template, "detail", detail=head, programme=programme, values=shown_values(form) | dict(fresh or {}),
        errors=errors, facts=facts, url=url,
    )  # fmt: skip


def _step(
    enrolment_id: int, form: RecordForm, do: Callable[[Writing], str], step: tuple[str, str, Mapping[str, str]],
    asked: Sequence[Fact] = (),
) -> ViewAnswer:  # fmt: skip
    path, title, reasons = step
    with reading() as connection:
        row = reads.find_enrolment(connection, current_access(), enrolment_id)
        _seen(connection, row)
        head = _head(connection, row, _person(connection, row))

    def carry(work: Writing) -> tuple[Address, str]:
        return _address(row.closed, enrolment_id), _say(do(work))

    def again(errors: Errors, error: Exception | None) -> str:
        values = shown_values(form)
        if request.method == "GET" or isinstance(error, StaleForm):
            values["version"] = row.version
        return render(
            "programmes/step.html", "detail", detail=head, values=values, errors=errors, title=_say(title),
            url=f"/enrolments/{enrolment_id}/{path}", reasons=_options(reasons),
            asked=[(one.name, _say(one.title), _options(rules.offered(one, actions.figures()))) for one in asked],
        )  # fmt: skip

    return again([], None) if request.method == "GET" else carry_out(form, carry, again)


def _press(enrolment_id: int, act: Callable[[Writing, int, int], int | None], said: str) -> ViewAnswer:
    """A button: done, or the page that says why not."""
    form = read_form(forms.PressForm)
    with reading() as connection:
        row = reads.find_enrolment(connection, current_access(), enrolment_id)
        _seen(connection, row)
        head = _head(connection, row, _person(connection, row))

    def do(work: Writing) -> tuple[Address, str]:
        found = act(work, enrolment_id, version_of(form)) or enrolment_id
        if act is actions.undo_step and row.previous and row.previous["step"] == "new" and row.resident_id:
            return ("residents", row.resident_id), _say(said)
        return _address(row.closed, found), _say(said)

    def again(errors: Errors, _error: Exception | None) -> str:
        return render("layouts/refused.html", "detail", detail=head, errors=errors)

    return carry_out(form, do, again)
