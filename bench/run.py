"""Measure every job of a city in all its ways, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from http.client import HTTPException

import psycopg

from bench import raw, server, tipg
from bench.aims import Aim, Verdict
from bench.cases import Job, distinct_tiles, house_points, jobs, our_tile
from bench.http import Client, Request, opener
from bench.load import Figures, Limits, Way, measure
from bench.place import City, say


@dataclass(frozen=True)
class Result:
    """A job's figures by way, and what they say of its aims; `failed` in words where it did."""

    key: str
    title: str
    ways: dict[str, Figures]
    verdicts: tuple[Verdict, ...]
    failed: str = ""


def measure_city(city: City, peer: bool, most: Limits, only: str = "") -> list[Result]:
    """All jobs; tipg runs alone after ours and raw are done, so that nobody shares the processor.

    A job that fails is told and does not keep the others from being measured.
    """
    chosen = [job for job in jobs(city) if only in job.key]
    runs = {job.key: _Run(city, job, most) for job in chosen}
    if chosen:
        with server.ours(city) as (running, header):
            for place, job in enumerate(chosen, 1):
                say(f"  {place:2} of {len(chosen)}  {job.title}")
                runs[job.key].measure(lambda run: run.ours_and_raw(running, header))
    with_peer = [job for job in chosen if peer and job.tipg]
    if with_peer:
        with tipg.running(city) as running:
            for place, job in enumerate(with_peer, 1):
                say(f"  {place:2} of {len(with_peer)}  tipg, {job.title}")
                runs[job.key].measure(lambda run: run.peer(running))
    results = [run.result() for run in runs.values()]
    return results + (_again(city, most) if only in "again" else [])


class _Run:
    """One job in all its ways."""

    def __init__(self, city: City, job: Job, most: Limits) -> None:
        self.city, self.job = city, job
        self.limits = job.limits.within(most)
        self.raw_limits = (job.raw_limits or job.limits).within(most)
        self.ways: dict[str, Figures] = {}
        self.failed = ""

    def measure(self, work: Callable[[_Run], None]) -> None:
        """Do it; what goes wrong is kept for the table."""
        try:
            work(self)
        except (RuntimeError, OSError, HTTPException, psycopg.Error) as error:
            self.failed = str(error).splitlines()[0][:300]
            say(f"      FAILED: {self.failed}")

    def ours_and_raw(self, running: server.Server, header: dict[str, str]) -> None:
        """Through the server, then by hand."""
        job = self.job
        way = Way("ours", opener(running.port, header), self.city.postmaster, running.pid)
        for name, ask in {"ours": job.ours, **job.extra_ours}.items():
            requests = [ask(place) for place in job.places]
            self.ways[name] = measure(way, requests, self.limits, name == "ours")
        by_hand = {"raw": job.raw, **job.extra_raw} if job.raw else job.extra_raw
        for name, statements in by_hand.items():
            busy = name == "raw" and self.raw_limits.crowd_seconds > 0
            hand = raw.way(self.city, statements, name)
            self.ways[name] = measure(hand, job.places, self.raw_limits, busy)

    def peer(self, running: server.Server) -> None:
        """The same of tipg."""
        requests = [self.job.tipg(place) for place in self.job.places]
        limits = self.raw_limits if self.job.raw_limits else self.limits
        busy = limits.crowd_seconds > 0
        self.ways["tipg"] = measure(tipg.way(self.city, running), requests, limits, busy)

    def result(self) -> Result:
        """Figures and verdicts."""
        verdicts = tuple(aim.judge(self.ways) for aim in self.job.aims)
        return Result(self.job.key, self.job.title, self.ways, verdicts, self.failed)


def _again(city: City, most: Limits) -> list[Result]:
    """The same tiles once more, nothing changed: 304 by ETag, and the ready bytes from memory."""
    tiles = distinct_tiles(house_points(city), 14, 60)
    say("      the same tile again")
    with ExitStack() as stack:
        running, header = stack.enter_context(server.ours(city, tile_cache_mb=64))
        client = Client(running.port, header)
        stack.callback(client.close)
        asked = [our_tile("houses")(tile) for tile in tiles]
        known = [_known(client, request) for request in asked]
        way = Way("ours", opener(running.port, header), city.postmaster, running.pid)
        limits = Limits(requests=1500).within(replace(most, requests=1500))
        ways = {
            "ours": measure(way, known * 25, limits),
            "ours, body from memory": measure(way, asked * 25, limits),
        }
    return [Result("again", "the same house tile z14 again, 304", ways, (Aim.wall(2).judge(ways),))]


def _known(client: Client, request: Request) -> Request:
    tag = client.get(request).headers["ETag"]
    return Request(request.path, {"If-None-Match": tag}, 304)
