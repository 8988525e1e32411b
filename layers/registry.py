"""All registers, found by reading the folder `layers/registers`: adding one is adding a file."""

from __future__ import annotations

import pkgutil
from functools import lru_cache
from importlib import import_module

from geoapp.core.errors import NotFound
from grids_boundaries.access import Access
from layers import registers
from layers.declare import Register
from spatial_queries.guard import counts_only


@lru_cache(maxsize=1)
def all_registers() -> dict[str, Register]:
    """Name to register, in menu order."""
    found = [
        import_module(f"{registers.__name__}.{module.name}").REGISTER
        for module in pkgutil.iter_modules(registers.__path__)
    ]
    return {r.name: r for r in sorted(found, key=lambda r: (r.order, r.name))}


def get_register(name: str, access: Access) -> Register:
    """The register if it exists and the reader may open it. Raises NotFound alike otherwise."""
    register = all_registers().get(name)
    if register is None or not access.may(register.permission):
        raise NotFound()
    return register


def listed_registers(access: Access) -> list[Register]:
    """Those of them whose rows the reader may have: of some there are only counts (D3.4)."""
    return [r for r in readable_registers(access) if not counts_only(r, access)]


def readable_registers(access: Access) -> list[Register]:
    """The registers the reader may open, in menu order."""
    return [r for r in all_registers().values() if access.may(r.permission)]
