"""Protected values of a record: masked, asked for with a reason, shown for a while (D3.2)."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request

from geoapp.accounts.permissions import Permission
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_, translate
from geoapp.core.settings import get_settings
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.pages import reader_locale, render
from geoapp.edge.query import open_register
from geoapp.protection.reveals import HIDDEN_BESIDE, REASONS, masked_value, reveal, revealable_field
from layers.declare import Register

blueprint = Blueprint("protection", __name__)
SENT = frozenset({"reason", "csrf_token"})


@blueprint.get("/registers/<register_name>/<int:record_id>/fields/<field_name>")
@needs(Permission.RESIDENT_REVEAL)
def show_masked(register_name: str, record_id: int, field_name: str) -> Response:
    """The value as it is usually shown; with ?ask=1 the question why it is needed in full."""
    register = open_register(register_name)
    with reading() as connection:
        value = masked_value(connection, current_access(), register, record_id, field_name, reader_locale())
    return _answer(register, record_id, field_name, value, "ask" if request.args.get("ask") else "masked")


@blueprint.post("/registers/<register_name>/<int:record_id>/fields/<field_name>")
@needs(Permission.RESIDENT_REVEAL)
def show_value(register_name: str, record_id: int, field_name: str) -> Response:
    """The value in full, once, for the reason given; it leaves the screen by itself."""
    register, access = open_register(register_name), current_access()
    unknown = next((name[:40] for name in request.form if name not in SENT), None)
    if unknown is not None:  # a value that is posted here has nowhere to go (PR-9)
        raise InvalidInput(N_("表单没有“%(name)s”这一项。"), field=unknown, name=unknown)
    with reading() as connection:
        value = reveal(connection, access, register, record_id, field_name, request.form.get("reason", ""))
    return _answer(register, record_id, field_name, value, "shown")


def _answer(register: Register, record_id: int, field_name: str, value: str, state: str) -> Response:
    locale = reader_locale()
    page = render(
        "protection/value.html", "value", state=state,
        shown={
            "name": field_name, "value": value, "url": f"/registers/{register.name}/{record_id}/fields/{field_name}",
            "record_url": f"/registers/{register.name}/{record_id}", "seconds": get_settings().reveal_seconds,
            "title": translate(revealable_field(register, current_access(), field_name).title, locale),
        },
        reasons=[(code, translate(words, locale)) for code, words in REASONS.items()],
        beside=HIDDEN_BESIDE.get(field_name, ()) if state == "shown" else (),
    )  # fmt: skip
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response
