"""From a sent form to a change and its answer: page, fragment beside the map, or errors."""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Response, flash, redirect, request

from geoapp.changes.actions import StaleForm, Writing
from geoapp.changes.work import AlreadySent, write
from geoapp.core.errors import Conflict, InvalidInput
from geoapp.core.i18n import N_, translate
from geoapp.edge.access import current_access
from geoapp.edge.forms import Errors, RecordForm, as_errors, errors_of
from geoapp.edge.pages import fragment_of, reader_locale

Address = tuple[str, int]
"""Register and id of the record a change leads to."""
Do = Callable[[Writing], tuple[Address, str]]
"""Makes the change; gives where to go and the sentence that says what was done (translated)."""
Show = Callable[[Address], str]
"""The record's detail as a fragment."""
Again = Callable[[Errors, Exception | None], str]
"""The form once more, with its errors and what made them."""


class Review(Exception):
    """The change can be made; it is taken back and its effects are shown before it is made.

    Raised by `Do`; subclasses carry what the form shows.
    """


def carry_out(form: RecordForm, do: Do, again: Again, show: Show) -> Response | tuple[str, int]:
    """Check the form, make the change in one transaction, answer.

    303 to the record for a page; the record itself for htmx, with the event `geoapp:changed` for
    the map. A form with errors comes back with 400, a conflict with 409, all values kept. Errors
    that no form can mend (NotFound, Forbidden) go on to the error table.
    """
    if not form.validate():
        return again(errors_of(form), None), 400
    try:
        with write(current_access(), form.form_token.data or "") as work:
            address, said = do(work)
            work.url = f"/registers/{address[0]}/{address[1]}"
    except AlreadySent as sent:
        return _answer_again(sent.url, show)
    except Review as review:
        return again([], review), 200
    except StaleForm as error:
        return again([("", error.message(reader_locale()))], error), 409
    except (Conflict, InvalidInput) as error:
        status = 409 if isinstance(error, Conflict) else 400
        return again(as_errors(error, form.data), error), status
    return _answer(address, said, show)


def _answer(address: Address, said: str, show: Show) -> Response:
    if fragment_of(request) is None:
        flash(said)
        return redirect(f"/registers/{address[0]}/{address[1]}", code=303)
    response = Response(show(address), mimetype="text/html")
    told = {"geoapp:changed": {"register": address[0], "id": address[1], "message": said}}
    response.headers["HX-Trigger"] = json.dumps(told)
    return response


def _answer_again(url: str | None, show: Show) -> Response:
    register, _, record_id = (url or "").removeprefix("/registers/").partition("/")
    if not record_id:
        return redirect("/map", code=303)
    return _answer((register, int(record_id)), translate(N_("此前已保存，没有重复操作。"), reader_locale()), show)
