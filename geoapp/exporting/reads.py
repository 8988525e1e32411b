"""What the pages of exports show."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Row, Select, or_, select

from geoapp.accounts.models import User
from geoapp.accounts.permissions import Permission
from geoapp.core.db import table_of
from geoapp.core.errors import NotFound
from geoapp.exporting.actions import log, request
from grids_boundaries.access import Access

user = table_of(User)
MOST = 200


def read_log(connection: Connection, access: Access) -> Sequence[Row]:
    """The latest files that left the reader's area, with who took them."""
    query = select(log, user.c.display_name).join(user, user.c.id == log.c.user_id)
    mine = access.scope.clause(log.c.region_key)
    return connection.execute(query.where(mine).order_by(log.c.id.desc()).limit(MOST)).all()


def read_requests(connection: Connection, access: Access) -> Sequence[Row]:
    """One's own requests, and those of one's area for whoever may decide."""
    return connection.execute(_requests(access).order_by(request.c.id.desc()).limit(MOST)).all()


def read_request(connection: Connection, access: Access, request_id: int) -> Row:
    """One of them. Raises NotFound."""
    row = connection.execute(_requests(access).where(request.c.id == request_id)).one_or_none()
    if row is None:
        raise NotFound()
    return row


def _requests(access: Access) -> Select:
    decider = user.alias()
    seen = request.c.asked_by == access.user_id
    if access.may(Permission.EXPORT_APPROVE):
        seen = or_(seen, access.scope.clause(request.c.region_key))
    return (
        select(request, user.c.display_name.label("asker"), decider.c.display_name.label("decider"))
        .join(user, user.c.id == request.c.asked_by)
        .outerjoin(decider, decider.c.id == request.c.decided_by)
        .where(seen)
    )
