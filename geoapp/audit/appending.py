"""How an event reaches the database: in one message, by a statement that is planned once.

Through SQLAlchemy and the driver an event costs the application twice as much, and parsed and
planned anew the database half as much again (`python -m bench.audit`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from spatial_queries.prepared import Prepared, prepare, run

_INSERT = "INSERT INTO audit_event (body, mark) VALUES (CAST(:body AS json), CAST(:mark AS bytea))"
_INSERT_WITH_OBJECTS = f"""
    WITH e AS ({_INSERT})
    INSERT INTO audit_object (event_id, position, register, record_id, region_key, salt)
    SELECT CAST(:id AS uuid), o.position - 1, CAST(:register AS text), o.record_id, CAST(:area AS bigint), o.salt
    FROM unnest(CAST(:records AS bigint[]), CAST(:salts AS bytea[])) WITH ORDINALITY AS o (record_id, salt, position)
"""  # noqa: S608 - both parts stand here


def _prepared(words: str) -> Prepared:
    clause = text(words)
    return prepare(PGDialect_psycopg(), clause, clause.compile().params)


_EVENT, _EVENT_WITH_OBJECTS = _prepared(_INSERT), _prepared(_INSERT_WITH_OBJECTS)


def append(connection: Connection, body: str, mark: bytes) -> None:
    """Insert an event in the transaction of `connection`. Raises what the database raises."""
    _send(connection, _EVENT, {"body": body, "mark": mark})


def append_with_objects(
    connection: Connection, body: str, mark: bytes, named: dict[str, object], records: Sequence[int],
    salts: Sequence[bytes],
) -> None:  # fmt: skip
    """Insert an event and the records it names; `named` is their event's id, register and area."""
    arrays = {"records": _array(map(str, records)), "salts": _array(f'"\\\\x{salt.hex()}"' for salt in salts)}
    _send(connection, _EVENT_WITH_OBJECTS, {"body": body, "mark": mark} | named | arrays)


def _send(connection: Connection, statement: Prepared, values: dict[str, object]) -> None:
    """In the transaction of the act, which is begun here where the event is its first statement."""
    driver = connection.connection.driver_connection
    assert driver is not None
    keep_plan = driver.prepare_threshold is None  # a driver that prepares drops all at each rollback
    if not keep_plan and driver.pgconn.transaction_status == TransactionStatus.IDLE and not driver.autocommit:
        driver.pgconn.exec_(b"BEGIN")
    run(connection, statement, values, keep_plan)


def _array(items: Iterable[str]) -> str:
    return "{" + ",".join(items) + "}"
