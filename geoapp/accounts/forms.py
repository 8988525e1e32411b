"""Forms of the account pages; names that a form does not have are refused (AZ-11)."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from wtforms import BooleanField, PasswordField, SelectMultipleField
from wtforms.validators import InputRequired, Optional

from geoapp.accounts.people import Person
from geoapp.core.settings import get_settings
from geoapp.edge.forms import REQUIRED, DayField, RecordForm, TextField, WholeNumber

SEPARATORS = re.compile(r"[\s,;，；、]+")


def _must() -> InputRequired:
    return InputRequired(message=REQUIRED)


def moment_of(day: date, *, end: bool = False) -> datetime:
    """The beginning of a day where the deployment is, or its end."""
    zone = ZoneInfo(get_settings().time_zone)
    return datetime.combine(day + timedelta(days=1 if end else 0), time(), zone)


class PersonForm(RecordForm):
    """A user as an administrator writes them."""

    username = TextField()
    display_name = TextField(validators=[_must()])
    role = TextField(validators=[_must()])
    areas = TextField(validators=[_must()])
    department = WholeNumber(validators=[Optional()])
    sso_subject = TextField()

    def person(self) -> Person:
        """What was written."""
        codes = [code for code in SEPARATORS.split(str(self.areas.data)) if code]
        subject = str(self.sso_subject.data).strip()[:200]
        return Person(
            self.display_name.data, self.role.data, codes, self.department.data, subject or None
        )


class RoleForm(RecordForm):
    """A role: its title and what it allows."""

    key = TextField()
    title = TextField(validators=[_must()])
    permissions = SelectMultipleField(validate_choice=False)


class DepartmentForm(RecordForm):
    """A department."""

    name = TextField(validators=[_must()])
    area = TextField()
    active = BooleanField()


class ProgrammeForm(RecordForm):
    """A programme opened to a user."""

    programme = TextField(validators=[_must()])
    area = TextField(validators=[_must()])
    ends_at = DayField(validators=[_must()])


class StandInForm(RecordForm):
    """A deputy for somebody absent."""

    absent = TextField(validators=[_must()])
    deputy = TextField(validators=[_must()])
    starts_at = DayField(validators=[_must()])
    ends_at = DayField(validators=[_must()])
    reason = TextField(validators=[_must()])


class PreviewForm(RecordForm):
    """Through whose eyes."""

    role = TextField(validators=[_must()])
    area = TextField(validators=[_must()])


class PasswordForm(RecordForm):
    """A new password, twice; the present one where there is one."""

    current = PasswordField()
    password = PasswordField(validators=[_must()])
    again = PasswordField(validators=[_must()])


class WelcomeForm(PasswordForm):
    """A first or new password, by a one-time link."""

    key = TextField(validators=[_must()])


class CodeForm(RecordForm):
    """A code of the second factor, or a password that is asked for once more."""

    code = TextField()
    password = PasswordField()
    next = TextField()


class SetUpForm(RecordForm):
    """The first code of a new authenticator, and which set-up it belongs to."""

    code = TextField(validators=[_must()])
    step = TextField(validators=[_must()])


class TokenForm(RecordForm):
    """A token for a desktop client."""

    name = TextField(validators=[_must()])
    registers = SelectMultipleField(validate_choice=False)
    area = TextField()
    days = WholeNumber(validators=[_must()])


class ResetForm(RecordForm):
    """Whether second factors are forgotten, too."""

    factors = BooleanField()
