"""The forms of letting a house (A6.8 to A6.10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from wtforms import BooleanField, SelectField
from wtforms.validators import InputRequired

from geoapp.core.i18n import N_
from geoapp.dictionaries.lists import choices, known
from geoapp.edge.forms import CHOICE, REQUIRED, DayField, RecordForm, TextField, ruled
from geoapp.houses.codes import (
    RENTAL_KINDS,
    RENTAL_REASONS,
    RENTAL_REINSTATE_REASONS,
    RENTAL_USES,
)
from geoapp.houses.rental_rules import RentalFacts, normal_landlord, normal_landlord_phone


class RentalForm(RecordForm):
    """What is let, as what, by whom; name and phone left empty stay as they are."""

    titles: ClassVar[dict[str, str]] = {
        "use": N_("出租用途"), "kind": N_("出租类型"), "landlord_name": N_("出租人"),
        "landlord_phone": N_("出租人电话"), "no_landlord": N_("删去出租人"),
    }  # fmt: skip
    words: ClassVar[dict[str, Mapping[str, str]]] = {"use": RENTAL_USES, "kind": RENTAL_KINDS}

    use = SelectField(choices=known(RENTAL_USES), default="dwelling", invalid_choice_message=CHOICE)
    kind = SelectField(choices=known(RENTAL_KINDS), default="flat", invalid_choice_message=CHOICE)
    landlord_name = TextField(validators=[ruled(normal_landlord)])
    landlord_phone = TextField(validators=[ruled(normal_landlord_phone)])
    no_landlord = BooleanField(false_values=(False, "", "0", "false"))

    def facts(self) -> RentalFacts:
        """The sent facts; `validate` has been asked before."""
        return RentalFacts(**{name: self[name].data for name in RentalFacts.__dataclass_fields__})


class LetForm(RentalForm):
    """A house is let, since when."""

    day = DayField(validators=[InputRequired(message=REQUIRED)])


class OffForm(RecordForm):
    """注销: why and when."""

    reason = SelectField(choices=choices(RENTAL_REASONS, ""), default="", invalid_choice_message=CHOICE)
    day = DayField(validators=[InputRequired(message=REQUIRED)])


class BackForm(RecordForm):
    """取消注销: why and when."""

    reason = SelectField(choices=choices(RENTAL_REINSTATE_REASONS, ""), default="", invalid_choice_message=CHOICE)
    day = DayField(validators=[InputRequired(message=REQUIRED)])


class UndoForm(RecordForm):
    """Nothing to fill in: the last step is taken back."""
