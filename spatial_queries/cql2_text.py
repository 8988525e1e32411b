"""CQL2 text to nodes (OGC 21-065r2, annex B).

The grammar is our own: that of pygeofilter 0.4 gives AND and OR the same rank, knows no
`NOT (a AND b)`, no `''` in a text and no T_AFTER(…) (docs/decisions/cql2.md).
"""

from __future__ import annotations

import re
import warnings
from typing import cast

import shapely
from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput, VisitError

from geoapp.core.i18n import N_
from spatial_queries.cql2_nodes import (
    MAX_CHARACTERS,
    MAX_CONDITIONS,
    MAX_DEPTH,
    MAX_LIST,
    Call,
    FilterFault,
    Geometry,
    Node,
    Property,
    Value,
    too_long,
)
from spatial_queries.cql2_values import literal_call

# A WKT literal is one token: a name, then brackets five deep, without going back.
_BRACKETS = r"\([^()']*+\)"
for _ in range(5):
    _BRACKETS = rf"\((?>[^()']|{_BRACKETS})*+\)"
_WKT = (
    r"(?:POINT|LINESTRING|POLYGON|MULTIPOINT|MULTILINESTRING|MULTIPOLYGON|GEOMETRYCOLLECTION)"
    rf"\s*Z?\s*{_BRACKETS}"
)
_GRAMMAR = (
    r"""
    start: _or
    _or: either | _and
    either: _and (OR _and)+
    _and: both | _not
    both: _not (AND _not)+
    _not: negated | _primary
    negated: NOT _primary
    _primary: "(" _or ")" | _predicate | BOOLEAN
    _predicate: compare | like | between | among | null | call
    compare: _scalar COMPARISON _scalar
    like: _scalar [NOT] LIKE _scalar
    between: _scalar [NOT] BETWEEN _scalar AND _scalar
    among: _scalar [NOT] IN "(" _scalar ("," _scalar)* ")"
    null: (_scalar | WKT) IS [NOT] NULL
    _scalar: property | STRING | NUMBER | BOOLEAN | call
    call: NAME "(" [_argument ("," _argument)*] ")"
    _argument: _scalar | WKT
    property: NAME | QUOTED

    WKT.4: /"""
    + _WKT
    + r"""/i
    AND.3: /AND(?![\w.:])/i
    OR.3: /OR(?![\w.:])/i
    NOT.3: /NOT(?![\w.:])/i
    LIKE.3: /LIKE(?![\w.:])/i
    BETWEEN.3: /BETWEEN(?![\w.:])/i
    IN.3: /IN(?![\w.:])/i
    IS.3: /IS(?![\w.:])/i
    NULL.3: /NULL(?![\w.:])/i
    BOOLEAN.3: /(TRUE|FALSE)(?![\w.:])/i
    COMPARISON: "=" | "<>" | "<=" | ">=" | "<" | ">"
    NAME: /[^\W\d][\w.:]*/
    QUOTED: /"[^"]+"/
    STRING: /'(?:[^'\\]|''|\\.)*+'/s
    NUMBER: /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:E[+-]?\d+)?/i
    %ignore /\s+/
    """
)
_SCAN = re.compile(
    rf"""'(?:[^'\\]|''|\\.)*+'|"[^"]*+"|{_WKT}|[(),]|\b(?:and|or)\b""", re.IGNORECASE | re.DOTALL
)

Part = Node | Token
"""A node, or a word of the text that is not yet one."""


