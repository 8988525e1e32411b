"""The forms of a house: new, correct, number, position, confirm (A6.4, A6.6, A6.8)."""

from __future__ import annotations

from wtforms import BooleanField, DecimalField, FloatField, IntegerField, SelectField
from wtforms.validators import InputRequired, Optional

from geoapp.dictionaries.lists import known
from geoapp.edge.forms import (
    CHOICE,
    NUMBER,
    REQUIRED,
    WHOLE_NUMBER,
    RecordForm,
    TextField,
    WholeNumber,
    ruled,
)
from geoapp.houses import rules
from geoapp.houses.actions import HouseFacts
from geoapp.houses.codes import HOUSE_USES
from grids_boundaries.keys import from_key


class FactsForm(RecordForm):
    """What is written down of a house, apart from its number."""

    address = TextField(validators=[ruled(rules.normal_address)])
    entrance = IntegerField(
        validators=[Optional(), ruled(rules.check_entrance)], invalid_value_message=WHOLE_NUMBER
    )
    storey = IntegerField(
        validators=[Optional(), ruled(rules.check_storey)], invalid_value_message=WHOLE_NUMBER
    )
    room = TextField(validators=[ruled(rules.normal_room)])
    use = SelectField(
        choices=known(HOUSE_USES), default="dwelling", invalid_choice_message=CHOICE
    )
    area_m2 = DecimalField(
        validators=[Optional(), ruled(rules.check_area)], places=None, invalid_value_message=NUMBER
    )

    def facts(self) -> HouseFacts:
        """The sent facts; `validate` has been asked before."""
        return HouseFacts(**{name: self[name].data for name in HouseFacts.__dataclass_fields__ if name in self})


class NewHouseForm(FactsForm):
    """A house with its number, in a grid and perhaps in a building."""

    region = IntegerField(
        validators=[InputRequired(message=REQUIRED), ruled(from_key)], invalid_value_message=CHOICE
    )
    building = WholeNumber(validators=[Optional()])
    rental = BooleanField(false_values=(False, "", "0", "false"))
    number = TextField(validators=[ruled(rules.normal_number)])


class NumberForm(RecordForm):
    """Another number for a house (A6.4)."""

    number = TextField(validators=[ruled(rules.normal_number)])


class PositionForm(RecordForm):
    """A point in degrees (EPSG:4326), clicked on the map or typed."""

    lon = FloatField(
        validators=[InputRequired(message=REQUIRED), ruled(lambda lon: rules.check_position(lon, 0))],
        invalid_value_message=NUMBER,
    )
    lat = FloatField(
        validators=[InputRequired(message=REQUIRED), ruled(lambda lat: rules.check_position(0, lat))],
        invalid_value_message=NUMBER,
    )


class ConfirmForm(RecordForm):
    """Nothing to fill in: somebody was there and all is as written (A6.11)."""
