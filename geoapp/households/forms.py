"""The forms of households (A3.10 to A3.13)."""

from __future__ import annotations

from wtforms import SelectField
from wtforms.validators import InputRequired

from geoapp.edge.forms import CHOICE, REQUIRED, RecordForm, TextField, WholeNumber, ruled
from geoapp.households.codes import DELETE_REASONS, HUKOU, KINDS
from geoapp.households.rules import normal_number
from geoapp.people.codes import RELATIONS


class EnterForm(RecordForm):
    """Somebody joins the household of a number, or begins it."""

    kind = SelectField(choices=list(KINDS), default=HUKOU, invalid_choice_message=CHOICE)
    number = TextField(validators=[ruled(normal_number)])
    relation = SelectField(choices=["", *RELATIONS], default="", invalid_choice_message=CHOICE)


class MemberForm(RecordForm):
    """A candidate joins, or a member is something else to the head."""

    resident = WholeNumber(validators=[InputRequired(message=REQUIRED)])
    relation = SelectField(choices=["", *RELATIONS], default="", invalid_choice_message=CHOICE)


class OneForm(RecordForm):
    """A member leaves, or becomes the head."""

    resident = WholeNumber(validators=[InputRequired(message=REQUIRED)])


class NumberForm(RecordForm):
    """Another number."""

    number = TextField(validators=[ruled(normal_number)])


class DeleteForm(RecordForm):
    """An empty household goes, and why (A17)."""

    reason = SelectField(choices=["", *DELETE_REASONS], default="", invalid_choice_message=CHOICE)
