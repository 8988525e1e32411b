"""Forms of break-glass."""

from __future__ import annotations

from wtforms import IntegerField
from wtforms.validators import InputRequired, Length

from geoapp.core.i18n import N_
from geoapp.edge.forms import REQUIRED, WHOLE_NUMBER, RecordForm, TextField

LONG = N_("最多 500 个字。")


class StartForm(RecordForm):
    """Why, and for which area."""

    reason = TextField(validators=[InputRequired(message=REQUIRED)])
    note = TextField(validators=[InputRequired(message=REQUIRED), Length(max=500, message=LONG)])
    area = TextField(validators=[InputRequired(message=REQUIRED)])


class FindForm(RecordForm):
    """What is looked for in the area; sent, never part of an address."""

    register = TextField()
    q = TextField(validators=[InputRequired(message=REQUIRED), Length(max=60, message=LONG)])


class OpenForm(RecordForm):
    """One record."""

    register = TextField(validators=[InputRequired(message=REQUIRED)])
    record = IntegerField(validators=[InputRequired(message=REQUIRED)], invalid_value_message=WHOLE_NUMBER)


class ReviewForm(RecordForm):
    """What the review says."""

    outcome = TextField(validators=[InputRequired(message=REQUIRED)])
    note = TextField(validators=[InputRequired(message=REQUIRED), Length(max=500, message=LONG)])
