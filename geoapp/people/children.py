"""Children under 14: name and birth are sealed, and so masked on every output (D3.1, D3.2).

A child's row has the name in the cell `name_enc`, what is known of the birth in `birth_date_enc`
(a day or only a year), no `birth_year`, and CHILD for its `name`. Whatever reads the column says
"minor" and nothing else: no output has to remember it. Everybody else has name and year plain, as
sorting and lists of millions want it. `settle` moves those whose age has changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from functools import partial
from typing import Any, Protocol

from sqlalchemy import (
    Connection,
    Row,
    cast,
    column,
    func,
    select,
    tuple_,
    update,
    values,
)

from geoapp.accounts.permissions import Permission
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.audit.rules import SYSTEM
from geoapp.core.clock import today
from geoapp.core.crypto import decrypt, encrypt
from geoapp.core.data_keys import KeyDestroyed, KeyRing
from geoapp.core.db import owner_transaction, table_of
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.core.settings import Settings
from geoapp.people.models import Resident
from geoapp.people.rules import CHILD, CHILD_AGE, YEAR_DIGITS, born_at_latest, is_child
from grids_boundaries.access import Access

resident = table_of(Resident)
NAME, BIRTH = "resident.name", "resident.birth_date"
BATCH = 5_000
_SAME = ("county_code", "id", "version")
_KEY = (resident.c.county_code, resident.c.id)
_WRITTEN = ("name", "name_enc", "birth_year", "birth_date_enc")
_READ = (*_KEY, resident.c.version, *(resident.c[name] for name in _WRITTEN))


class Opening(Protocol):
    """Opens a transaction that commits at its end."""

    def __call__(self) -> AbstractContextManager[Connection]: ...


def may_know_children(access: Access) -> bool:
    """Whether the reader finds children by name and sees where and with whom they live.

    Their names are shown to nobody but one at a time, for a reason.
    """
    return access.may(Permission.RESIDENT_NAME) and access.may(Permission.RESIDENT_REVEAL)


def stored(
    resident_id: int, name: str, born: str, *, keys: KeyRing | None = None, day: date | None = None
) -> dict[str, Any]:
    """The columns name, name_enc, birth_year and birth_date_enc of a person.

    `born` is what is known of the birth: "2015-03-02", "2015" or nothing; `day` is today unless said.
    Raises InvalidInput where the mask is given for a name, as a form sends it back that shows one.
    """
    if name == CHILD:
        raise InvalidInput(N_("请填写真实姓名。"), field="name")
    sealed_birth = encrypt(born, f"{BIRTH}.{resident_id}", keys=keys) if len(born) > YEAR_DIGITS else None
    if not is_child(born_at_latest(born), day or today()):
        year = int(born[:YEAR_DIGITS]) if born else None
        return {"name": name, "name_enc": None, "birth_year": year, "birth_date_enc": sealed_birth}
    return {
        "name": CHILD, "name_enc": encrypt(name, f"{NAME}.{resident_id}", keys=keys), "birth_year": None,
        "birth_date_enc": sealed_birth or encrypt(born, f"{BIRTH}.{resident_id}", keys=keys),
    }  # fmt: skip


def real_name(row: Row | Mapping[str, Any], *, keys: KeyRing | None = None) -> str:
    """The name of a row with id, name and name_enc: to compare it or to hand it to whom it belongs,
    never to show it. Raises KeyDestroyed where it is erased."""
    found = row if isinstance(row, Mapping) else row._mapping
    cell = found["name_enc"]
    return decrypt(bytes(cell), f"{NAME}.{found['id']}", keys=keys) if cell is not None else str(found["name"])


def born_text(row: Row | Mapping[str, Any], *, keys: KeyRing | None = None) -> str:
    """What a row with id, birth_year and birth_date_enc knows of the birth, as `stored` takes it.

    Erased with its key it is unknown.
    """
    found = row if isinstance(row, Mapping) else row._mapping
    cell, year = found["birth_date_enc"], found["birth_year"]
    try:
        return decrypt(bytes(cell), f"{BIRTH}.{found['id']}", keys=keys) if cell is not None else str(year or "")
    except KeyDestroyed:
        return str(year or "")


def settle(begin: Opening, day: date) -> Iterator[int]:
    """Open the names of those who are 14 by that day and seal those of children that are plain.

    Each batch commits and yields how many rows it changed; stopped half way it may be run again.
    """
    for where in (resident.c.name_enc.is_not(None), _may_be_plain_child(day)):
        after: tuple[str, int] | None = None
        while True:
            with begin() as connection:
                query = select(*_READ).where(where).order_by(*_KEY).limit(BATCH)
                if after is not None:
                    query = query.where(tuple_(*_KEY) > tuple_(*after))
                rows = connection.execute(query).all()
                if not rows:
                    break
                changed = _settle(connection, rows, day)
            after = (rows[-1].county_code, rows[-1].id)
            yield changed


def settle_today(settings: Settings) -> int:
    """`settle` for the present day; how many rows it changed."""
    return sum(settle(partial(owner_transaction, settings), today()))


def plain_children(connection: Connection, day: date) -> int:
    """How many are surely children, by the year alone, and yet stored in plain columns."""
    surely = (resident.c.name_enc.is_(None), resident.c.birth_year > day.year - CHILD_AGE)
    return connection.execute(select(func.count()).select_from(resident).where(*surely)).scalar_one()


# -- parts ---------------------------------------------------------------------------------


def _may_be_plain_child(day: date) -> Any:
    return resident.c.name_enc.is_(None) & (resident.c.birth_year >= day.year - CHILD_AGE)


def _settle(connection: Connection, rows: Sequence[Row], day: date) -> int:
    """Write those rows as they are to be stored on that day; a row changed meanwhile waits for the next run."""
    keys = KeyRing.on(connection)
    changed: list[tuple[object, ...]] = [
        (row.county_code, row.id, row.version, *(fresh[name] for name in _WRITTEN))
        for row, fresh in _afresh(rows, day, keys)
    ]
    if not changed:
        return 0
    names = (*_SAME, *_WRITTEN)
    data = values(*(column(name, resident.c[name].type) for name in names), name="fresh").data(changed)
    same = [resident.c[name] == data.c[name] for name in _SAME]
    written = {name: cast(data.c[name], resident.c[name].type) for name in _WRITTEN}
    done = connection.execute(
        update(resident).where(*same).values(**written, version=resident.c.version + 1)
    ).rowcount
    record(connection, SYSTEM, Action.CHANGE, register="residents", count=done, fields=["name", "birth_year"])
    return int(done)


def _afresh(rows: Iterable[Row], day: date, keys: KeyRing) -> Iterator[tuple[Row, dict[str, Any]]]:
    """Rows whose age asks for another form, with that form; what is erased stays."""
    for row in rows:
        born = born_text(row, keys=keys)
        if is_child(born_at_latest(born), day) == (row.name_enc is not None):
            continue
        try:
            yield row, stored(row.id, real_name(row, keys=keys), born, keys=keys, day=day)
        except KeyDestroyed:
            continue
