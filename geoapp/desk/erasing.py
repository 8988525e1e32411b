"""A deletion that is granted: the person is erased at once, with every text of their requests (PR-4)."""

from __future__ import annotations

from sqlalchemy import update

from geoapp.core.clock import now
from geoapp.core.db import owner_transaction
from geoapp.core.errors import Conflict
from geoapp.core.i18n import N_
from geoapp.core.settings import get_settings
from geoapp.desk import rules
from geoapp.desk.actions import asked, find_person, lock_request, note_step
from geoapp.desk.codes import DELETE, DONE, OPEN
from geoapp.retention.run import erase_people, note_erased
from grids_boundaries.access import Access

GONE = "—"


def erase_asker(access: Access, request_id: int, version: int, text: str) -> None:
    """Grant a deletion: erase the person and end the request, in one transaction of the owner.

    Raises NotFound, Conflict, InvalidInput. The caller has checked that the request is the reader's.
    """
    said, moment, settings = rules.check_text(text, "answer"), now(), get_settings()
    with owner_transaction() as connection:
        row = lock_request(connection, access, request_id)
        if row.state != OPEN or row.version != version or row.kind != DELETE:
            raise Conflict(N_("此请求已办结或被他人修改。"))
        person = find_person(connection, access, row.resident_id)
        erased = erase_people(connection, access, [person.id], "request", moment)
        theirs = asked.c.resident_id == person.id
        connection.execute(update(asked).where(theirs).values(resident_id=None, asked=GONE, answer=None))
        closed = {
            "state": DONE, "answer": said, "closed_by": access.user_id, "closed_at": moment, "version": version + 1,
        }  # fmt: skip
        connection.execute(update(asked).where(asked.c.id == request_id).values(closed))
        note_step(connection, access, None, DONE, DELETE)
    note_erased(settings, erased, "request", moment)
