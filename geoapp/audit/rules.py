"""Rules of the audit log, as pure functions: what an event may hold, and how it is bound.

An event is one line of JSON, stored as it is hashed. It names fields, never values: what could
be an identity number, a phone or free text is refused before it is written (D3.6, research C5).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

Fact = str | int | float | bool
SALT_BYTES = 16
COMMITMENT_BYTES = 16
MOST_OBJECTS = 500
"""Records one event names; a longer list becomes several events of the same request."""
MOST_FACTS = 20
FIRST_LINK = bytes(32)
"""What the first seal follows."""

_NAME = re.compile(r"[a-z][a-z0-9_.:-]{0,60}")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+-]{0,63}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_PERSONAL = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)|\d{15}")
"""A mobile number, or as many digits as an identity number has."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `kind` is one of `codes.KINDS`; `unit` the code of a department, `area` a region key."""

    kind: str
    user_id: int | None = None
    role: str | None = None
    unit: str | None = None
    area: int = 0


SYSTEM = Actor("system")
"""Jobs and the command line."""
NOBODY = Actor("nobody")
"""A request before sign-in."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that was done; `objects` are commitments to the records (see `commitment`)."""

    action: str
    actor: Actor
    at: datetime
    register: str | None = None
    objects: tuple[bytes, ...] = ()
    fields: tuple[str, ...] = ()
    count: int | None = None
    area: int = 0
    reason: str | None = None
    facts: Mapping[str, Fact] | None = None
    request_id: str = ""


def body_of(event: Event, own_id: UUID | None = None) -> str:
    """The event as the line of JSON that is stored, hashed and sealed, with `own_id` or a new one.

    Raises ValueError for a fact, field or reason that is not a short code or a number.
    """
    check(event)
    actor = event.actor
    line = {
        "id": str(own_id or new_id(event.at)), "at": microseconds(event.at), "action": str(event.action),
        "kind": actor.kind, "actor": actor.user_id, "role": actor.role, "unit": actor.unit,
        "register": event.register, "objects": [one.hex() for one in event.objects],
        "fields": sorted(event.fields), "n": event.count, "area": event.area,
        "reason": event.reason, "facts": dict(event.facts or {}), "request": event.request_id,
    }  # fmt: skip
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def check(event: Event) -> None:
    """Raise ValueError unless everything in the event is a name, a code or a number."""
    facts = event.facts or {}
    if len(facts) > MOST_FACTS:
        raise ValueError("too many facts")
    for name in (*event.fields, *facts, *filter(None, (event.register, event.reason))):
        if not _NAME.fullmatch(name) or _PERSONAL.search(name):
            raise ValueError("not the name of a field, a register, a fact or a reason")
    for code in (event.actor.role, event.actor.unit, *facts.values()):
        if not is_code(code):
            raise ValueError("an event holds codes and numbers only")


def is_code(value: Fact | None) -> bool:
    """Whether a fact is a short code or a number that cannot be somebody's own."""
    if value is None or isinstance(value, bool):
        return True
    text = str(value)
    if _DIGEST.fullmatch(text):
        return True
    return bool(_CODE.fullmatch(text)) and not _PERSONAL.search(text)


def new_id(at: datetime) -> UUID:
    """A random id whose first 48 bits are milliseconds, so that the index grows at its end."""
    return UUID(bytes=(microseconds(at) // 1000).to_bytes(6, "big") + secrets.token_bytes(10))


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970, as PostgreSQL keeps them: a chain over finer ones would not verify."""
    return round(moment.timestamp() * 1_000_000)


def mark(key: bytes, body: bytes) -> bytes:
    """Keyed mark of an event: one written past the application has none."""
    return hmac.digest(key, body, "sha256")


def commitment(salt: bytes, register: str, record_id: int) -> bytes:
    """What an event holds of a record: bound to it, and nothing once salt and record are erased (LG-7)."""
    return hashlib.sha256(salt + f"{register}:{record_id}".encode()).digest()[:COMMITMENT_BYTES]


def link(key: bytes, previous: bytes, number: int, sealed_at: int, body: bytes, own_mark: bytes) -> bytes:
    """Keyed SHA-256 that binds an event to its number, the moment of sealing (µs) and all before it.

    Keyed, so that nobody who holds the database alone can write the chain anew from some number on.
    """
    head = number.to_bytes(8, "big") + sealed_at.to_bytes(8, "big") + len(body).to_bytes(4, "big")
    return hmac.digest(key, previous + head + body + own_mark, "sha256")


def chunks(record_ids: Sequence[int]) -> Iterable[Sequence[int]]:
    """The ids in parts that fit one event; one empty part for none."""
    return [record_ids[i : i + MOST_OBJECTS] for i in range(0, len(record_ids), MOST_OBJECTS)] or [()]


def digest_of(places: Iterable[tuple[UUID, int]]) -> str:
    """SHA-256 over the (event, position) of records that were forgotten, in their order."""
    lines = "".join(f"{event_id}:{position}\n" for event_id, position in sorted(places))
    return hashlib.sha256(lines.encode()).hexdigest()


def smallest_area(ranges: Sequence[tuple[int, int]]) -> int:
    """Key of the smallest region that holds all ranges of a scope; 0 for none (the whole system)."""
    if not ranges:
        return 0
    low, high = f"{ranges[0][0]:015d}", f"{ranges[-1][1]:015d}"
    for size in (15, 12, 9, 6, 4, 2):
        if low[:size] == high[:size]:
            return int(low[:size].ljust(15, "0"))
    return 0


def is_late(sealed_at: datetime, moment: datetime, limit: timedelta) -> bool:
    """Whether the sealer has been silent for longer than `limit` (LG-6)."""
    return moment - sealed_at > limit
