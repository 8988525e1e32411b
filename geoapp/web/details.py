"""One record of any register, ready for a template; features bring their own for some."""

from __future__ import annotations

from sqlalchemy import Connection, func

from geoapp.core.errors import NotFound
from geoapp.core.i18n import N_, translate
from geoapp.edge.access import current_access
from geoapp.edge.pages import reader_locale
from geoapp.edge.trail import region_trail
from geoapp.households.views import DETAILS as household_pages
from geoapp.houses.views import DETAILS as house_pages
from geoapp.organisations.views import DETAILS as organisation_pages
from geoapp.people.views import DETAILS as people_pages
from geoapp.programmes.views import DETAILS as programme_pages
from geoapp.sites.views import DETAILS as site_pages
from geoapp.teams.views import DETAILS as team_pages
from geoapp.web.listing import record_url, with_region_names
from geoapp.web.rows import make_cell
from grids_boundaries.keys import from_key
from layers.declare import Register
from layers.registry import readable_registers
from spatial_queries.breakdowns import counted
from spatial_queries.columns import Column, label_column
from spatial_queries.query import SpatialQuery
from spatial_queries.selection import compile_query

OWN_PAGES = {
    **house_pages, **people_pages, **household_pages, **site_pages, **organisation_pages, **programme_pages,
    **team_pages,
}  # fmt: skip


def read_detail(connection: Connection, register: Register, record_id: int) -> tuple[str, dict]:
    """(template, context) of one record. Raises NotFound, alike for absent and out of scope."""
    own = OWN_PAGES.get(register.name)
    if own is not None:
        return own(connection, record_id)
    return "registers/detail.html", {"detail": generic_detail(connection, register, record_id)}


def generic_detail(connection: Connection, register: Register, record_id: int) -> dict:
    """Every readable field of the record: see templates/registers/detail.html."""
    access, locale = current_access(), reader_locale()
    selection = compile_query(SpatialQuery(register.name), register, access=access)
    columns = [Column(f, masked=not f.clear(access)) for f in register.fields if f.readable(access)]
    expressions = [c.expression.label(c.label) for c in columns]
    if register.geometry is not None:
        point = func.ST_PointOnSurface(register.geometry)
        expressions += [func.ST_X(point).label("p_lon"), func.ST_Y(point).label("p_lat")]
    expressions.append(register.scope_column.label("p_region"))
    statement = selection.select(*expressions).where(register.id_column == record_id)
    found = connection.execute(statement).mappings().one_or_none()
    if found is None:
        raise NotFound()
    (row,) = with_region_names(connection, access, columns, [found])
    label = label_column(register, access)
    hidden = {"origin", "source", "updated_at"}
    return {
        "register": register.name,
        "id": record_id,
        "url": record_url(register, record_id),
        "kind": translate(register.title_one, locale),
        "label": label.text(row[label.label], record_id, locale) or f"#{record_id}",
        "lon": row.get("p_lon"),
        "lat": row.get("p_lat"),
        "placed": row.get("placed"),
        "regions": region_trail(connection, access, row["p_region"]),
        "items": [
            (translate(c.title, locale), make_cell(register, c, row[c.label], record_id, locale))
            for c in columns
            if c.label not in hidden
        ],
        "origin": row.get("origin"),
        "source": None,
        "updated_at": row.get("updated_at"),
        "links": _links(connection, row["p_region"]) if register.name == "regions" else [],
        "actions": _adding() if register.name == "regions" and row.get("level") == "grid" else [],
    }


def _adding() -> list[tuple[str, str, str]]:
    """What can be registered in a grid: (words, address, icon)."""
    access, locale = current_access(), reader_locale()
    return [
        (translate(N_("登记%(what)s"), locale, what=translate(r.title_one, locale)), r.new_url, "plus")
        for r in readable_registers(access)
        if r.new_url and r.write_permission and access.may(r.write_permission)
    ]


def _links(connection: Connection, key: int) -> list[tuple[str, str, int | None]]:
    """The registers inside a region, with their counts; None for one too small to show."""
    access, region = current_access(), from_key(key)
    found: list[tuple[str, str, int | None]] = []
    for register in readable_registers(access):
        if register.name == "regions":
            continue
        query = SpatialQuery(register.name, region=region)
        n = counted(connection, compile_query(query, register, access=access))
        url = f"/registers/{register.name}?region={region.digits}"
        found.append((translate(register.title, reader_locale()), url, n))
    return found
