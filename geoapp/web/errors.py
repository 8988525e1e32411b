"""One table from domain error to status; a page, a fragment or JSON, in the reader's language."""

from __future__ import annotations

import logging

import psycopg
from flask import Flask, Response, g, jsonify, redirect, render_template, request, url_for
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import ClientDisconnected, HTTPException

from geoapp.core import errors as domain
from geoapp.core.i18n import N_, translate
from geoapp.edge.pages import ViewAnswer, fragment_of, wants_json

log = logging.getLogger("geoapp.web")

STATUS: tuple[tuple[type[domain.GeoappError], int], ...] = (
    (domain.TooLarge, 413),
    (domain.InvalidInput, 400),
    (domain.NotFound, 404),
    (domain.NotSignedIn, 401),
    (domain.Forbidden, 403),
    (domain.Conflict, 409),
    (domain.TooManyRequests, 429),
    (domain.Unavailable, 503),
)
TITLES = {
    400: N_("输入有误"),
    401: N_("请先登录"),
    403: N_("不允许"),
    404: N_("没有找到"),
    405: N_("不支持的操作"),
    408: N_("等待超时"),
    409: N_("数据冲突"),
    413: N_("内容过大"),
    415: N_("格式不支持"),
    429: N_("操作过于频繁"),
    500: N_("系统出错"),
    503: N_("系统繁忙"),
}
HTTP_MESSAGES = {
    404: domain.NotFound.msgid,
    405: N_("该地址不支持此操作。"),
    408: N_("提交的内容没有及时到达，请重试。"),
    413: domain.TooLarge.msgid,
    415: N_("不支持提交内容的格式。"),
    400: domain.InvalidInput.msgid,
}


def status_of(error: domain.GeoappError) -> int:
    """The HTTP status of a domain error; 500 for one that reached the edge unlisted."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def install(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(domain.GeoappError, on_domain_error)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(DBAPIError, on_database_error)
    app.register_error_handler(psycopg.Error, on_database_error)
    app.register_error_handler(PoolTimeout, on_database_error)
    app.register_error_handler(Exception, on_unexpected)


def on_domain_error(error: domain.GeoappError) -> ViewAnswer:
    """Answer with the error's own sentence; nobody signed in goes to the sign-in page.

    One that no reader can do anything about (a key that does not open, a setting) is ours to mend.
    """
    status = status_of(error)
    if status == 500:
        return on_unexpected(error)
    page = not wants_json() and fragment_of(request) is None
    if (
        status == 401
        and page
        and request.method == "GET"
        and request.endpoint != "accounts.sign_in"
    ):
        return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
    if page and isinstance(error, domain.SecondFactorMissing):
        return redirect(url_for("accounts.second_factor"), code=303)
    return answer(status, error.message(locale()), error.field)


def on_http_error(error: HTTPException) -> ViewAnswer:
    """Werkzeug's own refusals (unknown address, method, size)."""
    if error.code is None or error.code < 400:
        return error
    status = 408 if isinstance(error, ClientDisconnected) else error.code
    message = HTTP_MESSAGES.get(status, domain.GeoappError.msgid)
    response = answer(status, translate(message, locale()), None)
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def on_database_error(error: DBAPIError | PoolTimeout | psycopg.Error) -> ViewAnswer:
    """Time-outs and a lost database are 503; anything else is ours to mend.

    The driver's own errors come from where SQLAlchemy does not look: a connection being set up.
    """
    original = getattr(error, "orig", error)
    if isinstance(error, PoolTimeout) or isinstance(original, psycopg.OperationalError):
        log.warning(
            "database unavailable",
            extra={"request_id": g.get("request_id"), "kind": type(original).__name__},
        )
        return answer(503, translate(domain.Unavailable.msgid, locale()), None)
    return on_unexpected(error)


def on_unexpected(error: Exception) -> ViewAnswer:
    """A fault of ours: logged with the request id, told without detail."""
    log.error(
        "unexpected error",
        exc_info=error,
        extra={"request_id": g.get("request_id"), "path": request.path},
    )
    return answer(500, translate(N_("系统出错，已记录。请把请求编号告诉管理员。"), locale()), None)


def locale() -> str:
    """The reader's language, also where the request failed before it was chosen."""
    return str(g.get("locale", "zh"))


def answer(status: int, message: str, field: str | None) -> Response:
    """The error as JSON, fragment or page."""
    title = translate(TITLES.get(status, TITLES[500]), locale())
    if wants_json():
        body = {"code": str(status), "title": title, "description": message, "field": field}
        response = jsonify(body)
    else:
        facts = {
            "status": status,
            "title": title,
            "message": message,
            "field": field,
            "request_id": g.get("request_id") if status >= 500 else None,
        }
        template = "errors/error.html"
        response = Response(_page(template, facts), mimetype="text/html")
    response.status_code = status
    return response


def _page(template: str, facts: dict) -> str:
    from geoapp.edge.pages import render

    try:
        return render(template, "error", **facts)
    except Exception as error:
        log.error("error page failed", exc_info=error)
        return render_template("layouts/fragment.html")
