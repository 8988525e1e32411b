"""Where a row stands on its way to a grid: what puts it on each list, said once (A8.10, A8.11)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, or_

from geoapp.core.db import table_of
from geoapp.importing import codes
from geoapp.importing.models import ImportRow

row_table = table_of(ImportRow)
SPAN = 1000
"""Keys that end in three zeros are no grid (`grids_boundaries.keys`)."""
PLACED: ColumnElement[bool] = or_(row_table.c.region_key % SPAN > 0, row_table.c.register.in_(codes.ANY_LEVEL))
"""Rows that need no grid any more."""
_WAITING: ColumnElement[bool] = row_table.c.state.in_(codes.OPEN)
WAITING = "waiting"
"""All that wait, with a grid or without: what the map shows."""
STANDING: Mapping[str, tuple[ColumnElement[bool], ...]] = {
    "open": (_WAITING, PLACED),
    "unplaced": (_WAITING, ~PLACED),
    "done": (row_table.c.state.in_((codes.CLAIMED, codes.CLAIMED_ALONG)),),
    "failed": (_WAITING, row_table.c.failure.is_not(None)),
    WAITING: (_WAITING,),
}
"""Conditions by the name of the list (`codes.LISTS`), and of all that wait."""
