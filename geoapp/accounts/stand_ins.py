"""Stand-ins: a deputy acts for an absent colleague between two moments, and it shows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.dialects.postgresql import insert

from geoapp.accounts.authority import Authority, user_to_change
from geoapp.accounts.models import Session, StandIn, User
from geoapp.accounts.rules import check_name, check_term
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.core.clock import now
from geoapp.core.db import table_of
from geoapp.core.errors import InvalidInput, NotFound
from geoapp.core.i18n import N_
from grids_boundaries.access import Access

absent = table_of(User).alias("absent")
deputy = table_of(User).alias("deputy")


def appoint(
    connection: Connection,
    authority: Authority,
    absent_id: int,
    deputy_id: int,
    term: tuple[datetime, datetime],
    reason: str,
) -> int:
    """Let one user act for another. The administrator must be able to change both.

    Raises InvalidInput for the term, NotFound, Forbidden.
    """
    starts, ends = term
    check_term(starts, ends, now())
    if absent_id == deputy_id:
        raise InvalidInput(N_("代办人和被代办人应是两个人。"), field="deputy")
    for user_id, field in ((absent_id, "absent"), (deputy_id, "deputy")):
        if not user_to_change(connection, authority, user_id).active:
            raise InvalidInput(N_("停用的账号不能代办，也不能被代办。"), field=field)
    row = {
        "absent_id": absent_id,
        "deputy_id": deputy_id,
        "starts_at": starts,
        "ends_at": ends,
        "reason": check_name(reason, "reason"),
        "made_by": authority.access.user_id,
    }
    made: int = connection.execute(insert(StandIn).values(**row).returning(StandIn.id)).scalar_one()
    _note(connection, authority.access, "appoint", [absent_id, deputy_id], made)
    return made


def end(connection: Connection, authority: Authority, stand_in_id: int) -> None:
    """End a stand-in now; who acts by it is themselves again within a second."""
    row = connection.execute(
        select(StandIn.__table__).where(StandIn.id == stand_in_id, StandIn.ends_at > func.now())
    ).one_or_none()
    if row is None:
        raise NotFound()
    user_to_change(connection, authority, row.absent_id)
    moment = now()
    ended = update(StandIn).where(StandIn.id == stand_in_id)
    connection.execute(
        ended.values(ends_at=moment, starts_at=func.least(StandIn.starts_at, moment))
    )
    _note(connection, authority.access, "end", [row.absent_id, row.deputy_id], stand_in_id)


def begin_acting(connection: Connection, access: Access, token_hash: bytes, stand_in_id: int) -> None:
    """Act for the colleague from now on in this session. Raises NotFound unless it is one's turn."""
    found = [row for row in turns_of(connection, access.user_id) if row.id == stand_in_id]
    if not found:
        raise NotFound()
    _set(connection, token_hash, stand_in_id)
    _note(connection, access, "begin", [found[0].absent_id], stand_in_id)


def stop_acting(connection: Connection, access: Access, token_hash: bytes) -> None:
    """Be oneself again."""
    _set(connection, token_hash, None)
    _note(connection, access, "stop", [], 0)


def turns_of(connection: Connection, user_id: int | None) -> list[Row[Any]]:
    """Stand-ins by which a user may act at this moment: id, absent_id, name, ends_at."""
    query = (
        select(StandIn.id, StandIn.absent_id, absent.c.display_name.label("name"), StandIn.ends_at)
        .join(absent, absent.c.id == StandIn.absent_id)
        .where(
            StandIn.deputy_id == user_id,
            StandIn.starts_at <= func.now(),
            StandIn.ends_at > func.now(),
            absent.c.active,
        )
    )
    return list(connection.execute(query.order_by(StandIn.ends_at)))


def list_stand_ins(connection: Connection, authority: Authority) -> list[Row[Any]]:
    """Stand-ins that have not ended, of users in the administrator's area."""
    within = select(User.id).where(authority.within()).scalar_subquery()
    query = (
        select(
            StandIn.__table__,
            absent.c.display_name.label("absent"),
            deputy.c.display_name.label("deputy"),
        )
        .join(absent, absent.c.id == StandIn.absent_id)
        .join(deputy, deputy.c.id == StandIn.deputy_id)
        .where(StandIn.ends_at > func.now(), StandIn.absent_id.in_(within))
    )
    return list(connection.execute(query.order_by(StandIn.ends_at)))


def _set(connection: Connection, token_hash: bytes, stand_in_id: int | None) -> None:
    chosen = update(Session).where(Session.token_hash == token_hash)
    connection.execute(chosen.values(stand_in_id=stand_in_id))


def _note(
    connection: Connection, access: Access, reason: str, users: list[int], stand_in_id: int
) -> None:
    record(
        connection,
        access,
        Action.PERMISSION_CHANGE,
        register="users",
        record_ids=users,
        fields=["stand_in"],
        reason=reason,
        facts={"stand_in": stand_in_id},
    )
