"""Recording an inspection with its photos, and reading what was found and what is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, or_, select, update

from geoapp.accounts.models import User
from geoapp.changes.actions import Writing, own_rows
from geoapp.core.clock import today
from geoapp.core.db import table_of
from geoapp.core.errors import NotFound
from geoapp.core.i18n import translate
from geoapp.core.photo_links import PhotoLinks
from geoapp.core.photos import Photo
from geoapp.sites import inspection_rules as rules
from geoapp.sites.codes import FINDINGS, KINDS
from geoapp.sites.models import Inspection, Site, SitePhoto
from geoapp.sites.rules import check_day
from grids_boundaries.access import Access
from grids_boundaries.models import Region

site, inspection, photo = table_of(Site), table_of(Inspection), table_of(SitePhoto)
region = table_of(Region)
LINKS = PhotoLinks("site-photo")
SHOWN = 20


@dataclass(frozen=True)
class InspectionFacts:
    """What an inspector writes down; `findings` is type to finding."""

    day: date
    findings: dict[str, str]
    note: str | None = None
    next_due: date | None = None


@dataclass(frozen=True)
class Line:
    """One inspection as a page shows it: who, findings in words, photos as (id, key of their link)."""

    day: date
    who: str | None
    findings: tuple[tuple[str, str, str], ...]
    note: str | None
    next_due: date | None
    photos: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class DueGrid:
    """Sites of one region that are overdue, due within a week, or were never inspected."""

    digits: str
    name: str
    overdue: int
    week: int
    never: int


def record_inspection(
    work: Writing, site_id: int, version: int, facts: InspectionFacts, photos: Sequence[Photo] = ()
) -> int:
    """Write what was found; the site is seen on that day and due on the next. Returns the id.

    Raises NotFound, StaleForm, InvalidInput.
    """
    before = work.lock(site, site_id, version)
    check_day(facts.day, today())
    rules.check_due(facts.next_due, facts.day)
    rules.check_photos(len(photos))
    row = work.connection.execute(
        insert(inspection).values(
            county_code=before.county_code, region_key=before.region_key, site_id=site_id,
            inspected_on=facts.day, inspector_id=work.access.user_id, note=rules.normal_note(facts.note),
            findings=rules.check_findings(facts.findings, before.types), next_due=facts.next_due,
        ).returning(inspection)
    ).one()  # fmt: skip
    same = {"county_code": row.county_code, "region_key": row.region_key, "inspection_id": row.id}
    if photos:
        work.connection.execute(insert(photo), [same | one._asdict() for one in photos])
    _see(work, before, facts)
    work.log("inspect", "sites", before, ["findings", *(["photos"] if photos else []), "next_due"])
    return int(row.id)


def move_inspections(work: Writing, before: Row, region_key: int) -> None:
    """What was found at a site goes with it to another grid."""
    if region_key == before.region_key:
        return
    own = and_(inspection.c.county_code == before.county_code, inspection.c.site_id == before.id)
    moved = update(inspection).where(own).values(region_key=region_key).returning(inspection.c.id)
    ids = work.connection.scalars(moved).all()
    theirs = and_(photo.c.county_code == before.county_code, photo.c.inspection_id.in_(ids))
    work.connection.execute(update(photo).where(theirs).values(region_key=region_key))


def read_inspections(connection: Connection, access: Access, site_id: int, locale: str) -> list[Line]:
    """The latest inspections of a site, SHOWN at most."""
    t = inspection
    query = (
        select(t, User.display_name).outerjoin(User, User.id == t.c.inspector_id)
        .where(*own_rows(access, t), t.c.site_id == site_id)
        .order_by(t.c.inspected_on.desc(), t.c.id.desc()).limit(SHOWN)
    )  # fmt: skip
    rows = connection.execute(query).all()
    shown = select(photo.c.id, photo.c.inspection_id).where(
        *own_rows(access, photo), photo.c.inspection_id.in_([row.id for row in rows])
    )
    pictures: dict[int, list[tuple[int, str]]] = {}
    for one in connection.execute(shown.order_by(photo.c.id)):
        pictures.setdefault(one.inspection_id, []).append((one.id, LINKS.key(one.id, access.user_id)))
    return [_line(row, tuple(pictures.get(row.id, ())), locale) for row in rows]


def read_photo(connection: Connection, access: Access, photo_id: int, key: str) -> Photo:
    """A photo of the reader's area, by a link of the last ten minutes made for them. Raises NotFound."""
    LINKS.check(photo_id, access.user_id, key)
    query = select(photo.c.content, photo.c.mimetype).where(*own_rows(access, photo), photo.c.id == photo_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return Photo(bytes(row.content), row.mimetype)


def read_due(connection: Connection, access: Access, day: date) -> list[DueGrid]:
    """Regions of the reader's area with sites that are overdue, due within a week or never seen."""
    late, soon = site.c.next_due < day, site.c.next_due.between(day, day + timedelta(days=rules.WEEK))
    never = site.c.inspected_on.is_(None)
    counts = [func.count().filter(one) for one in (late, soon, never)]
    query = (
        select(region.c.code, region.c.full_name, *counts).select_from(site)
        .join(region, region.c.key == site.c.region_key)
        .where(*own_rows(access, site), site.c.active, or_(late, soon, never))
        .group_by(region.c.code, region.c.full_name).order_by(counts[0].desc(), counts[1].desc(), region.c.code)
    )  # fmt: skip
    return [DueGrid(*row) for row in connection.execute(query)]


# -- parts ---------------------------------------------------------------------------------


def _see(work: Writing, before: Row, facts: InspectionFacts) -> None:
    values: dict[str, Any] = {"version": before.version + 1, "updated_at": func.now(), "previous": None}
    if before.inspected_on is None or facts.day >= before.inspected_on:  # one entered late decides nothing
        values |= {"inspected_on": facts.day, "next_due": facts.next_due}
    same = and_(site.c.county_code == before.county_code, site.c.id == before.id)
    work.connection.execute(update(site).where(same).values(values))
    work.touch("sites", before.region_key)


def _line(row: Row, photos: tuple[tuple[int, str], ...], locale: str) -> Line:
    findings = tuple(
        (found, translate(KINDS[key], locale), translate(FINDINGS[found], locale))
        for key, found in row.findings.items()
    )
    return Line(row.inspected_on, row.display_name, findings, row.note, row.next_due, photos)
