"""What is kept, against what is counted: for tests that write."""

from __future__ import annotations

from sqlalchemy import text

from geoapp.core.db import owner_engine
from layers.registry import all_registers

CHECKS = {
    "house.residents": """
        SELECT h.id FROM house h WHERE h.residents <> (SELECT count(*) FROM residence r
        WHERE r.county_code = h.county_code AND r.house_id = h.id AND r.until IS NULL)""",
    "building.residents": """
        SELECT b.id FROM building b WHERE (b.houses, b.residents) <> (
        SELECT count(*), coalesce(sum(h.residents), 0) FROM house h
        WHERE h.county_code = b.county_code AND h.building_id = b.id)""",
    "resident.house_id": """
        SELECT p.id FROM resident p WHERE p.state = 'active' AND p.house_id IS DISTINCT FROM (
        SELECT r.house_id FROM residence r
        WHERE r.county_code = p.county_code AND r.resident_id = p.id AND r.until IS NULL)""",
    "resident.placed": """
        SELECT p.id FROM resident p LEFT JOIN house h
        ON h.county_code = p.county_code AND h.id = p.house_id
        WHERE p.placed <> coalesce(h.placed, 0)""",
    "household.house_id": """
        SELECT h.id FROM household h WHERE (h.house_id, h.members) IS DISTINCT FROM ((
            SELECT p.house_id FROM resident p WHERE p.county_code = h.county_code AND p.state = 'active'
            AND h.id IN (p.household_id, p.family_id) AND p.house_id IS NOT NULL
            ORDER BY (CASE h.kind WHEN 'family' THEN p.family_relation ELSE p.relation END = 'head') DESC NULLS LAST, p.id
            LIMIT 1
        ), (SELECT count(*) FROM resident p WHERE p.county_code = h.county_code AND p.state = 'active'
            AND h.id IN (p.household_id, p.family_id)))""",
    "household.placed": """
        SELECT h.id FROM household h LEFT JOIN house b ON b.county_code = h.county_code AND b.id = h.house_id
        WHERE h.placed <> coalesce(b.placed, 0)""",
    "one of house and reason": """
        SELECT id FROM resident WHERE state = 'active' AND (house_id IS NULL) = (no_house_reason IS NULL)""",
    "house_number": """
        SELECT coalesce(h.id, n.house_id) FROM house h FULL JOIN house_number n
        ON n.county_code = h.county_code AND n.house_id = h.id AND n.region_key = h.region_key
        WHERE h.number IS DISTINCT FROM n.number""",
}


def kept_disagreements() -> list[tuple[str, object]]:
    """(what, record) for every kept figure that a recount contradicts; empty when all is well."""
    found: list[tuple[str, object]] = []
    with owner_engine().connect() as connection:
        for what, query in CHECKS.items():
            found += [(what, row[0]) for row in connection.execute(text(query))]
        kept = connection.execute(text(
            "SELECT register, region_key, category, placed, n FROM region_count ORDER BY 1, 2, 3, 4"
        )).all()  # fmt: skip
        counted = []
        for register in all_registers().values():
            if register.kept:
                always = " AND ".join(
                    str(c.compile(compile_kwargs={"literal_binds": True})) for c in register.always
                )
                keys = [register.scope_column, register.category, register.placed]
                names = ", ".join(str(k.compile(compile_kwargs={"literal_binds": True})) for k in keys)
                counted += connection.execute(text(
                    f"SELECT '{register.name}', {names}, count(*) FROM {register.table.name}"
                    f" WHERE {always or 'true'} GROUP BY 1, 2, 3, 4"
                )).all()  # fmt: skip
        found += [("region_count", row) for row in set(kept) ^ set(counted)]
    return found
