"""CQL2 text and JSON agree on trees nobody thought of."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.dialects import postgresql

from grids_boundaries.access import Access
from grids_boundaries.scope import RowScope
from layers.registry import all_registers
from spatial_queries.cql2 import parse_filter
from spatial_queries.query import SpatialQuery
from spatial_queries.selection import Selection
from tests.spatial_queries.test_cql2 import op, prop

NUMBER = st.integers(-9_999, 9_999)
WORD = st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
LEAVES = st.one_of(
    st.tuples(st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), st.just("storey"), NUMBER),
    st.tuples(st.sampled_from(["=", "<>", "<", ">="]), st.just("address"), WORD),
    st.tuples(st.just("like"), st.just("address"), WORD.map(lambda w: w.replace("\\", "/"))),
    st.tuples(st.just("in"), st.just("storey"), st.lists(NUMBER, min_size=1, max_size=4)),
    st.tuples(st.just("between"), st.just("storey"), st.tuples(NUMBER, NUMBER)),
    st.tuples(st.just("isNull"), st.sampled_from(["storey", "room", "geometry"]), st.none()),
    st.tuples(st.just("="), st.just("rental"), st.booleans()),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3)),
    ),
    max_leaves=8,
)


def as_text(tree) -> str:
    head, *rest = tree
    if head == "not":
        return f"NOT ({as_text(rest[0])})"
    if head in ("and", "or"):
        return "(" + f") {head} (".join(map(as_text, rest[0])) + ")"
    name, value = rest
    if head == "isNull":
        return f"{name} IS NULL"
    if head == "in":
        return f"{name} IN ({', '.join(map(str, value))})"
    if head == "between":
        return f"{name} BETWEEN {value[0]} AND {value[1]}"
    return f"{name} {head} {_literal(value)}"


def _literal(value) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    # a backslash before a quote would escape it
    return str(value) if isinstance(value, int) else "'" + value.replace("\\", "/").replace("'", "''") + "'"


def as_document(tree) -> dict:
    head, *rest = tree
    if head == "not":
        return op("not", as_document(rest[0]))
    if head in ("and", "or"):
        return op(head, *map(as_document, rest[0]))
    name, value = rest
    if head == "isNull":
        return op(head, prop(name))
    if head == "between":
        return op(head, prop(name), *value)
    return op(head, prop(name), value.replace("\\", "/") if isinstance(value, str) else value)


@settings(max_examples=200, deadline=None)
@given(tree=TREES)
def test_text_and_json_of_any_tree_compile_to_the_same_sql(tree):
    register = all_registers()["houses"]
    access = Access(RowScope.nothing(), frozenset({"register:houses:read"}))

    def sql(text: str, language: str) -> str:
        where = parse_filter(text, language, register, access)
        statement = select(register.id_column).where(*Selection(SpatialQuery("houses", where=where), register, access).conditions())
        compiled = statement.compile(dialect=postgresql.dialect())
        return f"{compiled} {compiled.params}"

    assert sql(as_text(tree), "cql2-text") == sql(json.dumps(as_document(tree)), "cql2-json")
