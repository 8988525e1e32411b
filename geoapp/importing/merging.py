"""A row and a record that are one and the same: fact by fact, which of the two is right (A8.13; peers B6).

One save writes what was chosen into the record and claims the row as it. What was replaced is sealed
beside the row, so undoing the claim puts it back. Callers open the transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from secrets import token_bytes
from typing import Any

import orjson
from sqlalchemy import Row, select, update

from geoapp.changes.actions import Writing
from geoapp.core.crypto import decrypt, encrypt
from geoapp.core.errors import Conflict, InvalidInput, NotFound
from geoapp.core.i18n import N_
from geoapp.importing import codes, locking
from geoapp.importing.facts import FACTS, of_row
from geoapp.importing.locking import row_table
from geoapp.importing.reads import open_row
from geoapp.importing.records import says_same
from geoapp.importing.targets import TARGETS
from geoapp.sites.codes import TYPES
from geoapp.sites.rules import released_types
from layers.registry import all_registers

MOST_TOGETHER = 50
VERSION = "@version"
"""Beside the facts a merge has replaced: the version the record had."""


@dataclass(frozen=True)
class Fact:
    """One fact of a row and of a record, as texts of the template; `same`: nothing to choose."""

    register: str
    name: str
    mine: str
    stored: str

    @property
    def same(self) -> bool:
        """Whether both say the same, or the row says nothing."""
        return says_same(self.register, self.name, self.mine, self.stored)


def compared(row: Row, record: Row, stored: Mapping[str, str]) -> list[Fact]:
    """The facts of both, in the order of the record."""
    mine = of_row(row, open_row(row).cells)
    names = [*stored, *(name for name in mine if name in _more(row.register, record))]
    return [
        Fact(row.register, name, mine.get(name, ""), stored.get(name, ""))
        for name in dict.fromkeys(names) if name != "id_kind"
    ]  # fmt: skip


def merge(
    work: Writing, row_id: int, versions: tuple[int, int], record_id: int, take: Collection[str] = ()
) -> list[str]:
    """The row is that record; `take` names the facts of the row that are right. Names of what changed.

    `versions` are the row's and the record's, as the page showed them. Raises NotFound, Conflict,
    StaleForm, and what the register's own actions raise.
    """
    row = locking.waiting_row(work, row_id, versions[0])
    if row.register not in FACTS:
        raise NotFound()
    record = work.lock(TARGETS[row.register].table, record_id, versions[1])
    _require_on_register(work, row.register, record_id)
    stored = FACTS[row.register].stored(work.connection, record)
    facts = {one.name: one for one in compared(row, record, stored)}
    if set(take) - set(facts):
        raise InvalidInput(N_("请选择列表中的一项。"), field="take")
    changed = {name: facts[name] for name in sorted(take) if not facts[name].same}
    before = None
    if changed:
        new = {name: one.mine for name, one in changed.items()}
        if "id_number" in new:
            new["id_kind"] = of_row(row, open_row(row).cells)["id_kind"]
        FACTS[row.register].write(work, record, stored | new)
        before = {name: stored.get(name, "") for name in new} | {VERSION: str(record.version)}
    after = work.find(TARGETS[row.register].table, record_id)
    along = locking.equal_to(work, row)
    sealed = encrypt(orjson.dumps(before).decode(), f"import_row.before.{row.id}") if before else None
    locking.take(work, row, (record_id, after.version if before else None), along, {"before_enc": sealed})
    return list(changed)


def put_back(work: Writing, row: Row, record: Row) -> None:
    """Write into the record what the row's merge had replaced; the claim before it is the last one again then.

    Raises what the register's actions raise.
    """
    before = orjson.loads(decrypt(bytes(row.before_enc), f"import_row.before.{row.id}"))
    version = before.pop(VERSION, None)
    stored = FACTS[row.register].stored(work.connection, record)
    FACTS[row.register].write(work, record, stored | before)
    after = work.find(TARGETS[row.register].table, record.id)
    # the record is as the claim before this merge left it: that one can be taken back now
    as_it = (row_table.c.register == row.register, row_table.c.target_id == record.id)
    earlier = update(row_table).where(locking.own(work), *as_it, row_table.c.target_version == int(version or 0))
    work.connection.execute(earlier.values(target_version=after.version))


def bring_together(work: Writing, row_id: int, others: Iterable[int]) -> None:
    """Somebody says that these rows are one and the same: they are claimed together from now on (A8.8).

    Raises NotFound, Conflict for one that was claimed since or lies in another grid.
    """
    ids = sorted({row_id, *others})[: MOST_TOGETHER + 1]
    if locking.visible(work, ids) != set(ids):
        raise NotFound()
    held = locking.locked(work, ids, wait=False)
    if not set(ids) <= set(held):
        raise Conflict(N_("这一行已被他人处理，请刷新页面。"))
    found = {row_id: held[row_id] for row_id in ids}
    one = found[row_id]
    grids = {(row.register, row.region_key) for row in found.values()}
    if len(grids) != 1 or any(row.state not in codes.OPEN for row in found.values()):
        raise Conflict(N_("这一行已被他人处理，请刷新页面。"))
    same = one.same or next((row.same for row in found.values() if row.same), None) or token_bytes(16)
    values: dict[str, Any] = {"same": same, "version": row_table.c.version + 1}
    work.connection.execute(update(row_table).where(row_table.c.id.in_(ids)).values(values))


def _require_on_register(work: Writing, register: str, record_id: int) -> None:
    declared = all_registers()[register]
    mine = (*work.own(declared.table), *declared.always, declared.id_column == record_id)
    there = select(declared.id_column).where(*mine)
    if work.connection.scalar(there) is None:
        raise Conflict(N_("在册记录已注销，请先打开该记录处理。"))


def _more(register: str, record: Row) -> frozenset[str]:
    """Facts a record of the register can have beside those it has: a site's other types, if not released."""
    if register != "sites":
        return frozenset()
    gone = released_types(record.types)
    return frozenset(name for key in TYPES if key not in gone for name in (key, f"{key}_kind"))
