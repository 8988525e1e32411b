"""What the pages of organisations show, read under the reader's scope; deregistered ones, too."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, RowMapping, func, select

from geoapp.changes.actions import LARGEST_ID, own_rows
from geoapp.core.db import table_of
from geoapp.core.errors import NotFound
from geoapp.edge.trail import region_trail
from geoapp.houses.reads import degrees
from geoapp.organisations.models import Organisation
from geoapp.organisations.rules import ACTIVE
from grids_boundaries.access import Access
from grids_boundaries.models import Region

organisation, region = table_of(Organisation), table_of(Region)
MOST_FORMER = 200


def read_organisation(connection: Connection, access: Access, record_id: int) -> RowMapping:
    """Every stored column, the level of its region and its point (p_lon, p_lat). Raises NotFound."""
    if not 0 < record_id <= LARGEST_ID:
        raise NotFound()
    t = organisation
    columns = [c for c in t.c if not c.name.startswith(("geom", "mx", "my"))]
    query = (
        select(*columns, region.c.level, func.ST_X(t.c.geom).label("p_lon"), func.ST_Y(t.c.geom).label("p_lat"))
        .outerjoin(region, region.c.key == t.c.region_key)
        .where(*own_rows(access, t), t.c.id == record_id)
    )
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound()
    return row


def read_former(connection: Connection, access: Access) -> list[RowMapping]:
    """Those that left the register, the last first, MOST_FORMER at most."""
    t = organisation
    query = select(t.c.id, t.c.name, t.c.kind, t.c.state_reason, t.c.state_date)
    former = query.where(*own_rows(access, t), t.c.state != ACTIVE)
    return list(connection.execute(former.order_by(t.c.state_date.desc(), t.c.id).limit(MOST_FORMER)).mappings())


def head_of(connection: Connection, access: Access, row: RowMapping, kind: str) -> dict[str, Any]:
    """What the head of the page shows (templates/houses/parts.html)."""
    return {
        "register": "organisations", "id": row["id"], "url": f"/organisations/{row['id']}", "kind": kind,
        "label": row["name"], "lon": degrees(row["p_lon"]), "lat": degrees(row["p_lat"]),
        "placed": row["placed"], "regions": region_trail(connection, access, row["region_key"]),
        "region_key": row["region_key"], "origin": row["origin"], "source": row["source"],
        "updated_at": row["updated_at"], "version": row["version"],
    }  # fmt: skip
