"""Forms of importing."""

from __future__ import annotations

from wtforms import SelectField

from geoapp.edge.forms import CHOICE, RecordForm
from geoapp.importing.templates import REGISTERS


class UploadForm(RecordForm):
    """A file and the register it is for."""

    register = SelectField(choices=list(REGISTERS), invalid_choice_message=CHOICE)


class ConfirmForm(RecordForm):
    """Nothing to fill in."""
