"""People on the map: houses with how many of the selected people live in each (D3.4).

Never a point of a person. Only readers with person rights get them: for others the count of one
house is below what may be shown, and a filter would tell who lives there.
"""

from __future__ import annotations

from sqlalchemy import Integer, Select, and_, cast, func, select

from grids_boundaries.access import Source
from spatial_queries.breakdowns import rule_for
from spatial_queries.selection import Selection
from tiles import encode, statements
from tiles.address import TileAddress


def layer(source: Source, selection: Selection, address: TileAddress) -> bytes:
    """Points of the holders with their id and `n`; nothing for readers without person rights."""
    register = selection.register
    if rule_for(register, selection.access) is not None:
        return b""
    made = statements.statement("holders", selection, lambda: _counted(selection))
    mx, my, ids, n = statements.columns(made.run(source, **statements.degrees(address)))
    x, y = encode.to_units(mx, my, address)
    return encode.points_layer(register.name, x, y, {"n": n}, ids)


def _counted(selection: Selection) -> Select:
    """Arrays of place, id and count of the holders in the tile, holders and records in scope."""
    register, holder = selection.register, selection.register.holder
    assert holder is not None
    mx, my = holder.cells
    same = and_(holder.id_column == holder.reference, holder.county_column == register.county_column)
    rows = (
        select(mx.label("mx"), my.label("my"), holder.id_column.label("id"), cast(func.count(), Integer).label("n"))
        .select_from(register.table.join(holder.id_column.table, same))
        .where(
            *selection.conditions(), selection.scope.clause(holder.scope_column),
            holder.geometry.op("&&")(statements.box_degrees()),
        )
        .group_by(holder.county_column, holder.id_column, mx, my).subquery("holders")
    )  # fmt: skip
    return select(*(func.array_agg(c) for c in rows.c))
