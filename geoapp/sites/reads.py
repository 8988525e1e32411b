"""What the pages of key sites show, read under the reader's scope; released sites are there, too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select

from geoapp.changes.actions import LARGEST_ID, own_rows
from geoapp.core.db import table_of
from geoapp.core.errors import NotFound
from geoapp.core.i18n import translate
from geoapp.edge.trail import region_trail
from geoapp.houses.reads import degrees
from geoapp.sites.codes import ENROL_REASONS, KINDS, LEVELS, RELEASE_REASONS, TYPES
from geoapp.sites.models import Site
from grids_boundaries.access import Access

site = table_of(Site)
MOST_FORMER = 200


@dataclass(frozen=True)
class TypeLine:
    """One type of a site in words: level, kind, and why and since when it is released or back."""

    key: str
    title: str
    level: int
    word: str
    kind: str
    released: str
    since: date | None
    back: str


def read_site(connection: Connection, access: Access, site_id: int) -> RowMapping:
    """Every stored column of a site and its point (p_lon, p_lat). Raises NotFound."""
    if not 0 < site_id <= LARGEST_ID:
        raise NotFound()
    columns = [c for c in site.c if not c.name.startswith(("geom", "mx", "my"))]
    query = select(*columns, func.ST_X(site.c.geom).label("p_lon"), func.ST_Y(site.c.geom).label("p_lat"))
    row = connection.execute(query.where(*own_rows(access, site), site.c.id == site_id)).mappings().one_or_none()
    if row is None:
        raise NotFound()
    return row


def read_former(connection: Connection, access: Access) -> list[RowMapping]:
    """Sites that need no attention any more, the last changed first, MOST_FORMER at most."""
    query = select(site.c.id, site.c.name, site.c.address, site.c.types, site.c.updated_at)
    former = query.where(*own_rows(access, site), site.c.active.is_(False))
    latest = former.order_by(site.c.updated_at.desc(), site.c.id).limit(MOST_FORMER)
    return list(connection.execute(latest).mappings())


def head_of(connection: Connection, access: Access, row: RowMapping, kind: str) -> dict[str, Any]:
    """What the head of a site's page shows (templates/houses/parts.html)."""
    return {
        "register": "sites", "id": row["id"], "url": f"/sites/{row['id']}", "kind": kind,
        "label": row["name"], "lon": degrees(row["p_lon"]), "lat": degrees(row["p_lat"]),
        "placed": row["placed"], "regions": region_trail(connection, access, row["region_key"]),
        "region_key": row["region_key"], "origin": row["origin"], "source": row["source"],
        "updated_at": row["updated_at"], "version": row["version"],
    }  # fmt: skip


def type_lines(types: dict[str, Any], locale: str) -> list[TypeLine]:
    """The types of a site in the order of their declaration, the active ones first."""
    lines = [_line(key, types[key], locale) for key in TYPES if key in types]
    return sorted(lines, key=lambda line: bool(line.released))


def _line(key: str, entry: dict[str, Any], locale: str) -> TypeLine:
    gone, back, level = entry.get("released"), entry.get("enrolled"), LEVELS[entry["level"]]
    kind = TYPES[key].kinds.get(entry.get("kind", ""), "")
    mark = gone or back
    return TypeLine(
        key, translate(KINDS[key], locale), entry["level"], translate(level, locale),
        translate(kind, locale) if kind else "",
        translate(RELEASE_REASONS.get(gone["reason"], gone["reason"]), locale) if gone else "",
        date.fromisoformat(mark["date"]) if mark else None,
        translate(ENROL_REASONS.get(back["reason"], back["reason"]), locale) if back and not gone else "",
    )  # fmt: skip
