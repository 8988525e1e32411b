"""The forms that say where people live: find, link, leave, no fixed house, undo (A6.5, A6.7)."""

from __future__ import annotations

from wtforms import DateField, HiddenField, IntegerField, SelectField
from wtforms.validators import InputRequired

from geoapp.edge.forms import CHOICE, DAY, REQUIRED, WHOLE_NUMBER, RecordForm, TextField, ruled
from geoapp.houses.codes import END_REASONS, TENURES
from geoapp.people.codes import NO_HOUSE_REASONS
from geoapp.people.rules import check_search

REASONS = [reason for reason in END_REASONS if reason != "correction"]
"""What a person may give as a reason; a correction is written by taking a step back."""
MOVES = ("none", "house")


class FindForm(RecordForm):
    """Part of a name, or a whole identity number; sent in a body, never in an address."""

    q = TextField(validators=[ruled(check_search)], filters=[lambda text: (text or "").strip()])


class SearchForm(FindForm):
    """The same for the whole area, or one region of it."""

    region = TextField()


class LinkForm(RecordForm):
    """Somebody lives in this house from a day on. `confirmed`: what it ends has been shown."""

    resident = IntegerField(
        validators=[InputRequired(message=REQUIRED)], invalid_value_message=WHOLE_NUMBER
    )
    since = DateField(validators=[InputRequired(message=REQUIRED)], invalid_value_message=DAY)
    tenure = SelectField(choices=list(TENURES), default="own", invalid_choice_message=CHOICE)
    end_reason = SelectField(choices=REASONS, default="moved_within", invalid_choice_message=CHOICE)
    confirmed = HiddenField()


class EndForm(RecordForm):
    """A residence ends; `then` says what follows: another house by its number, or none and why."""

    until = DateField(validators=[InputRequired(message=REQUIRED)], invalid_value_message=DAY)
    end_reason = SelectField(choices=REASONS, default="moved_out", invalid_choice_message=CHOICE)
    then = SelectField(choices=list(MOVES), default="none", invalid_choice_message=CHOICE)
    no_house_reason = SelectField(
        choices=["", *NO_HOUSE_REASONS], default="", invalid_choice_message=CHOICE
    )
    house_number = TextField()


class NoHouseForm(RecordForm):
    """Why somebody has no fixed house (A6.7)."""

    no_house_reason = SelectField(choices=list(NO_HOUSE_REASONS), invalid_choice_message=CHOICE)


class UndoForm(RecordForm):
    """The last step taken back; a reason only where no house is left."""

    no_house_reason = SelectField(
        choices=["", *NO_HOUSE_REASONS], default="", invalid_choice_message=CHOICE
    )
