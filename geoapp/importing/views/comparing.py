"""Comparing by hand: a row beside what is alike, then fact by fact beside one record (A8.13; A18 (13))."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, request
from sqlalchemy import Row

from geoapp.accounts.permissions import Permission
from geoapp.changes.actions import LARGEST_ID, Writing
from geoapp.core.errors import Conflict, NotFound
from geoapp.core.i18n import N_, translate
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.forms import Errors, read_form
from geoapp.edge.noting import hits_seen
from geoapp.edge.pages import ViewAnswer, reader_locale, render
from geoapp.importing import claiming, codes, lists, merging
from geoapp.importing.alike import Beside
from geoapp.importing.facts import FACTS, POSITION, POSITION_TITLE, of_row
from geoapp.importing.forms import MergeForm, SameForm
from geoapp.importing.reads import open_row
from geoapp.importing.targets import TARGETS
from geoapp.importing.templates import template_of
from geoapp.importing.views.claiming import address, carry_out, say
from geoapp.importing.views.switch import only_while_on
from grids_boundaries.access import Access

WHO = {"residents": "id", "enrolments": "resident_id", "households": "head_id"}
"""Column of a record with the resident it names."""
blueprint = only_while_on(Blueprint("comparing", __name__))


@blueprint.get("/imports/rows/<int:row_id>/compare")
@needs(Permission.IMPORT_CLAIM)
def compare_row(row_id: int) -> ViewAnswer:
    """A row with the rows and records of its grid that are alike, and with the record in its way."""
    return _compare_page(row_id, [])


@blueprint.post("/imports/rows/<int:row_id>/same")
@needs(Permission.IMPORT_CLAIM)
def answer_same(row_id: int) -> ViewAnswer:
    """The chosen rows are the same, or none is: the row is claimed so; with a record on to its facts."""
    form = read_form(SameForm)

    def do(work: Writing) -> tuple[str, str]:
        row = lists.read_row(work.connection, current_access(), row_id)
        if row.version != form.version.data or row.state not in codes.OPEN:
            raise Conflict(N_("这一行已被他人处理，请刷新页面。"))
        others = [int(one) for one in request.form.getlist("row") if one.isdecimal() and len(one) < 19]
        if others and form.answer.data != "apart":
            merging.bring_together(work, row_id, others)
        if form.answer.data not in ("same", "apart"):
            return f"/imports/rows/{row_id}/merge?record={form.answer.data}", say(N_("请逐项选择。"))
        outcome = claiming.claim(work, [row_id], apart=True)
        done = len(outcome.claimed) + len(outcome.along) + len(outcome.unchanged)
        said = say(N_("认领成功 %(done)s 行，失败 %(failed)s 行。"), done=done, failed=len(outcome.failed))
        return address(row.register, "failed" if outcome.failed else "done"), said

    return carry_out(form, do, lambda errors: _compare_page(row_id, errors))


@blueprint.get("/imports/rows/<int:row_id>/merge")
@needs(Permission.IMPORT_CLAIM)
def choose_facts(row_id: int) -> ViewAnswer:
    """Fact by fact: what the row says, what the record says, which of them is right."""
    return _merge_page(row_id, request.args.get("record", ""), [])


@blueprint.post("/imports/rows/<int:row_id>/merge")
@needs(Permission.IMPORT_CLAIM)
def merge_row(row_id: int) -> ViewAnswer:
    """The row is that record, with the facts that were chosen."""
    form = read_form(MergeForm)

    def do(work: Writing) -> tuple[str, str]:
        register = lists.read_row(work.connection, current_access(), row_id).register
        work.access.require(TARGETS[register].permission)
        take = [name.removeprefix("row:") for name in request.form.getlist("take") if name.startswith("row:")]
        versions = (form.version.data or 0, form.record_version.data or 0)
        changed = merging.merge(work, row_id, versions, form.record.data or 0, take)
        return address(register, "done"), say(N_("已与在册记录合并认领，更正 %(n)s 项。"), n=len(changed))

    return carry_out(form, do, lambda errors: _merge_page(row_id, str(form.record.data or ""), errors))


# -- parts ---------------------------------------------------------------------------------


def _compare_page(row_id: int, errors: Errors) -> str:
    access, locale = current_access(), reader_locale()
    with reading() as connection:
        row = lists.read_row(connection, access, row_id)
        access.require(TARGETS[row.register].permission)
        if row.register not in FACTS:
            raise NotFound()
        work = Writing(connection, access)
        alike = Beside(work).alike(row, open_row(row).cells)
        ids = list(dict.fromkeys([*([row.holder_id] if row.holder_id else []), *alike.records]))
        records = [one for one in (_found(work, row.register, record_id) for record_id in ids) if one is not None]
        stored = [FACTS[row.register].stored(connection, record) for record in records]
        _note(work, row, records)
        lines = [lists.read_row(connection, access, one.id) for one in alike.rows]
    cells = [of_row(one, open_row(one).cells) for one in (row, *lines)]
    beside = [{"id": one.id, "file": one.file_name, "row_no": one.row_no} for one in lines]
    return render(
        "importing/compare.html", "detail", row=lists.shown(row, access, locale), register=row.register, alike=beside,
        records=[record.id for record in records], table=_table(row.register, [*cells, *stored], access), errors=errors,
    )  # fmt: skip


def _merge_page(row_id: int, record_id: str, errors: Errors) -> str:
    access, locale = current_access(), reader_locale()
    with reading() as connection:
        row = lists.read_row(connection, access, row_id)
        access.require(TARGETS[row.register].permission)
        wanted = int(record_id) if record_id.isdecimal() and len(record_id) < 19 else row.holder_id or 0
        work = Writing(connection, access)
        record = _found(work, row.register, wanted)
        if record is None or row.register not in FACTS:
            raise NotFound()
        stored = FACTS[row.register].stored(connection, record)
        _note(work, row, [record])
    facts = merging.compared(row, record, stored)
    mine = _words(row.register, {one.name: one.mine for one in facts}, access)
    theirs = _words(row.register, stored, access)
    lines = [
        {"name": one.name, "title": _title(row.register, one.name), "mine": mine.get(one.name, ""),
         "stored": theirs.get(one.name, ""), "same": one.same, "empty": not one.stored,
         "fixed": one.name in FACTS[row.register].fixed}
        for one in facts if one.mine or one.stored
    ]  # fmt: skip
    return render(
        "importing/merge.html", "detail", row=lists.shown(row, access, locale), register=row.register, lines=lines,
        record_id=record.id, record_version=record.version, errors=errors,
    )  # fmt: skip


def _found(work: Writing, register: str, record_id: int) -> Row | None:
    """The record, where it is the reader's."""
    if not 0 < record_id <= LARGEST_ID:
        return None
    try:
        return work.find(TARGETS[register].table, record_id)
    except NotFound:
        return None


