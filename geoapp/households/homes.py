"""Where a household is at home: derived from its members, kept with it (A3.10 to A3.13, D3.4).

A household has no point. It stands by the house its head lives in, else the first of its members who
lives in one; `members` counts who is on the register. Both follow in the transaction of a change, as
kept counts do, so they can never disagree with the residents; a test recounts them.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, text

SOURCES = frozenset({"residents", "households"})
"""Registers whose changes may move a household or change its size."""
_BELONGING = """
    SELECT county_code, household_id AS home, relation = 'head' AS heads, house_id, placed, id FROM resident
    WHERE household_id IS NOT NULL AND state = 'active' AND region_key = ANY(:keys)
    UNION ALL
    SELECT county_code, family_id, family_relation = 'head', house_id, placed, id FROM resident
    WHERE family_id IS NOT NULL AND state = 'active' AND region_key = ANY(:keys)
"""
_HOMES = f"""
    SELECT county_code, home, count(*) AS members,
        (array_agg(house_id ORDER BY heads DESC NULLS LAST, id) FILTER (WHERE house_id IS NOT NULL))[1] AS house_id,
        (array_agg(placed ORDER BY heads DESC NULLS LAST, id) FILTER (WHERE house_id IS NOT NULL))[1] AS placed
    FROM ({_BELONGING}) belonging GROUP BY county_code, home
"""  # noqa: S608
_STRAYED = text(f"""
    WITH homes AS ({_HOMES})
    SELECT h.id, h.region_key FROM household h
    LEFT JOIN homes m ON m.county_code = h.county_code AND m.home = h.id
    WHERE h.region_key = ANY(:keys) AND (h.house_id, h.placed, h.members)
        IS DISTINCT FROM (m.house_id, coalesce(m.placed, 0)::smallint, coalesce(m.members, 0)::smallint)
    ORDER BY h.county_code, h.id FOR UPDATE OF h
""")  # noqa: S608
_RENEWED = text(f"""
    WITH homes AS ({_HOMES})
    UPDATE household h SET house_id = m.house_id, placed = coalesce(m.placed, 0), members = coalesce(m.members, 0)
    FROM household k LEFT JOIN homes m ON m.county_code = k.county_code AND m.home = k.id
    WHERE k.county_code = h.county_code AND k.id = h.id AND h.region_key = ANY(:keys) AND h.id = ANY(:ids)
""")  # noqa: S608


def follow(connection: Connection, touched: dict[str, set[int]]) -> None:
    """Renew the households of the touched regions; those that changed are touched as well.

    Asked before the regions are held for counting: whoever waits for a household holds no region.
    """
    keys = set().union(*(touched.get(name, set()) for name in SOURCES))
    changed = renew_homes(connection, keys)
    if changed:
        touched.setdefault("households", set()).update(changed)


def renew_homes(connection: Connection, region_keys: Iterable[int]) -> set[int]:
    """House, place and number of members of every household of the regions; the regions that changed.

    Locked first, in the order of their ids, then written from a fresh look: what another transaction
    committed while this one waited is counted, too.
    """
    keys = sorted(set(region_keys))
    if not keys:
        return set()
    strayed = connection.execute(_STRAYED, {"keys": keys}).all()
    if strayed:
        connection.execute(_RENEWED, {"keys": keys, "ids": [row.id for row in strayed]})
    return {row.region_key for row in strayed}
