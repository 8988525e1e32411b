"""Rows to claim as their reader may see them (A8.10 to A8.13; D3.1, D3.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from geoapp.accounts.limits import PEOPLE_READS, take
from geoapp.accounts.models import User
from geoapp.accounts.permissions import Permission
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.core.clock import today
from geoapp.core.db import table_of
from geoapp.core.errors import InvalidInput, NotFound
from geoapp.core.i18n import translate
from geoapp.importing import codes
from geoapp.importing.alike import NAMES, asks, known_of
from geoapp.importing.facts import FACTS
from geoapp.importing.models import ImportBatch
from geoapp.importing.reads import open_row
from geoapp.importing.records import MASKS
from geoapp.importing.standing import STANDING, row_table
from geoapp.importing.targets import problem_of
from geoapp.importing.templates import template_of
from geoapp.people.numbers import read_citizen, same_number
from geoapp.people.rules import CHILD, is_child, masked_name
from grids_boundaries.access import Access
from grids_boundaries.models import Region
from spatial_queries.selection import Selection

batch_table = table_of(ImportBatch)
region, claimer, sender = table_of(Region), table_of(User), table_of(User).alias("sender")
PAGE = 50


def read_rows(
    connection: Connection, selection: Selection, locale: str, page: int = 0, also: Sequence[ColumnElement[bool]] = ()
) -> list[dict[str, Any]]:
    """A page of one list, the oldest rows first, those claimed last first; people seen are written down.

    `also` are further conditions, such as those rows alone that somebody has picked.
    """
    access = selection.access
    order = (row_table.c.claimed_at.desc().nulls_last(), row_table.c.id)
    # ids first: sorted with all that a row holds, a long list would be moved through the disk for one page of it
    chosen = selection.select(row_table.c.id).where(*also).order_by(*order).limit(PAGE).offset(page * PAGE)
    query = _joined().where(row_table.c.id.in_(chosen.scalar_subquery())).order_by(*order)
    rows = connection.execute(query).all()
    if rows and rows[0].register in codes.PEOPLE:
        take(PEOPLE_READS, access.user_id)
        record(connection, access, Action.LIST_VIEW, register=rows[0].register, count=len(rows))
    return [shown(row, access, locale) for row in rows]


def total_of(connection: Connection, selection: Selection) -> int:
    """How many rows answer."""
    return int(connection.scalar(selection.select(func.count())) or 0)


def count_rows(connection: Connection, access: Access, batch_id: int | None = None) -> dict[str, dict[str, int]]:
    """How many rows each list of each register has in the reader's area, of one file or of all."""
    counts = (func.count().filter(*STANDING[name]).label(name) for name in codes.LISTS)
    query = select(row_table.c.register, *counts).where(access.scope.clause(row_table.c.region_key))
    if batch_id is not None:
        query = query.where(row_table.c.batch_id == batch_id)
    rows = connection.execute(query.group_by(row_table.c.register))
    return {row.register: {name: row._mapping[name] for name in codes.LISTS} for row in rows}


def reasons_of(connection: Connection, selection: Selection, locale: str) -> list[tuple[str, str, int]]:
    """(code, words, rows) of the reasons why claims failed, the most frequent first."""
    n = func.count()
    query = selection.select(row_table.c.failure, n.label("n")).where(row_table.c.failure.is_not(None))
    rows = connection.execute(query.group_by(row_table.c.failure).order_by(n.desc(), row_table.c.failure))
    return [(row.failure, translate(codes.ANSWER[row.failure], locale), row.n) for row in rows]


def ids_of(connection: Connection, selection: Selection, most: int, after: int = 0) -> list[int]:
    """Rows of a list behind the row `after`, in the order of their files."""
    query = selection.select(row_table.c.id).where(row_table.c.id > after)
    return list(connection.scalars(query.order_by(row_table.c.id).limit(most)))


def read_row(connection: Connection, access: Access, row_id: int) -> Row:
    """One row with its file and region. Raises NotFound."""
    mine = (access.scope.clause(row_table.c.region_key), row_table.c.id == row_id)
    row = connection.execute(_joined().where(*mine)).one_or_none()
    if row is None or row.state == codes.REFUSED:
        raise NotFound()
    return row


def shown(row: Row, access: Access, locale: str) -> dict[str, Any]:
    """A row in words: names as the register shows them, numbers masked, a child as a child."""
    cells = open_row(row).cells
    seen, problem = shown_cells(row.register, cells, access), None
    if row.failure == "incomplete":
        problem = problem_of(row.register, row, cells)
    name = seen.get("name") or seen.get("number", "")
    name = translate(CHILD, locale) if name == CHILD else name
    reason = problem.message(locale) if problem else translate(codes.ANSWER[row.failure], locale) if row.failure else ""
    return {
        "id": row.id, "row_no": row.row_no, "file": row.file_name, "region": row.region_name,
        "region_full": row.full_name or "", "version": row.version,
        "region_code": str(row.region_key), "name": name,
        "number": seen.get("id_number") or seen.get("licence_number", ""), "address": seen.get("address", ""),
        "proposed": translate(codes.PROPOSED[row.proposed], locale),
        "state": translate(codes.ROW_STATES[row.state], locale),
        "reason": reason, "complete": row.failure in codes.COMPLETE,
        "compare": _to_compare(row, cells),
        "first": _first(row),
        "holder_id": row.holder_id, "target_id": row.target_id, "undo": row.state == codes.CLAIMED,
        "choose": bool(row.candidates) and row.state in codes.OPEN,
        "pinned": f"{row.lon:.6f},{row.lat:.6f}" if row.lon is not None and row.register not in codes.PEOPLE else "",
        "along": row.state == codes.CLAIMED_ALONG,
    }  # fmt: skip


