"""One page of a register's list, ready for the template (context: templates/registers/list.html)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from urllib.parse import urlencode

from flask import g
from sqlalchemy import ColumnElement, Connection, func

from geoapp.accounts.permissions import Permission
from geoapp.core.i18n import N_, translate
from geoapp.edge.access import current_access
from geoapp.edge.pages import reader_locale
from geoapp.web.rows import NamedRegion, rows_html
from grids_boundaries.access import Access
from spatial_queries.columns import Column, label_column, shown_columns
from spatial_queries.expressions import And, Expression, Found
from spatial_queries.fields import RegisterLike
from spatial_queries.pages import Page, Row, read_box, read_page
from spatial_queries.parse import RESERVED
from spatial_queries.query import POSITIONS
from spatial_queries.region_names import full_region_name, region_names
from spatial_queries.selection import Selection

FORMATS = ("xlsx", "csv", "geojson", "gpkg", "html")
MEASURED = 5_000
"""Rows of a list up to which its box is measured."""
Pairs = list[tuple[str, str]]


def build_listing(connection: Connection, selection: Selection, *, first: int = 1) -> dict:
    """Rows, figures, sentence, chips and addresses of one page; `first` numbers its first row."""
    register, access = selection.register, current_access()
    columns, label = shown_columns(register, access), label_column(register, access)
    page = read_page(connection, selection, _expressions(register, columns, label))
    rows = with_region_names(connection, access, columns, page.rows)
    region = region_name(connection, selection)
    pairs = list(selection.query.canonical)
    stable = [(k, v) for k, v in pairs if k not in ("after", "limit")]
    last = first + len(page.rows) - 1
    return {
        "register": register.name,
        "title": translate(register.title, reader_locale()),
        "columns": [_heading(register, column, selection, stable) for column in columns],
        "rows": rows_html(register, columns, label, reader_locale(), rows),
        "total": page.tallies.total,
        "shown": (first if page.rows else 0, last),
        "tallies": _tallies(register, page, stable),
        "sentence": _sentence(selection, region),
        "chips": _chips(selection, region, stable),
        "next_url": _next_url(register, page, pairs, last),
        "first_url": _list_url(register, stable) if first > 1 else None,
        "extent": read_extent(connection, selection, page),
        "query": urlencode(stable),
        "exports": _exports(register, stable),
    }


@lru_cache(maxsize=256)
def _expressions(register: RegisterLike, columns: tuple[Column, ...], label: Column) -> dict[str, ColumnElement]:
    """What is selected: the same objects each time, because the statement is kept with them."""
    expressions = {column.label: column.expression for column in columns}
    expressions.setdefault(label.label, label.expression)
    if register.geometry is not None:
        point = func.ST_PointOnSurface(register.geometry)
        expressions |= {"p_lon": func.ST_X(point), "p_lat": func.ST_Y(point)}
    return expressions


def with_region_names(
    connection: Connection, access: Access, columns: Iterable[Column], rows: Sequence[Row]
) -> list[dict]:
    """The rows with names in place of the codes of regions."""
    places = [c.label for c in columns if c.field.kind == "region" and not c.masked]
    if not places:
        return [dict(row) for row in rows]
    names = region_names(connection, access, {row[place] for row in rows for place in places})
    named = {code: NamedRegion(code, name) for code, name in names.items()}
    return [{**row, **{place: named.get(row[place], row[place]) for place in places}} for row in rows]


def _list_url(register: RegisterLike, pairs: Pairs) -> str:
    return f"/registers/{register.name}" + (f"?{urlencode(pairs)}" if pairs else "")


def _without(pairs: Pairs, *names: str) -> Pairs:
    return [(k, v) for k, v in pairs if k not in names]


def _heading(register: RegisterLike, column: Column, selection: Selection, pairs: Pairs) -> dict:
    field = column.field
    sort = selection.query.sort[0] if selection.query.sort else None
    mine = sort is not None and sort[0] == field.name
    descending = sort is not None and mine and sort[1]
    url = None
    if field.sortable and not column.masked:
        turned = field.name if descending or not mine else f"-{field.name}"
        url = _list_url(register, [*_without(pairs, "sort"), ("sort", turned)])
    return {
        "name": field.name,
        "label": translate(field.title, reader_locale()),
        "kind": field.kind,
        "numeric": column.numeric,
        "sort": ("desc" if descending else "asc") if mine else "",
        "sort_url": url,
    }


def record_url(register: RegisterLike, record_id: int) -> str:
    """Address of one record's page."""
    return f"/registers/{register.name}/{record_id}"


