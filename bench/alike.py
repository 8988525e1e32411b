"""What must not be told apart takes as long: a record out of reach and none, a name in use and none.

Bodies that are equal byte by byte are tests (`tests/structure/test_scope_matrix.py`); an answer that
only takes longer would tell as much (AZ-3, AU-3). Asked over HTTP of the real server, in pairs and
in turns, so that noise meets both alike; the aim is the difference of their medians.
"""

from __future__ import annotations

import json
import re
import secrets
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from sqlalchemy import Connection, text

from bench import server
from bench.http import Answer, Client
from bench.place import City, run, say
from geoapp.accounts.actions import create_user, open_session
from geoapp.accounts.links import make_link
from geoapp.core.db import owner_transaction

LIMIT = 5.0
"""Milliseconds, from the catalogue of trust."""
PAIRS, QUICK_PAIRS = 1_000, 60
NAMES = 25
"""Guesses are counted for each name; so many names have room for a thousand."""
CSRF = re.compile(rb'<meta name="csrf-token" content="([^"]*)"')
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Alike:
    """Medians in milliseconds: of what is there but out of reach, and of what is not."""

    title: str
    there: float
    absent: float
    pairs: int

    @property
    def apart(self) -> float:
        return abs(self.there - self.absent)

    @property
    def reached(self) -> bool:
        return self.apart <= LIMIT


Ask = Callable[[bool, int], Answer]
"""Sends the question of a turn: of something there (true) or of nothing."""


def measure_alike(city: City, quick: bool = False) -> list[Alike]:
    """All pairs, against a server that believes whoever stands in front of it, as behind a proxy:
    with one address for all, a thousand guesses would be refused before they are looked at.
    """
    say("  what must not be told apart")
    told = json.loads(run([sys.executable, "-m", "bench.alike"], city.environment))
    environment = city.environment | {"GEOAPP_TRUSTED_PROXIES": "1", "GEOAPP_SECOND_FACTOR": "nobody"}
    behind = replace(city, environment=environment, session=told["reader"])
    with server.ours(behind) as (running, _):
        return [
            _compare(title, ask, QUICK_PAIRS if quick else PAIRS)
            for title, ask in _questions(running.port, told).items()
        ]


def _compare(title: str, ask: Ask, pairs: int) -> Alike:
    """Medians of both; raises RuntimeError where the answers differ."""
    spent: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(-3, pairs):
        answers = {}
        for there in (turn % 2 == 0, turn % 2 != 0):
            start = time.perf_counter()
            answers[there] = ask(there, turn)
            if turn >= 0:
                spent[there].append((time.perf_counter() - start) * 1000)
        if answers[True].status != answers[False].status or len(answers[True].body) != len(answers[False].body):
            raise RuntimeError(f"{title}: {answers[True].status} and {answers[False].status} are told apart")
    return Alike(title, statistics.median(spent[True]), statistics.median(spent[False]), pairs)


def _questions(port: int, told: dict) -> dict[str, Ask]:
    """By title; `told` is what `prepare` printed. Each has a connection of its own: an idle one is closed."""
    cookies = {who: f"{server.COOKIE}={told[who]}" for who in ("reader", "admin")} | {"nobody": ""}
    tokens = {}
    for who, cookie in cookies.items():
        cookies[who], tokens[who] = _token(port, cookie)

    def open_client(who: str) -> Client:
        return Client(port, {"Accept-Encoding": "identity", "Cookie": cookies[who]})

    def look(who: str, address: str, kind: str) -> Ask:
        client = open_client(who)
        return lambda there, _: client.ask("GET", address.format(told["there" if there else "absent"][kind]))

    def send(who: str, address: str, kind: str, **fields: str) -> Ask:
        client, form = open_client(who), urlencode(fields | {"csrf_token": tokens[who]}).encode()
        places = {there: address.format(told["there" if there else "absent"][kind]) for there in (True, False)}
        return lambda there, _: client.ask("POST", places[there], form, FORM)

    guessing, following = open_client("nobody"), open_client("nobody")

    def guess(there: bool, turn: int) -> Answer:
        name = told["names" if there else "no_names"][turn % NAMES]
        form = urlencode({"name": name, "password": "not the word", "csrf_token": tokens["nobody"]}).encode()
        return guessing.ask("POST", "/sign-in", form, FORM | {"X-Forwarded-For": _somewhere()})

    def link(kind: str) -> Ask:
        keys = {True: told["links"][kind], False: "x" * len(told["links"][kind])}
        return lambda there, _: following.ask(
            "GET", f"/welcome?key={keys[there]}", headers={"X-Forwarded-For": _somewhere()}
        )

    return {
        "a house": look("reader", "/registers/houses/{}", "house"),
        "a resident": look("reader", "/registers/residents/{}", "resident"),
        "a house to write in": look("reader", "/houses/{}/edit", "house"),
        "an item of /ogc": look("reader", "/ogc/collections/houses/items/{}", "house"),
        "a value to reveal": send("reader", "/registers/residents/{}/fields/phone", "resident", reason="contact"),
        "a user": look("admin", "/admin/users/{}", "user"),
        "a user's reset": send("admin", "/admin/users/{}/reset", "user"),
        "a name at sign-in": guess,
        "a used link of an invitation": link("invite"),
        "a used link of a reset": link("reset"),
    }


