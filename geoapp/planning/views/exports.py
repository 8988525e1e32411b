"""What leaves the planner: comparison with the plan in force, files."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from urllib.parse import quote

from flask import Response, send_file

from geoapp.accounts.limits import EXPORTS, limited
from geoapp.accounts.permissions import Permission
from geoapp.core.errors import NotFound
from geoapp.edge.access import current_access, needs
from geoapp.edge.pages import json_answer, reader_locale
from geoapp.exporting.actions import Taken, note_export
from geoapp.planning import comparing, editing
from geoapp.planning.briefing import write_briefing
from geoapp.planning.files import COLUMNS, WRITERS
from geoapp.planning.plans import REGISTER
from geoapp.planning.views.base import blueprint, refusals_told

FILES = {**WRITERS, "html": (write_briefing, "text/html")}


@blueprint.get("/plans/<int:plan_id>/changes")
@needs(Permission.PLAN_READ)
@refusals_told
def show_changes(plan_id: int) -> Response:
    """What the plan would change."""
    with editing.opened(current_access(), plan_id) as session:
        return json_answer(comparing.compare(session))


@blueprint.get("/plans/<int:plan_id>/export.<file_format>")
@needs(Permission.EXPORT_CREATE)
@limited(EXPORTS)
@refusals_told
def export_plan(plan_id: int, file_format: str) -> Response:
    """Write the file, note it in the register of exports, send it."""
    access = current_access()
    if file_format not in FILES or not access.may(Permission.PLAN_READ):
        raise NotFound()
    write, mimetype = FILES[file_format]
    with editing.opened(access, plan_id) as session, tempfile.TemporaryDirectory(prefix="geoapp-export-") as folder:
        path = Path(folder) / f"plan.{file_format}"
        write(session, path, reader_locale())
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        rows, key = len(session.desk.editor.cells_of), session.plan.region_key
        taken = Taken(REGISTER, file_format, tuple(COLUMNS), rows, 0, digest, key)
        note_export(session.connection, access, taken)
        name, handle = session.plan.name, path.open("rb")
    response: Response = send_file(
        handle, mimetype=mimetype, as_attachment=True, download_name=f"plan.{file_format}"
    )
    response.headers["Content-Disposition"] = (
        f"attachment; filename=plan.{file_format}; filename*=UTF-8''{quote(f'{name}.{file_format}')}"
    )
    response.headers["Cache-Control"] = "no-store"
    return response
