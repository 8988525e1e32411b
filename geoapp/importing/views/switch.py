"""The module of importing: off, it takes no files and claims nothing (A18.1); its pages are not there."""

from __future__ import annotations

from flask import Blueprint

from geoapp.core.db import app_engine
from geoapp.core.errors import NotFound
from geoapp.importing.codes import MODULE
from geoapp.modules.reads import is_on


def importing_is_on() -> bool:
    """Whether the module is on."""
    with app_engine().begin() as connection:
        return is_on(connection, MODULE)


def only_while_on(blueprint: Blueprint) -> Blueprint:
    """Its pages answer only while the module is on."""
    blueprint.before_request(_require_on)
    return blueprint


def _require_on() -> None:
    if not importing_is_on():
        raise NotFound()
