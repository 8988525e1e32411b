"""Kept counts: exact numbers per grid and category, and the version of each grid's tiles.

Large totals and breakdowns read these, tiles the packed rows of `cells` and `blocks`, instead of a
million records. They are ordinary tables, refreshed for the changed regions in the transaction of
the change (`refresh`), so they can never disagree with the rows; a test recounts them.
"""

from __future__ import annotations

from collections.abc import Iterable

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    MetaData,
    Select,
    SmallInteger,
    Table,
    Text,
    and_,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as pg_insert

from geoapp.core.db import WGS84, Base
from grids_boundaries.scope import RowScope
from spatial_queries.blocks import has_blocks, renew_blocks
from spatial_queries.cells import renew_cells
from spatial_queries.expressions import AnyOf, Compare, Expression
from spatial_queries.fields import RegisterLike
from spatial_queries.query import PLACED
from spatial_queries.selection import Selection

_metadata: MetaData = Base.metadata
region_count = Table(
    "region_count", _metadata,
    Column("register", Text, primary_key=True), Column("region_key", BigInteger, primary_key=True),
    Column("category", SmallInteger, primary_key=True), Column("placed", SmallInteger, primary_key=True),
    Column("n", Integer, nullable=False),
)
tile_version = Table(
    "tile_version", _metadata,
    Column("register", Text, primary_key=True), Column("region_key", BigInteger, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("extent", Geometry("POLYGON", WGS84, spatial_index=False)),
)
_LOCK_IN_ORDER = text("SELECT pg_advisory_xact_lock(key) FROM unnest(CAST(:keys AS bigint[])) AS key")
NEXT_VERSION = text("nextval('tile_version_seq')")


def refresh(connection: Connection, register: RegisterLike, region_keys: Iterable[int]) -> None:
    """Recount the regions' rows and give their tiles a new version."""
    region_keys = sorted(set(region_keys))
    hold_regions(connection, region_keys)
    refresh_scope(connection, register, RowScope.from_ranges((k, k) for k in region_keys))


def hold_regions(connection: Connection, region_keys: Iterable[int]) -> None:
    """Let nobody else recount these regions until the transaction ends.

    A recount deletes and inserts, and cannot see rows another one is about to commit.
    """
    connection.execute(_LOCK_IN_ORDER, {"keys": sorted(set(region_keys))})


def refresh_scope(connection: Connection, register: RegisterLike, scope: RowScope) -> None:
    """`refresh` for every region key in a scope (after a load)."""
    if not scope:
        return
    if register.kept:
        _recount_regions(connection, register, scope)
        if register.cells is not None:
            renew_cells(connection, register, scope)
        if has_blocks(register):
            renew_blocks(connection, register, scope)
    bump_versions(connection, register, scope)


def _recount_regions(connection: Connection, register: RegisterLike, scope: RowScope) -> None:
    t = region_count
    connection.execute(delete(t).where(t.c.register == register.name, scope.clause(t.c.region_key)))
    assert register.category is not None
    assert register.placed is not None
    keys = (register.scope_column, register.category, register.placed)
    counted = (
        select(literal(register.name), *keys, func.count())
        .where(scope.clause(register.scope_column), *register.always).group_by(*keys)
    )
    connection.execute(insert(t).from_select(["register", "region_key", "category", "placed", "n"], counted))


def bump_versions(connection: Connection, register: RegisterLike, scope: RowScope) -> None:
    """New tile versions for the register's regions in the scope.

    The extent only grows, so a tile a record has left is voided as well. Records without a
    position of their own have the extent of their holders.
    """
    t = tile_version
    mine = and_(t.c.register == register.name, scope.clause(t.c.region_key))
    connection.execute(update(t).where(mine).values(version=NEXT_VERSION))
    located, geometry = _located(register)
    if geometry is None:
        return
    box = func.ST_SetSRID(func.ST_Expand(func.ST_Extent(geometry).op("::")(text("geometry")), 1e-6), 4326)
    extents = (
        select(literal(register.name), register.scope_column, NEXT_VERSION, box).select_from(located)
        .where(scope.clause(register.scope_column), geometry.is_not(None), *register.always)
        .group_by(register.scope_column)
    )
    statement = pg_insert(t).from_select(["register", "region_key", "version", "extent"], extents)
    grown = func.ST_Envelope(func.ST_Collect(t.c.extent, statement.excluded.extent))
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["register", "region_key"],
            set_={"version": statement.excluded.version, "extent": grown},
        )
    )


