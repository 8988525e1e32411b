"""Forms of programmes: each programme's own, made from its declaration."""

from __future__ import annotations

from functools import lru_cache

from wtforms import SelectField
from wtforms.validators import InputRequired

from geoapp.edge.forms import CHOICE, REQUIRED, DayField, RecordForm, TextField, WholeNumber, ruled
from geoapp.people.identity import Told, normal_name
from geoapp.programmes.codes import ENROL_REASONS, RELEASE_REASONS
from geoapp.programmes.declared import PROGRAMMES
from geoapp.programmes.rules import asked_again
from grids_boundaries.keys import from_key


class ChosenForm(RecordForm):
    """Which programme; its own questions come with it (`form_for`)."""

    programme = SelectField(choices=list(PROGRAMMES), invalid_choice_message=CHOICE)
    begins = DayField(validators=[InputRequired(message=REQUIRED)])

    def given(self) -> dict[str, str]:
        """What was filled in of the programme's facts."""
        return {one.name: self[one.name].data for one in PROGRAMMES[self.programme.data].facts}


class LeaveForm(RecordForm):
    """取消关注, why and when (A4.0)."""

    reason = SelectField(choices=["", *RELEASE_REASONS], default="", invalid_choice_message=CHOICE)
    day = DayField(validators=[InputRequired(message=REQUIRED)])


class ReturnForm(RecordForm):
    """重新关注, why and when (A4.0)."""

    reason = SelectField(choices=["", *ENROL_REASONS], default="", invalid_choice_message=CHOICE)
    day = DayField(validators=[InputRequired(message=REQUIRED)])


@lru_cache(maxsize=64)
def return_form_for(code: str) -> type[ReturnForm]:
    """重新关注 of one programme, with what it asks anew."""
    facts = {one.name: TextField() for one in asked_again(PROGRAMMES[code])}
    return type(f"ReturnForm_{code}", (ReturnForm,), facts)


class PressForm(RecordForm):
    """Nothing to fill in."""


class ByNumberForm(ChosenForm):
    """Who, by name and number, and where (A2.6)."""

    region = WholeNumber(validators=[InputRequired(message=REQUIRED), ruled(from_key)], invalid_value_message=CHOICE)
    name = TextField(validators=[ruled(normal_name)])
    id_number = TextField(validators=[InputRequired(message=REQUIRED)])

    def told(self) -> Told:
        """The person; whoever has to be put on the register is of the type that a number alone allows."""
        return Told("registered", self["name"].data, id_number=self.id_number.data)


@lru_cache(maxsize=64)
def by_number_for(code: str) -> type[ByNumberForm]:
    """The form of one programme for somebody by number."""
    facts = {one.name: TextField() for one in PROGRAMMES[code].facts}
    return type(f"ByNumberForm_{code}", (ByNumberForm,), facts)


@lru_cache(maxsize=64)
def form_for(code: str) -> type[ChosenForm]:
    """The form of one programme: a line of text for each fact, checked by the rules."""
    facts = {one.name: TextField() for one in PROGRAMMES[code].facts}
    return type(f"ChosenForm_{code}", (ChosenForm,), facts)
