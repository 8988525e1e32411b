"""The form of a confirmation."""

from __future__ import annotations

from wtforms.validators import InputRequired, Length

from geoapp.core.i18n import N_
from geoapp.edge.forms import REQUIRED, RecordForm, TextField

LONG = N_("最多 500 个字。")


class ConfirmForm(RecordForm):
    """Why so much was read, as the supervisor knows it."""

    reason = TextField(validators=[InputRequired(message=REQUIRED)])
    note = TextField(validators=[InputRequired(message=REQUIRED), Length(max=500, message=LONG)])
