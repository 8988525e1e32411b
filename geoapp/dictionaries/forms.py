"""The forms of code lists: add, rename, retire, delete, set a number."""

from __future__ import annotations

from wtforms import HiddenField
from wtforms.validators import InputRequired

from geoapp.dictionaries.rules import normal_code, normal_words
from geoapp.edge.forms import REQUIRED, RecordForm, TextField, WholeNumber, ruled


class WordsForm(RecordForm):
    """The words of a code, in both languages."""

    code = HiddenField(validators=[ruled(normal_code)])
    zh = TextField(validators=[ruled(lambda text: normal_words(text, "zh"))])
    en = TextField(validators=[ruled(lambda text: normal_words(text, "en"))])


class CodeForm(RecordForm):
    """A code to retire, to offer again, or to delete."""

    code = HiddenField(validators=[ruled(normal_code)])


class NumberForm(RecordForm):
    """Another value."""

    value = WholeNumber(validators=[InputRequired(message=REQUIRED)])
