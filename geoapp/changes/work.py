"""Opening and ending a change: one transaction, one effect however often the form is sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from geoapp.changes.actions import Writing
from geoapp.changes.models import SentForm
from geoapp.core.crypto import keyed_hash
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.households.homes import follow
from grids_boundaries.access import Access, begin
from grids_boundaries.in_force import let_boundaries_stand
from layers.registry import all_registers
from spatial_queries.kept import hold_regions, refresh

TOKEN_LENGTH = 64
REMEMBERED = timedelta(days=2)


class AlreadySent(Exception):
    """This form was carried out; `url` is where its sender was led.

    `other`: it held something else then, so what it holds now is saved nowhere.
    """

    def __init__(self, url: str | None, *, other: bool = False) -> None:
        self.url, self.other = url, other
        super().__init__(url)


@contextmanager
def write(access: Access, form_token: str = "", content: str | None = None) -> Iterator[Writing]:
    """One transaction under `access`; kept counts follow at its end, then it commits.

    A form with a token that was carried out before raises AlreadySent; one that is being carried
    out at this moment is waited for. Without a token there is no memory. `content` is what the form
    holds, to tell it from another one under the same token.

    The rows of every register in the writer's area are open to the database here: where a house is
    placed, its residents are too, whether or not the writer may read them.
    """
    with begin(access, reads=sorted(all_registers())) as connection:
        let_boundaries_stand(connection, access.scope)
        remember(connection, access, form_token, content)
        work = Writing(connection, access)
        yield work
        follow(connection, work.touched)
        hold_regions(connection, {key for keys in work.touched.values() for key in keys})
        for name in sorted(work.touched):
            refresh(connection, all_registers()[name], sorted(work.touched[name]))
        if form_token and work.url:
            mine = (SentForm.user_id == access.user_id, SentForm.token == form_token)
            connection.execute(update(SentForm).where(*mine).values(url=work.url))


def remember(connection: Connection, access: Access, token: str, content: str | None = None) -> None:
    """Take the token, or raise AlreadySent. Raises InvalidInput for one that is not ours."""
    if not token:
        return
    if len(token) > TOKEN_LENGTH or not token.isalnum():
        raise InvalidInput(N_("表单标记无效，请刷新页面后重试。"), field="form_token")
    mine = SentForm.user_id == access.user_id
    held = keyed_hash(content, "sent_form") if content is not None else None
    taken = insert(SentForm).values(user_id=access.user_id, token=token, content=held)
    if connection.execute(taken.on_conflict_do_nothing().returning(SentForm.token)).first() is None:
        sent = connection.execute(select(SentForm.url, SentForm.content).where(mine, SentForm.token == token)).one()
        raise AlreadySent(sent.url, other=None not in (held, sent.content) and sent.content != held)
    connection.execute(delete(SentForm).where(mine, SentForm.at < func.now() - REMEMBERED))
