"""Bringing stored changes of the code lists into this process.

Every process keeps the lists in memory and looks at one number every few seconds; only when it has grown the
changes are read again. The process that makes a change takes it over at once.
"""

from __future__ import annotations

import time
from itertools import groupby
from threading import Lock

from sqlalchemy import Connection, func, select

from geoapp.core.db import app_engine, table_of
from geoapp.core.settings import get_settings
from geoapp.dictionaries.lists import Item, all_dictionaries, all_numbers
from geoapp.dictionaries.models import DictionaryItem, DictionaryNumber, DictionaryVersion

item, number, counter = table_of(DictionaryItem), table_of(DictionaryNumber), table_of(DictionaryVersion)
SECONDS = 5.0
"""How long a process may go on with older words."""
Known = tuple[str, int]
"""Name of a database and the version of its lists."""
_lock = Lock()
_state: dict[str, float | Known] = {"looked": float("-inf"), "known": ("", -1)}


def refresh_if_old() -> bool:
    """Look at the version when the last look is older than SECONDS; whether the words have changed."""
    name, now = get_settings().database_name, time.monotonic()
    known, looked = _state["known"], _state["looked"]
    assert isinstance(known, tuple) and isinstance(looked, float)
    if known[0] == name and now - looked < SECONDS:
        return False
    with app_engine().begin() as connection:
        return refresh(connection)


def refresh(connection: Connection) -> bool:
    """Take the stored changes over, if there are any this process does not know; whether there were."""
    stored = select(func.current_database(), select(counter.c.version).scalar_subquery())
    name, version = connection.execute(stored).one()
    found: Known = (name, version or 0)
    with _lock:
        _state["looked"] = time.monotonic()
        if _state["known"] == found:
            return False
        _take(connection)
        _state["known"] = found
        return True


def forget() -> None:
    """The next look is a real one: something has been changed here."""
    _state["looked"], _state["known"] = float("-inf"), ("", -1)


def _take(connection: Connection) -> None:
    rows = connection.execute(select(item).order_by(item.c.dictionary, item.c.position, item.c.code)).all()
    changed = {key: list(found) for key, found in groupby(rows, key=lambda row: row.dictionary)}
    for key, dictionary in all_dictionaries().items():
        items = [Item(row.code, row.zh, row.en, row.position, row.retired) for row in changed.get(key, [])]
        dictionary.change(items)
    values = {row.key: row.value for row in connection.execute(select(number))}
    for key, one in all_numbers().items():
        one.value = values.get(key, one.default)
