"""Forms of importing."""

from __future__ import annotations

from wtforms import SelectField
from wtforms.validators import InputRequired, Optional, Regexp

from geoapp.edge.forms import CHOICE, LARGEST_VERSION, RecordForm, TextField, WholeNumber
from geoapp.importing.templates import REGISTERS, template_of

PLACED = frozenset({"county", "street", "community", "grid", "lon", "lat", "crs"})
WITH_POINT = frozenset({"organisations", "sites"})


class UploadForm(RecordForm):
    """A file and the register it is for; the key and name of one that came in pieces (`geoapp.importing.parts`)."""

    register = SelectField(choices=list(REGISTERS), invalid_choice_message=CHOICE)
    part = TextField()
    part_name = TextField()


class FillForm(UploadForm):
    """The same, and the region its rows lie in."""

    area = TextField()


class WriteForm(RecordForm):
    """The file whose dry run somebody has read: its SHA-256."""

    sha256 = TextField()


class ConfirmForm(RecordForm):
    """Nothing to fill in."""


class SystemForm(RecordForm):
    """The system of coordinates of positions that name none."""

    system = TextField()


class PlaceForm(RecordForm):
    """The place a row's address means."""

    place = TextField()


class RowsForm(RecordForm):
    """Rows of a list: `row` is sent once for each, `whole` for all of the list; the grid they are proposed to.

    Which list it is stands in the same fields as in its address (`geoapp.importing.views.asked`). A script that
    goes through a long list in pieces sends the last row of the piece before as `after`.
    """

    register = SelectField(choices=list(REGISTERS), invalid_choice_message=CHOICE)
    row = TextField()
    whole = TextField()
    grid = TextField()
    list = TextField()
    failure = TextField()
    batch = TextField()
    region = TextField()
    bbox = TextField()
    after = WholeNumber(validators=[Optional()], default=0)


class BackForm(RecordForm):
    """What was claimed since a moment (microseconds of the epoch)."""

    register = SelectField(choices=list(REGISTERS), invalid_choice_message=CHOICE)
    since = WholeNumber(validators=[InputRequired(message=CHOICE)])


class SameForm(RecordForm):
    """Rows that are the same as one (`row`, sent once for each); "same", "apart" or the id of a record."""

    row = TextField()
    answer = TextField(validators=[Regexp(r"(?:same|apart|\d{1,18})$", message=CHOICE)])


class MergeForm(RecordForm):
    """The record a row is, its version, and the facts of the row that are right (`take`, sent once for each)."""

    record = WholeNumber(validators=[InputRequired(message=CHOICE)])
    record_version = WholeNumber(validators=[InputRequired(message=CHOICE)], most=LARGEST_VERSION)
    take = TextField()


class CompleteForm(RecordForm):
    """A row's cells one by one: fields are made for its register (`complete_form`)."""


def complete_form(register: str) -> type[CompleteForm]:
    """The form of one register's cells: what its template asks for, beside the place."""
    template, made = template_of(register), {}
    for column in template.columns:
        if column.name in PLACED:
            continue
        if column.codes:
            made[column.name] = SelectField(choices=["", *column.codes], default="", invalid_choice_message=CHOICE)
        else:
            made[column.name] = TextField()
    if register in WITH_POINT:
        made |= {"lon": TextField(), "lat": TextField()}
    return type("CompleteForm", (CompleteForm,), made)
