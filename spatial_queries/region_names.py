"""Names of the regions that records lie in: one look-up for a page or a batch, scoped to the reader.

A record carries a region's code; people read names. Codes of the few regions on a page are looked
up together, which costs a list of a hundred thousand rows nothing and needs nothing kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from sqlalchemy import ARRAY, BigInteger, Connection, Dialect, and_, bindparam, case, func, select

from geoapp.core.db import table_of
from grids_boundaries.access import Access
from grids_boundaries.keys import RegionCode
from grids_boundaries.models import Region
from grids_boundaries.scope import RowScope
from spatial_queries.prepared import Prepared, prepare, run

_KEY, _KEYS = bindparam("key", None, type_=BigInteger), bindparam("keys", None, type_=ARRAY(BigInteger))


def region_names(connection: Connection, access: Access, codes: Iterable[str | None]) -> dict[str, str]:
    """Name by code, of the regions the reader may see; that of a grid begins with its community's."""
    wanted = {code for code in codes if code}
    if not wanted:
        return {}
    keys = ",".join(code.ljust(15, "0") for code in sorted(wanted))
    found = run(connection, _statement(connection.dialect, access.scope), {"keys": f"{{{keys}}}"}, keep_plan=True)
    rows = ((found.get_value(row, 0), found.get_value(row, 1)) for row in range(found.ntuples))
    return {code.decode(): name.decode() for code, name in rows if code and name}


def full_region_name(connection: Connection, access: Access, region: RegionCode) -> str | None:
    """Full name of a region, from the province down; None where the reader may not see it."""
    statement = _full_name(connection.dialect, access.scope)
    found = run(connection, statement, {"key": region.lo}, keep_plan=True)
    name = found.get_value(0, 0) if found.ntuples else None
    return name.decode() if name else None


@lru_cache(maxsize=256)
def _full_name(dialect: Dialect, scope: RowScope) -> Prepared:
    region = table_of(Region)
    statement = select(region.c.full_name).where(region.c.key == _KEY, scope.clause(region.c.key))
    return prepare(dialect, statement, {"key"})


@lru_cache(maxsize=256)
def _statement(dialect: Dialect, scope: RowScope) -> Prepared:
    region = table_of(Region)
    above = region.alias("above")
    # the numbers of grids begin anew in each community
    name = case((region.c.level == "grid", func.concat(above.c.name, region.c.name)), else_=region.c.name)
    community = and_(above.c.key == region.c.parent_key, scope.clause(above.c.key), region.c.level == "grid")
    statement = (
        select(region.c.code, name).select_from(region.outerjoin(above, community))
        .where(scope.clause(region.c.key), region.c.key == func.any(_KEYS))
    )
    return prepare(dialect, statement, {"keys"})
