"""Where a record lies, in words: the regions above it, as far as the reader may see them."""

from __future__ import annotations

from sqlalchemy import Connection, select

from grids_boundaries.access import Access
from grids_boundaries.keys import RegionCode, from_key
from grids_boundaries.models import Region


def region_trail(connection: Connection, access: Access, key: int) -> list[tuple[str, str]]:
    """(name, address) of the regions a key lies in, from the top of the reader's area down."""
    keys: list[int] = []
    code: RegionCode | None = from_key(key)
    while code is not None:
        keys.append(code.lo)
        code = code.parent()
    query = select(Region.key, Region.name).where(
        access.scope.clause(Region.key), Region.key.in_(keys)
    )
    rows = connection.execute(query.order_by(Region.key))
    return [(row.name, f"/registers/regions/{row.key}") for row in rows]
