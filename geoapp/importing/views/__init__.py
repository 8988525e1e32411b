"""Pages of importing: templates to fill in, files that were sent (A8.1 to A8.6)."""

from __future__ import annotations

import hashlib
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, send_file
from sqlalchemy import Connection, Row

from geoapp.accounts.limits import EXPORTS, limited
from geoapp.accounts.permissions import Permission
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.core.errors import Conflict, InvalidInput
from geoapp.core.i18n import N_, translate
from geoapp.core.settings import get_settings
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.acting import act
from geoapp.edge.forms import Errors, as_errors, errors_of, read_form
from geoapp.edge.pages import ViewAnswer, reader_locale, render
from geoapp.exporting.actions import Taken, may_go_alone, note_export
from geoapp.importing import actions, codes, lists, reads
from geoapp.importing.forms import ConfirmForm, UploadForm
from geoapp.importing.records import write_records
from geoapp.importing.refused import write_refused
from geoapp.importing.templates import all_templates, template_of
from geoapp.importing.views.sending import sent_file
from geoapp.importing.views.switch import importing_is_on, only_while_on
from geoapp.importing.workbooks import MIMETYPE, template_file
from geoapp.retention.rules import CLOCKS, days_of
from layers.registry import get_register, listed_registers
from spatial_queries.paging import read_tallies
from spatial_queries.query import SpatialQuery
from spatial_queries.selection import compile_query

blueprint = only_while_on(Blueprint("importing", __name__))
blueprint.add_app_template_global(importing_is_on)


@blueprint.get("/imports")
@needs(Permission.IMPORT_READ)
def show_imports() -> ViewAnswer:
    """Templates to download, files that were sent, a form to send one."""
    return _page([])


@blueprint.get("/imports/templates/<name>.xlsx")
@needs(Permission.IMPORT_READ)
def show_template(name: str) -> Response:
    """The empty spreadsheet of a register."""
    template = template_of(name)
    response = Response(template_file(template), mimetype=MIMETYPE)
    response.headers["Content-Disposition"] = f"attachment; filename={name}-{template.version}.xlsx"
    return response


@blueprint.get("/imports/templates/<name>/records.xlsx")
@needs(Permission.EXPORT_CREATE)
@limited(EXPORTS)
def show_records(name: str) -> Response:
    """The records of the reader's area in the form of their template, to be corrected and sent again."""
    access = current_access()
    register, template = get_register(name, access), template_of(name)
    selection = compile_query(SpatialQuery(name), register, access=access)
    with reading() as connection, tempfile.TemporaryDirectory(prefix="geoapp-records-") as folder:
        people = read_tallies(connection, selection).total if register.people else 0
        if not may_go_alone(connection, access, people):
            raise Conflict(N_("人数超过可以单独导出的上限，请从登记册申请导出。"))
        path = Path(folder) / "records.xlsx"
        count = write_records(connection, selection, path, lambda of, cells: lists.shown_cells(of, cells, access))
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        columns = tuple(column.name for column in template.columns)
        note_export(connection, access, Taken(name, "xlsx", columns, count, count if people else 0, digest))
    response = Response(content, mimetype=MIMETYPE)
    response.headers["Content-Disposition"] = f"attachment; filename={name}-records.xlsx"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/imports/new")
@needs(Permission.IMPORT_UPLOAD)
def send_file_in() -> ViewAnswer:
    """Take a file; it is read beside the requests."""
    form = read_form(UploadForm)
    if not form.validate():
        return _page(errors_of(form)), 400
    try:
        stored, name = sent_file(form)
    except InvalidInput as error:
        return _page(as_errors(error, ("file",))), 400

    def do(connection: Connection) -> tuple[str, str]:
        batch_id = actions.send(connection, current_access(), form.register.data, stored, name)
        return f"/imports/{batch_id}", translate(N_("文件已收到，正在读取。"), reader_locale())

    return act(form, do, _page)


@blueprint.get("/imports/<int:batch_id>")
@needs(Permission.IMPORT_READ)
def show_batch(batch_id: int) -> ViewAnswer:
    """How far a file is; for its sender what was not taken comes first."""
    return _batch_page(batch_id, [])


@blueprint.post("/imports/<int:batch_id>/cancel")
@needs(Permission.IMPORT_UPLOAD)
def cancel_batch(batch_id: int) -> ViewAnswer:
    """Stop reading; rows nobody has claimed go."""

    def do(connection: Connection) -> tuple[str, str]:
        reads.read_batch(connection, current_access(), batch_id)
        actions.cancel(connection, current_access(), batch_id)
        return f"/imports/{batch_id}", translate(N_("正在取消。"), reader_locale())

    return act(read_form(ConfirmForm), do, lambda errors: _batch_page(batch_id, errors))


@blueprint.get("/imports/<int:batch_id>/refused.xlsx")
@needs(Permission.IMPORT_UPLOAD)
def show_refused(batch_id: int) -> Response:
    """The rows that were not taken, each with its reasons, for who sent them."""
    access = current_access()
    with reading() as connection, tempfile.TemporaryDirectory(prefix="geoapp-refused-") as folder:
        batch = reads.read_batch(connection, access, batch_id)
        path = Path(folder) / "refused.xlsx"
        rows = reads.read_refused(connection, access, batch, None)
        count = write_refused(path, template_of(batch.register), rows, reader_locale())
        record(connection, access, Action.EXPORT, register=batch.register, count=count, area_key=batch.region_key)
        handle = path.open("rb")
    name = f"refused-{batch_id}.xlsx"
    response: Response = send_file(handle, mimetype=MIMETYPE, as_attachment=True, download_name=name)
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(errors: Errors) -> str:
    access, locale = current_access(), reader_locale()
    with reading() as connection:
        batches = [_shown(row) for row in reads.read_batches(connection, access)]
    templates = [one for one in all_templates().values() if access.may(f"register:{one.register}:read")]
    registers = [(one.register, translate(one.title, locale)) for one in templates]
    coming_back = {one.name for one in listed_registers(access)}
    return render(
        "importing/imports.html", "list", coming_back=coming_back, templates=templates, batches=batches,
        errors=errors, registers=registers,
    )  # fmt: skip


def _batch_page(batch_id: int, errors: Errors) -> str:
    access, locale = current_access(), reader_locale()
    with reading() as connection:
        batch = reads.read_batch(connection, access, batch_id)
        own = batch.sent_by == access.user_id
        refused = [
            {"row": one.row.row_no, "reasons": reads.sentences(one, locale)}
            for one in (reads.read_refused(connection, access, batch) if own and batch.bad else ())
        ]
        counts = lists.count_rows(connection, access, batch_id).get(batch.register, dict.fromkeys(codes.LISTS, 0))
    return render(
        "importing/batch.html", "detail", batch=_shown(batch), own=own, refused=refused, errors=errors, counts=counts,
        open=batch.state in (codes.WAITING, codes.RUNNING),
    )  # fmt: skip


def _shown(row: Row) -> dict[str, Any]:
    """A batch with its codes in words."""
    locale, facts = reader_locale(), dict(row._mapping)
    facts["state_text"] = translate(codes.BATCH_STATES[row.state], locale)
    facts["title"] = translate(template_of(row.register).title, locale)
    for name, clock in (("kept_until", "import_rows"), ("asked_until", "import_asking")):
        days = days_of(next(one for one in CLOCKS if one.name == clock), get_settings().keeping.retention_days)
        facts[name] = (row.sent_at + timedelta(days=days)).date()
    facts["said"] = (row.error or {}).get(locale) or (row.error or {}).get("zh", "")
    return facts
