"""How often something may be done: one count for all server processes, kept in the database.

A process takes `lease` at a time from the count and spends it from memory, so that reading three
thousand pages asks the database ten times; what was refused is remembered until the period ends
and asks nothing. Periods are fixed windows.
"""

from __future__ import annotations

import hmac
import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock

from sqlalchemy import Connection, case, delete, update
from sqlalchemy.dialects.postgresql import insert

from geoapp.accounts.models import RateCount
from geoapp.core.db import app_engine
from geoapp.core.errors import TooManyRequests
from geoapp.core.i18n import N_
from geoapp.core.settings import get_settings

KEEP_MOST = 20_000
SWEEP_EVERY = 500
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `most` in `seconds`; `lease` is how many a process takes at once."""

    name: str
    most: int
    seconds: int
    lease: int = 1


SEARCHES = Rate("search", 2_000, 600, 20)
EXPORTS = Rate("export", 60, 3_600)
PEOPLE_READS = Rate("people", 30_000, 3_600, 300)
"""Records and lists that name people (`geoapp.edge.noting`): more in an hour is copying, not working (ASVS 2.4.1)."""


@dataclass(slots=True)
class _Lease:
    period: int
    left: int
    refused: bool = False


_leases: dict[tuple[str, str, str], _Lease] = {}
_lock = Lock()


def take(rate: Rate, subject: object) -> None:
    """Count one. Raises TooManyRequests, with the minutes to wait, when the period is used up."""
    moment = time.time()
    period = int(moment // rate.seconds) * rate.seconds
    key = (get_settings().database_url, rate.name, str(subject))
    with _lock:
        lease = _leases.get(key)
        if lease and lease.period == period and lease.left > 0:
            lease.left -= 1
            return
    if lease is None or lease.period != period or not lease.refused:
        used = _add(rate, str(subject), period)
        granted = min(rate.lease, rate.most - used + rate.lease)
        _keep(key, _Lease(period, max(granted, 1) - 1, refused=granted <= 0))
        if granted > 0:
            return
    raise _refusal(rate, period, moment)


def refuse_known(rate: Rate, subject: object) -> None:
    """Raise TooManyRequests where this process knows already that the period is used up."""
    moment = time.time()
    period = int(moment // rate.seconds) * rate.seconds
    lease = _leases.get((get_settings().database_url, rate.name, str(subject)))
    if lease and lease.period == period and lease.refused:
        raise _refusal(rate, period, moment)


def _refusal(rate: Rate, period: int, moment: float) -> TooManyRequests:
    return TooManyRequests(
        N_("操作过于频繁，请 %(minutes)s 分钟后再试。"),
        minutes=math.ceil((period + rate.seconds - moment) / 60),
    )


def give_back(rate: Rate, subject: object) -> None:
    """Take back one that should not have counted, such as a password that was right."""
    period = datetime.fromtimestamp(time.time() // rate.seconds * rate.seconds, UTC)
    key = _hashed(rate, str(subject))
    with app_engine().begin() as connection:
        connection.execute(
            update(RateCount)
            .where(RateCount.key == key, RateCount.period == period, RateCount.used > 0)
            .values(used=RateCount.used - 1)
        )


def limited(rate: Rate) -> Callable[[Callable], Callable]:
    """Declare a view's rate; it is counted for each signed-in user (`geoapp.edge.access`)."""

    def mark(view: Callable) -> Callable:
        setattr(view, "rate", rate)  # noqa: B010 - a function has no such field to mypy
        return view

    return mark


def _hashed(rate: Rate, subject: str) -> bytes:
    """Neither an address nor a user name is stored as it is."""
    text = f"{rate.name}|{subject}".encode()
    return hmac.digest(get_settings().key("session"), text, "sha256")[:16]


def _add(rate: Rate, subject: str, period: int) -> int:
    start = datetime.fromtimestamp(period, UTC)
    count = insert(RateCount).values(key=_hashed(rate, subject), period=start, used=rate.lease)
    same = RateCount.period == count.excluded.period
    saved = count.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "used": case((same, RateCount.used + count.excluded.used), else_=count.excluded.used),
            "period": count.excluded.period,
        },
    ).returning(RateCount.used)
    with app_engine().begin() as connection:
        _sweep(connection)
        used: int = connection.execute(saved).scalar_one()
    return used


def _sweep(connection: Connection) -> None:
    """Now and then, drop counts of days gone by."""
    if random.randrange(SWEEP_EVERY) == 0:
        old = datetime.fromtimestamp(time.time() - DAY, UTC)
        connection.execute(delete(RateCount).where(RateCount.period < old))


def _keep(key: tuple[str, str, str], lease: _Lease) -> None:
    with _lock:
        if len(_leases) >= KEEP_MOST:
            _leases.clear()
        _leases[key] = lease
