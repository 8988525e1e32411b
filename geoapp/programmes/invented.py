"""Enrolments of an invented city: open programmes only, a small and even share (D4.7)."""

from __future__ import annotations

from sqlalchemy import Connection, text

from geoapp.core.clock import today

_ELDERLY = text("""
    INSERT INTO enrolment (county_code, region_key, resident_id, programme, begins, ends, origin)
    SELECT county_code, region_key, id, 'elderly', make_date(birth_year + :from, 12, 31),
        make_date(greatest(birth_year + :review, extract(year FROM CAST(:day AS date))::int + 1), 12, 31), 'derived'
    FROM resident WHERE county_code = :county AND state = 'active' AND birth_year < :born AND region_key % 1000 > 0
""")
_OTHERS = text("""
    INSERT INTO enrolment (county_code, region_key, resident_id, programme, begins, ends, origin)
    SELECT r.county_code, r.region_key, r.id, p.code, CAST(:day AS date) - CAST(r.id % 300 AS integer),
        CAST(:day AS date) + CAST(30 + r.id % 300 AS integer), 'synthetic'
    FROM resident r JOIN (VALUES ('disabled', 67), ('hardship', 97), ('veteran_family', 149), ('unemployed', 43))
        AS p (code, share) ON r.id % p.share = 0
    WHERE r.county_code = :county AND r.state = 'active' AND r.region_key % 1000 > 0
    AND (p.code <> 'unemployed' OR r.birth_year BETWEEN :oldest AND :youngest)
""")


def invent_enrolments(connection: Connection, county: str, figures: dict[str, int]) -> None:
    """The elderly of a county, and every so-manieth resident in another open programme."""
    day = today()
    facts = {"county": county, "day": day, "from": figures["elderly_from"], "review": figures["elderly_review"]}
    connection.execute(_ELDERLY, facts | {"born": day.year - figures["elderly_from"]})
    working = {"oldest": day.year - figures["unemployed_to"], "youngest": day.year - figures["unemployed_from"] - 1}
    connection.execute(_OTHERS, {"county": county, "day": day, **working})
