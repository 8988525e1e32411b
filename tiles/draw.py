"""Which way a register's tile is made: counted cells, packed points, houses of people, shapes."""

from __future__ import annotations

from grids_boundaries.access import Source
from spatial_queries.selection import Selection
from tiles import cells, holders, points, shapes
from tiles.address import TileAddress


def register_layers(source: Source, selection: Selection, address: TileAddress) -> bytes:
    """MVT of one register; empty bytes where there is nothing to show."""
    register = selection.register
    near = address.z >= register.points_from
    if selection.geometry is None or selection.query.position == "none":
        return b""
    if register.holder is not None:
        return holders.layer(source, selection, address) if near else b""
    if register.cells is not None and not near:
        return cells.layer(source, selection, address)
    if register.cells is not None and register.geometry_type == "Point":
        return points.layer(source, selection, address)
    return shapes.layers(source, selection, address)
