"""The questions `verification` asks the database."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from geoapp.audit.rules import digest_of

CHAIN = """
    SELECT s.number, CAST(s.event_id AS text), CAST(extract(epoch FROM s.sealed_at) * 1000000 AS bigint),
           s.previous, s.hash, CAST(e.body AS text), e.mark
    FROM audit_seal s LEFT JOIN audit_event e ON e.id = s.event_id
    WHERE s.number >= %s ORDER BY s.number
"""
FIRST_SINCE = text("SELECT min(number) FROM audit_seal WHERE sealed_at >= :since")
UNSEALED = text("""
    SELECT EXISTS (
        SELECT FROM audit_event e, audit_state t WHERE e.at < t.sealed_at - CAST(:warn AS interval)
        AND NOT EXISTS (SELECT FROM audit_seal s WHERE s.event_id = e.id))
""")
RECORDS = text("""
    WITH wrong AS (
        SELECT o.event_id FROM audit_object o LEFT JOIN audit_event e ON e.id = o.event_id
        WHERE e.id IS NULL OR o.region_key <> e.region_key OR o.register IS DISTINCT FROM e.register
           OR e.body -> 'objects' ->> o.position IS DISTINCT FROM encode(
               substring(sha256(o.salt || convert_to(o.register || ':' || o.record_id, 'UTF8')) FROM 1 FOR 16), 'hex')
        UNION ALL
        SELECT e.id FROM audit_event e
        LEFT JOIN (SELECT event_id, count(*) AS n FROM (
            SELECT event_id, position FROM audit_object UNION SELECT event_id, position FROM audit_forgotten
        ) there GROUP BY event_id) o ON o.event_id = e.id
        WHERE json_array_length(e.body -> 'objects') <> coalesce(o.n, 0)
    )
    SELECT coalesce(min(s.number), 0) FROM wrong w LEFT JOIN audit_seal s ON s.event_id = w.event_id
    WHERE s.number IS NULL OR s.number >= :first HAVING count(*) > 0
""")
"""The first number whose records are not those it was sealed with; 0 for one without a number."""
_CHANGES = (
    "audit_event SET mark = mark", "audit_object SET salt = salt", "audit_seal SET hash = hash",
    "audit_forgotten SET position = position",
)  # fmt: skip
GUARDS = text("""
    SELECT (SELECT count(*) FROM pg_trigger WHERE tgname IN ('append_only', 'forgotten_only') AND tgenabled = 'A'
            AND tgrelid IN ('audit_event'::regclass, 'audit_object'::regclass, 'audit_seal'::regclass,
                            'audit_forgotten'::regclass, 'audit_check'::regclass)) <> 6
        OR (SELECT count(*) FROM pg_attribute WHERE attrelid = 'audit_event'::regclass AND attgenerated = 's') <> 12
        OR (SELECT count(*) FROM pg_index WHERE indrelid IN ('audit_event'::regclass, 'audit_seal'::regclass)
            AND indisunique AND indisvalid) <> 4
        OR EXISTS (SELECT FROM unnest(ARRAY['audit_event', 'audit_object', 'audit_seal', 'audit_forgotten']) t
                   WHERE has_table_privilege('geoapp_app', t, 'UPDATE, DELETE, TRUNCATE'))
""")


def refuses_changes(connection: Connection) -> bool:
    """Whether the tables still refuse a change, tried on no row at all."""
    for change in _CHANGES:
        try:
            with connection.begin_nested():
                connection.execute(text(f"UPDATE {change} WHERE false"))
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", "") == "42501":
                continue
            raise
        return False
    return True


def forgotten_without_reason(connection: Connection) -> int | None:
    """The number of an event that lost a record without an event that says so; None for none.

    0 where the event that says so is not there or has another digest.
    """
    rows = connection.execute(text("SELECT event_id, position, by_event FROM audit_forgotten")).all()
    places: dict[UUID, list[tuple[UUID, int]]] = defaultdict(list)
    for row in rows:
        places[row.by_event].append((row.event_id, row.position))
    query = text(
        "SELECT id, body -> 'facts' ->> 'digest' AS digest FROM audit_event WHERE id = ANY (:ids) AND action = 'forget'"
    )
    said = {row.id: row.digest for row in connection.execute(query, {"ids": list(places)})}
    for by_event, gone in places.items():
        if said.get(by_event) != digest_of(gone):
            number = text("SELECT min(number) FROM audit_seal WHERE event_id = ANY (:ids)")
            return connection.scalar(number, {"ids": [one for one, _ in gone]}) or 0
    return None
