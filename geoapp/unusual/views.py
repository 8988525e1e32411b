"""The page on which a supervisor sees that somebody read unusually much, and lets them go on."""

from __future__ import annotations

from flask import Blueprint, flash, render_template, request

from geoapp.accounts.permissions import SIGNED_IN
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_, translate
from geoapp.core.settings import get_settings
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.forms import Errors, as_errors, errors_of, read_form, shown_values
from geoapp.edge.pages import ViewAnswer, leave_for, reader_locale
from geoapp.unusual import actions
from geoapp.unusual.forms import ConfirmForm
from geoapp.unusual.rules import REASONS, Level

blueprint = Blueprint("unusual", __name__)


@blueprint.route("/unusual-reading/<int:user_id>", methods=["GET", "POST"])
@needs(SIGNED_IN)
def show(user_id: int) -> ViewAnswer:
    """One day's number beside the usual one; not there for who does not supervise that person."""
    form = read_form(ConfirmForm) if request.method == "POST" else ConfirmForm()
    errors: Errors = []
    with reading() as connection:
        found = actions.find(connection, current_access(), user_id)
    if request.method == "POST":
        errors = [] if form.validate() else errors_of(form)
        if not errors:
            try:
                with reading() as connection:
                    actions.confirm(connection, current_access(), user_id, form.reason.data, form.note.data)
                flash(translate(N_("已确认，可以继续查阅。"), reader_locale()))
                return leave_for("/messages")
            except InvalidInput as error:
                errors = as_errors(error, form.data)
    page = render_template(
        "unusual/reading.html", one=found, stopped=found.level == Level.STOPPED, errors=errors,
        usual=found.usual or get_settings().unusual.usual, own=user_id == current_access().user_id,
        values=shown_values(form), reasons=[(code, translate(word, reader_locale())) for code, word in REASONS.items()],
    )  # fmt: skip
    return (page, 400) if errors else page
