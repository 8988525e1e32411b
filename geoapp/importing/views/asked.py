"""From an address or a form to the rows it asks for: one grammar for list, map and what is claimed (D4.1)."""

from __future__ import annotations

from collections.abc import Mapping

from geoapp.core.errors import NotFound
from geoapp.edge.access import current_access
from geoapp.edge.query import selection_from
from geoapp.importing.standing import STANDING
from geoapp.importing.templates import REGISTERS
from layers.claims import claims_register
from spatial_queries.selection import Selection

NAMES = ("failure", "batch", "region", "bbox")
"""What narrows a list: reason, file, region, a box on the map (degrees: west, south, east, north)."""


def readable_registers() -> list[str]:
    """Registers whose rows the reader may claim or see."""
    access = current_access()
    return [name for name in REGISTERS if access.may(f"register:{name}:read")]


def asked(register: str, which: str, given: Mapping[str, str]) -> Selection:
    """The rows of one list of one register. Raises NotFound, InvalidInput."""
    if which not in STANDING or register not in readable_registers():
        raise NotFound()
    return selection_from(None, claims_register(register, which), narrowing(given).items())


def narrowing(given: Mapping[str, str]) -> dict[str, str]:
    """The names and values that narrow, without the empty ones."""
    return {name: given[name].strip() for name in NAMES if given.get(name, "").strip()}
