"""Pages of claiming: lists, claim one, several or all, assign, complete, compare, undo (A8.7 to A8.13)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, flash, request

from geoapp.accounts.permissions import Permission
from geoapp.changes.actions import Writing
from geoapp.changes.work import AlreadySent, write
from geoapp.core.errors import Conflict, InvalidInput, NotFound
from geoapp.core.i18n import N_, translate
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.forms import Errors, as_errors, errors_of, read_form
from geoapp.edge.pages import ViewAnswer, json_answer, leave_for, reader_locale, render, wants_json
from geoapp.houses.reads import read_grids
from geoapp.importing import claiming, codes, lists, reads
from geoapp.importing.checking import read_day, read_number
from geoapp.importing.forms import BackForm, ConfirmForm, RowsForm, complete_form
from geoapp.importing.reads import open_row
from geoapp.importing.taking_back import last_run, now_of, take_back
from geoapp.importing.targets import TARGETS
from geoapp.importing.templates import template_of
from geoapp.importing.views.asked import NAMES, asked, narrowing, readable_registers
from geoapp.importing.views.switch import only_while_on

blueprint = only_while_on(Blueprint("claiming", __name__))
Do = Callable[[Writing], tuple[str, str]]
PIECE = 25
"""Rows a script claims with one request: it can tell how far it is about every second."""


@blueprint.get("/imports/claims")
@needs(Permission.IMPORT_READ)
def show_claims() -> ViewAnswer:
    """One list of rows of one register."""
    which = request.args.get("list", "open")
    return claims_page(request.args.get("register") or first_register(which), which, [], request.args)


@blueprint.post("/imports/claims/claim")
@needs(Permission.IMPORT_CLAIM)
def claim_rows() -> ViewAnswer:
    """Claim the chosen rows, or all of a list; on to those that succeeded, or to those that failed.

    A script that claims a long list in pieces gets the figures of its piece as JSON.
    """
    form, told = read_form(RowsForm), dict[str, int]()
    register = form.register.data

    def do(work: Writing) -> tuple[str, str]:
        ids = _chosen(form, work)
        outcome = claiming.claim(work, ids)
        done = len(outcome.claimed) + len(outcome.along) + len(outcome.unchanged)
        told.update(done=done, failed=len(outcome.failed), last=max(ids, default=0), moment=now_of(work.connection))
        said = say(N_("认领成功 %(done)s 行，失败 %(failed)s 行。"), done=done, failed=len(outcome.failed))
        return address(register, "failed" if outcome.failed else "done"), said

    which = form.list.data if form.list.data in codes.LISTS else "open"
    answer = carry_out(form, do, lambda errors: claims_page(register, which, errors, request.form))
    return json_answer(told) if told and wants_json() else answer


@blueprint.post("/imports/claims/assign")
@needs(Permission.IMPORT_ASSIGN)
def assign_rows() -> ViewAnswer:
    """Propose the chosen rows to a grid."""
    form = read_form(RowsForm)
    register, which = form.register.data, form.list.data if form.list.data in codes.LISTS else "unplaced"

    def do(work: Writing) -> tuple[str, str]:
        if not form.grid.data.isdecimal() or len(form.grid.data) > 15:
            raise InvalidInput(N_("请选择网格。"), field="grid")
        count = claiming.assign(work, _chosen(form, work), int(form.grid.data))
        return address(register, which), say(N_("已指定 %(n)s 行。"), n=count)

    return carry_out(form, do, lambda errors: claims_page(register, which, errors, request.form))


@blueprint.post("/imports/claims/undo")
@needs(Permission.IMPORT_CLAIM)
def undo_rows() -> ViewAnswer:
    """Take back what the reader has just claimed."""
    form = read_form(BackForm)
    register = form.register.data

    def do(work: Writing) -> tuple[str, str]:
        done, kept = take_back(work, register, form.since.data or 0)
        said = say(N_("已撤销 %(n)s 行的认领。"), n=done)
        if kept:
            said += say(N_("%(n)s 行认领后已有改动，没有撤销。"), n=kept)
        rest = f"&since={form.since.data}" if done + kept >= claiming.MOST_AT_ONCE else ""
        return address(register, "open") + rest, said

    return carry_out(form, do, lambda errors: claims_page(register, "done", errors, {}))


@blueprint.route("/imports/rows/<int:row_id>/complete", methods=["GET", "POST"])
@needs(Permission.IMPORT_CLAIM)
def complete_row(row_id: int) -> ViewAnswer:
    """Complete or correct a row, then claim it (A8.12)."""
    with reading() as connection:
        row = lists.read_row(connection, current_access(), row_id)
    kind = complete_form(row.register)
    if request.method == "GET":
        return _complete_page(row_id, lists.typed_cells(row.register, open_row(row).cells), [])
    form = read_form(kind)
    sent = {name: str(form[name].data or "").strip() for name in form._fields if name not in ("version", "form_token")}

    def do(work: Writing) -> tuple[str, str]:
        point, cells = _point(sent), {k: v for k, v in sent.items() if k not in ("lon", "lat")}
        if cells.get("birth_date"):
            day = read_day(cells["birth_date"])
            if day is None:
                raise InvalidInput(N_("请填写日期（年-月-日）。"), field="birth_date")
            cells["birth_date"] = day.isoformat()
        claiming.complete(work, row_id, form.version.data or 0, lists.with_kept(row, cells), point)
        outcome = claiming.claim(work, [row_id])
        done = say(N_("已补充并认领。")) if outcome.claimed or outcome.unchanged else say(N_("已保存，但仍不能认领。"))
        return address(row.register, "failed" if outcome.failed else "done"), done

    return carry_out(form, do, lambda errors: _complete_page(row_id, sent, errors))


@blueprint.post("/imports/rows/<int:row_id>/undo")
@needs(Permission.IMPORT_CLAIM)
def undo_row(row_id: int) -> ViewAnswer:
    """Take a claim back."""
    form = read_form(ConfirmForm)
    with reading() as connection:
        register = lists.read_row(connection, current_access(), row_id).register

    def do(work: Writing) -> tuple[str, str]:
        claiming.undo(work, row_id)
        return address(register, "open"), say(N_("认领已撤销。"))

    return carry_out(form, do, lambda errors: claims_page(register, "done", errors, {}))


# -- parts ---------------------------------------------------------------------------------


def carry_out(form: Any, do: Do, again: Callable[[Errors], str]) -> ViewAnswer:
    """In one transaction, then on to a list; refusals come back with the page."""
    if not form.validate():
        return again(errors_of(form)), 400
    try:
        with write(current_access(), form.form_token.data or "") as work:
            url, said = do(work)
            work.url = url
    except AlreadySent as sent:
        return leave_for(sent.url or "/imports/claims")
    except (Conflict, InvalidInput) as error:
        return again(as_errors(error, form.data)), 409 if isinstance(error, Conflict) else 400
    if not wants_json():
        flash(said)
    return leave_for(url)


def _numbers() -> list[int]:
    return [int(one) for one in request.form.getlist("row") if one.isdecimal() and len(one) < 19]


def _chosen(form: RowsForm, work: Writing) -> list[int]:
    """The rows that were ticked, or the next of the whole list. Raises InvalidInput where nothing is chosen."""
    if form.whole.data:
        which, given = form.list.data or "open", {name: form[name].data or "" for name in NAMES}
        selection, most = asked(form.register.data, which, given), PIECE if wants_json() else claiming.MOST_AT_ONCE
        return lists.ids_of(work.connection, selection, most, form.after.data or 0)
    chosen = _numbers()
    if not chosen:
        raise InvalidInput(N_("请至少选择一行。"), field="row")
    return chosen


def address(register: str, which: str) -> str:
    """Where a list is."""
    return f"/imports/claims?register={register}&list={which}"


def say(msgid: str, **facts: object) -> str:
    """A sentence in the reader's language."""
    return translate(msgid, reader_locale(), **facts)


