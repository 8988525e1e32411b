"""Drawn areas, saved and named by their hash, so that a link to them stays short."""

from __future__ import annotations

import hashlib
import json

import shapely
from geoalchemy2 import Geometry
from shapely.geometry.base import BaseGeometry
from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Table, Text, func
from sqlalchemy.dialects.postgresql import insert

from geoapp.core.db import WGS84, Base

saved_area = Table(
    "saved_area",
    Base.metadata,
    Column("id", Text, primary_key=True),
    Column("created_by", BigInteger, ForeignKey("app_user.id", ondelete="SET NULL")),
    Column("geom", Geometry("GEOMETRY", WGS84, spatial_index=False), nullable=False),
)


def save_area(connection: Connection, geometry: BaseGeometry, user_id: int | None) -> str:
    """Keep a checked geometry (EPSG:4326); equal shapes share one id of 16 characters."""
    rounded = shapely.set_precision(geometry, 1e-7, mode="pointwise")
    area_id = hashlib.sha256(rounded.wkb).hexdigest()[:16]
    values = {"id": area_id, "created_by": user_id, "geom": func.ST_GeomFromWKB(rounded.wkb, WGS84)}
    connection.execute(insert(saved_area).values(values).on_conflict_do_nothing())
    return area_id


def as_geojson(geometry: BaseGeometry) -> dict:
    """A GeoJSON geometry with 7 decimals."""
    rounded = shapely.set_precision(geometry, 1e-7, mode="pointwise")
    document: dict = json.loads(shapely.to_geojson(rounded))
    return document
