"""The sealer: numbers the events and links them, in batches, one process at a time.

Events are inserted without a link, so writers never wait for each other (eight writers that looked
up their predecessor made 1,170 forks in 2,000 rows, research/trust 0). A unique predecessor makes
a fork an error of the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection, Row, text

from geoapp.audit import anchors, rules
from geoapp.audit.actions import mark_key
from geoapp.core.clock import now
from geoapp.core.db import owner_transaction
from geoapp.core.errors import GeoappError
from geoapp.core.i18n import N_
from geoapp.core.settings import Settings, get_settings

BATCH = 5_000
BEFORE_ALL = UUID(int=0)
Head = tuple[int, bytes]
"""Number and hash of the last seal."""
_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtext('geoapp.audit.seal'))")
_HEAD = text("SELECT number, hash FROM audit_seal ORDER BY number DESC LIMIT 1")
_HORIZON = text("SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)")
_OPEN = text("""
    SELECT e.id, CAST(e.body AS text) AS body, e.mark FROM audit_event e
    WHERE e.xid >= CAST(CAST(:since AS text) AS xid8) AND e.id > :after
      AND (:since = 0 OR e.xid < pg_snapshot_xmax(pg_current_snapshot()))
      AND NOT EXISTS (SELECT FROM audit_seal s WHERE s.event_id = e.id)
    ORDER BY e.id LIMIT :most
""")
_SEAL = text("""
    INSERT INTO audit_seal (number, event_id, sealed_at, previous, hash)
    SELECT * FROM unnest(CAST(:numbers AS bigint[]), CAST(:ids AS uuid[]), CAST(:moments AS timestamptz[]),
                         CAST(:previous AS bytea[]), CAST(:hashes AS bytea[]))
""")


class ChainBroken(GeoappError):
    """The chain is not the one that was anchored: sealing more would hide what happened."""

    msgid = N_("审计链与锚点不一致（编号 %(number)s）：已停止封存。请运行 geoapp audit verify。")


@dataclass
class Sealer:
    """Seals what is open; `since` is a transaction id below which nothing is left to seal.

    It starts at 0, so the first run of a process looks through all events: also those a restore brought
    from a server that counted further. Later runs leave these aside, which would be read each time.
    """

    settings: Settings = field(default_factory=get_settings)
    since: int = 0

    def run(self) -> int | None:
        """Seal everything that is open and anchor the head; how many, None while another does it.

        Raises ChainBroken where the chain is shorter or other than its anchors say.
        """
        sealed, after, horizon = 0, BEFORE_ALL, None
        while True:
            found = self._batch(self.settings, after)
            if found is None:
                return None
            rows, seen = found
            # what commits during the run may lie before `after`: the next run looks from here again
            horizon = seen if horizon is None else horizon
            sealed += len(rows)
            if len(rows) < BATCH:
                self.since = horizon
                return sealed
            after = rows[-1].id

    def _batch(self, settings: Settings, after: UUID) -> tuple[Sequence[Row], int] | None:
        """The events sealed, and the transaction id below which all were to be seen."""
        with owner_transaction(settings) as connection:
            connection.execute(text("SET LOCAL lock_timeout = '4s'"))
            if not connection.scalar(_LOCK):
                return None
            head = read_head(connection)
            check_anchor(connection, settings, head)
            horizon = int(connection.scalar(_HORIZON))
            rows = connection.execute(_OPEN, {"since": self.since, "after": after, "most": BATCH}).all()
            if rows:
                head = _seal(connection, settings, head, rows)
            if len(rows) < BATCH:
                connection.execute(text("UPDATE audit_state SET sealed_at = :at"), {"at": now()})
        anchors.keep(settings, *head)
        return rows, horizon


def read_head(connection: Connection) -> Head:
    """Number and hash of the last seal; (0, zeros) before the first."""
    row = connection.execute(_HEAD).one_or_none()
    return (row.number, bytes(row.hash)) if row else (0, rules.FIRST_LINK)


def check_anchor(connection: Connection, settings: Settings, head: Head) -> None:
    """Raise ChainBroken unless the last anchored number still has the anchored hash."""
    anchor = anchors.last(settings)
    if anchor is None or (anchor.number, anchor.hash) == head:
        return
    query = text("SELECT hash FROM audit_seal WHERE number = :n")
    found = connection.scalar(query, {"n": anchor.number})
    if found is None or bytes(found) != anchor.hash:
        raise ChainBroken(number=anchor.number)


def _seal(connection: Connection, settings: Settings, head: Head, rows: Sequence[Row]) -> Head:
    """Link `rows` (id, body, mark) behind the head; gives the new head."""
    number, previous = head
    key, moment = mark_key(settings), now()
    micros = rules.microseconds(moment)
    links: list[bytes] = [previous]
    for at, row in enumerate(rows, start=1):
        links.append(rules.link(key, links[-1], number + at, micros, row.body.encode(), bytes(row.mark)))
    connection.execute(
        _SEAL,
        {
            "numbers": list(range(number + 1, number + len(rows) + 1)), "ids": [row.id for row in rows],
            "moments": [moment] * len(rows), "previous": links[:-1], "hashes": links[1:],
        },
    )  # fmt: skip
    return number + len(rows), links[-1]