def shown_cells(register: str, cells: Mapping[str, str], access: Access) -> dict[str, str]:
    """Cells as this reader may see them; codes stay codes."""
    seen = {name: MASKS[name](text) if name in MASKS else text for name, text in cells.items()}
    if register not in codes.PEOPLE:
        return seen
    if is_child(_born(cells), today()):
        seen["name"] = CHILD
        for told in ("birth_date", "address", "house_number", "household_number"):
            seen.pop(told, None)
    elif not access.may(Permission.RESIDENT_NAME):
        seen["name"] = masked_name(cells.get("name", ""))
    if not access.may(Permission.RESIDENT_NAME):
        seen = {name: text for name, text in seen.items() if name in ("name", "type", "sex")}
    return seen


def in_words(register: str, cells: Mapping[str, str], locale: str) -> list[tuple[str, str]]:
    """(title, text) of cells in the order of the template."""
    columns = (c for c in template_of(register).columns if c.name in cells)
    return [(translate(c.title, locale), translate(c.codes.get(cells[c.name], cells[c.name]), locale)) for c in columns]


def kept_cells(register: str, cells: Mapping[str, str], access: Access) -> dict[str, str]:
    """Cells that a form does not show in full, as they are shown: numbers, and all that says who a child is."""
    seen = shown_cells(register, cells, access)
    return {name: seen.get(name, CHILD) for name in _hidden(register, cells)}


def typed_cells(register: str, cells: Mapping[str, str]) -> dict[str, str]:
    """Cells a form begins with."""
    hidden = _hidden(register, cells)
    return {name: text for name, text in cells.items() if name not in hidden}


def with_kept(row: Row, sent: Mapping[str, str]) -> dict[str, str]:
    """What was sent, beside the cells a form does not have, and those it hides where nothing was typed."""
    cells = open_row(row).cells
    hidden = _hidden(row.register, cells)
    kept = {name: text for name, text in cells.items() if name not in sent or (name in hidden and not sent[name])}
    return {**sent, **kept}


def _hidden(register: str, cells: Mapping[str, str]) -> set[str]:
    names = set(MASKS) & set(cells)
    if register in codes.PEOPLE and is_child(_born(cells), today()):
        names |= {"name", "birth_date", "address"} & set(cells)
    return names


def provenance(connection: Connection, register: str, record_id: int) -> Sequence[Row]:
    """From which rows of which files a record came: file, row, sender, claimer and when."""
    query = (
        select(
            batch_table.c.file_name, row_table.c.row_no, sender.c.display_name.label("sender"), batch_table.c.sent_at,
            claimer.c.display_name.label("claimer"), row_table.c.claimed_at,
        )
        .join(batch_table, batch_table.c.id == row_table.c.batch_id)
        .join(sender, sender.c.id == batch_table.c.sent_by)
        .outerjoin(claimer, claimer.c.id == row_table.c.claimed_by)
        .where(row_table.c.register == register, row_table.c.target_id == record_id)
        .order_by(row_table.c.id).limit(PAGE)
    )  # fmt: skip
    return connection.execute(query).all()


def _joined() -> Any:
    query = select(row_table, batch_table.c.file_name, region.c.name.label("region_name"), region.c.full_name)
    joined = query.join(batch_table, batch_table.c.id == row_table.c.batch_id)
    return joined.outerjoin(region, region.c.key == row_table.c.region_key)


def _to_compare(row: Row, cells: Mapping[str, str]) -> bool:
    """Whether the row is laid beside what is like it: somebody has to say what it is."""
    if row.failure is None or row.register not in FACTS:
        return False
    return row.failure in codes.COMPARE or (row.register in NAMES and asks(known_of(row.register, cells)))


def _first(row: Row) -> str | None:
    """Address of the record that has to be dealt with before the row can be claimed."""
    if row.holder_id is None:
        return None
    if row.failure not in codes.OPEN_FIRST:
        return None
    return f"/registers/{'residents' if row.register in codes.PEOPLE else row.register}/{row.holder_id}"


def _born(cells: Mapping[str, str]) -> date | None:
    try:
        if cells.get("birth_date"):
            return date.fromisoformat(cells["birth_date"])
        return read_citizen(same_number(cells.get("id_number", "")), today()).born
    except (InvalidInput, ValueError):
        return None
