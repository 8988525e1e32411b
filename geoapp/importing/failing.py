"""Why a row cannot become a record."""

from __future__ import annotations

from dataclasses import dataclass

from geoapp.core.errors import InvalidInput


@dataclass(frozen=True)
class Failed(Exception):
    """A claim cannot be made: a code of `codes.ANSWER`, the record in its way, the rule that was broken."""

    code: str
    holder_id: int | None = None
    error: InvalidInput | None = None
