"""Run in a process of its own, with the settings of a bench database: fill it, open sessions."""

from __future__ import annotations

import json
import secrets
import sys

from sqlalchemy import Connection, text

from geoapp.accounts.actions import create_user, ensure_roles, open_session
from geoapp.core.db import owner_engine, owner_transaction
from geoapp.core.migrate import upgrade
from geoapp.core.settings import get_settings
from geoapp.demo.large_city import load_large_city
from grids_boundaries.derive.synthetic_city import CityPlan
from grids_boundaries.keys import parse_code

TABLES = ("region", "building", "house", "resident")
READER, AREA = "bench-reader", "9999"
"""Who reads: the whole city, with the rights to see persons."""


def fill(houses: int) -> None:
    """Schema, city, fresh statistics and visibility map."""
    settings = get_settings()
    upgrade(settings)
    load_large_city(
        CityPlan(houses), settings, lambda msgid, **facts: print(msgid % facts, file=sys.stderr)
    )
    with (
        owner_engine(settings)
        .connect()
        .execution_options(isolation_level="AUTOCOMMIT") as connection
    ):
        connection.execute(text("VACUUM ANALYZE"))


def facts() -> dict[str, object]:
    """Bring the schema up to date, then: rows by table, a reader's session, the reader's area."""
    settings = get_settings()
    upgrade(settings)
    with owner_transaction() as connection:
        ensure_roles(connection)
        secret = _session(connection)
        rows = {t: connection.scalar(text(f"SELECT count(*) FROM {t}")) for t in TABLES}
    area = parse_code(AREA)
    return {"rows": rows, "session": secret, "area": [area.lo, area.hi]}


def _session(connection: Connection) -> str:
    user = connection.scalar(text("SELECT id FROM app_user WHERE username = :name"), {"name": READER})
    if user is None:
        password = secrets.token_urlsafe(16)
        user = create_user(connection, READER, password, READER, "community_worker", [AREA])
    return open_session(connection, user, "bench")


if __name__ == "__main__":
    if sys.argv[1] == "--open-sessions":
        print(json.dumps(facts()))
    else:
        fill(int(sys.argv[1]))