def _located(register: RegisterLike) -> tuple[FromClause, ColumnElement | None]:
    """What holds the register's positions, and the column they are in."""
    holder = register.holder
    if holder is None:
        return register.table, register.geometry
    same = and_(holder.id_column == holder.reference, holder.county_column == register.county_column)
    return register.table.join(holder.id_column.table, same), holder.geometry


def version_select(register: RegisterLike, scope: RowScope, box: ColumnElement | None) -> Select:
    """Two numbers; one of them changes when a region of the scope changes whose rows touch `box`.

    `box` is EPSG:4326; None asks for the whole scope. They sum up and count all versions: the
    largest alone would miss a transaction that took its number earlier and committed later.
    Registers that `tiles_follow` names count with their own rows in the box and with those of the
    regions found.
    """
    t, own = tile_version, tile_version.alias("own")

    def touching(table: FromClause) -> ColumnElement[bool]:
        inside = scope.clause(table.c.region_key)
        return inside if box is None else and_(inside, table.c.extent.op("&&")(box))

    found = and_(t.c.register == register.name, touching(t))
    if register.tiles_follow:
        regions = select(own.c.region_key).where(own.c.register == register.name, touching(own))
        beside = and_(scope.clause(t.c.region_key), t.c.region_key.in_(regions))
        found = or_(found, and_(t.c.register.in_(register.tiles_follow), or_(touching(t), beside)))
    return select(func.coalesce(cast(func.sum(t.c.version), BigInteger), 0), func.count()).where(found)


def kept_tallies(connection: Connection, selection: Selection) -> tuple[int, int, int] | None:
    """(total, without position, outside) from kept counts, or None where these cannot answer.

    Raises CountsOnly.
    """
    selection.require_rows()
    where = kept_conditions(selection)
    if where is None:
        return None
    t = region_count
    total = func.coalesce(func.sum(t.c.n), 0)
    row = connection.execute(
        select(
            total,
            func.coalesce(func.sum(t.c.n).filter(t.c.placed == 0), 0),
            func.coalesce(func.sum(t.c.n).filter(t.c.placed == 2), 0),
        ).where(*where)
    ).one()
    return int(row[0]), int(row[1]), int(row[2])


def kept_conditions(selection: Selection) -> list[ColumnElement[bool]] | None:
    """Rows of `region_count` that add up to the selection, or None where it asks for more.

    They do when it selects by region, by position and by the register's category only.
    """
    register, query = selection.register, selection.query
    categories = kept_categories(selection)
    if categories is None:
        return None
    t = region_count
    where = [t.c.register == register.name, selection.scope.clause(t.c.region_key)]
    if categories:
        where.append(t.c.category.in_(categories))
    if query.position:
        where.append(t.c.placed == PLACED[query.position])
    return where


def kept_categories(selection: Selection) -> tuple | None:
    """Categories the query asks for, () for all; None where it asks for more than kept rows know.

    They know region, category and, in `region_count` alone, whether a record has a position.
    """
    register, query = selection.register, selection.query
    if not register.kept or query.shapes or query.near or query.text:
        return None
    return _categories(register, query.where)


def _categories(register: RegisterLike, where: Expression | None) -> tuple | None:
    """Categories a filter names, () for no filter, None for a filter on anything else."""
    if where is None:
        return ()
    if isinstance(where, AnyOf) and where.field.name == register.category_field:
        values = where.values
    elif isinstance(where, Compare) and where.op == "=" and where.field.name == register.category_field:
        values = (where.value,)
    else:
        return None
    codes = register.category_codes
    if not codes:
        return values
    return tuple(codes[v] for v in values) if all(v in codes for v in values) else None
