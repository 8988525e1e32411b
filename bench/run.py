"""Measure every job of a city in all its ways, one after the other."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import dataclass

from bench import raw, server, tipg
from bench.aims import Aim, Verdict
from bench.cases import Job, distinct_tiles, house_points, jobs, our_tile
from bench.http import Client, Request, opener
from bench.load import Figures, Limits, Way, measure
from bench.place import City


@dataclass(frozen=True)
class Result:
    """A job's figures by way, and what they say of its aims."""

    key: str
    title: str
    ways: dict[str, Figures]
    verdicts: tuple[Verdict, ...]


def say(text: str) -> None:
    """Progress on standard error."""
    print(text, file=sys.stderr, flush=True)


def measure_city(city: City, peer: bool, only: str = "", crowd: bool = True) -> list[Result]:
    """All jobs; tipg runs alone after ours and raw are done, so that nobody shares the processor."""
    chosen = [job for job in jobs(city) if only in job.key]
    found: dict[str, dict[str, Figures]] = {job.key: {} for job in chosen}
    with server.ours(city) as (running, header):
        for job in chosen:
            say(f"  {city.houses:,} houses: {job.title}")
            found[job.key] |= _ours_and_raw(city, job, running, header, crowd)
    with_peer = [job for job in chosen if peer and job.tipg]
    if with_peer:
        with tipg.running(city) as running:
            for job in with_peer:
                say(f"  {city.houses:,} houses, tipg: {job.title}")
                requests = [job.tipg(place) for place in job.places]
                found[job.key]["tipg"] = measure(
                    tipg.way(city, running), requests, job.limits, crowd
                )
    results = [
        Result(
            job.key, job.title, found[job.key], tuple(aim.judge(found[job.key]) for aim in job.aims)
        )
        for job in chosen
    ]
    return results + (again(city) if not only or only in "again" else [])


def _ours_and_raw(
    city: City, job: Job, running: server.Server, header: dict[str, str], crowd: bool
) -> dict[str, Figures]:
    way = Way("ours", opener(running.port, header), city.postmaster, running.pid)
    found = {}
    for name, ask in {"ours": job.ours, **job.extra_ours}.items():
        found[name] = measure(
            way, [ask(place) for place in job.places], job.limits, crowd and name == "ours"
        )
    statements = {"raw": job.raw, **job.extra_raw} if job.raw else job.extra_raw
    for name, statement in statements.items():
        limits = job.raw_limits or job.limits
        busy = crowd and name == "raw" and limits.crowd_seconds > 0
        found[name] = measure(raw.way(city, statement, name), job.places, limits, busy)
    return found


def again(city: City) -> list[Result]:
    """The same tiles once more, nothing changed: 304 by ETag, and the ready bytes from memory."""
    tiles = distinct_tiles(house_points(city), 14, 60)
    say(f"  {city.houses:,} houses: the same tile again")
    with ExitStack() as stack:
        running, header = stack.enter_context(server.ours(city, tile_cache_mb=64))
        client = Client(running.port, header)
        stack.callback(client.close)
        asked = [our_tile("houses")(tile) for tile in tiles]
        known = [_known(client, request) for request in asked]
        way = Way("ours", opener(running.port, header), city.postmaster, running.pid)
        limits = Limits(requests=1500)
        ways = {
            "ours": measure(way, known * 25, limits),
            "ours, body from memory": measure(way, asked * 25, limits),
        }
    return [Result("again", "the same house tile z14 again, 304", ways, (Aim.wall(2).judge(ways),))]


def _known(client: Client, request: Request) -> Request:
    tag = client.get(request).headers["ETag"]
    return Request(request.path, {"If-None-Match": tag}, 304)
