"""Rows of files to claim as a layer: one question for their list, map and totals (A8.7; D4.1).

They are no register of `layers.registers`: sealed, of many registers, and nobody's yet, so they have no menu, export
or standard door. Where a row lies, its grid and how its last claim ended are not sealed; that is all a tile holds.
Rows that name somebody have no geometry here: people are never points (D3.4), and of which house they are is known
inside the seal alone.
"""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import ColumnElement, Integer, SmallInteger, Text, case, cast, func

from geoapp.accounts.permissions import Permission
from geoapp.core.db import WORLD_BITS
from geoapp.core.i18n import N_
from geoapp.importing import codes
from geoapp.importing.standing import STANDING, row_table
from layers.declare import Field, LegendEntry, Register

POINTS_FROM = 14
LEGEND = (
    LegendEntry(0, N_("待认领"), "#1f6feb", "circle"),
    LegendEntry(1, N_("认领失败"), "#d03b3b", "triangle"),
)
FIELDS = (
    Field("failure", N_("认领失败原因"), row_table.c.failure, "code", codes.ANSWER),
    Field("batch", N_("文件"), row_table.c.batch_id, "integer", nullable=False),
)


@lru_cache(maxsize=64)
def claims_register(register: str, which: str) -> Register:
    """The rows of one register on one list (`geoapp.importing.standing`), as the query engine takes them."""
    lon, lat = row_table.c.lon, row_table.c.lat
    located = register not in codes.PEOPLE
    name = f"claims_{register}_{which}"
    return Register(
        name, title=N_("待认领的行"), title_one=N_("行"), permission=Permission.IMPORT_READ, table=row_table,
        id_column=row_table.c.id, county_column=func.left(cast(row_table.c.region_key, Text), 6),
        scope_column=row_table.c.region_key, fields=FIELDS, label_field="batch",
        geometry=func.ST_SetSRID(func.ST_MakePoint(lon, lat), 4326) if located else None,
        geometry_type="Point" if located else None,
        cells=(_east(lon), _south(lat)) if located else None,
        always=(row_table.c.register == register, *STANDING[which]),
        category=cast(case((row_table.c.failure.is_(None), 0), else_=1), SmallInteger),
        legend=LEGEND, points_from=POINTS_FROM,
    )  # fmt: skip


def _east(lon: ColumnElement) -> ColumnElement:
    """Place in the 2^30 world from degrees (`geoapp.core.db.MX_SQL`)."""
    return cast(func.floor((lon + 180.0) / 360.0 * 2.0**WORLD_BITS), Integer)


def _south(lat: ColumnElement) -> ColumnElement:
    up = func.ln(func.tan(func.pi() / 4.0 + func.radians(lat) / 2.0)) / (2.0 * func.pi())
    return cast(func.floor((0.5 - up) * 2.0**WORLD_BITS), Integer)
