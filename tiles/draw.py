"""Which way a register's tile is made: counted cells, encoded columns or ST_AsMVT."""

from __future__ import annotations

from sqlalchemy import Connection

from spatial_queries.selection import Selection
from tiles import shapes
from tiles.address import TileAddress


def register_layers(connection: Connection, selection: Selection, address: TileAddress) -> bytes:
    """MVT of one register."""
    return shapes.layers(connection, selection, address)
