"""Kept searches: what was looked for is sealed, and an address carries only an id (finding G, PR-9).

Whoever opens the link needs person rights and gets what lies in their own area.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from functools import partial

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    LargeBinary,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
)

from geoapp.accounts.permissions import Permission
from geoapp.core.crypto import KeyDestroyed, decrypt, encrypt
from geoapp.core.db import Base, cell
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_, translate
from geoapp.people.children import may_know_children
from geoapp.people.name_tokens import has_name, has_number, is_number
from geoapp.people.rules import masked_number
from grids_boundaries.access import Access
from spatial_queries.expressions import Found

KEPT = timedelta(days=30)
ID_LENGTH = 22
saved_search = Table(
    "saved_search", Base.metadata,
    Column("id", Text, primary_key=True), Column("register", Text, nullable=False),
    Column("created_by", BigInteger), Column("created_at", DateTime(timezone=True), server_default=func.now()),
    Column("text_enc", LargeBinary, nullable=False, info=cell("text")),
)  # fmt: skip


def keep_search(connection: Connection, access: Access, register: str, text: str) -> str:
    """Keep a search for people; its id. Old ones go. Raises Forbidden, InvalidInput."""
    access.require(Permission.RESIDENT_NAME)
    if not is_number(text) and has_name(text, access.scope) is None:
        raise InvalidInput(N_("请输入姓名、姓名首字母，或完整的号码。"), field="q")
    search_id = secrets.token_urlsafe(16)
    row = {
        "id": search_id, "register": register, "created_by": access.user_id,
        "text_enc": encrypt(text, _place(search_id)),
    }  # fmt: skip
    connection.execute(delete(saved_search).where(saved_search.c.created_at < func.now() - KEPT))
    connection.execute(insert(saved_search).values(row))
    return search_id


def find_search(connection: Connection, access: Access, register: str, search_id: str) -> Found:
    """The condition of a kept search, in the reader's own area. Raises InvalidInput for none."""
    where = (saved_search.c.id == search_id, saved_search.c.register == register)
    query = select(saved_search.c.text_enc).where(*where, saved_search.c.created_at > func.now() - KEPT)
    known = access.may(Permission.RESIDENT_NAME) and len(search_id) == ID_LENGTH and search_id.isprintable()
    found = connection.scalar(query) if known else None
    text = _opened(bytes(found), search_id) if found else None
    if text is None:
        raise InvalidInput(N_("该查找已过期或不存在，请重新查找。"), field="search")
    named = partial(has_name, children=may_know_children(access))
    condition = has_number(text) if is_number(text) else named(text, access.scope)
    assert condition is not None
    return Found(f"{search_id}@{access.scope.token}", described(text, access.locale), condition)


def described(text: str, locale: str) -> str:
    """What was searched for, as a page says it; a number masked."""
    if is_number(text):
        return translate(N_("号码为 %(number)s"), locale, number=masked_number(text))
    return translate(N_("姓名含“%(text)s”"), locale, text=text)


def _opened(sealed: bytes, search_id: str) -> str | None:
    try:
        return decrypt(sealed, _place(search_id))
    except KeyDestroyed:
        return None


def _place(search_id: str) -> str:
    return f"saved_search.text.{search_id}"
