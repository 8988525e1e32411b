"""Forms that change one record, shared by the features: their version, and two saves side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection

from geoapp.changes.reads import Change, read_changes
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_, translate
from geoapp.edge.access import current_access
from geoapp.edge.forms import RecordForm
from geoapp.edge.pages import reader_locale

HIDDEN = frozenset({"version", "form_token", "csrf_token"})


class Described(Protocol):
    """A form that says how its fields are called and what their codes mean."""

    titles: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Difference:
    """One field: its title, what was filled in, what is stored now."""

    title: str
    mine: str
    stored: str
    differs: bool


def version_of(form: RecordForm) -> int:
    """The version the form was opened with. Raises InvalidInput for a form without one."""
    if form.version.data is None:
        raise InvalidInput(N_("表单缺少版本号，请刷新页面后重试。"), field="version")
    return int(form.version.data)


def differences(
    connection: Connection, form: RecordForm, stored: Mapping[str, Any], register: str, record_id: int
) -> dict[str, Any]:
    """{"rows": every field side by side, "last": who saved last}, for the table of a stale form.

    `stored` are the values the form would show if it were opened now.
    """
    rows = [_side_by_side(form, field.name, field.data, stored) for field in form if field.name not in HIDDEN]
    changes: list[Change] = read_changes(connection, current_access(), reader_locale(), (register, [record_id]))
    return {"rows": rows, "last": changes[0] if changes else None}


def _side_by_side(form: Any, name: str, mine: object, stored: Mapping[str, Any]) -> Difference:
    locale = reader_locale()
    words = form.words.get(name, {})

    def shown(value: object) -> str:
        text = "" if value is None else str(value)
        return translate(words[text], locale) if text in words else text

    ours, theirs = shown(mine), shown(stored.get(name))
    return Difference(translate(form.titles.get(name, name), locale), ours, theirs, ours != theirs)
