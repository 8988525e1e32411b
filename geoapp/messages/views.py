"""The inbox."""

from __future__ import annotations

from flask import Blueprint, render_template

from geoapp.accounts.permissions import SIGNED_IN
from geoapp.core.i18n import translate
from geoapp.edge.access import by_itself, current_access, needs, reading
from geoapp.edge.pages import ViewAnswer, json_answer, leave_for, reader_locale
from geoapp.messages import actions
from geoapp.messages.codes import KINDS

blueprint = Blueprint("messages", __name__)


@blueprint.get("/messages")
@needs(SIGNED_IN)
def show_inbox() -> ViewAnswer:
    """Messages of the reader, those unread marked."""
    locale = reader_locale()
    with reading() as connection:
        found = actions.inbox(connection, current_access().user_id or 0)
    lines = [
        {"text": translate(KINDS[one.kind], locale, **{k: _word(v, locale) for k, v in one.facts.items()}),
         "url": one.url, "at": one.at, "unread": one.read_at is None}
        for one in found
    ]  # fmt: skip
    return render_template("messages/inbox.html", messages=lines)


@blueprint.get("/messages/unread.json")
@needs(SIGNED_IN)
@by_itself
def count_unread() -> ViewAnswer:
    """How many the reader has not read; open pages ask twice a minute (`unread-badge.js`)."""
    return json_answer({"unread": actions.unread(current_access().user_id or 0)})


@blueprint.post("/messages/read")
@needs(SIGNED_IN)
def read_all() -> ViewAnswer:
    """All are read."""
    with reading() as connection:
        actions.mark_read(connection, current_access().user_id or 0)
    return leave_for("/messages")


def _word(value: object, locale: str) -> object:
    return translate(value, locale) if isinstance(value, str) and value else value
