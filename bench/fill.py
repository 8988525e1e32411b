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

TABLES = ("region", "building", "house", "resident")
FULLEST = "SELECT left(region_key::text, 12) FROM house GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
READERS = {"county": "9999", "community": FULLEST}
"""Who reads: the whole city, and its fullest community; both with person rights."""


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
    """Rows by table, and a session's secret for each reader."""
    upgrade(get_settings())
    with owner_transaction() as connection:
        ensure_roles(connection)
        sessions = {name: _session(connection, name, area) for name, area in READERS.items()}
        rows = {t: connection.scalar(text(f"SELECT count(*) FROM {t}")) for t in TABLES}
    return {"rows": rows, "sessions": sessions}


def _session(connection: Connection, name: str, area: str) -> str:
    code = area if area.isdecimal() else connection.scalar(text(area))
    user = create_user(
        connection,
        f"bench-{name}",
        secrets.token_urlsafe(16),
        f"bench {name}",
        "community_worker",
        [code],
    )
    return open_session(connection, user, "bench")


if __name__ == "__main__":
    if sys.argv[1] == "--open-sessions":
        print(json.dumps(facts()))
    else:
        fill(int(sys.argv[1]))
