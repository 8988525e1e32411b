"""Uses a restored database as a person would: signs in, opens a page, decrypts one cell of each kind.

Runs as `python -m geoapp.web.probe` on a scratch database; what it writes goes with it.
"""

from __future__ import annotations

import json
import re
import secrets
import sys

from flask.testing import FlaskClient
from sqlalchemy import Connection, select, text

from geoapp.accounts.actions import create_user, ensure_roles
from geoapp.core.crypto import decrypt
from geoapp.core.data_keys import KeyRing
from geoapp.core.db import owner_transaction
from geoapp.core.errors import GeoappError
from geoapp.core.settings import get_settings
from geoapp.protection.cells import CellColumn, cell_columns
from geoapp.web.factory import create_app
from grids_boundaries.keys import from_key

USERNAME = "restore-drill"
ROLE = "planner"
_TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]*)"')


class ProbeFailed(Exception):
    """Something a person would do did not work."""


def probe() -> dict[str, int]:
    """Cells decrypted, status of a page after signing in. Raises ProbeFailed, CannotDecrypt."""
    word = secrets.token_urlsafe(18)
    with owner_transaction() as connection:
        keys = KeyRing.on(connection)
        cells = sum(_open_one(connection, one, keys) for one in cell_columns())
        ensure_roles(connection)
        create_user(connection, USERNAME, word, USERNAME, ROLE, [_some_area(connection)])
    client = create_app(get_settings()).test_client()
    _sign_in(client, word)
    status = client.get("/registers/houses").status_code
    if status != 200:
        raise ProbeFailed(f"/registers/houses: {status}")
    return {"cells": cells, "page": status}


def _sign_in(client: FlaskClient, word: str) -> None:
    token = _TOKEN.search(client.get("/sign-in").text)
    form = {"name": USERNAME, "password": word, "csrf_token": token[1] if token else ""}
    status = client.post("/sign-in", data=form).status_code
    if status != 303:
        raise ProbeFailed(f"/sign-in: {status}")


def _open_one(connection: Connection, cells: CellColumn, keys: KeyRing) -> int:
    query = select(cells.table.c.id, cells.column).where(cells.column.is_not(None))
    row = connection.execute(query.limit(1)).first()
    if row is None:
        return 0
    decrypt(bytes(row[1]), cells.place(row[0]), keys=keys)
    return 1


def _some_area(connection: Connection) -> str:
    key = connection.scalar(text("SELECT min(key) FROM region"))
    return from_key(key).digits if key else "11"


if __name__ == "__main__":
    try:
        sys.stdout.write(json.dumps(probe()))
    except (GeoappError, ProbeFailed) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        sys.exit(1)
