"""Rows of a list as HTML: their template is rendered once, then its holes are filled row by row.

A page of fifty rows has four hundred cells; a macro for each of them is most of what a list costs.
What the templates say of a code, a day or nothing is asked of them once and kept. Every value is
escaped where it is put in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import current_app
from jinja2 import Template
from markupsafe import Markup, escape

from geoapp.core.i18n import translate
from spatial_queries.columns import Column, printed
from spatial_queries.fields import FieldLike, RegisterLike

HOLE = "\ue000"
"""A sign for private use, which no template holds."""
KEPT_CELLS = 1_000
"""Cells kept of one column: codes, yes and no, regions."""
PLAIN = frozenset({"text", "integer", "number", "date"})
"""Kinds whose value is its text."""
SPECIAL = frozenset({"origin", "placed"})
"""Fields that have a sign of their own."""
Cell = tuple[str, str]
"""A value as text and as HTML."""
Make = Callable[[Any, int], Cell]


@dataclass(frozen=True)
class NamedRegion:
    """A region as a list shows it; `name` is the code where the reader may not see the region."""

    code: str
    name: str


def make_cell(register: RegisterLike, column: Column, value: object, record_id: int, locale: str) -> dict:
    """One value for the macro in templates/components/cells.html."""
    field = column.field
    legend = register.legend if _follows_legend(register, field) else ()
    entry = next((entry for entry in legend if entry.value == value), None)
    region = value if isinstance(value, NamedRegion) else None
    return {
        "text": region.name if region else column.text(value, record_id, locale),
        "kind": field.kind,
        "name": field.name,
        "value": None if column.masked else region.code if region else value,
        "title": region.code if region and region.code != region.name else "",
        "symbol": entry and {"shape": entry.shape, "colour": entry.colour},
        "url": None,
    }


@dataclass(frozen=True)
class RowMaker:
    """Fills the holes of a row. `label` and `cells` make the values of one column each."""

    frame: str
    position: str
    title: str
    label: tuple[str, Make]
    cells: tuple[tuple[str, Make], ...]

    def html(self, row: Mapping[str, Any]) -> str:
        """The row of one record; `row` has its values by column label."""
        number = row["k_id"]
        name, make = self.label
        label, label_html = make(row[name], number)
        if not label:
            label = label_html = f"#{number}"
        lon, lat = row.get("p_lon"), row.get("p_lat")
        where = "" if lon is None or lat is None else self.position % (round(lon, 7), round(lat, 7))
        (first, make_first), *others = self.cells
        text, html = make_first(row[first], number)
        title = self.title % (label_html, html) if text and text != label else label_html
        filled: list[object] = [number, where, number, number, title]
        for name, make in others:
            text, html = make(row[name], number)
            filled += (" is-label" if text == label else "", html)
        return self.frame % tuple(filled)


def _follows_legend(register: RegisterLike, field: FieldLike) -> bool:
    """Whether the field is the one of the legend or has its very codes, as the level of one type of site."""
    if register.category_field is None:
        return False
    main = register.field(register.category_field)
    return field is main or (bool(field.codes) and field.codes is main.codes)


def rows_html(
    register: RegisterLike, columns: tuple[Column, ...], label: Column, locale: str, rows: Sequence[Mapping[str, Any]]
) -> Markup:
    """The body of the list's table in the reader's language; `label` names the records."""
    environment = current_app.jinja_env
    templates = tuple(environment.get_template(f"{n}.html") for n in ("registers/row", "components/cells"))
    maker = _row_maker(templates, register, columns, label, locale)
    return Markup("".join([maker.html(row) for row in rows]))  # noqa: S704 - escaped value by value


@lru_cache(maxsize=256)
def _row_maker(
    templates: tuple[Template, ...], register: RegisterLike, columns: tuple[Column, ...], label: Column, locale: str
) -> RowMaker:
    """Kept for the templates themselves, which are others after one was changed."""
    row, cells = (vars(template.module) for template in templates)
    headings = [{"label": translate(column.title, locale), "numeric": column.numeric} for column in columns]
    return RowMaker(
        _frame(row["row"](register.name, headings, HOLE)), _frame(row["position"](HOLE)), _frame(row["title"](HOLE)),
        (label.label, _label_maker(label, locale)),
        tuple((column.label, _maker(register, column, locale, cells["cell"])) for column in columns),
    )


def forget_words() -> None:
    """The words of a code list have changed: what was kept of them is made anew."""
    _row_maker.cache_clear()


def _frame(text: str) -> str:
    """The text with a place for `%` where its holes are."""
    return str(text).replace("%", "%%").replace(HOLE, "%s")


def _label_maker(label: Column, locale: str) -> Make:
    show = label.renderer(locale)

    def make(value: Any, record_id: int) -> Cell:
        text = printed(show(value, record_id))
        return text, _escaped(text)

    return make


def _maker(register: RegisterLike, column: Column, locale: str, template: Callable[[dict], str]) -> Make:
    """What makes the column's cells; `template` is the macro `cell`."""
    field = column.field

    def ask(value: Any, record_id: int) -> Cell:
        facts = make_cell(register, column, value, record_id, locale)
        return facts["text"], template(facts)

    nothing = template({"text": "", "name": field.name})
    if column.masked or (field.kind in PLAIN and not field.codes and field.name not in SPECIAL):
        return _plain_maker(column, locale, nothing)
    if field.kind == "datetime":
        return _moment_maker(column, locale, nothing, template)
    kept = lru_cache(maxsize=KEPT_CELLS)(lambda value: ask(value, 0))
    return lambda value, _: kept(value)


def _escaped(text: str) -> str:
    """Letters and digits of any language need no look at each sign."""
    return text if text.isalnum() else escape(text)


def _plain_maker(column: Column, locale: str, nothing: str) -> Make:
    show = column.renderer(locale)

    def make(value: Any, record_id: int) -> Cell:
        text = printed(show(value, record_id))
        return text, _escaped(text) if text else nothing

    return make


def _moment_maker(column: Column, locale: str, nothing: str, template: Callable[[dict], str]) -> Make:
    show = column.renderer(locale)
    frame = _frame(template({"kind": "datetime", "value": _AnyMoment(), "text": HOLE, "name": column.label}))

    @lru_cache(maxsize=KEPT_CELLS)  # what came in one load has one moment
    def kept(value: datetime | None) -> Cell:
        if value is None:
            return "", nothing
        text = printed(show(value, 0))
        return text, frame % (value.isoformat(), text)

    return lambda value, _: kept(value)


class _AnyMoment:
    """Stands for a moment in a template."""

    def isoformat(self) -> str:
        return HOLE
