"""Rotation of wrapping keys and data keys, and erasure by destroying them; all online.

| step                  | what it does                                                       |
|-----------------------|--------------------------------------------------------------------|
| `rotate_wrapping`     | a new wrapping key file; every data key is wrapped by it           |
| `rotate_data`         | a new data key for each class and year in use; the old ones retire |
| `reencrypt`           | cells of retired keys move to the keys that followed, in batches   |
| `destroy`             | a retired key goes, once no cell is left and no process writes it  |
| `erase_year`          | the keys of a class and year go with all they sealed               |

Every step runs as the owner. Readers need both keys only while both exist, so none of their reads
fails: keys are added first, cells follow, keys go last.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import (
    Connection,
    LargeBinary,
    Row,
    column,
    func,
    select,
    text,
    tuple_,
    update,
    values,
)

from geoapp.core.crypto import decrypt, encrypt, key_of_cell
from geoapp.core.data_keys import (
    KEEP_SECONDS,
    KeyRing,
    data_key,
    insert_key,
    newest_wrapping_key,
    unwrap,
    wrap,
)
from geoapp.core.db import owner_transaction
from geoapp.core.errors import Conflict, NotFound
from geoapp.core.i18n import N_
from geoapp.core.keys import KEY_BYTES, LEGACY_FIELD_KEY, load_wrapping_key, wrapping_keys
from geoapp.core.settings import Settings
from geoapp.core.suites import SUITES
from geoapp.protection.cells import CellColumn, cell_columns, cells_by_key

BATCH = 2_000
SETTLED = timedelta(seconds=3 * KEEP_SECONDS)
"""A process notices a retired key after KEEP_SECONDS; what it was writing then ends in a third."""


@dataclass(frozen=True)
class KeyState:
    """A data key as `geoapp keys status` shows it; `cells` were sealed with it."""

    id: int
    key_class: str
    year: int
    suite: str
    wrapping_key: int
    cells: int
    created_at: datetime
    retired_at: datetime | None
    destroyed_at: datetime | None


def states(connection: Connection) -> list[KeyState]:
    """Every data key with the number of its cells."""
    cells = cells_by_key(connection)
    return [
        KeyState(
            row.id, row[1], row.year, row.suite, row.wrapping_key, cells.get(row.id, 0), row.created_at,
            row.retired_at, row.destroyed_at,
        )
        for row in connection.execute(select(data_key).order_by(data_key.c.id))
    ]  # fmt: skip


def rotate_wrapping(connection: Connection, folder: Path) -> int:
    """A new wrapping key; all data keys are wrapped by it. Its number."""
    alone(connection)
    number = newest_wrapping_key(connection, folder) + 1
    fresh = load_wrapping_key(folder, number, make=True)
    for row in connection.execute(select(data_key).where(data_key.c.wrapped.is_not(None))).all():
        secret = unwrap(load_wrapping_key(folder, row.wrapping_key), row.wrapped, row.id)
        again = {"wrapped": wrap(fresh, secret, row.id), "wrapping_key": number}
        connection.execute(update(data_key).where(data_key.c.id == row.id).values(again))
    return number


def remove_wrapping(connection: Connection, folder: Path, number: int) -> None:
    """Delete the file of a wrapping key that wraps no data key of this database.

    Raises NotFound without such a file, Conflict while it is in use.
    """
    if number not in wrapping_keys(folder):
        raise NotFound()
    used = select(func.count()).where(data_key.c.wrapping_key == number, data_key.c.wrapped.is_not(None))
    if connection.scalar(used) or number == newest_wrapping_key(connection, folder):
        raise Conflict(N_("主密钥 %(number)s 仍在使用，请先轮换。"), number=number)
    unlink(folder / f"wrap-{number}.key")


def rotate_data(connection: Connection, settings: Settings) -> list[int]:
    """A new data key for each class and year in use; ids of those that retire."""
    alone(connection)
    number = newest_wrapping_key(connection, settings.key_dir)
    used = (data_key.c.retired_at.is_(None), data_key.c.destroyed_at.is_(None))
    old = connection.execute(
        update(data_key).where(*used).values(retired_at=func.now()).returning(data_key)
    ).all()  # fmt: skip
    for row in old:
        secret = secrets.token_bytes(SUITES[settings.cipher].key_bytes)
        words = {"class": row[1], "year": row.year, "suite": settings.cipher}
        insert_key(connection, settings.key_dir, number, secret, words)
    return sorted(row.id for row in old)


def reencrypt(settings: Settings) -> Iterator[int]:
    """Move the cells of retired keys to those in use; after each batch, how many moved so far.

    Each batch commits. A cell that somebody else writes meanwhile is left to its writer: the
    update names the old cell.
    """
    with owner_transaction(settings) as connection:
        retired = _retired(connection)
    moved = 0
    for where in cell_columns() if retired else ():
        after: tuple | None = None
        while True:
            with owner_transaction(settings) as connection:
                rows = _batch(connection, where, retired, after)
                if not rows:
                    break
                moved += _move(connection, where, rows, retired)
            after = tuple(rows[-1][:-1])
            yield moved


def destroy(connection: Connection, folder: Path, key_id: int) -> None:
    """The key goes for good. Raises NotFound, Conflict while it could still be needed."""
    alone(connection)
    row = connection.execute(select(data_key).where(data_key.c.id == key_id)).one_or_none()
    if row is None or row.destroyed_at is not None:
        raise NotFound()
    settled = row.retired_at is not None and connection.scalar(select(func.now() - SETTLED > row.retired_at))
    if not settled:
        raise Conflict(
            N_("密钥 %(id)s 尚未停用满 %(seconds)s 秒，可能仍有进程在用它写入。"),
            id=key_id, seconds=int(SETTLED.total_seconds()),
        )
    cells = cells_by_key(connection).get(key_id, 0)
    if cells:
        raise Conflict(N_("密钥 %(id)s 仍保护着 %(cells)s 个字段，请先重新加密。"), id=key_id, cells=cells)
    _forget(connection, folder, [row])


def erase_year(connection: Connection, folder: Path, key_class: str, year: int) -> int:
    """Destroy every key of a class and year, and so all they sealed, in each backup too.

    Returns how many keys went; raises NotFound where there is none.
    """
    alone(connection)
    mine = (data_key.c["class"] == key_class, data_key.c.year == year, data_key.c.destroyed_at.is_(None))
    rows = connection.execute(select(data_key).where(*mine)).all()
    if not rows:
        raise NotFound()
    _forget(connection, folder, rows)
    return len(rows)


# -- parts ---------------------------------------------------------------------------------


def alone(connection: Connection) -> None:
    """One change of keys at a time."""
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('geoapp.keys'))"))


def _forget(connection: Connection, folder: Path, rows: Sequence[Row]) -> None:
    gone = {"wrapped": None, "destroyed_at": func.now(), "retired_at": func.coalesce(data_key.c.retired_at, func.now())}
    connection.execute(update(data_key).where(data_key.c.id.in_([row.id for row in rows])).values(gone))
    if any(row.id == 1 for row in rows):
        unlink(folder / LEGACY_FIELD_KEY)


def unlink(path: Path) -> None:
    """Write over the key and remove its file."""
    if path.exists():
        path.write_bytes(bytes(KEY_BYTES))
        path.unlink()


def _retired(connection: Connection) -> dict[int, Row]:
    gone = (data_key.c.retired_at.is_not(None), data_key.c.destroyed_at.is_(None))
    return {row.id: row for row in connection.execute(select(data_key).where(*gone))}


def _batch(connection: Connection, where: CellColumn, retired: dict[int, Row], after: tuple | None) -> list[Row]:
    """The next cells of retired keys behind the primary key `after`: its columns, then the cell."""
    key = list(where.table.primary_key.columns)
    query = select(*key, where.column).where(where.key_id.in_(sorted(retired)))
    if after is not None:
        query = query.where(tuple_(*key) > tuple_(*after))
    return list(connection.execute(query.order_by(*key).limit(BATCH)))


def _move(connection: Connection, where: CellColumn, rows: list[Row], retired: dict[int, Row]) -> int:
    keys, table = KeyRing.on(connection), where.table
    fresh = []
    for row in rows:
        old, place = bytes(row[-1]), where.place(row.id)
        year = retired[key_of_cell(old)].year
        new = encrypt(decrypt(old, place, keys=keys), place, keys=keys, key_class=where.key_class, year=year)
        fresh.append((*row[:-1], old, new))
    key = list(table.primary_key.columns)
    types = [column(f"k{i}", c.type) for i, c in enumerate(key)]
    cells = (column("old", LargeBinary), column("new", LargeBinary))
    data = values(*types, *cells, name="fresh").data(fresh)
    same = [c == data.c[f"k{i}"] for i, c in enumerate(key)]
    changed = connection.execute(
        update(table).where(*same, where.column == data.c.old).values({where.column: data.c.new})
    )
    return changed.rowcount
