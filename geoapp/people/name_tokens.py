"""Finding people: keyed tokens of names, keyed hashes of numbers and phones (D3.2; research/trust C4).

Neither a name nor a number is compared as text first: `name_token` and the hash columns are read by
btree under the row policy, and what they find is then compared in full.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Table,
    and_,
    bindparam,
    delete,
    or_,
    select,
    text,
)

from geoapp.core.bulk import copy_rows
from geoapp.core.crypto import decrypt, normalised, search_hash, search_hashes
from geoapp.core.data_keys import KeyRing
from geoapp.core.db import Base, table_of
from geoapp.core.index_keys import index_ring
from geoapp.people.models import Resident
from geoapp.people.name_words import words_asked, words_of
from geoapp.people.numbers import same_number
from geoapp.people.token_spans import Span, span_of, token_of
from grids_boundaries.scope import RowScope

resident = table_of(Resident)
name_token = Table(
    "name_token", Base.metadata,
    Column("token", BigInteger, primary_key=True), Column("region_key", BigInteger, primary_key=True),
    Column("resident_id", BigInteger, primary_key=True),
)  # fmt: skip
Named = tuple[int, int, str]
"""Id, region key and name of a resident."""
_ADD = text("""
    INSERT INTO name_token (token, region_key, resident_id)
    SELECT * FROM unnest(CAST(:t AS bigint[]), CAST(:r AS bigint[]), CAST(:i AS bigint[]))
    ON CONFLICT DO NOTHING""")
_DRAFT = text("CREATE TEMP TABLE name_token_draft (token bigint, region_key bigint, resident_id bigint)")
_FROM_DRAFT = text("""
    INSERT INTO name_token (token, region_key, resident_id)
    SELECT DISTINCT token, region_key, resident_id FROM name_token_draft
    ORDER BY token, region_key, resident_id ON CONFLICT DO NOTHING""")
_END_DRAFT = text("DROP TABLE name_token_draft")
_HASH = text("""
    UPDATE resident SET phone_hash = new.h
    FROM unnest(CAST(:i AS bigint[]), CAST(:h AS bytea[])) AS new (i, h)
    WHERE resident.id = new.i AND resident.phone_hash IS NULL""")
NUMBER, PHONE = "resident.id_number", "resident.phone"
"""Purposes of the two search hashes."""
NUMBER_LENGTHS = range(7, 21)
"""Identity numbers, passports, phones; a house number is longer."""


def token_rows(people: Iterable[Named], key: bytes | None = None) -> list[tuple[int, int, int]]:
    """Rows of `name_token`, sorted as its key is; by the index key that writes unless said."""
    return sorted(
        (token, region_key, resident_id) for resident_id, region_key, name in people for token in tokens_of(name, key)
    )


def write_tokens(connection: Connection, people: Iterable[Named], key: bytes | None = None) -> None:
    """Add the tokens of these residents; those that are there stay."""
    rows = token_rows(people, key)
    if rows:
        token, region_key, resident_id = (list(column) for column in zip(*rows, strict=True))
        connection.execute(_ADD, {"t": token, "r": region_key, "i": resident_id})


class TokenDraft:
    """Tokens of very many residents, gathered first and then written in the order of their key.

    Row by row they land all over the index, which costs ten times as much. COPY goes to a table of
    the transaction's own, because it is refused where row policies hold.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        connection.execute(_DRAFT)

    def add(self, people: Iterable[Named]) -> None:
        """Gather the tokens of these residents."""
        rows = (
            (token, region_key, resident_id) for resident_id, region_key, name in people for token in tokens_of(name)
        )
        columns = dict.fromkeys(("token", "region_key", "resident_id"), "int8")
        copy_rows(self._connection, "name_token_draft", columns, rows)

    def finish(self) -> None:
        """Write what was gathered; tokens that are there stay."""
        self._connection.execute(_FROM_DRAFT)
        self._connection.execute(_END_DRAFT)


