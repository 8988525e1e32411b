"""Vector tiles of a selection: ETag first, then bytes, both within the reader's transaction.

    etag = register_etag(source, selection, z, x, y)      # 304 if the client has it
    tile = register_tile(source, selection, z, x, y, etag)

`source` is the access of the selection, or a connection that `grids_boundaries.access.begin` has
opened for it. The ETag is bare (no quotes): send it as a weak one, because the same tile leaves
with and without gzip. It is read before the tile, so a body is never older than its name.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection

from geoapp.core.settings import get_settings
from grids_boundaries.access import Source
from spatial_queries.selection import Selection
from tiles import base, draw, versions
from tiles.address import TileAddress
from tiles.cache import TileCache

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
COMPRESSION = 1
"""gzip level: a quarter of the time of level 6 for a tenth more bytes."""


@lru_cache(maxsize=1)
def _memory() -> TileCache:
    """The tiles of this process (GEOAPP_TILE_CACHE_MB)."""
    return TileCache(get_settings().tile_cache_mb * 2**20)


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile ready to send: `body` is already compressed as `content_encoding` says."""

    body: bytes
    etag: str
    content_encoding: str = "gzip"
    media_type: str = MEDIA_TYPE

    def plain(self) -> bytes:
        """The body for a client that does not take gzip."""
        return gzip.decompress(self.body)


def register_etag(source: Source, selection: Selection, z: int, x: int, y: int) -> str:
    """Name of the tile's present state for this reader. Raises InvalidInput for no such tile."""
    return versions.register_etag(source, selection, TileAddress.at(z, x, y))


def register_tile(
    source: Source, selection: Selection, z: int, x: int, y: int, etag: str | None = None
) -> Tile:
    """The tile, from memory where this process has made it. Raises InvalidInput for no such tile.

    `etag` is what `register_etag` said before; without it it is asked again.
    """
    address = TileAddress.at(z, x, y)
    etag = etag or versions.register_etag(source, selection, address)
    return _kept(etag, lambda: draw.register_layers(source, selection, address))


def passing_tile(source: Source, selection: Selection, z: int, x: int, y: int) -> Tile:
    """A tile of rows whose regions keep no version: made each time, and named by what it holds.

    Raises InvalidInput for no such tile.
    """
    body = gzip.compress(draw.register_layers(source, selection, TileAddress.at(z, x, y)), COMPRESSION, mtime=0)
    return Tile(body, hashlib.blake2b(body, digest_size=12).hexdigest())


def base_etag(connection: Connection, z: int, x: int, y: int) -> str:
    """Name of a base map tile's present state. Raises InvalidInput for no such tile."""
    return versions.base_etag(connection, TileAddress.at(z, x, y))


def base_tile(connection: Connection, z: int, x: int, y: int, etag: str | None = None) -> Tile:
    """The base map's layers landuse, water, road, railway, coverage and gate."""
    address = TileAddress.at(z, x, y)
    etag = etag or versions.base_etag(connection, address)
    return _kept(etag, lambda: base.layers(connection, address))


def _kept(etag: str, make: Callable[[], bytes]) -> Tile:
    memory = _memory()
    body = memory.get(etag)
    if body is None:
        body = gzip.compress(make(), COMPRESSION, mtime=0)
        memory.put(etag, body)
    return Tile(body, etag)