def _token(port: int, cookie: str) -> tuple[str, str]:
    """The cookie to come with and the token to send forms with."""
    client = Client(port, {"Accept-Encoding": "identity", "Cookie": cookie})
    page = client.ask("GET", "/about" if cookie else "/sign-in")
    client.close()
    found = CSRF.search(page.body)
    if found is None:
        raise RuntimeError(f"no form to send: {page.status} {page.body[:200]!r}")
    return cookie or page.headers["Set-Cookie"].split(";", 1)[0], found[1].decode()


def _somewhere() -> str:
    return ".".join(str(secrets.randbelow(254) + 1) for _ in range(4))


def prepare(connection: Connection) -> dict[str, object]:
    """A reader and an administrator of one community, with what lies outside of it and what is nowhere."""
    connection.execute(text("DELETE FROM rate_count"))
    inside = connection.scalar(text("SELECT min(key) FROM region WHERE level = 'community'"))
    code = str(inside)[:12]
    people = {
        name: person(connection, f"bench-alike-{name}", role, code)
        for name, role in (("reader", "community_worker"), ("admin", "administrator"))
    }
    known = [f"bench-known-{n}" for n in range(NAMES)]
    users = [person(connection, name, "community_worker", "9999") for name in known]
    outside = {
        table: connection.scalar(text(
            f"SELECT id FROM {table} WHERE region_key NOT BETWEEN :lo AND :hi ORDER BY id DESC LIMIT 1"
        ), {"lo": inside, "hi": inside + 999})
        for table in ("house", "resident")
    }  # fmt: skip
    there = outside | {"user": users[0]}
    links = {kind: make_link(connection, users[1], kind, None) for kind in ("invite", "reset")}
    connection.execute(text("UPDATE account_link SET used_at = now() WHERE user_id = :user"), {"user": users[1]})
    return {
        "reader": open_session(connection, people["reader"], "bench"),
        "admin": open_session(connection, people["admin"], "bench"),
        "there": there, "absent": {kind: _longer(number) for kind, number in there.items()},
        "names": known, "no_names": [f"bench-absent{n}"[: len(name)] for n, name in enumerate(known)], "links": links,
    }  # fmt: skip


def person(connection: Connection, name: str, role: str, area: str) -> int:
    """The user of that name, made once; its id."""
    found = connection.scalar(text("SELECT id FROM app_user WHERE username = :name"), {"name": name})
    return found or create_user(connection, name, secrets.token_urlsafe(16), name, role, [area])


def _longer(number: int) -> int:
    """Nobody's number, with as many digits: the page may repeat it."""
    return int("9" * len(str(number)))


def rows(measured: list[Alike]) -> Iterator[tuple[str, ...]]:
    """Lines of the table."""
    for one in measured:
        figures = (f"{one.there:.2f}", f"{one.absent:.2f}", str(one.pairs), f"{one.apart:.2f}")
        yield one.title, *figures, f"<= {LIMIT:g}: {'reached' if one.reached else 'MISSED'}"


if __name__ == "__main__":
    with owner_transaction() as transaction:
        print(json.dumps(prepare(transaction)))
