"""Sending and reading messages. Callers own the transaction, so a message goes with its cause."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from threading import Lock

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.dialects.postgresql import insert

from geoapp.core.clock import now
from geoapp.core.db import app_engine
from geoapp.messages.models import Message

SHOWN = 100
KEPT_SECONDS = 5.0
_counts: dict[int, tuple[float, int]] = {}
_lock = Lock()


def send(
    connection: Connection, user_ids: Iterable[int], key: str, kind: str, facts: Mapping[str, str | int], url: str
) -> None:
    """One message to each; one with the same key is written anew and unread again."""
    values = {"key": key, "kind": kind, "facts": dict(facts), "url": url, "at": now(), "read_at": None}
    rows = [{"user_id": user_id, **values} for user_id in user_ids]
    if not rows:
        return
    sent = insert(Message).values(rows)
    renewed = {name: sent.excluded[name] for name in ("kind", "facts", "url", "at", "read_at")}
    connection.execute(sent.on_conflict_do_update(index_elements=["user_id", "key"], set_=renewed))


def inbox(connection: Connection, user_id: int) -> list[Row]:
    """The latest messages of a person, the newest first."""
    query = select(Message.id, Message.kind, Message.facts, Message.url, Message.at, Message.read_at)
    mine = query.where(Message.user_id == user_id)
    return list(connection.execute(mine.order_by(Message.at.desc(), Message.id.desc()).limit(SHOWN)))


def mark_read(connection: Connection, user_id: int) -> None:
    """All messages of a person are read."""
    unread = update(Message).where(Message.user_id == user_id, Message.read_at.is_(None))
    connection.execute(unread.values(read_at=now()))
    forget_count(user_id)


def unread(user_id: int) -> int:
    """How many a person has not read; asked of the database every KEPT_SECONDS at most."""
    moment = time.monotonic()
    with _lock:
        kept = _counts.get(user_id)
    if kept and moment - kept[0] < KEPT_SECONDS:
        return kept[1]
    query = select(func.count()).select_from(Message).where(Message.user_id == user_id, Message.read_at.is_(None))
    with app_engine().begin() as connection:
        found = int(connection.scalar(query) or 0)
    with _lock:
        _counts[user_id] = (moment, found)
    return found


def forget_count(user_id: int | None = None) -> None:
    """Ask anew the next time: for one person, or for all."""
    with _lock:
        if user_id is None:
            _counts.clear()
        else:
            _counts.pop(user_id, None)
