"""The forms of residents: who they are, and where they live (A3.1 to A3.9, A6.5, A6.7)."""

from __future__ import annotations

from collections.abc import Mapping

from wtforms import BooleanField, DateField, HiddenField, IntegerField, SelectField
from wtforms.validators import InputRequired, Optional

from geoapp.dictionaries.lists import choices
from geoapp.edge.forms import (
    CHOICE,
    DAY,
    LARGEST_VERSION,
    REQUIRED,
    WHOLE_NUMBER,
    RecordForm,
    TextField,
    WholeNumber,
    ruled,
)
from geoapp.houses.codes import END_REASONS, TENURES
from geoapp.people.codes import (
    DEREGISTER_REASONS,
    ID_KINDS,
    NO_HOUSE_REASONS,
    OVERSEAS_KINDS,
    SEXES,
    TYPES,
    UNREGISTERED_REASONS,
)
from geoapp.people.correcting import Corrections
from geoapp.people.identity import Told, normal_name, normal_phone, normal_place
from geoapp.people.rules import check_search
from grids_boundaries.keys import from_key

WRITTEN = ("correction", "deregistered")
"""Reasons nobody gives: written by taking a step back and by deregistering."""
GIVEN = choices(END_REASONS, without=WRITTEN)
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
    end_reason = SelectField(choices=GIVEN, default="moved_within", invalid_choice_message=CHOICE)
    confirmed = HiddenField()


class EndForm(RecordForm):
    """A residence ends; `then` says what follows: another house by its number, or none and why."""

    until = DateField(validators=[InputRequired(message=REQUIRED)], invalid_value_message=DAY)
    end_reason = SelectField(choices=GIVEN, default="moved_out", invalid_choice_message=CHOICE)
    then = SelectField(choices=list(MOVES), default="none", invalid_choice_message=CHOICE)
    no_house_reason = SelectField(
        choices=choices(NO_HOUSE_REASONS, ""), default="", invalid_choice_message=CHOICE
    )
    house_number = TextField()


class NoHouseForm(RecordForm):
    """Why somebody has no fixed house (A6.7)."""

    no_house_reason = SelectField(choices=choices(NO_HOUSE_REASONS), invalid_choice_message=CHOICE)


class UndoForm(RecordForm):
    """The last step taken back; a reason only where no house is left."""

    no_house_reason = SelectField(
        choices=choices(NO_HOUSE_REASONS, ""), default="", invalid_choice_message=CHOICE
    )


def _choice(codes: Mapping[str, str], default: str = "") -> SelectField:
    """One of the codes, or nothing."""
    return SelectField(choices=choices(codes, ""), default=default, invalid_choice_message=CHOICE)


class IdentityForm(RecordForm):
    """Who somebody is. Sex and birth date may stay empty where the number says them."""

    type = SelectField(choices=["", *TYPES], default="", invalid_choice_message=CHOICE)
    id_kind = SelectField(choices=list(ID_KINDS), default="citizen", invalid_choice_message=CHOICE)
    id_number = TextField()
    name = TextField(validators=[ruled(normal_name)])
    sex = _choice(SEXES)
    birth_date = DateField(validators=[Optional()], invalid_value_message=DAY)
    phone = TextField(validators=[ruled(normal_phone)])
    registered_place = TextField(validators=[ruled(normal_place)])
    unregistered_reason = _choice(UNREGISTERED_REASONS)
    overseas_kind = _choice(OVERSEAS_KINDS)

    def told(self) -> Told:
        """What was sent; `validate` has been asked before."""
        return Told(**{name: self[name].data for name in Told.__dataclass_fields__})


class CorrectForm(RecordForm):
    """Who somebody is, corrected: what is masked is shown empty, and empty it stays as it is."""

    id_kind = SelectField(choices=list(ID_KINDS), default="citizen", invalid_choice_message=CHOICE)
    id_number = TextField()
    name = TextField()
    sex = _choice(SEXES)
    birth_date = DateField(validators=[Optional()], invalid_value_message=DAY)
    phone = TextField(validators=[ruled(normal_phone)])
    no_phone = BooleanField(false_values=(False, "", "0", "false"))
    registered_place = TextField(validators=[ruled(normal_place)])
    unregistered_reason = _choice(UNREGISTERED_REASONS)
    overseas_kind = _choice(OVERSEAS_KINDS)

    def corrections(self) -> Corrections:
        """What was sent; `validate` has been asked before."""
        names = set(Told.__dataclass_fields__) - {"type"}
        return Corrections(Told("", **{name: self[name].data for name in names}), bool(self.no_phone.data))


class NewResidentForm(IdentityForm):
    """Somebody new, in a grid; where they live by the house one stands at or by its number, or why not."""

    region = WholeNumber(validators=[Optional(), ruled(from_key)], invalid_value_message=CHOICE)
    house = WholeNumber(validators=[Optional()])
    house_number = TextField()
    no_house_reason = _choice(NO_HOUSE_REASONS)
    since = DateField(validators=[Optional()], invalid_value_message=DAY)
    tenure = SelectField(choices=list(TENURES), default="own", invalid_choice_message=CHOICE)


class MergeForm(RecordForm):
    """Two records of one person; which of them stays."""

    other = WholeNumber(validators=[InputRequired(message=REQUIRED)])
    other_version = WholeNumber(validators=[InputRequired(message=REQUIRED)], most=LARGEST_VERSION)
    keep = SelectField(choices=["", "this", "other"], default="", invalid_choice_message=CHOICE,
                       validators=[InputRequired(message=REQUIRED)])  # fmt: skip


class DeregisterForm(RecordForm):
    """Off the register, why and when (A3.4)."""

    reason = _choice(DEREGISTER_REASONS)
    day = DateField(validators=[InputRequired(message=REQUIRED)], invalid_value_message=DAY)


class HomeForm(RecordForm):
    """Where somebody lives from a day on: a house by its number, or none and why (A6.6, A6.7)."""

    house_number = TextField()
    no_house_reason = _choice(NO_HOUSE_REASONS)
    since = DateField(validators=[Optional()], invalid_value_message=DAY)
    tenure = SelectField(choices=list(TENURES), default="own", invalid_choice_message=CHOICE)


class MoveForm(HomeForm):
    """To another grid (A18 (9))."""

    region = WholeNumber(validators=[Optional(), ruled(from_key)], invalid_value_message=CHOICE)


class SettleForm(RecordForm):
    """An unregistered person settles, with their number, on a day (A3.8)."""

    id_number = TextField()
    day = DateField(validators=[InputRequired(message=REQUIRED)], invalid_value_message=DAY)


class TypeForm(RecordForm):
    """Another type, with what it asks for (A3.3)."""

    type = SelectField(choices=["", *TYPES], default="", invalid_choice_message=CHOICE)
    registered_place = TextField(validators=[ruled(normal_place)])
    unregistered_reason = _choice(UNREGISTERED_REASONS)
    overseas_kind = _choice(OVERSEAS_KINDS)


class StepForm(RecordForm):
    """Nothing to fill in: checked today, or the last step taken back."""
