"""Kept counts and tiles follow a module that is switched: rows of its own come and go with it."""

from __future__ import annotations

from sqlalchemy import select

from geoapp.core.db import owner_engine, owner_transaction
from layers.registry import all_registers
from spatial_queries.kept import refresh

BATCH = 200
"""Regions counted in one transaction: each is held while it is."""


def recount(key: str) -> None:
    """Count the regions again that have rows of the module, in every register that has some.

    Counted as the owner, once the switch is committed: who switches modules reads no records.
    """
    for register in all_registers().values():
        if register.gated is None or register.gated[0] != key:
            continue
        with owner_engine().connect() as connection:
            rows = select(register.scope_column).where(register.gated[1]).distinct()
            regions = sorted(connection.scalars(rows))
        for first in range(0, len(regions), BATCH):
            with owner_transaction() as connection:
                refresh(connection, register, regions[first : first + BATCH])
