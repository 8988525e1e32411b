"""The forms of modules: an assessment, its approval, the switch."""

from __future__ import annotations

from wtforms import FileField, SelectField

from geoapp.edge.forms import CHOICE, RecordForm, TextField
from geoapp.modules.declared import QUESTIONS


class PlainForm(RecordForm):
    """A button."""


class SwitchForm(RecordForm):
    """On or off."""

    wanted = SelectField(choices=["on", "off"], invalid_choice_message=CHOICE)


class AnswersForm(RecordForm):
    """One field for each question; the rules speak through them when it is saved."""

    file = FileField()


for _name in QUESTIONS:
    setattr(AnswersForm, _name, TextField())
