"""Where a record lies, in words: the regions above it, as far as the reader may see them."""

from __future__ import annotations

from sqlalchemy import Connection, select

from geoapp.core.db import table_of
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
    region = table_of(Region)
    query = select(region.c.key, region.c.name).where(
        access.scope.clause(region.c.key), region.c.key.in_(keys)
    )
    rows = connection.execute(query.order_by(region.c.key))
    return [(row.name, f"/registers/regions/{row.key}") for row in rows]
