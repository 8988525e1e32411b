"""ETags: what a tile depends on, and nothing else.

A tile's name holds the register, the query, the reader's scope and permissions, its place, the
release, and the versions of just those regions whose rows touch it. So a change in one grid
renames the tiles it touches and leaves those of the next grid alone. Registers that count days
add the day.
"""

from __future__ import annotations

import hashlib
import time
from threading import Lock

from sqlalchemy import Connection, Select, func, select, text

import geoapp
from geoapp.core import clock
from grids_boundaries.access import Source
from grids_boundaries.models import BaseFeature
from spatial_queries.kept import version_select
from spatial_queries.selection import Selection
from tiles import statements
from tiles.address import TileAddress

SHAPE = "1"
"""Raise it when the bytes of an unchanged tile change."""
BASE_SECONDS = 30
"""How long a process believes that the base map is unchanged; it is loaded, never edited."""


def register_etag(source: Source, selection: Selection, address: TileAddress) -> str:
    """Name of a register's tile for one reader.

    The nearest records are chosen from the whole scope, so a change far away counts as well, as it does
    for a region that is coloured by its people and larger than the tile (`wide_below`). What
    counts days up to the question has the day in its name: midnight renames it, without a change.
    """
    wide = bool(selection.query.near) or address.z < selection.register.wide_below
    made = statements.statement(f"version{wide}", selection, lambda: _version(selection, wide))
    total, count = statements.bigints(made.run(source, **statements.degrees(address)))
    day = clock.today().isoformat() if selection.register.by_day else ""
    return _hash(selection.query.token, selection.access.token, str(address), f"{total}-{count}", day)


def _version(selection: Selection, wide: bool) -> Select:
    box = None if wide else statements.box_degrees()
    return version_select(selection.register, selection.scope, box)


def base_etag(connection: Connection, address: TileAddress) -> str:
    """Name of a base map tile; the same for every reader."""
    return _hash("base", str(address), _base_version(connection))


def _hash(*facts: str) -> str:
    joined = "\n".join((SHAPE, geoapp.__version__, *facts))
    return hashlib.blake2b(joined.encode(), digest_size=12).hexdigest()


_base_lock = Lock()
_base_known: dict[str, tuple[float, str]] = {}


def _base_version(connection: Connection) -> str:
    """Changes with every insert, update and delete among the base features."""
    database = str(connection.engine.url.database)
    with _base_lock:
        until, version = _base_known.get(database, (0.0, ""))
        if time.monotonic() > until:
            t = BaseFeature.__table__
            newest = func.max(text("xmin::text::bigint"))
            row = connection.execute(select(func.count(), func.max(t.c.id), newest).select_from(t)).one()
            version = "-".join(map(str, row))
            _base_known[database] = (time.monotonic() + BASE_SECONDS, version)
        return version
