"""The forms of the desk: a request that came in, its answer."""

from __future__ import annotations

from wtforms import SelectField
from wtforms.validators import InputRequired

from geoapp.desk.codes import KINDS, OUTCOMES
from geoapp.edge.forms import CHOICE, DAY, REQUIRED, DayField, RecordForm, TextField, WholeNumber


class ReceiveForm(RecordForm):
    """What a person asked for, and when."""

    resident = WholeNumber(validators=[InputRequired(REQUIRED)])
    kind = SelectField(choices=list(KINDS), invalid_choice_message=CHOICE)
    asked = TextField(validators=[InputRequired(REQUIRED)])
    received_on = DayField(validators=[InputRequired(DAY)])


class AnswerForm(RecordForm):
    """How it ended."""

    outcome = SelectField(choices=list(OUTCOMES), invalid_choice_message=CHOICE)
    answer = TextField(validators=[InputRequired(REQUIRED)])
