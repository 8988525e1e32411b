"""What the query engine needs to know of a register and its fields.

`layers.declare` implements these; the engine never imports a register (imports point down).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from sqlalchemy import ColumnElement, Table

from grids_boundaries.access import Access


class FieldLike(Protocol):
    """A declared column: how it is named, read, compared and shown."""

    name: str
    title: str
    kind: str
    column: ColumnElement
    codes: Mapping[object, str]
    filterable: bool
    sortable: bool
    nullable: bool
    listed: bool
    exported: bool
    mask: Callable[[object, int], str] | None
    permission: str | None
    empty_value: object

    def readable(self, access: Access) -> bool:
        """Whether the reader sees the field at all."""
        ...

    def clear(self, access: Access) -> bool:
        """Whether the reader sees the stored value, and may filter and sort by it."""
        ...

    def parse(self, text: str) -> object:
        """Text from a URL or form to a value of the field's type; raises InvalidInput."""
        ...

    def show(self, value: object, locale: str) -> str:
        """The value as a reader sees it: code labels, dates, yes and no."""
        ...


class LegendLike(Protocol):
    """One line of a legend: number of the category, label (a message id), colour, shape."""

    value: int
    label: str
    colour: str
    shape: str


class RegisterLike(Protocol):
    """A declared register: its table, key, scope column, position and fields."""

    name: str
    title: str
    permission: str
    table: Table
    id_column: ColumnElement
    county_column: ColumnElement
    scope_column: ColumnElement
    people: bool
    label_field: str
    geometry: ColumnElement | None
    geometry_type: str | None
    holder: object | None
    placed: ColumnElement | None
    category: ColumnElement | None
    kept: bool
    default_sort: tuple[str, ...]
    always: tuple[ColumnElement, ...]
    category_field: str | None
    category_codes: Mapping[object, int]
    legend: tuple[LegendLike, ...]
    cells: tuple[ColumnElement, ColumnElement] | None
    tiles_follow: tuple[str, ...]

    def search_fields(self, access: Access) -> tuple[FieldLike, ...]:
        """Text fields a quick search looks through for this reader."""
        ...

    def field(self, name: str) -> FieldLike:
        """The field of that name; raises InvalidInput for an unknown one."""
        ...

    @property
    def fields(self) -> tuple[FieldLike, ...]: ...
