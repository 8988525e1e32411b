"""A page, one block of it for htmx, or JSON: decided in one place."""

from __future__ import annotations

from typing import cast

from flask import Request, Response, current_app, g, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

ViewAnswer = ResponseReturnValue
"""What a view may return: a response, a page's text, or either with a status."""


def fragment_of(incoming: Request) -> str | None:
    """The id htmx wants to fill, or "" for any, or None when a whole page is asked for."""
    if incoming.headers.get("HX-Request") == "true":
        return incoming.headers.get("HX-Target", "")
    return None


def wants_json() -> bool:
    """Whether the reader is a program: .json addresses, the standard doors, tiles, Accept."""
    path = request.path
    if path.endswith((".json", ".mvt")) or path.startswith(("/ogc", "/tiles/")):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html")
    return best == "application/json"


def render(template: str, block: str, **facts: object) -> str:
    """The page, or only its named block when htmx asks (a block serves both)."""
    if fragment_of(request) is None:
        return render_template(template, **facts)
    return render_block(template, block, **facts)


def render_block(template: str, block: str, **facts: object) -> str:
    """One named block of a template with the usual context.

    The template's own rendering is begun, up to the first word, because that runs the imports
    which its blocks rely on.
    """
    loaded = current_app.jinja_env.get_template(template)
    current_app.update_template_context(facts)
    context = loaded.new_context(facts)
    next((part for part in loaded.root_render_func(context) if part.strip()), None)
    return "".join(loaded.blocks[block](context))


def leave_for(url: str) -> Response:
    """Redirect after a write; htmx follows by HX-Location."""
    if fragment_of(request) is None:
        return cast(Response, redirect(url, code=303))  # made by the application, so Flask's own
    response = Response(status=204)
    response.headers["HX-Location"] = url
    return response


def json_answer(body: object, status: int = 200) -> Response:
    """JSON with the status."""
    response = jsonify(body)
    response.status_code = status
    return response


def reader_locale() -> str:
    """The language chosen for this request."""
    return str(g.get("locale", "zh"))