def from_arrays(table: str) -> str:
    """The statement that adds the tokens of new residents: columns id, region_key and `tokens_as_array` of a table."""
    return f"""
        INSERT INTO name_token (token, region_key, resident_id)
        SELECT t, region_key, id FROM {table}, unnest(CAST(tokens AS bigint[])) AS t ORDER BY 1, 2, 3"""  # noqa: S608


def tokens_as_array(name: str) -> str:
    """The tokens of a name as the text of a bigint[], by the index key that writes."""
    return _array(name, index_ring().keys().writing)


@lru_cache(maxsize=20_000)
def _array(name: str, key: bytes) -> str:
    return f"{{{','.join(map(str, tokens_of(name, key)))}}}"


def drop_tokens(connection: Connection, people: Iterable[Named], keys: Sequence[bytes] | None = None) -> None:
    """Remove the tokens of residents as they were named and placed: renamed, moved or anonymised.

    By every index key that is read, unless `keys` says which.
    """
    chosen, people = index_ring().keys().reading if keys is None else keys, list(people)
    rows = [dict(zip(("t", "r", "i"), row, strict=True)) for key in chosen for row in token_rows(people, key)]
    same = and_(
        name_token.c.token == bindparam("t"), name_token.c.region_key == bindparam("r"),
        name_token.c.resident_id == bindparam("i"),
    )  # fmt: skip
    if rows:
        connection.execute(delete(name_token).where(same), rows)


def write_phone_hashes(connection: Connection, phones: Sequence[tuple[int, bytes]]) -> None:
    """Hash the phones of residents (id, cell) that have none yet."""
    keys = KeyRing.on(connection)
    hashes = [search_hash(decrypt(cell, f"{PHONE}.{i}", keys=keys), PHONE) for i, cell in phones]
    connection.execute(_HASH, {"i": [resident_id for resident_id, _ in phones], "h": hashes})


def is_number(text: str) -> bool:
    """Whether a search means an identity number or a phone: exact, counted, logged."""
    number = normalised(text)
    return len(number) in NUMBER_LENGTHS and number.isalnum() and number.isascii() and any(c.isdigit() for c in number)


def has_number(text: str) -> ColumnElement[bool]:
    """Residents with exactly this identity number, in its old form of 15 digits too, or phone."""
    numbers = {*search_hashes(text, NUMBER), *search_hashes(same_number(text), NUMBER)}
    return or_(
        resident.c.id_hash.in_(sorted(numbers)), resident.c.phone_hash.in_(search_hashes(text, PHONE))
    )


def has_name(text: str, scope: RowScope, *, children: bool = False) -> ColumnElement[bool] | None:
    """Residents of the scope whose name holds the text or has these initials; None for no words.

    Children are among them only where `children` says so: their names are sealed, so every word of
    the text has to be one of theirs (D3.1).
    """
    words = words_asked(text)
    if not words:
        return None
    grown = resident.c.name_enc.is_(None)
    found = _has_token(words, scope)
    if any(word.startswith("~") for word in words):  # initials are no part of the name as written
        return found if children else and_(found, grown)
    written = and_(grown, resident.c.name.icontains(text.strip(), autoescape=True))
    if not children:
        return and_(found, written)
    rest = sorted(word for word in words_of(text) - words if not word.startswith("~"))
    return and_(found, or_(written, and_(~grown, *(_has_token({word}, scope) for word in rest))))


def _has_token(words: Iterable[str], scope: RowScope) -> ColumnElement[bool]:
    spans = [span_of(word, key) for word in sorted(words) for key in index_ring().keys().reading]
    tokens = or_(*map(_within, spans))
    return resident.c.id.in_(
        select(name_token.c.resident_id).where(tokens, scope.clause(name_token.c.region_key))
    )


def _within(span: Span) -> ColumnElement[bool]:
    """One token is asked for as one: what the planner knows of single values is better."""
    first, last = span
    return name_token.c.token == first if first == last else name_token.c.token.between(first, last)


def tokens_of(name: str, key: bytes | None = None) -> set[int]:
    """The tokens of a name, by the index key that writes unless said."""
    return {token_of(word, key) for word in words_of(name)}
