"""Which rows each clock is about: one condition per class, for counting and for taking away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ColumnElement, Date, DateTime, Table, and_, cast, column, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from geoapp.accounts.models import AccountLink, ApiToken, Session
from geoapp.changes.models import RecordChange
from geoapp.core.db import table_of
from geoapp.desk.models import SubjectRequest
from geoapp.exporting.models import ExportLog, ExportRequest
from geoapp.houses.models import House, Residence
from geoapp.importing.codes import ASKING, CLAIMED
from geoapp.importing.models import ImportBatch, ImportRow
from geoapp.modules.models import ImpactAssessment
from geoapp.people.models import Resident
from geoapp.people.searches import saved_search
from geoapp.programmes.models import Enrolment, enrolment_event
from geoapp.unusual.models import ReadCount
from geoapp.unusual.rules import Level
from grids_boundaries.areas import saved_area

Condition = Callable[[datetime], ColumnElement[bool]]
PERSON = "deregistered"
"""The clock that erases people; the others delete rows."""
LANDLORDS = "landlords"
"""The clock that empties two cells of houses."""
IMPORTED = "import_rows"
"""The clock of rows that nobody claims; their senders are told."""
ASKED = "import_asking"
"""The clock of files whose senders do not say which system of coordinates is meant; they are told."""

resident, residence, change = table_of(Resident), table_of(Residence), table_of(RecordChange)
session, token, link = table_of(Session), table_of(ApiToken), table_of(AccountLink)
asked, log, wish = table_of(SubjectRequest), table_of(ExportLog), table_of(ExportRequest)
import_batch, import_row = table_of(ImportBatch), table_of(ImportRow)
enrolment, house = table_of(Enrolment), table_of(House)
assessment, counted = table_of(ImpactAssessment), table_of(ReadCount)
_newer = assessment.alias()


def _superseded(before: datetime) -> ColumnElement[bool]:
    """A newer approved one of the same module stands, and this one's term has run out."""
    newer = select(_newer.c.id).where(
        _newer.c.module == assessment.c.module, _newer.c.id > assessment.c.id, _newer.c.approved_on.is_not(None)
    )
    return and_(assessment.c.approved_on < before.date(), newer.exists())


def _let_no_more(before: datetime) -> ColumnElement[bool]:
    """Houses that are let no more and keep a landlord: by the day of their last step that was not undone, or, where
    none is left, by when they were last saved."""
    step = func.jsonb_array_elements(house.c.rental_steps, type_=JSONB).column_valued("step")
    last = select(func.max(step["day"].astext)).where(step["undone"].is_(None)).correlate(house).scalar_subquery()
    ended = func.coalesce(cast(last, Date), cast(house.c.updated_at, Date))
    sealed = or_(house.c.landlord_name_enc.is_not(None), house.c.landlord_phone_enc.is_not(None))
    return and_(~house.c.rental, sealed, ended < before.date())


def _unclaimed(before: datetime) -> ColumnElement[bool]:
    """Rows that were refused or not claimed, by when their file was sent."""
    sent = select(import_batch.c.id).where(import_batch.c.sent_at < before, import_batch.c.ended_at.is_not(None))
    return and_(import_row.c.state < CLAIMED, import_row.c.batch_id.in_(sent))


ENDED: dict[str, tuple[Table, Condition]] = {
    "deregistered": (resident, lambda t: and_(resident.c.state != "active", resident.c.state_date < t.date())),
    "enrolments": (enrolment, lambda t: enrolment.c.released_at < t),
    "enrolment_events": (enrolment_event, lambda t: and_(enrolment_event.c.at < t, enrolment_event.c.told_at < t)),
    LANDLORDS: (house, _let_no_more),
    "stays": (residence, lambda t: residence.c.until < t.date()),
    "changes": (change, lambda t: change.c.at < t),
    "requests": (asked, lambda t: asked.c.closed_at < t),
    "exports": (log, lambda t: log.c.at < t),
    "export_requests": (wish, lambda t: func.coalesce(wish.c.expires_at, wish.c.asked_at) < t),
    "assessments": (assessment, _superseded),
    "sessions": (session, lambda t: or_(session.c.expires_at < t, session.c.revoked_at < t)),
    "tokens": (token, lambda t: or_(token.c.expires_at < t, token.c.revoked_at < t)),
    "links": (link, lambda t: link.c.expires_at < t),
    "read_counts": (counted, lambda t: and_(counted.c.day < t.date(), counted.c.level < Level.STOPPED)),
    IMPORTED: (import_row, _unclaimed),
    ASKED: (import_batch, lambda t: and_(
        import_batch.c.state == ASKING, import_batch.c.crs.is_(None), import_batch.c.sent_at < t
    )),
    "saved_searches": (saved_search, lambda t: saved_search.c.created_at < t),
    "saved_areas": (saved_area, lambda t: column("created_at", DateTime(timezone=True)) < t),
}
