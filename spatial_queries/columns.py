"""Which columns of a register a reader sees, and how a value looks: for lists and every export.

The page and the files read the same tuple of columns, so they cannot show different things.
Masks are applied here and nowhere else (research/trust C3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement

from geoapp.core.data_keys import KeyDestroyed
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_, Label, translate
from geoapp.core.settings import get_settings
from grids_boundaries.access import Access
from spatial_queries.fields import FieldLike, RegisterLike

Value = str | int | float | date | datetime | None
Render = Callable[[Any, int], Value]
NUMERIC = frozenset({"integer", "number"})
ERASED = N_("已按期销毁")
TIME_FORMAT = "%Y-%m-%d %H:%M"


@dataclass(frozen=True)
class Column:
    """One column as one reader sees it. `masked`: the reader sees the mask, not what is stored."""

    field: FieldLike
    masked: bool = False

    @property
    def label(self) -> str:
        """Name in SQL, URLs and files for programs."""
        return self.field.name

    @property
    def title(self) -> str:
        """Heading, a message id."""
        return self.field.title

    @property
    def expression(self) -> ColumnElement:
        """What is selected: the stored value, before mask and translation."""
        return self.field.column

    @property
    def type(self) -> str:
        """What `render` gives, None aside: text, integer, number, date or datetime."""
        if self.masked or self.field.codes:
            return "text"
        return self.field.kind if self.field.kind in (*NUMERIC, "date", "datetime") else "text"

    @property
    def numeric(self) -> bool:
        """Whether values are set flush right and summed by a spreadsheet."""
        return self.type in NUMERIC

    def render(self, value: object, record_id: int, locale: str) -> Value:
        """The value as the reader may have it, with its type; None for nothing.

        Masked, or translated by its codes, or a number, a day, or a moment in the deployment's
        time zone.
        """
        return self.renderer(locale)(value, record_id)

    def text(self, value: object, record_id: int, locale: str) -> str:
        """`render` as it is printed; empty for nothing."""
        return printed(self.render(value, record_id, locale))

    def renderer(self, locale: str) -> Render:
        """`render` for one language, with its code labels looked up once."""
        return _renderer(self, locale)


def shown_columns(
    register: RegisterLike, access: Access, names: Iterable[str] | None = None
) -> tuple[Column, ...]:
    """The columns of a list and of its export; `names` chooses others and their order.

    Raises InvalidInput for a name the register does not have, and alike for one this reader may
    not see or nobody may take out of the system.
    """
    if names is None:
        fields = [f for f in register.fields if f.listed and f.readable(access)]
    else:
        fields = [_choosable(register, name, access) for name in dict.fromkeys(names)]
    return tuple(Column(f, masked=f.mask is not None and not f.clear(access)) for f in fields)


def label_column(register: RegisterLike, access: Access) -> Column:
    """The column that names a record: in links, tooltips and headings."""
    field = register.field(register.label_field)
    return Column(field, masked=field.mask is not None and not field.clear(access))


def printed(value: Value) -> str:
    """A rendered value as text: `2026-11-22 13:05`, `54.5`, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime(TIME_FORMAT)
    return str(value)


def _choosable(register: RegisterLike, name: str, access: Access) -> FieldLike:
    field = register.field(name)
    if field.readable(access) and (field.listed or field.exported):
        return field
    raise InvalidInput(
        N_("登记册“%(register)s”没有字段“%(name)s”。"),
        field=name, register=Label(register.title), name=name,
    )  # fmt: skip


@lru_cache(maxsize=512)
def _renderer(column: Column, locale: str) -> Render:
    plain = _masked(column.field, locale) if column.masked else _typed(column.field, locale)
    words = {stored: translate(msgid, locale) for stored, msgid in column.field.words.items()}

    def render(value: Any, record_id: int) -> Value:
        return None if value is None else plain(value, record_id)

    def in_words(value: Any, record_id: int) -> Value:
        shown = render(value, record_id)
        return words.get(shown, shown) if isinstance(shown, str) else shown

    return in_words if words else render


def forget_words() -> None:
    """The words of a code list have changed: columns are to be rendered with the new ones."""
    _renderer.cache_clear()


def _masked(field: FieldLike, locale: str) -> Render:
    mask = field.mask
    assert mask is not None

    def render(value: Any, record_id: int) -> Value:
        try:
            return mask(value, record_id) or None
        except KeyDestroyed:
            return translate(ERASED, locale)

    return render


def _typed(field: FieldLike, locale: str) -> Render:
    if field.codes:
        labels = {code: translate(label, locale) for code, label in field.codes.items()}
        return lambda value, _id: labels.get(value, str(value))
    if field.kind == "boolean":
        yes, no = translate(N_("是"), locale), translate(N_("否"), locale)
        return lambda value, _id: yes if value else no
    if field.kind == "datetime":
        zone = ZoneInfo(get_settings().time_zone)
        return lambda value, _id: value.astimezone(zone)
    if field.kind in (*NUMERIC, "date"):
        return lambda value, _id: float(value) if isinstance(value, Decimal) else value
    return lambda value, _id: str(value)
