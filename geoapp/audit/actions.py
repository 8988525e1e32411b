"""Writing the audit log: `record` belongs in the transaction of the act it speaks of (D3.6)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Connection, and_, delete, insert, select

from geoapp.audit import rules
from geoapp.audit.appending import append, append_with_objects
from geoapp.audit.codes import Action
from geoapp.audit.models import AuditForgotten, AuditObject
from geoapp.audit.rules import Actor, Event, Fact
from geoapp.core.clock import now
from geoapp.core.settings import Settings, get_settings
from geoapp.core.trace import request_id
from grids_boundaries.access import Access


def record(  # noqa: PLR0913 - an event has that many parts, all named
    connection: Connection,
    access: Access | Actor,
    action: str,
    *,
    register: str | None = None,
    record_ids: Sequence[int] = (),
    fields: Iterable[str] = (),
    count: int | None = None,
    area_key: int | None = None,
    reason: str | None = None,
    facts: Mapping[str, Fact] | None = None,
) -> None:
    """Write what `access` does, in the transaction of `connection`: no event, no act.

    `fields` are names, `facts` and `reason` short codes or numbers, never values. `area_key` is
    the region of the records; without it the actor's own. More than MOST_OBJECTS records become
    several events. One message to the database for each. Raises ValueError for what an event may
    not hold (`rules.check`), and what the database raises when it cannot be written.
    """
    actor = actor_of(access)
    names = tuple(fields)
    for part in rules.chunks(record_ids):
        salts = [secrets.token_bytes(rules.SALT_BYTES) for _ in part]
        event = Event(
            str(action), actor, now(), register,
            tuple(rules.commitment(s, str(register), i) for s, i in zip(salts, part, strict=True)),
            names, count, actor.area if area_key is None else area_key, reason, facts, request_id.get(),
        )  # fmt: skip
        write(connection, event, part, salts)


def write(connection: Connection, event: Event, record_ids: Sequence[int] = (), salts: Sequence[bytes] = ()) -> UUID:
    """Write one event and the records it names; returns its id."""
    own_id = rules.new_id(event.at)
    body = rules.body_of(event, own_id)
    mark = rules.mark(mark_key(), body.encode())
    if not record_ids:
        append(connection, body, mark)
        return own_id
    if event.register is None:
        raise ValueError("records belong to a register")
    named = {"id": own_id, "register": event.register, "area": event.area}
    append_with_objects(connection, body, mark, named, record_ids, salts)
    return own_id


def actor_of(access: Access | Actor) -> Actor:
    """Who acts, as an event names them."""
    if isinstance(access, Actor):
        return access
    area = rules.smallest_area(access.scope.ranges)
    return Actor(access.kind, access.user_id, access.role, access.unit, area)


def mark_key(settings: Settings | None = None) -> bytes:
    """The key that marks events and links them; kept outside the database."""
    return (settings or get_settings()).key("audit")


def forget(connection: Connection, access: Access | Actor, register: str, record_id: int) -> int:
    """Take a record out of every event that names it; gives how many. For the owner's transaction.

    The events stay as they were sealed: they hold a commitment that nothing opens any more (LG-7).
    What was taken out is itself an event, by whose digest `verify` tells it from a tampering.
    """
    named = and_(AuditObject.register == register, AuditObject.record_id == record_id)
    found = connection.execute(select(AuditObject.event_id, AuditObject.position).where(named).with_for_update()).all()
    if not found:
        return 0
    places = [(row.event_id, row.position) for row in found]
    facts = {"digest": rules.digest_of(places)}
    event = Event(
        Action.FORGET, actor_of(access), now(), register, count=len(places), facts=facts, request_id=request_id.get()
    )
    by_event = write(connection, event)
    connection.execute(
        insert(AuditForgotten), [{"event_id": e, "position": p, "by_event": by_event} for e, p in places]
    )
    connection.execute(delete(AuditObject).where(named))
    return len(places)
