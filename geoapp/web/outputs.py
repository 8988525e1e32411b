"""Export files of a list: exactly its rows and columns. Every file stands in the register of exports."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, redirect, request, send_file
from sqlalchemy import Connection

from geoapp.accounts.limits import EXPORTS, limited
from geoapp.accounts.permissions import Permission
from geoapp.core.errors import NotFound
from geoapp.edge.access import current_access, current_identity, needs, reading
from geoapp.edge.pages import ViewAnswer, reader_locale
from geoapp.edge.query import PAGE_ONLY, open_register, request_selection
from geoapp.exporting.actions import Taken, Why, may_go_alone, note_export
from geoapp.web.listing import FORMATS, region_name, viewer_area
from geoapp.web.signed_in import check_again
from spatial_queries.columns import shown_columns
from spatial_queries.paging import read_tallies
from spatial_queries.selection import Selection

blueprint = Blueprint("outputs", __name__)
SENT_BACK = frozenset({"xlsx", "csv"})
"""Formats that can be imported again (`geoapp.importing.recognising`); each row has its record's number."""


@blueprint.get("/registers/<register_name>/export.<file_format>")
@needs(Permission.EXPORT_CREATE)
@limited(EXPORTS)
def export(register_name: str, file_format: str) -> ViewAnswer:
    """Write the file, send it, remove it; for many people ask for a second person first."""
    if file_format not in FORMATS:
        raise NotFound()
    register = open_register(register_name)
    with reading() as connection:
        selection = request_selection(connection, register)
        if not may_go_alone(connection, current_access(), count_people(connection, selection)):
            pairs = [(k, v) for k, v in request.args.items(multi=True) if k not in PAGE_ONLY]
            asked = [("register", register_name), ("format", file_format), *pairs]
            return redirect(f"/export-requests/new?{urlencode(asked)}", code=303)
        return write_and_send(connection, selection, file_format)


def count_people(connection: Connection, selection: Selection) -> int:
    """How many people the selection's rows are; rows of places are nobody."""
    return read_tallies(connection, selection).total if selection.register.people else 0


def write_and_send(
    connection: Connection, selection: Selection, file_format: str, why: Why | None = None
) -> Response:
    """The file as an answer; it stands in the register of exports or is not handed out."""
    from spatial_queries.exports import Meta, write_export

    identity = current_identity()
    assert identity is not None
    name = region_name(connection, selection)
    sentence = selection.query.sentence(reader_locale(), name)
    area, numbered = name or viewer_area(), file_format in SENT_BACK
    meta = Meta(region=area, user=identity.display_name, sentence=sentence, numbered=numbered)
    with tempfile.TemporaryDirectory(prefix="geoapp-export-") as folder:
        path = Path(folder) / f"export.{file_format}"
        written = write_export(connection, selection, file_format, reader_locale(), meta, path)
        check_again()
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        note_export(connection, selection.access, _taken(selection, file_format, written.rows, digest), why)
        handle = path.open("rb")  # last: nothing after it may fail
    response: Response = send_file(
        handle, mimetype=written.mimetype, as_attachment=True, download_name=f"export.{file_format}"
    )
    response.headers["Content-Disposition"] = (
        f"attachment; filename=export.{file_format}; filename*=UTF-8''{quote(written.name)}"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _taken(selection: Selection, file_format: str, rows: int, digest: str) -> Taken:
    """What the register of exports keeps of a file."""
    register, region = selection.register, selection.query.region
    columns = tuple(column.field.name for column in shown_columns(register, selection.access))
    people = rows if register.people else 0
    return Taken(register.name, file_format, columns, rows, people, digest, region.lo if region else None)
