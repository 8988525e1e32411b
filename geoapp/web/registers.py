"""The generic pages of every register: list, filter form, one record, breakdown."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, render_template, request
from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict

from geoapp.accounts.permissions import SIGNED_IN, Permission
from geoapp.core.errors import GeoappError
from geoapp.core.i18n import N_, translate
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.noting import list_seen, record_seen
from geoapp.edge.pages import ViewAnswer, json_answer, reader_locale, render
from geoapp.edge.query import PAGE_ONLY, open_register, selection_from
from geoapp.teams.board import read_board
from geoapp.web.breakdown_page import breakdown_context
from geoapp.web.details import read_detail
from geoapp.web.listing import build_listing
from layers.declare import Field, Register
from spatial_queries.breakdowns import breakdown as read_breakdown
from spatial_queries.guard import counts_only
from spatial_queries.parse import RESERVED
from spatial_queries.selection import Selection

blueprint = Blueprint("registers", __name__)
BOARDS = {"coverage": (read_board, (("level", "grid"),), N_("网格数，按 90 天内服务到的居民占比"))}
"""Registers with more than counts in place of their list: what reads it, what alone is counted, what that is called."""


def list_pairs() -> tuple[list[tuple[str, str]], int]:
    """The query's pairs and the number of the first row ("from" only counts, it selects nothing)."""
    pairs = [
        (k, v) for k, v in request.args.items(multi=True) if k != "from" and k not in PAGE_ONLY
    ]
    start = request.args.get("from", "1")
    return pairs, int(start) if start.isascii() and start.isdigit() and len(start) < 10 else 1


@blueprint.get("/registers/<register_name>")
@needs(SIGNED_IN)
def show_list(register_name: str) -> ViewAnswer:
    """The list page, or its block `list` for the map and htmx."""
    register = open_register(register_name)
    access = current_access()
    if counts_only(register, access) or not access.may(Permission.RECORD_OPEN):
        return _counts_page(register)
    pairs, first = list_pairs()
    with reading() as connection:
        selection = selection_from(connection, register, pairs)
        listing = build_listing(connection, selection, first=first)
        list_seen(connection, selection, listing["shown"][1] - listing["shown"][0] + 1)
    return render("registers/list.html", "list", register=_words(register), listing=listing)


@blueprint.get("/registers/<register_name>/filter")
@needs(SIGNED_IN)
def show_filter(register_name: str) -> ViewAnswer:
    """The filter form with what is chosen; wrong values stay and are named."""
    register = open_register(register_name)
    pairs = MultiDict(request.args.items(multi=True))
    fields = [f for f in register.fields if f.filterable and f.clear(current_access())]
    errors = dict(_wrong(register, fields, pairs))
    kept = [
        (k, v)
        for k, v in pairs.items(multi=True)
        if k in RESERVED and k not in ("q", "after", "limit")
    ]
    return render_template(
        "registers/filter.html",
        register=_words(register),
        fields=[_form_field(f, pairs) for f in fields],
        q=pairs.get("q", ""),
        region=pairs.get("region", ""),
        kept=kept,
        errors=errors,
    )


@blueprint.get("/registers/<register_name>/<int:record_id>")
@needs(SIGNED_IN)
def show_detail(register_name: str, record_id: int) -> ViewAnswer:
    """One record; registers with pages of their own bring their template."""
    register = open_register(register_name)
    with reading() as connection:
        template, facts = read_detail(connection, register, record_id)
        record_seen(connection, register.name, record_id, facts)
    return render(template, "detail", register=_words(register), **facts)


@blueprint.get("/registers/<register_name>/breakdown")
@blueprint.get("/registers/<register_name>/breakdown.json", endpoint="show_breakdown_json")
@needs(SIGNED_IN)
def show_breakdown(register_name: str) -> ViewAnswer:
    """Counts by category for each child region of the query's region."""
    register = open_register(register_name)
    with reading() as connection:
        shown = _counted(connection, selection_from(connection, register, _asked()))
    if request.path.endswith(".json"):
        return json_answer(shown)
    return render_template("registers/breakdown.html", breakdown=shown)


def _counts_page(register: Register) -> str:
    """In place of the list: counts of whole areas, for a reader without person rights (D3.4) or on a wall."""
    read_more, only, title = BOARDS.get(register.name, (None, (), ""))
    with reading() as connection:
        selection = selection_from(connection, register, [*_asked(), *only])
        counted = _counted(connection, selection)
        board = read_more and read_more(connection, selection)
    if title:
        counted["title"] = translate(title, reader_locale())
    return render("registers/counts.html", "list", register=_words(register), breakdown=counted, board=board)


def _asked() -> list[tuple[str, str]]:
    return [(k, v) for k, v in request.args.items(multi=True) if k not in ("by", "from")]


def _counted(connection: Connection, selection: Selection) -> dict:
    return breakdown_context(selection, read_breakdown(connection, selection, request.args.get("by") or None))


def _words(register: Register) -> dict:
    locale = reader_locale()
    return {
        "name": register.name,
        "title": translate(register.title, locale),
        "title_one": translate(register.title_one, locale),
        "people": register.people,
        "new_url": register.new_url if _may_add(register) else "",
        "pages": [(translate(title, locale), url, symbol) for title, url, symbol in register.pages],
    }


def _may_add(register: Register) -> bool:
    return register.write_permission is not None and current_access().may(register.write_permission)


def _form_field(field: Field, pairs: MultiDict) -> dict:
    locale = reader_locale()
    return {
        "name": field.name,
        "label": translate(field.title, locale),
        "kind": field.kind,
        "help": translate(field.help, locale),
        "options": [(str(value), translate(label, locale)) for value, label in field.codes.items()],
        "values": pairs.getlist(field.name),
        "low": pairs.get(f"{field.name}__gte", ""),
        "high": pairs.get(f"{field.name}__lte", ""),
        "contains": pairs.get(f"{field.name}__contains", ""),
        "older": pairs.get(f"{field.name}__older_than_days", ""),
    }


def _wrong(register: Register, fields: list[Field], pairs: MultiDict) -> Iterator[tuple[str, str]]:
    for field in fields:
        for name in (field.name, f"{field.name}__gte", f"{field.name}__lte"):
            for value in pairs.getlist(name):
                try:
                    value and field.parse(value)
                except GeoappError as error:
                    yield field.name, error.message(reader_locale())
