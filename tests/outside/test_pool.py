"""AZ-17: connections of the pool carry nothing of one person to the next, whatever becomes of a request.

Many people at once against the real server and its real pool, over every way to the database (pages,
lists, doors of programs, tiles, exports), while clients hang up half way, statements
are cut off as by their time limit and connections are ended by the database. Each answer is searched for
what only others may see. By hand: BLEED_CLIENTS=200 BLEED_REQUESTS=10000.
"""

from __future__ import annotations

import json
import os
import random
import socket
import struct
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import IO
from urllib.parse import urlsplit

import mapbox_vector_tile
import pytest
from sqlalchemy import NullPool, create_engine, text

from geoapp.core.settings import Settings
from tests.factories import city_plan as plan
from tests.support.server import served

CLIENTS = int(os.environ.get("BLEED_CLIENTS", "12"))
REQUESTS = int(os.environ.get("BLEED_REQUESTS", "240"))
PEOPLE = ("director", "community", "worker", "neighbour", "roamer", "planner")
GRIDS = plan.grids()
HOUSES = plan.houses(GRIDS, plan.buildings(GRIDS))
ASKED = (
    "/registers/houses?limit=500", "/registers/houses?q=1&limit=200", "/registers/residents?limit=200", "/registers/buildings?limit=200",
    "/ogc/collections/houses/items?limit=500", "/ogc/collections/houses/items?bbox=116.2,39.9,116.5,40.1", "/registers/houses/breakdown.json?by=status",
    "/registers/houses/export.csv", "/layers.json", "/regions/tree", *(f"/tiles/houses/16/{x}/24811.mvt" for x in range(53940, 53944)),
    "/tiles/houses/14/13485/6202.mvt", "/tiles/buildings/15/26971/12405.mvt",
    *(f"/registers/houses/{h['id']}" for h in HOUSES[::40]),
)  # fmt: skip


class Foreign:
    """What one person may not see of houses: addresses and numbers in texts, ids in tiles."""

    def __init__(self, city, username: str) -> None:
        scope = city.access(username).scope
        hidden = [h for h in HOUSES if h["region_key"] not in scope]
        self.texts = [str(h[name]).encode() for h in hidden for name in ("address", "number")]
        self.ids = {h["id"] for h in hidden}

    def found(self, path: str, kind: str, body: bytes) -> list:
        if "mapbox-vector-tile" in kind:
            layers = mapbox_vector_tile.decode(body) if body else {}
            features = [f for layer in layers.values() for f in layer["features"]] if "/houses/" in path else []
            return [f["id"] for f in features if f.get("id") in self.ids]
        return [mark for mark in self.texts if mark in body]


@pytest.fixture(scope="module")
def said() -> Iterator[IO[bytes]]:
    """What the server says."""
    with tempfile.TemporaryFile() as file:
        yield file


@pytest.fixture(scope="module")
def server(city_settings, said: IO[bytes]):
    with served(city_settings, said, GEOAPP_TILE_CACHE_MB="0") as address:
        yield address


def test_az17_nothing_of_one_person_reaches_another_through_the_pool(city, city_settings, server: str, said: IO[bytes], cookie: Callable[[str], str]):
    foreign = {name: Foreign(city, name) for name in PEOPLE}
    cookies = {name: cookie(name) for name in PEOPLE}
    told, leaks, lock = Counter(), [], threading.Lock()

    def client(number: int) -> None:
        chance = random.Random(number)
        for _ in range(max(REQUESTS // CLIENTS, 1)):
            name, path = chance.choice(PEOPLE), chance.choice(ASKED)
            result, body = ask(server, path, cookies[name], chance)
            found = foreign[name].found(path, result[1], body) if result[0] == 200 else []
            with lock:
                told[result[0]] += 1
                leaks.extend((name, path, mark) for mark in found[:2])

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    disturb(city_settings, lambda: any(thread.is_alive() for thread in threads))
    assert leaks == []
    assert errors_in(said) == set()
    assert not {status for status in told if isinstance(status, int)} - {200, 403, 404, 429, 503}, told
    assert told[200] > REQUESTS / 5, told
    assert told[503] > 0 and told["hung up"] > 0, f"nothing was cut off: {told}"
    time.sleep(0.2)
    for name in PEOPLE:  # and whoever comes afterwards
        result, body = ask(server, "/registers/houses?limit=500", cookies[name], None)
        assert not foreign[name].found("/", result[1], body)


def ask(server: str, path: str, cookie: str, chance: random.Random | None) -> tuple[tuple[object, str], bytes]:
    """Status (or "hung up"), kind and body; one in five clients leaves before or while it is answered."""
    place = urlsplit(server)
    connection = HTTPConnection(place.hostname, place.port, timeout=30)
    leaving = chance is not None and chance.random() < 0.2
    try:
        connection.request("GET", path, headers={"Cookie": cookie})
        if leaving:
            time.sleep(chance.random() * 0.04)
            # with nothing to linger for, closing resets the connection
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return ("hung up", ""), b""
        answer: HTTPResponse = connection.getresponse()
        return (answer.status, answer.headers.get_content_type()), answer.read()
    except (HTTPException, OSError) as error:
        return (type(error).__name__, ""), b""
    finally:
        connection.close()


def errors_in(said: IO[bytes]) -> set[str]:
    """The faults nobody foresaw: what they were and where."""
    said.seek(0)
    lines = [json.loads(line) for line in said.read().decode().splitlines() if '"unexpected error"' in line]
    return {f"{line['error']['type']} {line['error'].get('sqlstate')} {line['error']['at'][-4:]}" for line in lines}


def disturb(settings: Settings, going_on: Callable[[], bool]) -> None:
    """Statements are cut off as by their time limit (57014), and now and then a connection is ended."""
    superuser = create_engine(settings.superuser_database_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    with superuser.connect() as connection:
        while going_on():
            for _ in range(10):
                connection.execute(text(f"SELECT pg_cancel_backend(pid) {others} AND state = 'active'"))
                time.sleep(0.03)
            connection.execute(text(f"SELECT pg_terminate_backend(pid) {others} ORDER BY random() LIMIT 1"))
