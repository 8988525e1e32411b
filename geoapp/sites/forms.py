"""The forms of a key site; the inputs of its types follow from their declaration (A7.3 to A7.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from wtforms import DateField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, Optional

from geoapp.core.clock import today
from geoapp.core.i18n import N_
from geoapp.dictionaries.lists import choices, known
from geoapp.edge.forms import CHOICE, DAY, REQUIRED, RecordForm, TextField, ruled
from geoapp.houses.forms import PositionForm
from geoapp.sites import inspection_rules, rules
from geoapp.sites.actions import SiteFacts
from geoapp.sites.codes import (
    CATEGORIES,
    ENROL_REASONS,
    FINDINGS,
    KIND_TITLES,
    KINDS,
    LEVELS,
    RELEASE_REASONS,
    TYPES,
)
from geoapp.sites.inspections import InspectionFacts

NOT_OF_TYPE = ""


class FactsForm(RecordForm):
    """What is written down of a site: `level_<type>` is empty for a type it is not of."""

    titles: ClassVar[dict[str, str]] = {
        "name": N_("名称"), "address": N_("地址"), "category": N_("类别"), "lon": N_("经度"), "lat": N_("纬度"),
        **{f"level_{key}": title for key, title in KINDS.items()},
        **{f"kind_{key}": title for key, title in KIND_TITLES.items()},
    }  # fmt: skip
    words: ClassVar[dict[str, Mapping[str, str]]] = {
        "category": CATEGORIES,
        **{f"level_{key}": {str(level): word for level, word in LEVELS.items()} for key in TYPES},
        **{f"kind_{key}": one.kinds for key, one in TYPES.items() if one.kinds},
    }

    name = TextField(validators=[ruled(rules.normal_name)])
    address = TextField(validators=[ruled(rules.normal_address)])
    category = SelectField(choices=known(CATEGORIES), default="other", invalid_choice_message=CHOICE)

    def facts(self) -> SiteFacts:
        """The sent facts; `validate` has been asked before."""
        chosen = {
            key: (int(self[f"level_{key}"].data), self[f"kind_{key}"].data or "" if one.kinds else "")
            for key, one in TYPES.items()
            if self[f"level_{key}"].data
        }
        return SiteFacts(self.name.data, chosen, self.address.data, self.category.data)


class NewSiteForm(FactsForm, PositionForm):
    """A site with its place."""


for _key, _one in TYPES.items():
    _levels = [NOT_OF_TYPE, *(str(level) for level in LEVELS)]
    setattr(FactsForm, f"level_{_key}", SelectField(choices=_levels, default="", invalid_choice_message=CHOICE))
    if _one.kinds:
        _choice = SelectField(choices=["", *_one.kinds], default="", invalid_choice_message=CHOICE)
        setattr(FactsForm, f"kind_{_key}", _choice)


class PlaceForm(PositionForm):
    """Another place for a site."""

    titles: ClassVar[dict[str, str]] = {"lon": N_("经度"), "lat": N_("纬度")}
    words: ClassVar[dict[str, Mapping[str, str]]] = {}


class StepForm(RecordForm):
    """取消关注 or 重新关注: which types, why and when."""

    types = SelectMultipleField(choices=list(TYPES), invalid_choice_message=CHOICE)
    day = DateField(
        validators=[InputRequired(message=REQUIRED), ruled(lambda day: rules.check_day(day, today()))],
        invalid_value_message=DAY,
    )


class ReleaseForm(StepForm):
    """Attention ends (A7.2)."""

    reason = SelectField(choices=choices(RELEASE_REASONS, ""), default="", invalid_choice_message=CHOICE,
                         validators=[ruled(lambda reason: rules.check_reason(reason, RELEASE_REASONS))])  # fmt: skip


class EnrolForm(StepForm):
    """Attention begins again (A18.14)."""

    reason = SelectField(choices=choices(ENROL_REASONS, ""), default="", invalid_choice_message=CHOICE,
                         validators=[ruled(lambda reason: rules.check_reason(reason, ENROL_REASONS))])  # fmt: skip


class InspectionForm(RecordForm):
    """What was found: `finding_<type>` for each active type; photos come beside the form."""

    day = DateField(
        validators=[InputRequired(message=REQUIRED), ruled(lambda day: rules.check_day(day, today()))],
        invalid_value_message=DAY,
    )
    note = TextField(validators=[ruled(inspection_rules.normal_note)])
    next_due = DateField(validators=[Optional()], invalid_value_message=DAY)

    def facts(self) -> InspectionFacts:
        """The sent facts; `validate` has been asked before."""
        findings = {key: self[f"finding_{key}"].data for key in TYPES if self[f"finding_{key}"].data}
        return InspectionFacts(self.day.data, findings, self.note.data, self.next_due.data)


for _key in TYPES:
    _finding = SelectField(choices=["", *FINDINGS], default="", invalid_choice_message=CHOICE)
    setattr(InspectionForm, f"finding_{_key}", _finding)


class ConfirmForm(RecordForm):
    """Nothing to fill in."""


def stored_values(types: rules.Types) -> dict[str, str]:
    """What `FactsForm` shows of the active types."""
    values: dict[str, str] = {}
    for key, entry in rules.active_types(types).items():
        values[f"level_{key}"] = str(entry["level"])
        if TYPES[key].kinds:
            values[f"kind_{key}"] = entry.get("kind", "")
    return values
