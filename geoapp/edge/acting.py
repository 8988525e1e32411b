"""From a sent form to an act that is no change of a register's record, and its answer."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, flash
from sqlalchemy import Connection

from geoapp.core.errors import Conflict, InvalidInput
from geoapp.edge.access import current_access
from geoapp.edge.forms import Errors, RecordForm, as_errors, errors_of
from geoapp.edge.pages import leave_for
from grids_boundaries.access import begin

Act = Callable[[Connection], tuple[str, str]]
"""Does it in the transaction; gives where to go and the sentence that says what was done (translated)."""


def act(form: RecordForm, do: Act, again: Callable[[Errors], str]) -> Response | tuple[str, int]:
    """Check the form, do it in one transaction, go on. A form with errors comes back with 400 or 409."""
    if not form.validate():
        return again(errors_of(form)), 400
    try:
        with begin(current_access()) as connection:
            url, said = do(connection)
    except (Conflict, InvalidInput) as error:
        return again(as_errors(error, form.data)), 409 if isinstance(error, Conflict) else 400
    flash(said)
    return leave_for(url)
