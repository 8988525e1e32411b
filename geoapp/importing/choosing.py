"""Places a row's address may mean: shown with their scores, and one of them chosen (A8.7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Row, Table, func, literal, null, select

from geoapp.changes.actions import Writing
from geoapp.core.crypto import encrypt
from geoapp.core.db import table_of
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.houses.models import Building, House
from geoapp.importing import codes, locking
from geoapp.importing.reads import open_row
from geoapp.people.registering import own_grid
from grids_boundaries.access import Access
from grids_boundaries.models import Region

building, house, region = table_of(Building), table_of(House), table_of(Region)
CHOSEN = "chosen"
NOBODY = "none"
"""What is sent by who finds none of the places to be the one."""


def places_of(connection: Connection, access: Access, row: Row) -> list[dict[str, Any]]:
    """The candidates of a row that are still on register and in the reader's area, the best first.

    Each: value to send, kind, id, address, score of 100, region_key, region, lon and lat or None.
    """
    wanted = {(kind, int(place)): score for kind, place, score in row.candidates or ()}
    ids = {kind: [place for one, place in wanted if one == kind] for kind in ("house", "building")}
    shown = [
        {
            "value": f"{one.kind}-{one.id}", "kind": one.kind, "id": one.id, "address": one.address or "",
            "score": wanted[one.kind, one.id], "region_key": one.region_key, "region": one.region,
            "number": one.number, "lon": one.lon, "lat": one.lat,
        }
        for one in _read(connection, access, ids)
    ]  # fmt: skip
    return sorted(shown, key=lambda one: (-one["score"], one["value"]))


def choose(work: Writing, row_id: int, version: int, value: str) -> int | None:
    """The row lies at that candidate, or at none of them; the key of its grid then.

    A person's row gets the number of the house, another row without a position that of the place.

    Raises NotFound, Conflict, InvalidInput for what is no candidate of the row.
    """
    row = locking.waiting_row(work, row_id, version)
    if value == NOBODY:
        locking.save(work, row, {"candidates": None})
        return None
    places = {one["value"]: one for one in places_of(work.connection, work.access, row)}
    if value not in places:
        raise InvalidInput(N_("请选择一个地址。"), field="place")
    place = places[value]
    own_grid(work, place["region_key"])
    values: dict[str, Any] = {"region_key": place["region_key"], "proposed": CHOSEN, "candidates": None}
    values |= _house(row, place) if row.register in codes.PEOPLE else _position(row, place)
    locking.save(work, row, {**values, "failure": None, "holder_id": None})
    return int(place["region_key"])


def features_of(row: Row, places: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The candidates as GeoJSON points, numbered as they are listed; none for a person (D3.4)."""
    if row.register in codes.PEOPLE:
        return []
    return [
        {
            "type": "Feature", "geometry": {"type": "Point", "coordinates": [one["lon"], one["lat"]]},
            "properties": {"n": 0, "label": str(number)},
        }
        for number, one in enumerate(places, start=1) if one["lon"] is not None
    ]  # fmt: skip


# -- parts ---------------------------------------------------------------------------------


def _read(connection: Connection, access: Access, ids: Mapping[str, Sequence[int]]) -> list[Row]:
    """Houses and buildings with the same columns; a house without a point stands where its building does."""
    inside = func.ST_PointOnSurface(building.c.geom)
    spot = func.coalesce(house.c.geom, inside)
    same = (building.c.county_code == house.c.county_code) & (building.c.id == house.c.building_id)
    houses = (
        select(literal("house").label("kind"), house.c.id, house.c.address, house.c.number, *_where(house, spot))
        .join(region, region.c.key == house.c.region_key).outerjoin(building, same)
        .where(house.c.id.in_(ids["house"]), access.scope.clause(house.c.region_key))
    )  # fmt: skip
    named = func.coalesce(building.c.address, building.c.name).label("address")
    buildings = (
        select(literal("building").label("kind"), building.c.id, named, null().label("number"))
        .add_columns(*_where(building, inside))
        .join(region, region.c.key == building.c.region_key)
        .where(building.c.id.in_(ids["building"]), access.scope.clause(building.c.region_key))
    )  # fmt: skip
    return [row for query in (houses, buildings) for row in connection.execute(query)]


def _where(table: Table, spot: ColumnElement) -> tuple[ColumnElement, ...]:
    lon, lat = func.ST_X(spot).label("lon"), func.ST_Y(spot).label("lat")
    return table.c.region_key, region.c.full_name.label("region"), lon, lat


def _house(row: Row, place: Mapping[str, Any]) -> dict[str, Any]:
    if not place["number"] or row.register != "residents":
        return {}
    cells = {**open_row(row).cells, "house_number": place["number"]}
    return {"cells_enc": encrypt(orjson.dumps({"cells": cells}).decode(), f"import_row.cells.{row.id}")}


def _position(row: Row, place: Mapping[str, Any]) -> dict[str, Any]:
    return {"lon": place["lon"], "lat": place["lat"]} if row.lon is None and place["lon"] is not None else {}
