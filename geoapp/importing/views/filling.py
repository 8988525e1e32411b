"""Pages of the first fill of a city: file, dry run, report, writing (A8; D3.2, D3.4)."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from flask import Blueprint, Response
from sqlalchemy import Connection, Row

from geoapp.accounts.limits import EXPORTS, limited
from geoapp.accounts.permissions import Permission
from geoapp.core.errors import Conflict, InvalidInput, NotFound
from geoapp.core.i18n import N_, translate
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.acting import act
from geoapp.edge.forms import Errors, as_errors, errors_of, read_form, shown_values
from geoapp.edge.pages import ViewAnswer, reader_locale, render
from geoapp.exporting.actions import Taken, may_go_alone, note_export
from geoapp.importing import asking, codes, fill_report, first_fill
from geoapp.importing.fill_reasons import write_reasons
from geoapp.importing.fill_shown import shown_area, shown_fill, shown_line
from geoapp.importing.forms import ConfirmForm, FillForm, SystemForm, WriteForm
from geoapp.importing.positions import NO_SYSTEM
from geoapp.importing.reads import Opened
from geoapp.importing.refused import write_refused
from geoapp.importing.templates import all_templates, template_of
from geoapp.importing.views.sending import sent_file
from geoapp.importing.views.switch import only_while_on
from geoapp.importing.workbooks import MIMETYPE, template_file
from grids_boundaries.access import Access
from grids_boundaries.keys import from_key

blueprint = only_while_on(Blueprint("import_filling", __name__))


@blueprint.get("/fills")
@needs(Permission.IMPORT_FILL)
def show_fills() -> ViewAnswer:
    """First fills of the area, a form to begin one, templates."""
    return _list([], FillForm())


@blueprint.get("/fills/templates/<name>.xlsx")
@needs(Permission.IMPORT_FILL)
def show_template(name: str) -> Response:
    """The empty spreadsheet of a register."""
    template = template_of(name)
    return _file(template_file(template), f"{name}-{template.version}.xlsx")


@blueprint.post("/fills/new")
@needs(Permission.IMPORT_FILL)
def begin_fill() -> ViewAnswer:
    """Take a file; it is read and tried out beside the requests."""
    form = read_form(FillForm)
    if not form.validate():
        return _list(errors_of(form), form), 400
    try:
        area = from_key(int(form.area.data)) if form.area.data.isdecimal() else None
        if area is None or not current_access().scope.covers(area):
            raise InvalidInput(N_("请选择您辖区内的区划。"), field="area")
        sent = sent_file(form)
    except InvalidInput as error:
        return _list(as_errors(error, ("area", "file")), form), 400

    def do(connection: Connection) -> tuple[str, str]:
        batch_id = first_fill.start(connection, current_access(), form.register.data, area, sent)
        return f"/fills/{batch_id}", translate(N_("文件已收到，读取后自动试运行。"), reader_locale())

    return act(form, do, lambda errors: _list(errors, form))


@blueprint.get("/fills/<int:batch_id>")
@needs(Permission.IMPORT_FILL)
def show_fill(batch_id: int) -> ViewAnswer:
    """Where a first fill stands, and what its dry run or its writing has said."""
    return _page(batch_id, [])


@blueprint.post("/fills/<int:batch_id>/system")
@needs(Permission.IMPORT_FILL)
def choose_system(batch_id: int) -> ViewAnswer:
    """In which system of coordinates positions are that name none (D4.2)."""
    form = read_form(SystemForm)

    def do(connection: Connection) -> tuple[str, str]:
        fill = first_fill.read_fill(connection, current_access(), batch_id)
        if form.system.data not in {NO_SYSTEM, *(one.system for one in _choices(connection, fill))}:
            raise InvalidInput(N_("请选择一个坐标系。"), field="system")
        first_fill.choose_system(connection, current_access(), batch_id, form.system.data)
        return f"/fills/{batch_id}", translate(N_("已选择坐标系，正在继续读取。"), reader_locale())

    return act(form, do, lambda errors: _page(batch_id, errors))


@blueprint.post("/fills/<int:batch_id>/write")
@needs(Permission.IMPORT_FILL)
def write_fill(batch_id: int) -> ViewAnswer:
    """Write what the dry run of this file has said, or go on where the writing was stopped."""
    form = read_form(WriteForm)

    def do(connection: Connection) -> tuple[str, str]:
        first_fill.write(connection, current_access(), batch_id, form.sha256.data)
        return f"/fills/{batch_id}", translate(N_("正在写入。"), reader_locale())

    return act(form, do, lambda errors: _page(batch_id, errors))


@blueprint.post("/fills/<int:batch_id>/stop")
@needs(Permission.IMPORT_FILL)
def stop_fill(batch_id: int) -> ViewAnswer:
    """Give up before the writing, or stop it behind the piece it is at."""

    def do(connection: Connection) -> tuple[str, str]:
        first_fill.stop(connection, current_access(), batch_id)
        return f"/fills/{batch_id}", translate(N_("正在停止。"), reader_locale())

    return act(read_form(ConfirmForm), do, lambda errors: _page(batch_id, errors))


@blueprint.get("/fills/<int:batch_id>/reasons.xlsx")
@needs(Permission.IMPORT_FILL)
def show_reasons(batch_id: int) -> Response:
    """Numbers of the rows that were not taken with their reasons, and nothing of what stands in them."""
    with reading() as connection, tempfile.TemporaryDirectory(prefix="geoapp-fill-") as folder:
        fill, path = first_fill.read_fill(connection, current_access(), batch_id), Path(folder) / "reasons.xlsx"
        first_fill.open_to(connection, batch_id)
        write_reasons(path, template_of(fill.register), _refused(connection, fill, bare=True), reader_locale())
        content = path.read_bytes()
    return _file(content, f"reasons-{batch_id}.xlsx")


@blueprint.get("/fills/<int:batch_id>/refused.xlsx")
@needs(Permission.EXPORT_CREATE)
@limited(EXPORTS)
def show_refused(batch_id: int) -> Response:
    """The same rows with all that stands in them, unsealed for who may take such records out; written down."""
    access = current_access()
    with reading() as connection, tempfile.TemporaryDirectory(prefix="geoapp-fill-") as folder:
        fill, path = first_fill.read_fill(connection, access, batch_id), Path(folder) / "refused.xlsx"
        if not _may_take_out(access, fill.register):
            raise NotFound()
        people = fill.bad + sum((fill.fill_report or fill.fill_dry or {}).get("failed", {}).values())
        people = people if fill.register in codes.PEOPLE else 0
        if not may_go_alone(connection, access, people):
            raise Conflict(N_("人数超过可以单独导出的上限。请下载原因，在原文件中改正。"))
        first_fill.open_to(connection, batch_id)
        template = template_of(fill.register)
        count = write_refused(path, template, _refused(connection, fill, bare=False), reader_locale())
        columns, content = tuple(column.name for column in template.columns), path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        taken = Taken(fill.register, "xlsx", columns, count, count if people else 0, digest, fill.region_key)
        note_export(connection, access, taken)
    return _file(content, f"refused-{batch_id}.xlsx")


# -- parts ---------------------------------------------------------------------------------


def _may_take_out(access: Access, register: str) -> bool:
    """Whether rows of this register may leave with this reader; those of people only with who reads names (D3.4)."""
    if not access.may(Permission.EXPORT_CREATE) or not access.may(f"register:{register}:read"):
        return False
    return register not in codes.PEOPLE or access.may(Permission.RESIDENT_NAME)


def _refused(connection: Connection, fill: Row, *, bare: bool) -> Iterator[Opened]:
    rows = fill_report.row_table.c
    mine = (current_access().scope.clause(rows.region_key), rows.batch_id == fill.id)
    dry = {} if fill.fill_report else dict((fill.fill_dry or {}).get("rows", ()))
    return fill_report.refused_rows(connection, *mine, dry=dry, bare=bare)


def _choices(connection: Connection, fill: Row) -> list[asking.Choice]:
    """Systems the positions can be in, with how many rows fit; no row is shown."""
    if first_fill.phase_of(fill) != "asking":
        raise NotFound()
    return asking.choices_of(connection, current_access(), fill, reader_locale())


def _file(content: bytes, name: str) -> Response:
    response = Response(content, mimetype=MIMETYPE)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    response.headers["Cache-Control"] = "no-store"
    return response


def _list(errors: Errors, form: FillForm) -> str:
    access, locale = current_access(), reader_locale()
    with reading() as connection:
        fills = [shown_line(row, locale) for row in first_fill.read_fills(connection, access)]
        areas = [shown_area(row) for row in first_fill.areas_of(connection, access)]
    templates = list(all_templates().values())
    registers = [(one.register, translate(one.title, locale)) for one in templates]
    return render(
        "importing/fills.html", "list", fills=fills, areas=areas, templates=templates, registers=registers,
        errors=errors, values=shown_values(form),
    )  # fmt: skip


def _page(batch_id: int, errors: Errors) -> str:
    access, locale = current_access(), reader_locale()
    with reading() as connection:
        fill = first_fill.read_fill(connection, access, batch_id)
        shown = shown_fill(connection, fill, locale, names=access.may(Permission.RESIDENT_NAME))
        choices = _choices(connection, fill) if shown["phase"] == "asking" else []
    return render(
        "importing/fill.html", "detail", fill=shown, choices=choices, samples=len(fill.unclear or ()),
        refuse=NO_SYSTEM, may_take_out=_may_take_out(access, fill.register), errors=errors,
    )  # fmt: skip
