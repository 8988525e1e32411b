"""The forms of an organisation (A7.1, A7.8, A7.9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from wtforms import BooleanField, DateField, SelectField
from wtforms.validators import InputRequired

from geoapp.core.clock import today
from geoapp.core.i18n import N_
from geoapp.dictionaries.lists import choices
from geoapp.edge.forms import CHOICE, DAY, REQUIRED, RecordForm, TextField, ruled
from geoapp.houses.forms import PositionForm
from geoapp.organisations.codes import (
    CATEGORIES,
    DEREGISTER_REASONS,
    KINDS,
    LEVELS,
    REINSTATE_REASONS,
    TITLES,
)
from geoapp.organisations.licences import normal_licence
from geoapp.organisations.rules import OrganisationFacts
from geoapp.sites.rules import check_day, check_reason, normal_address, normal_name

YES_NO = {"True": N_("是"), "False": N_("否")}


class FactsForm(PositionForm):
    """What is written down of an organisation, with its place; the point decides the region."""

    titles: ClassVar[dict[str, str]] = {
        "kind": N_("组织类别"), "category": N_("类别"), "name": N_("名称"), "licence_number": N_("证照号码"),
        "registered": N_("已登记注册"), "address": N_("地址"), "level": N_("登记层级"),
        "lon": N_("经度"), "lat": N_("纬度"),
    }  # fmt: skip
    words: ClassVar[dict[str, Mapping[str, str]]] = {
        "kind": TITLES, "category": CATEGORIES, "registered": YES_NO, "level": LEVELS,
    }  # fmt: skip

    kind = SelectField(choices=list(KINDS), default="unit", invalid_choice_message=CHOICE)
    category = SelectField(choices=["", *CATEGORIES], default="", invalid_choice_message=CHOICE)
    name = TextField(validators=[ruled(normal_name)])
    licence_number = TextField(validators=[ruled(normal_licence)])
    registered = BooleanField(default=True, false_values=(False, "", "0", "false"))
    address = TextField(validators=[ruled(normal_address)])
    level = SelectField(choices=list(LEVELS), default="grid", invalid_choice_message=CHOICE)

    def facts(self) -> OrganisationFacts:
        """The sent facts; `validate` has been asked before."""
        return OrganisationFacts(**{name: self[name].data for name in OrganisationFacts.__dataclass_fields__})


class StepForm(RecordForm):
    """注销 or 取消注销: why and when."""

    day = DateField(
        validators=[InputRequired(message=REQUIRED), ruled(lambda day: check_day(day, today()))],
        invalid_value_message=DAY,
    )


class DeregisterForm(StepForm):
    """It leaves the register."""

    reason = SelectField(choices=choices(DEREGISTER_REASONS, ""), default="", invalid_choice_message=CHOICE,
                         validators=[ruled(lambda reason: check_reason(reason, DEREGISTER_REASONS))])  # fmt: skip


class ReinstateForm(StepForm):
    """It comes back."""

    reason = SelectField(choices=choices(REINSTATE_REASONS, ""), default="", invalid_choice_message=CHOICE,
                         validators=[ruled(lambda reason: check_reason(reason, REINSTATE_REASONS))])  # fmt: skip


class ConfirmForm(RecordForm):
    """Nothing to fill in."""
