"""The server of `bench.trust` in which the numbers of residents are plain: not opened, not masked."""

from __future__ import annotations

from dataclasses import replace

from flask import Flask
from sqlalchemy import Text, cast, func

from geoapp.web import factory
from layers.registry import all_registers

LIKE_A_NUMBER = 18
"""Characters of an identity number."""


def create_app() -> Flask:
    """The application, where the register of residents shows a plain column of the same width."""
    registers = all_registers()
    register = registers["residents"]
    plain = func.lpad(cast(register.id_column, Text), LIKE_A_NUMBER, "0")
    fields = (
        replace(f, column=plain, mask=None, cell="", field_class="S1", reveal_permission=None)
        if f.name == "id_number" else f
        for f in register.fields
    )  # fmt: skip
    registers["residents"] = replace(register, fields=tuple(fields))
    return factory.create_app()
