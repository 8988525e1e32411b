"""Filter expressions: immutable, checked where they are built, compiled to SQL and a sentence.

A form, a URL, CQL2 text and CQL2 JSON all end in these few nodes, so they cannot disagree. Each
node writes its SQL (`sql`) and its sentence in the reader's language (`sentence`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import ColumnElement, and_, not_, or_

from geoapp.core.i18n import N_, translate
from spatial_queries.fields import FieldLike
from spatial_queries.shapes import Shape

ShapeSql = Callable[[Shape], ColumnElement[bool]]
"""How a shape is compared with a record's position; it depends on the register."""


class Expression(Protocol):
    """What every node offers. `sql` gets the shape compiler for spatial leaves."""

    def sql(self, shape_sql: ShapeSql) -> ColumnElement[bool]: ...

    def sentence(self, locale: str) -> str: ...

    def fields(self) -> frozenset[str]: ...


OPERATORS = {
    "=": N_("%(field)s为%(value)s"),
    "<>": N_("%(field)s不为%(value)s"),
    "<": N_("%(field)s小于%(value)s"),
    "<=": N_("%(field)s不大于%(value)s"),
    ">": N_("%(field)s大于%(value)s"),
    ">=": N_("%(field)s不小于%(value)s"),
}


def _stored(value: object) -> object:
    """A moment in UTC: ISO 8601 allows offsets of up to 24 hours, PostgreSQL of up to 16."""
    if not isinstance(value, datetime):
        return value
    try:
        return value.astimezone(UTC)
    except OverflowError:  # within a day of the years 1 and 9999
        return value.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Compare:
    """field op value; `value` already has the field's type."""

    field: FieldLike
    op: str
    value: object

    def sql(self, shape_sql: ShapeSql) -> ColumnElement[bool]:
        column = self.field.column
        compare: dict[str, Callable[[object], ColumnElement[bool]]] = {
            "=": column.__eq__,
            "<>": column.__ne__,
            "<": column.__lt__,
            "<=": column.__le__,
            ">": column.__gt__,
            ">=": column.__ge__,
        }
        return compare[self.op](_stored(self.value))

    def sentence(self, locale: str) -> str:
        return translate(
            OPERATORS[self.op],
            locale,
            field=translate(self.field.title, locale),
            value=self.field.show(self.value, locale),
        )

    def fields(self) -> frozenset[str]:
        return frozenset({self.field.name})


@dataclass(frozen=True)
class AnyOf:
    """field is one of the values."""

    field: FieldLike
    values: tuple[object, ...]

    def sql(self, shape_sql: ShapeSql) -> ColumnElement[bool]:
        return self.field.column.in_([_stored(value) for value in self.values])

    def sentence(self, locale: str) -> str:
        shown = translate(N_("或"), locale).join(
            str(self.field.show(v, locale)) for v in self.values
        )
        return translate(
            OPERATORS["="], locale, field=translate(self.field.title, locale), value=shown
        )

    def fields(self) -> frozenset[str]:
        return frozenset({self.field.name})


def plain_pattern(text: str) -> str:
    """`text` as a pattern of LIKE in which every sign means itself; `\\` escapes."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


@dataclass(frozen=True)
class Like:
    """Text match with % and _ as in SQL; `\\` escapes."""

    field: FieldLike
    pattern: str
    ignore_case: bool = False

    def sql(self, shape_sql: ShapeSql) -> ColumnElement[bool]:
        column = self.field.column
        match = column.ilike if self.ignore_case else column.like
        return match(self.pattern, escape="\\")

    def sentence(self, locale: str) -> str:
        value = self.pattern.strip("%").replace("\\", "")
        return translate(
            N_("%(field)s包含“%(value)s”"),
            locale,
            field=translate(self.field.title, locale),
            value=value,
        )

    def fields(self) -> frozenset[str]:
        return frozenset({self.field.name})


@dataclass(frozen=True)
class IsNull:
    """field has no value."""

    field: FieldLike

    def sql(self, shape_sql: ShapeSql) -> ColumnElement[bool]:
        return self.field.column.is_(None)

    def sentence(self, locale: str) -> str:
        return translate(N_("%(field)s未填写"), locale, field=translate(self.field.title, locale))

    def fields(self) -> frozenset[str]:
        return frozenset({self.field.name})


@dataclass(frozen=True)
class Found:
    """What a kept search finds. `key` names the search and the area it looks in.

    The condition and its `words` hold what was searched for, which belongs in no address, log or
    cache key; so they take no part in comparing or printing.
    """

    key: str
    words: str = field(repr=False, compare=False)
    condition: ColumnElement[bool] = field(repr=False, compare=False)

    def sql(self, shape_sql: ShapeSql) -> ColumnElement[bool]:
        return self.condition

    def sentence(self, locale: str) -> str:
        return self.words

    def fields(self) -> frozenset[str]:
        return frozenset()


@dataclass(frozen=True)
class Spatial:
    """The record's position in a relation to a shape (`spatial_queries.shapes.Shape`)."""

    shape: Shape

    def sql(self, shape_sql: ShapeSql) -> ColumnElement[bool]:
        return shape_sql(self.shape)

    def sentence(self, locale: str) -> str:
        return self.shape.sentence(locale)

    def fields(self) -> frozenset[str]:
        return frozenset()


@dataclass(frozen=True)
class Always:
    """A constant: every row, or none."""

    value: bool

    def sql(self, shape_sql: ShapeSql) -> ColumnElement[bool]:
        from sqlalchemy import false, true

        return true() if self.value else false()

    def sentence(self, locale: str) -> str:
        return translate(N_("全部记录") if self.value else N_("无记录"), locale)

    def fields(self) -> frozenset[str]:
        return frozenset()


@dataclass(frozen=True)
class _Group:
    parts: tuple[Expression, ...]

    def fields(self) -> frozenset[str]:
        return frozenset().union(*(part.fields() for part in self.parts))


class And(_Group):
    """All parts hold."""

    def sql(self, shape_sql: ShapeSql) -> ColumnElement[bool]:
        return and_(*(part.sql(shape_sql) for part in self.parts))

    def sentence(self, locale: str) -> str:
        return translate(N_("，"), locale).join(part.sentence(locale) for part in self.parts)


class Or(_Group):
    """At least one part holds."""

    def sql(self, shape_sql: ShapeSql) -> ColumnElement[bool]:
        return or_(*(part.sql(shape_sql) for part in self.parts))

    def sentence(self, locale: str) -> str:
        joined = translate(N_("或"), locale).join(part.sentence(locale) for part in self.parts)
        return f"({joined})"


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: Expression

    def sql(self, shape_sql: ShapeSql) -> ColumnElement[bool]:
        return not_(self.part.sql(shape_sql))

    def sentence(self, locale: str) -> str:
        return translate(N_("并非（%(part)s）"), locale, part=self.part.sentence(locale))

    def fields(self) -> frozenset[str]:
        return self.part.fields()