@v_args(inline=True)
class _Nodes(Transformer):
    """The parser calls these with children already made."""

    def start(self, node: Part) -> Node:
        return _node(node)

    def either(self, *parts: Part) -> Call:
        return _joined("or", parts)

    def both(self, *parts: Part) -> Call:
        return _joined("and", parts)

    def negated(self, sign: Token, part: Part) -> Call:
        return Call("not", (_node(part),), _at(sign))

    def compare(self, left: Part, op: Token, right: Part) -> Call:
        return Call(str(op), (_node(left), _node(right)), _at(op))

    def like(self, left: Part, negation: Token | None, op: Token, right: Part) -> Call:
        return _maybe_not(negation, Call("like", (_node(left), _node(right)), _at(op)))

    def between(self, left: Part, negation: Token | None, op: Token, low: Part, _and: Token, high: Part) -> Call:
        return _maybe_not(negation, Call("between", (_node(left), _node(low), _node(high)), _at(op)))

    def among(self, left: Part, negation: Token | None, op: Token, *values: Part) -> Call:
        return _maybe_not(negation, Call("in", (_node(left), *map(_node, values)), _at(op)))

    def null(self, left: Part, op: Token, negation: Token | None, _null: Token) -> Call:
        return _maybe_not(negation, Call("isnull", (_node(left),), _at(op)))

    def call(self, name: Token, *args: Part | None) -> Node:
        nodes = tuple(_node(arg) for arg in args if arg is not None)
        return literal_call(str(name).lower(), nodes, _at(name))

    def property(self, name: Token) -> Property:
        return Property(str(name).strip('"'), _at(name))


_parser = Lark(_GRAMMAR, parser="lalr", transformer=_Nodes(), maybe_placeholders=True)


def read_text(text: str) -> Node:
    """The tree of a filter in CQL2 text. Raises TooLarge, or FilterFault with the character."""
    _check_size(text)
    try:
        return cast(Node, _parser.parse(text))  # what _Nodes.start gives
    except VisitError as error:
        raise error.orig_exc from None
    except UnexpectedInput as error:
        raise _fault(text, error) from None


def _check_size(text: str) -> None:
    """Refuse length, depth and number of conditions before the parser sees them."""
    if len(text) > MAX_CHARACTERS:
        raise too_long()
    depth = conditions = commas = 0
    for found in _SCAN.finditer(text):
        sign = found[0].lower()
        depth += (sign == "(") - (sign == ")")
        conditions += sign in ("and", "or")
        commas += sign == ","
        if depth > MAX_DEPTH or conditions >= MAX_CONDITIONS or commas > MAX_LIST:
            raise too_long()


def _fault(text: str, error: UnexpectedInput) -> FilterFault:
    position = cast("int | None", error.pos_in_stream)
    if position is None or getattr(getattr(error, "token", None), "type", "") == "$END":
        return FilterFault(N_("条件在此处未写完。"), len(text) + 1)
    near = text[position : position + 20]
    return FilterFault(N_("无法理解“%(near)s”。"), position + 1, near=near)


def _at(token: Token) -> int:
    return (token.start_pos or 0) + 1


def _joined(op: str, parts: tuple[Part, ...]) -> Call:
    signs = [part for part in parts if isinstance(part, Token) and part.type in ("AND", "OR")]
    nodes = tuple(_node(part) for part in parts if not any(part is sign for sign in signs))
    return Call(op, nodes, _at(signs[0]))


def _maybe_not(negation: Token | None, call: Call) -> Call:
    return call if negation is None else Call("not", (call,), _at(negation))


def _node(part: Part) -> Node:
    if not isinstance(part, Token):
        return part
    place = _at(part)
    if part.type == "STRING":
        return Value(part[1:-1].replace("''", "'").replace("\\'", "'"), place)
    if part.type == "NUMBER":
        return _number(part, place)
    if part.type == "WKT":
        return Geometry(_geometry(part, place), place)
    return Value(part.lower() == "true", place)


def _number(text: str, place: int) -> Value:
    if len(text) > 40:
        raise FilterFault(N_("数字“%(text)s”过长。"), place, text=text[:40])
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise FilterFault(N_("数字“%(text)s”过大。"), place, text=text)
    return Value(int(text) if text.lstrip("+-").isdigit() else number, place)


def _geometry(text: str, place: int) -> shapely.Geometry:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # 1e999: refused later as not finite
            return shapely.from_wkt(text)
    except (shapely.errors.ShapelyError, ValueError) as error:
        reason = str(error).partition(":")[2].strip() or str(error)
        raise FilterFault(N_("图形文字（WKT）无效：%(reason)s"), place, reason=reason[:200]) from None
