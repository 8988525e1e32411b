"""What the pages of residents share: the blueprint, sentences, choices, the version of a form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint
from sqlalchemy import Connection

from geoapp.changes.actions import StaleForm
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_, translate
from geoapp.dictionaries.lists import offered
from geoapp.edge.access import current_access
from geoapp.edge.forms import RecordForm
from geoapp.edge.pages import reader_locale
from geoapp.houses.reads import find_house
from geoapp.houses.rules import normal_number
from geoapp.people.details import resident_detail

blueprint = Blueprint("people", __name__)
DETAILS = {"residents": resident_detail}
"""Register to the function that reads one record: (connection, id) -> (template, context)."""


def say(msgid: str, **facts: object) -> str:
    """The sentence in the reader's language."""
    return translate(msgid, reader_locale(), **facts)


def options(codes: Mapping[str, str], only: Iterable[str] | None = None) -> list[tuple[str, str]]:
    """(value, label) of a code list, or of some of its values."""
    return [(value, say(codes[value])) for value in only or offered(codes)]


def fresh(error: Exception | None, person: Mapping[str, Any]) -> dict[str, object]:
    """After a stale form the next one carries the version the reader sees now."""
    return {"version": person["version"]} if isinstance(error, StaleForm) else {}


def named_house(connection: Connection, text: str | None) -> int:
    """Id of the house whose number was typed in `house_number`. Raises InvalidInput for that field."""
    try:
        number = normal_number(text or "")
    except InvalidInput as error:
        raise InvalidInput(error.msgid, field="house_number", **error.facts) from error
    return find_house(connection, current_access(), number)


def version_of(form: RecordForm) -> int:
    """The version the form was opened with. Raises InvalidInput for a form without one."""
    if form.version.data is None:
        raise InvalidInput(N_("表单缺少版本号，请刷新页面后重试。"), field="version")
    return int(form.version.data)
