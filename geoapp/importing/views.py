"""Pages of importing: templates to fill in, files that were sent, rows to claim (A8)."""

from __future__ import annotations

from flask import Blueprint, Response

from geoapp.accounts.permissions import Permission
from geoapp.edge.access import needs
from geoapp.edge.pages import ViewAnswer, render
from geoapp.importing.templates import all_templates, template_of
from geoapp.importing.workbooks import MIMETYPE, template_file

blueprint = Blueprint("importing", __name__)


@blueprint.get("/imports")
@needs(Permission.IMPORT_READ)
def show_imports() -> ViewAnswer:
    """Templates to download."""
    return render("importing/imports.html", "list", templates=list(all_templates().values()))


@blueprint.get("/imports/templates/<name>.xlsx")
@needs(Permission.IMPORT_READ)
def show_template(name: str) -> Response:
    """The empty spreadsheet of a register."""
    template = template_of(name)
    response = Response(template_file(template), mimetype=MIMETYPE)
    response.headers["Content-Disposition"] = f"attachment; filename={name}-{template.version}.xlsx"
    return response
