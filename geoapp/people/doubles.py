"""A number on the registers of two grids: the supervisors of both sides are told (A18 (8); AZ-14).

Whoever enters a number learns nothing of other grids: this runs beside the requests, as the owner, over
the numbers that were entered. The message of each side leads to that side's own record and says no more
than that there is another one.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Row, any_, delete, literal, select

from geoapp.accounts.models import Role, User
from geoapp.accounts.permissions import Permission
from geoapp.core.db import owner_transaction, table_of
from geoapp.core.index_keys import index_ring
from geoapp.core.settings import Settings
from geoapp.messages.actions import send
from geoapp.people.models import Resident, number_check
from grids_boundaries.keys import LEVELS, from_key, parse_code
from grids_boundaries.models import Region

resident, region = table_of(Resident), table_of(Region)
BATCH, MOST_TOLD = 200, 5
ABOVE_THE_GRID = LEVELS[:-1]


def tell_doubles(settings: Settings | None = None) -> int:
    """Look for the numbers that wait, tell whom it concerns; how many were looked at.

    One process at a time takes a number; a process that dies leaves it waiting. While the key of the
    hashes is changed all wait: two grids may have hashed one number differently.
    """
    if index_ring().keys().changing:
        return 0
    with owner_transaction(settings) as connection:
        waiting = select(number_check.c.resident_id).order_by(number_check.c.resident_id).limit(BATCH)
        ids = list(connection.scalars(waiting.with_for_update(skip_locked=True)))
        if ids:
            for row in _doubles(connection, ids):
                _tell(connection, row)
            connection.execute(delete(number_check).where(number_check.c.resident_id.in_(ids)))
    return len(ids)


def supervisors(connection: Connection, region_key: int) -> list[int]:
    """Users above the grid who may see its people by name, those with the smallest area first.

    Where nobody may, those who see how many there are.
    """
    grid = from_key(region_key)
    for permission in (Permission.RESIDENT_NAME, Permission.RESIDENT_READ):
        query = (
            select(User.id, User.area_codes).join(Role, Role.key == User.role_key)
            .where(User.active, literal(str(permission)) == any_(Role.permissions)).order_by(User.id)
        )  # fmt: skip
        near = [(-size, row.id) for row in connection.execute(query) for size in _covering(row.area_codes, grid.lo)]
        if near:
            return list(dict.fromkeys(user_id for _, user_id in sorted(near)))[:MOST_TOLD]
    return []


def _covering(codes: Sequence[str], key: int) -> list[int]:
    """Sizes of the codes above the grid level that the key lies in."""
    areas = [parse_code(code) for code in codes]
    return [len(a.digits) for a in areas if a.level in ABOVE_THE_GRID and a.lo <= key <= a.hi]


def _doubles(connection: Connection, ids: Sequence[int]) -> Sequence[Row]:
    """The records with those numbers and the others that have them, where they lie in different grids."""
    own, other = resident.alias("own"), resident.alias("other")
    query = (
        select(own.c.id, own.c.region_key, other.c.id.label("other_id"), other.c.region_key.label("other_key"))
        .join(other, other.c.id_hash == own.c.id_hash)
        .where(own.c.id.in_(ids), own.c.state == "active", other.c.state == "active")
        .where(other.c.region_key != own.c.region_key)
    )
    return connection.execute(query).all()


def _tell(connection: Connection, row: Row) -> None:
    for record_id, key in ((row.id, row.region_key), (row.other_id, row.other_key)):
        grid = connection.scalar(select(region.c.name).where(region.c.key == key)) or from_key(key).text
        send(
            connection, supervisors(connection, key), f"registered_elsewhere:{record_id}", "registered_elsewhere",
            {"grid": grid}, f"/registers/residents/{record_id}",
        )  # fmt: skip
