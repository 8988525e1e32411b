"""Pages of claiming: lists, claim one, several or all, assign, complete, compare, undo (A8.7 to A8.13)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, request

from geoapp.accounts.permissions import Permission
from geoapp.changes.actions import Writing
from geoapp.changes.work import AlreadySent, write
from geoapp.core.errors import Conflict, InvalidInput, NotFound
from geoapp.core.i18n import N_, translate
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.forms import Errors, as_errors, errors_of, read_form
from geoapp.edge.pages import ViewAnswer, leave_for, reader_locale, render
from geoapp.houses.reads import read_grids
from geoapp.importing import claiming, codes, lists
from geoapp.importing.checking import read_day, read_number
from geoapp.importing.forms import ConfirmForm, RowsForm, complete_form
from geoapp.importing.reads import open_row
from geoapp.importing.targets import TARGETS
from geoapp.importing.templates import REGISTERS, template_of
from geoapp.importing.views.switch import only_while_on

blueprint = only_while_on(Blueprint("claiming", __name__))
Do = Callable[[Writing], tuple[str, str]]


@blueprint.get("/imports/claims")
@needs(Permission.IMPORT_READ)
def show_claims() -> ViewAnswer:
    """One list of rows of one register."""
    return _list(request.args.get("register", "residents"), request.args.get("list", "open"), [])


@blueprint.post("/imports/claims/claim")
@needs(Permission.IMPORT_CLAIM)
def claim_rows() -> ViewAnswer:
    """Claim the chosen rows, or all that wait; on to those that succeeded, or to those that failed."""
    form = read_form(RowsForm)
    register = form.register.data

    def do(work: Writing) -> tuple[str, str]:
        ids = _chosen(form, work, register)
        outcome = claiming.claim(work, ids)
        done = len(outcome.claimed) + len(outcome.along) + len(outcome.unchanged)
        said = say(N_("认领成功 %(done)s 行，失败 %(failed)s 行。"), done=done, failed=len(outcome.failed))
        return address(register, "failed" if outcome.failed else "done"), said

    return carry_out(form, do, lambda errors: _list(register, "open", errors))


@blueprint.post("/imports/claims/assign")
@needs(Permission.IMPORT_ASSIGN)
def assign_rows() -> ViewAnswer:
    """Propose the chosen rows to a grid."""
    form = read_form(RowsForm)
    register = form.register.data

    def do(work: Writing) -> tuple[str, str]:
        if not form.grid.data.isdecimal() or len(form.grid.data) > 15:
            raise InvalidInput(N_("请选择网格。"), field="grid")
        count = claiming.assign(work, _numbers(), int(form.grid.data))
        return address(register, "unplaced"), say(N_("已指定 %(n)s 行。"), n=count)

    return carry_out(form, do, lambda errors: _list(register, "unplaced", errors))


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

    return carry_out(form, do, lambda errors: _list(register, "done", errors))


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
    flash(said)
    return leave_for(url)


def _numbers() -> list[int]:
    return [int(one) for one in request.form.getlist("row") if one.isdecimal() and len(one) < 19]


def _chosen(form: RowsForm, work: Writing, register: str) -> list[int]:
    """Raises InvalidInput where nothing is chosen."""
    if form.whole.data:
        return lists.open_ids(work.connection, work.access, register, claiming.MOST_AT_ONCE)
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


def _list(register: str, which: str, errors: Errors) -> str:
    access, locale = current_access(), reader_locale()
    if register not in REGISTERS or which not in codes.LISTS or not access.may(f"register:{register}:read"):
        raise NotFound()
    with reading() as connection:
        rows = lists.read_rows(connection, access, register, which, locale)
        counts = lists.count_rows(connection, access, register)
        grids = read_grids(connection, access, None) if access.may(Permission.IMPORT_ASSIGN) else []
    registers = [
        (name, translate(template_of(name).title, locale)) for name in REGISTERS if access.may(f"register:{name}:read")
    ]
    titles = [(name, translate(text, locale), counts[name]) for name, text in codes.LISTS.items()]
    may = {"claim": access.may(Permission.IMPORT_CLAIM) and access.may(TARGETS[register].permission)}
    may["assign"] = access.may(Permission.IMPORT_ASSIGN)
    return render(
        "importing/claims.html", "list", rows=rows, register=register, which=which, registers=registers, lists=titles,
        errors=errors, grids=grids, may=may, most=claiming.MOST_AT_ONCE,
    )  # fmt: skip


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
