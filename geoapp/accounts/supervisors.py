"""Who is told of what a colleague does: others who hold a right over all of an area."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, any_, literal, or_, select

from geoapp.accounts.models import Role, User
from geoapp.accounts.permissions import Permission
from grids_boundaries.keys import RegionCode, parse_code
from grids_boundaries.scope import RowScope

MOST_TOLD = 5


def covering(
    connection: Connection, user_id: int, areas: Sequence[RegionCode], permissions: Iterable[Permission]
) -> list[int]:
    """Others with one of `permissions` whose area holds all of `areas`; MOST_TOLD, the smallest area first."""
    holds = or_(*(literal(str(one)) == any_(Role.permissions) for one in permissions))
    query = (
        select(User.id, User.area_codes).join(Role, Role.key == User.role_key)
        .where(User.active, User.id != user_id, holds)
    )  # fmt: skip
    near = []
    for row in connection.execute(query.order_by(User.id)):
        codes = [parse_code(code) for code in row.area_codes]
        scope = RowScope.of(codes)
        if all(scope.covers(area) for area in areas):
            near.append((-max(len(code.digits) for code in codes), row.id))
    return [one for _, one in sorted(near)[:MOST_TOLD]]
