"""The forms of teams, members and service records (A1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from wtforms import FloatField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, Optional

from geoapp.edge.forms import (
    CHOICE,
    LARGEST,
    NUMBER,
    REQUIRED,
    DayField,
    RecordForm,
    TextField,
    WholeNumber,
    ruled,
)
from geoapp.people.identity import normal_phone
from geoapp.teams import rules
from geoapp.teams.actions import MemberFacts, TeamFacts
from geoapp.teams.codes import (
    CLASSES,
    DISSOLVE_REASONS,
    KINDS,
    LEAVE_REASONS,
    POSTS,
    REINSTATE_REASONS,
    RESIDENTS,
    SERVICES,
)
from geoapp.teams.records import RecordFacts


class Ids(SelectMultipleField):  # type: ignore[misc]
    """Ticked records, by their ids."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """What was sent. Raises ValueError, which becomes the field's error."""
        self.data = []
        if not all(one.isascii() and one.isdigit() and int(one) <= LARGEST for one in valuelist):
            raise ValueError(CHOICE)
        self.data = list(dict.fromkeys(int(one) for one in valuelist))


def _day() -> DayField:
    return DayField(validators=[InputRequired(message=REQUIRED)])


def _reason(codes: Mapping[str, str]) -> SelectField:
    check = ruled(lambda reason: rules.check_reason(reason, codes))
    return SelectField(choices=["", *codes], default="", invalid_choice_message=CHOICE, validators=[check])


class FactsForm(RecordForm):
    """What is written down of a team."""

    titles: ClassVar[dict[str, str]] = {}
    words: ClassVar[dict[str, Mapping[str, str]]] = {"team_class": CLASSES}

    name = TextField(validators=[ruled(rules.normal_name)])
    team_class = SelectField(choices=["", *CLASSES], default="", invalid_choice_message=CHOICE,
                             validators=[ruled(rules.check_class)])  # fmt: skip
    subclass = TextField(validators=[ruled(lambda text: rules.normal_text(text, rules.SUBCLASS_LENGTH, "subclass"))])
    duty = TextField(validators=[ruled(lambda text: rules.normal_text(text, rules.NOTE_LENGTH, "duty"))])

    def facts(self) -> TeamFacts:
        """The sent facts; `validate` has been asked before."""
        return TeamFacts(self.name.data, self.team_class.data, self.subclass.data, self.duty.data)


class NewTeamForm(FactsForm):
    """A team with its area."""

    region = WholeNumber(validators=[InputRequired(message=REQUIRED)])


class DissolveForm(RecordForm):
    """注销 of a team (A1.9)."""

    reason = _reason(DISSOLVE_REASONS)
    day = _day()


class ReinstateForm(RecordForm):
    """取消注销 of a team (A18.14)."""

    reason = _reason(REINSTATE_REASONS)
    day = _day()


class LeaveForm(RecordForm):
    """注销 of a membership (A1.10)."""

    reason = _reason(LEAVE_REASONS)
    day = _day()


class ConfirmForm(RecordForm):
    """Nothing to fill in."""


class MemberForm(RecordForm):
    """Who takes up a post: a user name, or a name with a phone."""

    post = SelectField(choices=["", *POSTS], default="", invalid_choice_message=CHOICE,
                       validators=[ruled(rules.check_post)])  # fmt: skip
    since = _day()
    account = TextField()
    name = TextField(validators=[ruled(lambda text: rules.normal_text(text, rules.NAME_LENGTH, "name"))])
    phone = TextField(validators=[ruled(normal_phone)])

    def facts(self) -> MemberFacts:
        """The sent facts; `validate` has been asked before."""
        return MemberFacts(self.post.data, self.since.data, self.account.data, self.name.data, self.phone.data)


class ServiceForm(RecordForm):
    """One service record; photos come beside the form."""

    team = WholeNumber(validators=[InputRequired(message=REQUIRED)])
    kind = SelectField(choices=list(KINDS), default=RESIDENTS, invalid_choice_message=CHOICE)
    service = SelectField(choices=list(SERVICES), default="visit", invalid_choice_message=CHOICE)
    day = _day()
    members = Ids(validate_choice=False)
    people = Ids(validate_choice=False)
    house = WholeNumber(validators=[Optional()])
    lon = FloatField(validators=[Optional()], invalid_value_message=NUMBER)
    lat = FloatField(validators=[Optional()], invalid_value_message=NUMBER)
    note = TextField(validators=[ruled(lambda text: rules.normal_text(text, rules.NOTE_LENGTH, "note"))])

    def facts(self) -> RecordFacts:
        """The sent facts; `validate` has been asked before."""
        point = None
        if self.lon.data is not None and self.lat.data is not None:
            point = (self.lon.data, self.lat.data)
        return RecordFacts(
            self.team.data, tuple(self.members.data or ()), self.day.data, self.kind.data, self.service.data,
            tuple(self.people.data or ()), self.house.data, point, self.note.data,
        )  # fmt: skip
