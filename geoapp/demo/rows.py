"""Frames of invented houses and people as rows of our tables: ids, regions, protected cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection, text

from geoapp.core.clock import today
from geoapp.core.crypto import encrypt, search_hash
from geoapp.core.data_keys import KeyRing
from geoapp.core.db import WGS84
from geoapp.people.name_tokens import NUMBER, PHONE, Named
from geoapp.people.rules import CHILD, CHILD_AGE, is_child
from geoapp.people.synthesis import Population

NOBODY = -1
CHECK_HOUR = 2
"""Hour of the day, UTC, given to checks of which only the day is known: 10 o'clock in China."""

HOUSE_COLUMNS = (
    "county_code", "id", "region_key", "building_id", "number", "address", "entrance", "storey",
    "room", "use", "rental", "area_m2", "residents", "checked_at", "placed", "position_source",
    "origin", "source", "updated_at", "geom",
)  # fmt: skip
HOUSEHOLD_COLUMNS = ("county_code", "id", "region_key", "number", "head_id", "origin", "source")
RESIDENT_COLUMNS = (
    "county_code", "id", "region_key", "name", "name_enc", "sex", "birth_year", "birth_date_enc", "id_kind",
    "id_hash", "id_enc", "phone_enc", "phone_hash", "type", "household_id", "relation", "house_id",
    "no_house_reason", "placed", "state", "state_reason", "state_date", "checked_at", "origin",
    "source", "updated_at",
)  # fmt: skip
RESIDENCE_COLUMNS = (
    "county_code", "id", "region_key", "house_id", "resident_id", "tenure", "since", "until",
    "end_reason", "origin",
)  # fmt: skip
Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Houses about to be stored, with the first id of each kind.

    `houses`: columns number, address, entrance, storey, room, use, area_m2, building_id,
    region_key, placed, lon, lat (degrees; NaN where `placed` is 0).
    """

    county: str
    houses: pd.DataFrame
    population: Population
    origin: str
    source: str
    moment: datetime
    first: dict[str, int]


def reserve(connection: Connection, kind: str, count: int) -> int:
    """The first of `count` ids of a table that nobody else will get."""
    statement = text(f"SELECT setval('{kind}_id_seq', nextval('{kind}_id_seq') + :more)")
    last = connection.execute(statement, {"more": max(count - 1, 0)}).scalar_one()
    return int(last) - max(count - 1, 0)


def reserve_all(connection: Connection, population: Population) -> dict[str, int]:
    """First ids of the houses, households, residents and residences of a population."""
    sizes = {
        "house": len(population.houses),
        "household": len(population.households),
        "resident": len(population.residents),
        "residence": len(population.residences),
    }
    return {kind: reserve(connection, kind, size) for kind, size in sizes.items()}


def house_rows(batch: Batch) -> Iterator[Row]:
    """Rows in the order of HOUSE_COLUMNS."""
    houses, kept = batch.houses, batch.population.houses
    placed = houses["placed"].to_numpy()
    checked = _moments(kept["checked_at"], batch.moment)
    return _zipped(
        len(houses), batch.county, _ids(batch.first["house"], len(houses)), houses["region_key"],
        houses["building_id"], houses["number"], houses["address"], houses["entrance"],
        houses["storey"], houses["room"], houses["use"], kept["rental"],
        [Decimal(str(a)) for a in houses["area_m2"].tolist()], kept["residents"], checked, placed,
        _where(placed > 0, "building"), batch.origin, batch.source,
        [batch.moment if at is None else at for at in checked],
        _points(houses["lon"].to_numpy(), houses["lat"].to_numpy(), placed > 0),
    )  # fmt: skip


def household_rows(batch: Batch) -> Iterator[Row]:
    """Rows in the order of HOUSEHOLD_COLUMNS."""
    books = batch.population.households
    regions = batch.houses["region_key"].to_numpy()
    return _zipped(
        len(books), batch.county, _ids(batch.first["household"], len(books)),
        regions[books["house"].to_numpy(int)], books["number"],
        batch.first["resident"] + books["head"].to_numpy(int), "synthetic", batch.source,
    )  # fmt: skip


def resident_rows(batch: Batch, keys: KeyRing) -> Iterator[Row]:
    """Rows in the order of RESIDENT_COLUMNS. Numbers, phones, birth dates and children are sealed (D3.2)."""
    sealed = partial(_sealed, keys)
    people = batch.population.residents
    ids = _ids(batch.first["resident"], len(people))
    house = people["house"].to_numpy(int)
    near = people["near"].to_numpy(int)
    born = people["birth_date"].to_numpy().astype("datetime64[D]")
    children = _children(born, today())
    checked = _moments(people["checked_at"], batch.moment)
    placed = np.where(house == NOBODY, 0, batch.houses["placed"].to_numpy()[near])
    return _zipped(
        len(people), batch.county, ids, batch.houses["region_key"].to_numpy()[near],
        people["name"].mask(children, CHILD), sealed("name", people["name"].where(children, ""), ids), people["sex"],
        _known(born.astype("datetime64[Y]").astype(int) + 1970, ~children),
        sealed("birth_date", [str(day) for day in born], ids), people["id_kind"],
        _hashed(NUMBER, people["id_number"]),
        sealed("id_number", people["id_number"], ids), sealed("phone", people["phone"], ids),
        _hashed(PHONE, people["phone"]),
        people["type"], _shifted(people["household"], batch.first["household"]),
        _optional(people["relation"]), _shifted(people["house"], batch.first["house"]),
        _optional(people["no_house_reason"]), placed, people["state"],
        _optional(people["state_reason"]), _dates(people["state_date"]), checked, "synthetic",
        batch.source, checked,
    )  # fmt: skip


def named(batch: Batch) -> Iterator[Named]:
    """Id, region and name of each resident, for the tokens they are found by."""
    people = batch.population.residents
    ids = _ids(batch.first["resident"], len(people))
    regions = batch.houses["region_key"].to_numpy()[people["near"].to_numpy(int)].tolist()
    return zip(ids, regions, people["name"].tolist(), strict=True)


def residence_rows(batch: Batch) -> Iterator[Row]:
    """Rows in the order of RESIDENCE_COLUMNS."""
    stays = batch.population.residences
    house = stays["house"].to_numpy(int)
    return _zipped(
        len(stays), batch.county, _ids(batch.first["residence"], len(stays)),
        batch.houses["region_key"].to_numpy()[house], batch.first["house"] + house,
        batch.first["resident"] + stays["resident"].to_numpy(int), stays["tenure"],
        _dates(stays["since"]), _dates(stays["until"]), _optional(stays["end_reason"]), "synthetic",
    )  # fmt: skip


# -- columns -------------------------------------------------------------------------------


def _children(born: np.ndarray, day: date) -> np.ndarray:
    """Who is a child on that day; asked only of those the year leaves open."""
    maybe = born >= np.datetime64(f"{day.year - CHILD_AGE}-01-01")
    found = np.zeros(len(born), dtype=bool)
    found[maybe] = [is_child(one, day) for one in born[maybe].tolist()]
    return found


def _known(numbers: np.ndarray, known: np.ndarray) -> list[int | None]:
    return [n if yes else None for n, yes in zip(numbers.tolist(), known.tolist(), strict=True)]


def _zipped(count: int, *columns: object) -> Iterator[Row]:
    """Rows of `count` values each; a scalar stands for a column of equal values."""
    return zip(*(_values(column, count) for column in columns), strict=True)


def _values(column: object, count: int) -> list[object]:
    if isinstance(column, pd.Series | np.ndarray):
        return list(column.tolist())
    return column if isinstance(column, list) else [column] * count


def _ids(first: int, count: int) -> list[int]:
    return list(range(first, first + count))


def _where(mask: np.ndarray, word: str) -> list[str | None]:
    return [word if yes else None for yes in mask.tolist()]


def _shifted(numbers: pd.Series, first: int) -> list[int | None]:
    return [None if n == NOBODY else first + n for n in numbers.tolist()]


def _optional(words: pd.Series) -> list[object]:
    return list(words.astype(object).where(words.notna(), None))


def _dates(days: pd.Series) -> list[object]:
    return list(days.to_numpy().astype("datetime64[D]").tolist())


def _moments(days: pd.Series, latest: datetime) -> list[datetime | None]:
    """Moments of the day for a column of days, none later than `latest`; None for none."""
    known, number = np.unique(days.to_numpy().astype("datetime64[D]"), return_inverse=True)
    moments = [
        None
        if day is None
        else min(datetime(day.year, day.month, day.day, CHECK_HOUR, tzinfo=UTC), latest)
        for day in known.tolist()
    ]
    return [moments[n] for n in number.tolist()]


def _points(lon: np.ndarray, lat: np.ndarray, known: np.ndarray) -> list[bytes | None]:
    points = np.full(len(lon), None, dtype=object)
    points[known] = shapely.to_wkb(
        shapely.set_srid(shapely.points(lon[known], lat[known]), WGS84), include_srid=True
    )
    return points.tolist()


def _hashed(purpose: str, texts: Iterable[str]) -> list[bytes | None]:
    return [search_hash(value, purpose) if value else None for value in texts]


def _sealed(keys: KeyRing, field: str, texts: Iterable[str], ids: list[int]) -> list[bytes | None]:
    return [
        encrypt(value, f"resident.{field}.{number}", keys=keys) if value else None
        for value, number in zip(texts, ids, strict=True)
    ]
