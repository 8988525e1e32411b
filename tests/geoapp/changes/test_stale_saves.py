"""Saves from stale pages over HTTP: none overwrites, each is shown the difference (A2.8; #4, figures).

Fifty here; `SAVES=500 pytest tests/geoapp/changes/test_stale_saves.py` does the five hundred of the figures.
"""

from __future__ import annotations

import os
from itertools import cycle, islice

from sqlalchemy import text

from geoapp.core.db import owner_engine
from geoapp.web.factory import create_app
from tests.support.forms import form_on
from tests.support.kept import kept_disagreements
from tests.support.web import sign_in

SAVES = int(os.environ.get("SAVES", "50"))


def stored(query, record_id):
    with owner_engine().connect() as connection:
        return connection.scalar(text(query), {"id": record_id})


def test_co4_no_stale_save_overwrites_and_each_is_shown_both_values(own_city):
    app = create_app()
    mine, theirs = sign_in(app, "worker"), sign_in(app, "community")
    home = 110108001001001
    with owner_engine().connect() as connection:
        def one(table):
            return connection.scalar(text(f"SELECT id FROM {table} WHERE region_key = {home} ORDER BY id LIMIT 1"))

        asked = [
            (f"/sites/{one('site')}/edit", "name", "SELECT name FROM site WHERE id = :id", one("site")),
            (f"/organisations/{one('organisation')}/edit", "name", "SELECT name FROM organisation WHERE id = :id", one("organisation")),
            ("/houses/2/edit", "address", "SELECT address FROM house WHERE id = :id", 2),
            ("/houses/3/rental", "use", "SELECT rental_use FROM house WHERE id = :id", 3),
        ]
    overwritten, told = 0, 0
    for number, (url, field, query, record_id) in enumerate(islice(cycle(asked), SAVES)):
        action, old = form_on(mine.get(url).text)
        _, fresh = form_on(theirs.get(url).text)
        first, second = (("shop", "factory") if number // 4 % 2 else ("storehouse", "other")) if field == "use" else (f"他人改{number}", f"我改{number}")
        if field == "use":
            old = old | {"landlord_name": ""}
        assert theirs.post(action, data=fresh | {field: first}).status_code == 303
        answer = mine.post(action, data=old | {field: second})
        overwritten += answer.status_code != 409 or stored(query, record_id) != first
        told += 'id="stale-title"' in answer.text and "is-different" in answer.text
    assert (overwritten, told) == (0, SAVES)
    assert kept_disagreements() == []
