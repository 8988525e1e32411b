"""Visits and other services in the timeline of a house (`geoapp.houses.timeline`)."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from geoapp.core.i18n import N_, translate
from geoapp.houses.reads import Row
from geoapp.houses.timeline import Entry
from geoapp.teams.reads import records_of_house
from grids_boundaries.access import Access

NAME = "services"


def read_services(connection: Connection, access: Access, house: Row, locale: str) -> Iterable[Entry]:
    """What was done at the house, of the kinds the reader knows of."""
    for line in records_of_house(connection, access, house["id"], locale):
        text = translate(N_("%(service)s（%(team)s）"), locale, service=line.service, team=line.team)
        yield Entry(line.day, NAME, text, translate(N_("、"), locale).join(line.who), line.url)