def _note(work: Writing, row: Row, records: Sequence[Row]) -> None:
    """Whom the page names beside the row is written down."""
    column = WHO.get(row.register)
    ids = [getattr(record, column) for record in records] if column else []
    if known := [one for one in ids if one is not None]:
        hits_seen(work.connection, known, row.region_key)


def _table(register: str, columns: list[dict[str, str]], access: Access) -> list[tuple[str, list[str]]]:
    """(title, text of each column) for each fact that any of them has."""
    names = dict.fromkeys(name for column in columns for name, text in column.items() if text)
    order = [POSITION, *(c.name for c in template_of(register).columns)]
    words = [_words(register, column, access) for column in columns]
    known = [name for name in names if name in order and name not in ("lon", "lat", "crs")]
    return [(_title(register, n), [one.get(n, "") for one in words]) for n in sorted(known, key=order.index)]


def _words(register: str, texts: Mapping[str, str], access: Access) -> dict[str, str]:
    """Texts as this reader may see them: codes as words, numbers masked, a child as a child."""
    locale = reader_locale()
    seen = dict(lists.shown_cells(register, {name: text for name, text in texts.items() if text}, access))
    if seen.get("birth_date"):
        seen["birth_date"] = f"{seen['birth_date'][:4]}-**-**"  # a day of birth is shown nowhere in full (D3.2)
    codes_of = {column.name: column.codes for column in template_of(register).columns}
    return {name: translate(codes_of.get(name, {}).get(text, text), locale) for name, text in seen.items()}


def _title(register: str, name: str) -> str:
    title = POSITION_TITLE if name == POSITION else template_of(register).column(name).title
    return translate(title, reader_locale())