def _point(sent: dict[str, str]) -> tuple[float, float] | None:
    lon, lat = read_number(sent.get("lon", "") or "x"), read_number(sent.get("lat", "") or "x")
    return (lon, lat) if lon is not None and lat is not None else None


def first_register(which: str) -> str:
    """The register whose list has something in it, else the first."""
    with reading() as connection:
        counts = lists.count_rows(connection, current_access())
    names = readable_registers()
    return next((name for name in names if counts.get(name, {}).get(which)), names[0] if names else "residents")


def claims_page(register: str, which: str, errors: Errors, given: Mapping[str, str]) -> str:
    """A list with its tabs, what it is narrowed by, why claims failed, and what was just claimed."""
    access, locale = current_access(), reader_locale()
    if which not in codes.LISTS:
        raise NotFound()
    selection, page = asked(register, which, given), _whole(given.get("page", ""), 10_000)
    whole = asked(register, which, {**given, "failure": ""})
    may = {"claim": access.may(Permission.IMPORT_CLAIM) and access.may(TARGETS[register].permission)}
    may["assign"] = access.may(Permission.IMPORT_ASSIGN)
    with reading() as connection:
        rows = lists.read_rows(connection, selection, locale, page)
        total = lists.total_of(connection, selection)
        counts = lists.count_rows(connection, access)
        reasons = lists.reasons_of(connection, whole, locale) if which == "failed" else []
        grids = read_grids(connection, access, None) if may["assign"] else []
        run = last_run(connection, access, register, _whole(given.get("since", ""), 2**62)) if may["claim"] else None
        file_name = reads.name_of(connection, access, narrowing(given).get("batch", ""))
    mine = counts.get(register, {})
    tabs = [(name, translate(text, locale), mine.get(name, 0)) for name, text in codes.LISTS.items()]
    return render(
        "importing/claims.html", "list", rows=rows, total=total, page=page, pages=-(-total // lists.PAGE),
        register=register, which=which, registers=register_tabs(counts, which), lists=tabs, errors=errors, grids=grids,
        may=may, reasons=reasons, run=run, narrowed=narrowing(given), file_name=file_name,
    )  # fmt: skip


def register_tabs(counts: Mapping[str, Mapping[str, int]], which: str) -> list[tuple[str, str, int]]:
    """(name, title, rows on the list) of the registers the reader may open."""
    locale = reader_locale()
    return [
        (name, translate(template_of(name).title, locale), counts.get(name, {}).get(which, 0))
        for name in readable_registers()
    ]


def _whole(text: str, most: int) -> int:
    return min(int(text), most) if text.isascii() and text.isdecimal() and len(text) < 20 else 0


def _complete_page(row_id: int, values: dict[str, str], errors: Errors) -> str:
    access, locale = current_access(), reader_locale()
    with reading() as connection:
        row = lists.read_row(connection, access, row_id)
    access.require(TARGETS[row.register].permission)
    kind, template = complete_form(row.register), template_of(row.register)
    fields: list[dict[str, Any]] = [
        {"name": c.name, "title": translate(c.title, locale),
         "options": [(code, translate(word, locale)) for code, word in c.codes.items()]}
        for c in template.columns if c.name in kind()._fields and c.name != "crs"
    ]  # fmt: skip
    shown = lists.shown(row, access, locale)
    kept = lists.kept_cells(row.register, open_row(row).cells, access)
    said = N_("现为 %(value)s；不填则不变。")
    for one in fields:
        one["hint"] = translate(said, locale, value=kept[one["name"]]) if one["name"] in kept else ""
    if "lon" in kind()._fields:
        values = {"lon": row.lon or "", "lat": row.lat or ""} | values
    return render(
        "importing/complete.html", "detail", row=shown, register=row.register, fields=fields, values=values,
        errors=errors,
    )  # fmt: skip
