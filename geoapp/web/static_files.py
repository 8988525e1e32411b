"""Files of ours under addresses that carry a version, so that a browser keeps them for good.

Scripts import one another by relative addresses. The version therefore stands in the path before
the file's name, and every import carries it along: after an upgrade no old script meets a new one.
"""

from __future__ import annotations

import hashlib
import mimetypes
import os
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, current_app, request, send_from_directory, url_for
from werkzeug.security import safe_join

FOR_GOOD = 31_536_000
"""A year in seconds."""


def install(app: Flask) -> None:
    """The versioned address beside Flask's own, and `static(path)` for templates."""
    app.add_url_rule("/static/_<version>/<path:filename>", endpoint="static")
    app.view_functions["static"] = send
    app.jinja_env.globals["static"] = static


def static(path: str) -> str:
    """Address of a file in `static/`, with the version of all of them."""
    return url_for("static", version=tree_version(current_app.static_folder), filename=path)


def send(filename: str, version: str | None = None) -> Response:
    """The file, or its gzipped twin where there is one; for good only under today's version."""
    folder = current_app.static_folder
    assert folder is not None
    twin = safe_join(folder, f"{filename}.gz")
    packed = "gzip" in request.accept_encodings and twin is not None and os.path.isfile(twin)  # noqa: PTH113 - false, not an error, for a name too long
    kept = version == tree_version(folder)
    response = send_from_directory(
        folder, f"{filename}.gz" if packed else filename, mimetype=mimetypes.guess_type(filename)[0],
        max_age=FOR_GOOD if kept else None,
    )  # fmt: skip
    response.headers.add("Vary", "Accept-Encoding")
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    if kept:
        response.cache_control.immutable = True
    else:
        response.headers["Cache-Control"] = "no-cache"
    return response


@lru_cache(maxsize=4)
def tree_version(folder: str) -> str:
    """Ten digits that change with any file of the folder."""
    digest = hashlib.sha256()
    for path in sorted(p for p in Path(folder).rglob("*") if p.is_file()):
        digest.update(str(path.relative_to(folder)).encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:10]
