"""What can be done with a key site: add, correct, place, confirm, release, enrol again, undo (A7.2).

Callers open the transaction (`geoapp.changes.work.write`) and it commits as a whole or not at all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Row, and_, func, insert, update

from geoapp.changes.actions import Writing
from geoapp.changes.places import own_region_at, point_at
from geoapp.core.clock import now, today
from geoapp.core.db import table_of
from geoapp.core.errors import Conflict, InvalidInput
from geoapp.core.i18n import N_
from geoapp.core.settings import undo_minutes
from geoapp.dictionaries.lists import check_chosen
from geoapp.sites import rules
from geoapp.sites.codes import CATEGORIES
from geoapp.sites.inspections import move_inspections
from geoapp.sites.models import Site

site = table_of(Site)
ENTERED = "entered"
PLACED_INSIDE = 1


@dataclass(frozen=True)
class SiteFacts:
    """What staff write down of a site; `types` as `rules.rated` takes them."""

    name: str
    types: Mapping[str, tuple[int, str]]
    address: str | None = None
    category: str = "other"

    def checked(self, stored: rules.Types, category: str | None = None) -> dict[str, object]:
        """Column values beside the types and the category stored now. Raises InvalidInput."""
        check_chosen(CATEGORIES, "category", self.category, category)
        return {
            "name": rules.normal_name(self.name), "address": rules.normal_address(self.address),
            "category": self.category, "types": rules.rated(self.types, stored),
        }  # fmt: skip


def add_site(work: Writing, facts: SiteFacts, lon: float, lat: float) -> int:
    """A new site at a point (degrees, EPSG:4326) of a grid of the writer's own; returns its id.

    Raises InvalidInput, also for a point in no grid of the writer's area (A7.2).
    """
    grid = own_region_at(work, lon, lat)
    values = facts.checked({}) | {
        "county_code": grid.county_code, "region_key": grid.key, "geom": point_at(lon, lat),
        "placed": PLACED_INSIDE, "position_source": "clicked", "origin": ENTERED, "level_origin": ENTERED,
    }  # fmt: skip
    row = work.connection.execute(insert(site).values(values).returning(site)).one()
    work.touch("sites", row.region_key)
    work.log("create", "sites", row, ["name", "types", "category", "position", *(["address"] if row.address else [])])
    return int(row.id)


def correct_site(work: Writing, site_id: int, version: int, facts: SiteFacts) -> list[str]:
    """Write corrected facts; returns the names of the fields that changed, none for a confirmation.

    Raises NotFound, StaleForm, InvalidInput.
    """
    before = work.lock(site, site_id, version)
    values = facts.checked(before.types, before.category)
    changed = [name for name, value in values.items() if getattr(before, name) != value]
    stamped = {"level_origin": ENTERED} if "types" in changed else {}
    _save(work, before, values | stamped | ({"origin": ENTERED} if changed else {}))
    work.log("correct" if changed else "confirm", "sites", before, changed)
    return changed


def confirm_site(work: Writing, site_id: int, version: int) -> None:
    """Somebody was there and all is as written. Raises NotFound, StaleForm."""
    before = work.lock(site, site_id, version)
    _save(work, before, {})
    work.log("confirm", "sites", before, [])


def place_site(work: Writing, site_id: int, version: int, lon: float, lat: float) -> None:
    """Move a site to a point in a grid of the writer's own, which is then its grid.

    Raises NotFound, StaleForm, InvalidInput.
    """
    before = work.lock(site, site_id, version)
    grid = own_region_at(work, lon, lat)
    if grid.county_code != before.county_code:
        raise InvalidInput(N_("该位置在另一个区县，请在那里另行登记。"), field="lon")
    _save(work, before, {
        "geom": point_at(lon, lat), "placed": PLACED_INSIDE, "position_source": "clicked", "region_key": grid.key,
    })  # fmt: skip
    move_inspections(work, before, grid.key)
    work.touch("sites", grid.key)
    work.log("place", "sites", before, ["position"])


def release_site(
    work: Writing, site_id: int, version: int, chosen: Collection[str], reason: str, day: date
) -> None:
    """取消关注 of some types, with reason and day (A7.2). Raises NotFound, StaleForm, InvalidInput, Conflict."""
    before = work.lock(site, site_id, version)
    _step(work, before, "release", rules.released(before.types, chosen, reason, day, today()))


def enrol_site(
    work: Writing, site_id: int, version: int, chosen: Collection[str], reason: str, day: date
) -> None:
    """重新关注 of some types (A17, A18.14). Raises NotFound, StaleForm, InvalidInput, Conflict."""
    before = work.lock(site, site_id, version)
    _step(work, before, "enrol", rules.enrolled(before.types, chosen, reason, day, today()))


def undo_step(work: Writing, site_id: int, version: int) -> None:
    """Take the last release or enrolment back, within the minutes of the settings and while nothing followed.

    Raises NotFound, StaleForm, Conflict.
    """
    before = work.lock(site, site_id, version)
    if not rules.may_undo(step_at(before.previous), now(), undo_minutes()):
        raise Conflict(N_("没有可以撤销的操作，或已超过 %(minutes)s 分钟。"), minutes=undo_minutes())
    _save(work, before, {"types": before.previous["types"]})
    work.log("undo", "sites", before, ["types"])


def step_at(previous: Mapping[str, object] | None) -> datetime | None:
    """When the last step was made that can be taken back."""
    return datetime.fromisoformat(str(previous["at"])) if previous else None


# -- parts ---------------------------------------------------------------------------------


def _step(work: Writing, before: Row, step: str, types: Mapping[str, object]) -> None:
    previous = {"step": step, "at": now().isoformat(), "types": before.types}
    _save(work, before, {"types": types, "previous": previous})
    work.log(step, "sites", before, ["types"])


def _save(work: Writing, before: Row, values: Mapping[str, object]) -> None:
    """Any other save ends what could be taken back."""
    stamped = {"previous": None, **values, "version": before.version + 1, "updated_at": func.now()}
    same = and_(site.c.county_code == before.county_code, site.c.id == before.id)
    work.connection.execute(update(site).where(same).values(stamped))
    work.touch("sites", before.region_key)
