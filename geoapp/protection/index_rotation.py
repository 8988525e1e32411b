"""A new key for search hashes and name tokens, while people search and write (D3.2; PR-6).

| step      | what it does                                                                    |
|-----------|---------------------------------------------------------------------------------|
| `begin`   | a new key file and generation: read at once, writes when every process knows it |
| `rehash`  | numbers, phones and name tokens of all residents anew, in batches that commit   |
| `retire`  | the generations before go, when all is hashed anew; their files, too            |

Stopped in `rehash`, it is run again from the start: what is done stays as it is. A search asks for the
hashes of all generations, so it finds the same before, during and after.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import (
    Connection,
    LargeBinary,
    Row,
    cast,
    column,
    delete,
    func,
    insert,
    select,
    tuple_,
    update,
    values,
)

from geoapp.core.crypto import decrypt, search_hash
from geoapp.core.data_keys import KeyDestroyed, KeyRing
from geoapp.core.db import owner_transaction, table_of
from geoapp.core.errors import Conflict
from geoapp.core.i18n import N_
from geoapp.core.index_keys import generations, index_key, mark_of, read_keys
from geoapp.core.keys import index_key_path, load_index_key
from geoapp.core.settings import Settings
from geoapp.people.children import real_name
from geoapp.people.models import Resident
from geoapp.people.name_tokens import NUMBER, PHONE, drop_tokens, write_tokens
from geoapp.protection.rotation import SETTLED, alone, unlink

resident = table_of(Resident)
BATCH = 2_000
_KEY = ("county_code", "id")
_HASHES = ("id_hash", "phone_hash")
_READ = (*_KEY, "region_key", "name", "name_enc", "id_enc", "phone_enc", *_HASHES)


def begin(connection: Connection, folder: Path) -> int:
    """A new generation; its number. Raises Conflict while another change is under way."""
    alone(connection)
    rows = generations(connection)
    if len(rows) > 1:
        raise Conflict(N_("检索密钥正在更换：请先运行 rehash 并销毁旧的检索密钥。"))
    number = int(rows[-1].generation) + 1
    key = load_index_key(folder, number, make=True)
    row = {"generation": number, "mark": mark_of(key), "writes_from": func.now() + SETTLED}
    connection.execute(insert(index_key).values(row))
    return number


def rehash(settings: Settings) -> Iterator[int]:
    """Hash everybody anew; after each batch, how many were looked at so far. Raises Conflict too early."""
    with owner_transaction(settings) as connection:
        newest = generations(connection)[-1]
        _require_written(connection, newest)
    seen, after = 0, None
    while True:
        with owner_transaction(settings) as connection:
            rows = _batch(connection, after)
            if not rows:
                done = update(index_key).where(index_key.c.generation == newest.generation)
                connection.execute(done.values(hashed_at=func.now()))
                return
            _rehash(connection, settings.key_dir, rows)
        after = tuple(rows[-1][: len(_KEY)])
        seen += len(rows)
        yield seen


def retire(connection: Connection) -> list[int]:
    """Forget the generations before the newest; their numbers. Raises Conflict until all is hashed anew."""
    alone(connection)
    *old, newest = generations(connection)
    if not old or newest.hashed_at is None:
        raise Conflict(N_("没有可以销毁的检索密钥：请先更换并运行 rehash。"))
    gone = [row.generation for row in old]
    connection.execute(delete(index_key).where(index_key.c.generation.in_(gone)))
    return gone


def remove_files(folder: Path, numbers: Iterable[int]) -> None:
    """Overwrite and remove the key files, after the commit of `retire`."""
    for number in numbers:
        unlink(index_key_path(folder, number))


# -- parts ---------------------------------------------------------------------------------


def _require_written(connection: Connection, newest: Row) -> None:
    """Every process writes with the newest key since at least SETTLED."""
    settled = connection.scalar(select(func.now() >= newest.writes_from + timedelta(seconds=SETTLED.seconds // 3)))
    if not settled:
        raise Conflict(N_("新的检索密钥刚刚启用，请过两分钟再运行。"))


def _batch(connection: Connection, after: tuple[str, int] | None) -> Sequence[Row]:
    key = [resident.c[name] for name in _KEY]
    query = select(*(resident.c[name] for name in _READ)).order_by(*key).limit(BATCH).with_for_update()
    return connection.execute(query if after is None else query.where(tuple_(*key) > tuple_(*after))).all()


def _rehash(connection: Connection, folder: Path, rows: Sequence[Row]) -> None:
    """Hashes and tokens of these residents by the writing key; those by others go."""
    keys, index = KeyRing.on(connection), read_keys(connection, folder)
    changed = []
    for row in rows:
        cells = ((row.id_enc, NUMBER), (row.phone_enc, PHONE))
        texts = ((_opened(cell, f"{purpose}.{row.id}", keys), purpose) for cell, purpose in cells)
        fresh = tuple(search_hash(text, purpose, key=index.writing) if text else None for text, purpose in texts)
        if fresh != (row.id_hash, row.phone_hash):
            changed.append((*row[: len(_KEY)], *fresh))
    if changed:
        names = (*_KEY, *_HASHES)
        data = values(*(column(name, resident.c[name].type) for name in names), name="fresh").data(changed)
        same = [resident.c[name] == data.c[name] for name in _KEY]
        written = {name: cast(data.c[name], LargeBinary) for name in _HASHES}
        connection.execute(update(resident).where(*same).values(written))
    people = [(row.id, row.region_key, name) for row in rows if (name := _name(row, keys))]
    drop_tokens(connection, people, keys=index.reading[1:])
    write_tokens(connection, people, key=index.writing)


def _opened(cell: bytes | None, place: str, keys: KeyRing) -> str:
    """Nothing for what is erased: then nothing finds it any more."""
    try:
        return decrypt(bytes(cell), place, keys=keys) if cell else ""
    except KeyDestroyed:
        return ""


def _name(row: Row, keys: KeyRing) -> str:
    try:
        return real_name(row, keys=keys)
    except KeyDestroyed:
        return ""
