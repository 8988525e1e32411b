"""Export files of a list: exactly its rows and columns."""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Response, send_file

from geoapp.accounts.limits import EXPORTS, limited
from geoapp.accounts.permissions import Permission
from geoapp.core.errors import NotFound
from geoapp.edge.access import current_identity, needs, reading
from geoapp.edge.noting import exported
from geoapp.edge.pages import ViewAnswer, reader_locale
from geoapp.edge.query import open_register, request_selection
from geoapp.web.listing import FORMATS, region_name, viewer_area
from geoapp.web.signed_in import check_again

blueprint = Blueprint("outputs", __name__)


@blueprint.get("/registers/<register_name>/export.<file_format>")
@needs(Permission.EXPORT_CREATE)
@limited(EXPORTS)
def export(register_name: str, file_format: str) -> ViewAnswer:
    """Write the file, send it, remove it."""
    from spatial_queries.exports import Meta, write_export

    if file_format not in FORMATS:
        raise NotFound()
    register, identity = open_register(register_name), current_identity()
    assert identity is not None
    with tempfile.TemporaryDirectory(prefix="geoapp-export-") as folder:
        with reading() as connection:
            selection = request_selection(connection, register)
            name = region_name(connection, selection)
            meta = Meta(
                region=name or viewer_area(),
                user=identity.display_name,
                sentence=selection.query.sentence(reader_locale(), name),
            )
            path = Path(folder) / f"export.{file_format}"
            written = write_export(connection, selection, file_format, reader_locale(), meta, path)
            exported(connection, selection, written.rows, file_format)
        check_again()
        handle = path.open("rb")
    response: Response = send_file(
        handle, mimetype=written.mimetype, as_attachment=True, download_name=f"export.{file_format}"
    )
    response.headers["Content-Disposition"] = (
        f"attachment; filename=export.{file_format}; filename*=UTF-8''{quote(written.name)}"
    )
    response.headers["Cache-Control"] = "no-store"
    return response
