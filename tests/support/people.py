"""Invented people to add: numbers that are right and of no place on earth."""

from __future__ import annotations

from geoapp.people.identity import Told
from geoapp.people.numbers import check_digit


def number_of(born: str = "19900228", order: int = 1) -> str:
    """A citizen number; odd orders are men's."""
    body = f"999900{born}{order:03d}"
    return body + check_digit(body)


def told(name: str = "甲例春", number: str | None = None, **more: object) -> Told:
    """A registered person, or what `more` makes of them."""
    facts: dict = {"type": "registered", "name": name, "id_number": number_of() if number is None else number}
    return Told(**(facts | more))
