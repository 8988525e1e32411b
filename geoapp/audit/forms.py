"""The forms of the auditor's pages."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict
from wtforms.validators import InputRequired, Length

from geoapp.audit.codes import ACTIONS
from geoapp.audit.log import Filters
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.core.settings import get_settings
from geoapp.edge.forms import CHOICE, DAY, REQUIRED, WHOLE_NUMBER, RecordForm, TextField

NAMES = ("since", "until", "actor", "action", "register", "record", "after")
LARGEST_ID = 2**63 - 1


class SubjectForm(RecordForm):
    """The identity number of who asks; sent, never part of an address."""

    number = TextField(validators=[InputRequired(message=REQUIRED), Length(max=40, message=N_("最多 40 个字符。"))])


def read_filters(asked: MultiDict[str, str]) -> Filters:
    """The filters of an address. Raises InvalidInput naming the field."""
    record = asked.get("record", "").strip()
    if record and not (re.fullmatch(r"[0-9]{1,19}", record) and 0 < int(record) <= LARGEST_ID):
        raise InvalidInput(WHOLE_NUMBER, field="record")
    register = asked.get("register", "").strip()
    if record and not register:
        raise InvalidInput(N_("按记录查找时，请同时选择登记册。"), field="register")
    action = asked.get("action", "")
    if action and action not in ACTIONS:
        raise InvalidInput(CHOICE, field="action")
    return Filters(
        _day(asked, "since"), _day(asked, "until", later=1), _text(asked, "actor"), action, _text(asked, "register"),
        int(record) if record else None, _text(asked, "after"),
    )  # fmt: skip


def _text(asked: MultiDict[str, str], name: str) -> str:
    return asked.get(name, "").replace("\x00", "").strip()[:100]


def _day(asked: MultiDict[str, str], name: str, later: int = 0) -> datetime | None:
    text = asked.get(name, "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=later)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(DAY, field=name) from error
    return datetime.combine(day, time(), ZoneInfo(get_settings().time_zone))
