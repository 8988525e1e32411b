"""Writing forms, read with WTForms; rules stay where they are and only speak through a field.

A field's error is a sentence in the reader's language. Names a form does not have are refused,
so a form can never write a column it does not show (research/trust AZ-11).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from flask import request
from wtforms import DateField, Form, HiddenField, IntegerField, StringField
from wtforms.fields import Field
from wtforms.validators import Optional, ValidationError

from geoapp.core.errors import GeoappError, InvalidInput
from geoapp.core.i18n import N_, translate
from geoapp.edge.pages import reader_locale

Errors = list[tuple[str, str]]
"""(name of the field, sentence), in the order of the form."""

REQUIRED = N_("请填写此项。")
WHOLE_NUMBER = N_("请填写整数。")
NUMBER = N_("请填写数字。")
DAY = N_("请填写日期（年-月-日）。")
CHOICE = N_("请选择列表中的一项。")
READ_ELSEWHERE = frozenset({"csrf_token"})
OF_THE_PAGE = READ_ELSEWHERE | {"form_token", "version"}
LARGEST = 2**63 - 1
"""What a bigint holds; a larger number in a condition would be an error of the database."""
LARGEST_VERSION = 2**31 - 1
AnyForm = TypeVar("AnyForm", bound="RecordForm")


class TextField(StringField):  # type: ignore[misc]
    """One line of text; a form that does not send it sends nothing, which is no text."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """What was sent, or empty."""
        self.data = valuelist[0] if valuelist else ""


class WholeNumber(IntegerField):  # type: ignore[misc]
    """A whole number that its column can hold: `most` at most, `-most` at least."""

    data: Any

    def __init__(self, *args: Any, most: int = LARGEST, **options: Any) -> None:
        super().__init__(*args, **{"invalid_value_message": WHOLE_NUMBER, **options})
        self.most = most

    def process_formdata(self, valuelist: list[str]) -> None:
        """What was sent. Raises ValueError, which becomes the field's error."""
        super().process_formdata(valuelist)
        if self.data is not None and abs(self.data) > self.most:
            self.data = None
            raise ValueError(self.invalid_value_message)


class DayField(DateField):  # type: ignore[misc]
    """A day that has a day before and after it in every time zone: years 1800 to 2999."""

    data: Any

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"invalid_value_message": DAY, **options})

    def process_formdata(self, valuelist: list[str]) -> None:
        """What was sent. Raises ValueError, which becomes the field's error."""
        super().process_formdata(valuelist)
        if self.data is not None and not 1800 <= self.data.year < 3000:
            self.data = None
            raise ValueError(self.invalid_value_message)


class RecordForm(Form):  # type: ignore[misc]
    """A form that changes one record.

    `version` is the record's when the form was opened; `form_token` makes a form that is sent
    twice one effect.
    """

    version = WholeNumber(validators=[Optional()], most=LARGEST_VERSION)
    form_token = HiddenField(default=lambda: secrets.token_hex(16))


def ruled(rule: Callable[[Any], object]) -> Callable[[Form, Field], None]:
    """A validator that asks a rule; what the rule refuses is the field's error."""

    def ask(_form: Form, field: Field) -> None:
        if field.errors:
            return  # it could not be read, so there is nothing to ask about
        try:
            rule(field.data)
        except GeoappError as error:
            raise ValidationError(error.message(reader_locale())) from error

    return ask


def read_form(kind: type[AnyForm]) -> AnyForm:
    """The form as it was sent. Raises InvalidInput for a name it does not have, or a zero byte."""
    form = kind(request.form)
    unknown = [name for name in request.form if name not in form and name not in READ_ELSEWHERE]
    if unknown:
        name = unknown[0][:40]
        raise InvalidInput(N_("表单没有“%(name)s”这一项。"), field=name, name=name)
    for name, value in request.form.items(multi=True):
        if "\x00" in value:  # no text of the database holds one
            raise InvalidInput(N_("文字中有空字符。"), field=name)
    return form


def sent_content() -> str:
    """What was sent, without what is of the page and of the session."""
    held = [(name, value) for name, value in request.form.items(multi=True) if name not in OF_THE_PAGE]
    return json.dumps(sorted(held), ensure_ascii=False)


def renew_token(form: RecordForm) -> None:
    """The form shown again is another one."""
    form.form_token.data = secrets.token_hex(16)
    form.form_token.raw_data = [form.form_token.data]


def errors_of(form: RecordForm) -> Errors:
    """What `validate` found, in the reader's language; one sentence for each field."""
    locale = reader_locale()
    return [(name, translate(str(said[0]), locale)) for name, said in form.errors.items() if name and said]


def shown_values(form: RecordForm) -> dict[str, object]:
    """What each input shows: what was sent, word for word, else what is stored."""
    return {field.name: field.raw_data[0] if field.raw_data else field.data for field in form}


def as_errors(error: GeoappError, names: Iterable[str]) -> Errors:
    """A refused action as the error of the field it names, or of the form as a whole."""
    field = error.field if error.field in set(names) else ""
    return [(field, error.message(reader_locale()))]
