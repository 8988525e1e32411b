"""The forms of exports: asking for one, deciding on one."""

from __future__ import annotations

from wtforms import SelectField
from wtforms.validators import InputRequired

from geoapp.edge.forms import CHOICE, REQUIRED, RecordForm, TextField
from geoapp.exporting.codes import BASES


class AskForm(RecordForm):
    """Why many people are taken out, and for whom."""

    register = TextField()
    format = TextField()
    query = TextField()
    basis = SelectField(choices=list(BASES), invalid_choice_message=CHOICE)
    purpose = TextField(validators=[InputRequired(REQUIRED)])
    recipient = TextField(validators=[InputRequired(REQUIRED)])


class DecideForm(RecordForm):
    """Yes or no."""

    answer = SelectField(choices=["yes", "no"], invalid_choice_message=CHOICE)
