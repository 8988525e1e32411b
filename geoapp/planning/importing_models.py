"""Foreign polygons that become a draft plan."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, DateTime, Float, Identity, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.core.db import WGS84, Base


class PlanImport(Base):
    """One file: its area, what was chosen to mend (`choices`: finding to polygon), rows that were refused.

    `tolerance` is the width in metres up to which gaps, overlaps and what reaches out are mended as proposed.
    """

    __tablename__ = "plan_import"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    region_key: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(Text)
    file_name: Mapped[str] = mapped_column(Text)
    crs: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default="open")
    tolerance: Mapped[float] = mapped_column(Float, server_default="0")
    choices: Mapped[dict[str, int | None]] = mapped_column(JSONB, server_default="{}")
    refused: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    plan_id: Mapped[int | None] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    made_by: Mapped[int | None] = mapped_column(BigInteger)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class ImportPolygon(Base):
    """One polygon as it came, EPSG:4326; `region_key` is its community, `line` its row in the file."""

    __tablename__ = "plan_import_polygon"

    import_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    region_key: Mapped[int] = mapped_column(BigInteger)
    line: Mapped[int] = mapped_column(Integer)
    code: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(Text)
    geom: Mapped[object] = mapped_column(Geometry("GEOMETRY", WGS84, spatial_index=False))
