"""Protected values of a record: masked, asked for with a reason, shown for a while (D3.2)."""

from __future__ import annotations

from flask import Blueprint, Response

from geoapp.accounts.permissions import Permission
from geoapp.core.i18n import translate
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.pages import reader_locale
from geoapp.edge.protected import Shown, asked, sent_reason, value_answer
from geoapp.edge.query import open_register
from geoapp.protection.reveals import HIDDEN_BESIDE, masked_value, reveal, revealable_field
from layers.declare import Register

blueprint = Blueprint("protection", __name__)


@blueprint.get("/registers/<register_name>/<int:record_id>/fields/<field_name>")
@needs(Permission.RESIDENT_REVEAL)
def show_masked(register_name: str, record_id: int, field_name: str) -> Response:
    """The value as it is usually shown; with ?ask=1 the question why it is needed in full."""
    register = open_register(register_name)
    with reading() as connection:
        value = masked_value(connection, current_access(), register, record_id, field_name, reader_locale())
    return value_answer(_shown(register, record_id, field_name, value), asked())


@blueprint.post("/registers/<register_name>/<int:record_id>/fields/<field_name>")
@needs(Permission.RESIDENT_REVEAL)
def show_value(register_name: str, record_id: int, field_name: str) -> Response:
    """The value in full, once, for the reason given; it leaves the screen by itself."""
    register, access, reason = open_register(register_name), current_access(), sent_reason()
    with reading() as connection:
        value = reveal(connection, access, register, record_id, field_name, reason)
    return value_answer(_shown(register, record_id, field_name, value), "shown", HIDDEN_BESIDE.get(field_name, ()))


def _shown(register: Register, record_id: int, field_name: str, value: str) -> Shown:
    title = translate(revealable_field(register, current_access(), field_name).title, reader_locale())
    record_url = f"/registers/{register.name}/{record_id}"
    return Shown(field_name, title, value, f"{record_url}/fields/{field_name}", record_url)
