"""From a sent form to a change and its answer: page, record beside the map, or errors."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, urlsplit

from flask import Response, flash, request

from geoapp.changes.actions import StaleForm, Writing
from geoapp.changes.work import AlreadySent, write
from geoapp.core.errors import Conflict, InvalidInput
from geoapp.core.i18n import N_, translate
from geoapp.edge.access import current_access
from geoapp.edge.forms import (
    Errors,
    RecordForm,
    as_errors,
    errors_of,
    renew_token,
    sent_content,
)
from geoapp.edge.pages import fragment_of, leave_for, reader_locale

Address = tuple[str, int]
"""Register, or the address of pages that are none's, and id of the record a change leads to."""
Do = Callable[[Writing], tuple[Address, str]]
"""Makes the change; gives where to go and the sentence that says what was done (translated)."""
Again = Callable[[Errors, Exception | None], str]
"""The form once more, with its errors and what made them."""


ANOTHER = N_("这份表单已经保存过一次；这次填写的内容与那次不同，还没有保存。请核对，如确需另存一条，请再点一次保存。")
"""A draft of what was saved unseen, written over: neither the one nor the other is lost."""


class Review(Exception):
    """The change can be made; it is taken back and its effects are shown before it is made.

    Raised by `Do`; subclasses carry what the form shows.
    """


def carry_out(form: RecordForm, do: Do, again: Again) -> Response | tuple[str, int]:
    """Check the form, make the change in one transaction, go on to the record it leads to.

    A form with errors comes back with 400, a conflict with 409, all values kept. Errors that no
    form can mend (NotFound, Forbidden) go on to the error table.
    """
    if not form.validate():
        return again(errors_of(form), None), 400
    try:
        with write(current_access(), form.form_token.data or "", sent_content()) as work:
            (register, record_id), said = do(work)
            work.url = f"{register if register.startswith('/') else f'/registers/{register}'}/{record_id}"
    except AlreadySent as sent:
        if sent.other:
            renew_token(form)
            return again([("", translate(ANOTHER, reader_locale()))], sent), 409
        return _leave(sent.url or "/map", translate(N_("此前已保存，没有重复操作。"), reader_locale()))
    except Review as review:
        return again([], review), 200
    except StaleForm as error:
        return again([("", error.message(reader_locale()))], error), 409
    except (Conflict, InvalidInput) as error:
        status = 409 if isinstance(error, Conflict) else 400
        return again(as_errors(error, form.data), error), status
    return _leave(work.url, said)


def _shown_on() -> str:
    """Path of the page htmx is on; empty where the header holds no address."""
    try:
        return urlsplit(request.headers.get("HX-Current-URL", "")).path
    except ValueError:
        return ""


def _leave(url: str, said: str) -> Response:
    """Go on and say what was done: on the next page, or at once where the map stays on the screen."""
    response = leave_for(url)
    if fragment_of(request) is not None and _shown_on() == "/map":
        response.headers["X-Said"] = quote(said)
    else:
        flash(said)
    return response