def _tallies(register: RegisterLike, page: Page, pairs: Pairs) -> list[dict]:
    if register.placed is None:
        return []
    rest = _without(pairs, "position")
    counts = (("none", page.tallies.no_position), ("outside", page.tallies.outside))
    return [
        {"kind": kind, "n": n, "url": _list_url(register, [*rest, ("position", kind)])}
        for kind, n in counts
    ]


def region_name(connection: Connection, selection: Selection) -> str | None:
    """Name of the region asked for, as far as it lies in the reader's scope."""
    region = selection.query.region
    if region is None:
        return None
    return full_region_name(connection, selection.access, region) or region.text


def _sentence(selection: Selection, region: str | None) -> str:
    query = selection.query
    if not (
        query.region or query.position or query.text or query.shapes or query.near or query.where
    ):
        return ""
    return query.sentence(reader_locale(), region)


def _chips(selection: Selection, region: str | None, pairs: Pairs) -> list[dict]:
    """The active conditions, each with the address of the list without it."""
    register, locale = selection.register, reader_locale()
    chips = []
    for name in dict.fromkeys(k for k, _ in pairs):
        if name in ("sort", "within"):
            continue
        values = [v for k, v in pairs if k == name]
        label, text = _chip_words(selection, region, name, values, locale)
        gone = _without(pairs, name, "within") if name == "area" else _without(pairs, name)
        chips.append({"label": label, "text": text, "remove_url": _list_url(register, gone)})
    return chips


def _chip_words(
    selection: Selection, region: str | None, name: str, values: list[str], locale: str
) -> tuple[str, str]:
    query = selection.query
    if name == "region":
        return translate("区划", locale), region or values[0]
    if name == "q":
        return translate("快速查找", locale), values[0]
    if name == "search":
        assert query.where is not None
        return translate("查找", locale), _search_words(query.where, locale)
    if name == "position":
        return translate("位置", locale), translate(POSITIONS[values[0]], locale)
    if name == "as_of":
        return translate(N_("边界日期"), locale), values[0]
    if name in RESERVED:
        kinds = {
            "bbox": ("bbox",),
            "circle": ("circle",),
            "area": ("polygon", "line", "buffer"),
        }.get(name, ())
        shape = next((s for s in query.shapes if s.kind in kinds), None)
        if shape is not None:
            return "", shape.sentence(locale)
        assert query.near is not None
        return "", translate("离所选点最近的 %(k)s 条", locale, k=query.near.k)
    base, _, suffix = name.partition("__")
    field = selection.register.field(base)
    words = {
        "gte": N_("不小于 %(v)s"),
        "lte": N_("不大于 %(v)s"),
        "ne": N_("不为 %(v)s"),
        "contains": N_("包含 %(v)s"),
        "older_than_days": N_("超过 %(v)s 天"),
        "null": N_("未填写"),
    }
    shown = values if suffix else [field.show(field.parse(v), locale) for v in values]
    text = translate(words.get(suffix, "%(v)s"), locale, v=translate("或", locale).join(shown))
    return translate(field.title, locale), text


def _search_words(where: Expression, locale: str) -> str:
    """The words of the kept search among the conditions."""
    parts = where.parts if isinstance(where, And) else (where,)
    return next(part.sentence(locale) for part in parts if isinstance(part, Found))


def _next_url(register: RegisterLike, page: Page, pairs: Pairs, last: int) -> str | None:
    if not page.next_token:
        return None
    return (
        _list_url(register, [*_without(pairs, "after"), ("after", page.next_token)])
        + f"&from={last + 1}"
    )


def read_extent(connection: Connection, selection: Selection, page: Page) -> str:
    """Box of all rows with a position, "w,s,e,n" in degrees; "" for people and for long lists.

    The selection is measured up to 5,000 rows; beyond, the region's own box serves better.
    """
    register, rows = selection.register, page.rows
    if register.geometry is None or not rows or page.tallies.total > MEASURED:
        return ""
    if register.geometry_type != "Point" or len(rows) < page.tallies.total:
        return read_box(connection, selection)
    points = [(row["p_lon"], row["p_lat"]) for row in rows if row["p_lon"] is not None]
    if not points:
        return ""
    lons, lats = zip(*points, strict=True)
    return f"{min(lons):.7f},{min(lats):.7f},{max(lons):.7f},{max(lats):.7f}"


def _exports(register: RegisterLike, pairs: Pairs) -> list[tuple[str, str]]:
    if not current_access().may(Permission.EXPORT_CREATE):
        return []
    query = f"?{urlencode(pairs)}" if pairs else ""
    formats = [f for f in FORMATS if f != "html" or register.geometry is not None]
    return [(f, f"/registers/{register.name}/export.{f}{query}") for f in formats]


def viewer_area() -> str:
    """Name of the reader's area, for headings of files."""
    from geoapp.web.context import area_name

    return area_name(g.identity.area_codes)
