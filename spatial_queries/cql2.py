"""CQL2 filters (OGC 21-065r2) to the expressions every list understands.

    parse_filter("storey > 3 AND S_INTERSECTS(geometry, POINT(116.3 40))", "cql2-text", register, access)

Text and JSON become the same nodes, and nodes become expressions here: each field is looked up
among those this reader may see in clear, each literal gets the field's type by `Field.parse`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import ColumnElement

from geoapp.core.errors import InvalidInput, TooLarge
from geoapp.core.i18n import N_, Label, translate
from grids_boundaries.access import Access
from spatial_queries import cql2_time
from spatial_queries.cql2_json import read_json
from spatial_queries.cql2_nodes import Call, FilterFault, Geometry, Instant, Node, Property, Value
from spatial_queries.cql2_text import read_text
from spatial_queries.crs import System, stored, system_of
from spatial_queries.expressions import (
    Always,
    And,
    AnyOf,
    Compare,
    Expression,
    IsNull,
    Like,
    Not,
    Or,
    ShapeSql,
    Spatial,
    plain_pattern,
)
from spatial_queries.fields import FieldLike, RegisterLike
from spatial_queries.parse import readable_field
from spatial_queries.shapes import Shape

LANGUAGES: dict[str, Callable[[str], Node]] = {"cql2-text": read_text, "cql2-json": read_json}
Read = TypeVar("Read")
GEOMETRY = "geometry"
"""The name of the position, for registers that have one or whose records live somewhere."""
CONFORMANCE = (
    "cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators", "case-insensitive-comparison",
    "basic-spatial-functions", "basic-spatial-functions-plus", "spatial-functions", "temporal-functions",
)
"""Requirements classes that are met in full."""
_TURNED = {"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_RELATIONS = {
    f"s_{name}": name
    for name in ("intersects", "disjoint", "equals", "touches", "within", "overlaps", "crosses", "contains")
}
_CONVERSE = {"within": "contains", "contains": "within"}


def parse_filter(
    text: str, language: str, register: RegisterLike, access: Access, crs: System | None = None
) -> Expression:
    """The filter as an expression over `register` for this reader.

    `crs` is the system of its geometry literals, CRS84 by default. Raises InvalidInput
    (`FilterFault` with the place of what is wrong), TooLarge.
    """
    if language not in LANGUAGES:
        raise InvalidInput(
            N_("参数“%(name)s”的取值“%(value)s”无效，可用：%(allowed)s。"), field="filter-lang",
            name="filter-lang", value=language[:40], allowed=", ".join(LANGUAGES),
        )
    return _Compiler(register, access, crs or system_of(None)).condition(LANGUAGES[language](text))


@dataclass(frozen=True)
class Unplaced:
    """geometry IS NULL: the record, or the house that holds it, has no position."""

    placed: ColumnElement

    def __repr__(self) -> str:
        return "Unplaced()"

    def sql(self, shape_sql: ShapeSql) -> ColumnElement[bool]:
        """SQL: placed = 0."""
        return self.placed == 0

    def sentence(self, locale: str) -> str:
        """The condition in words."""
        return translate(N_("没有位置"), locale)

    def fields(self) -> frozenset[str]:
        """No declared field."""
        return frozenset()


class _Compiler:
    """One filter being read; knows the register, the reader and the system of literals."""

    def __init__(self, register: RegisterLike, access: Access, crs: System):
        self.register, self.access, self.crs = register, access, crs

    def condition(self, node: Node) -> Expression:
        """A node that is true or false of a record."""
        if isinstance(node, Value) and isinstance(node.value, bool):
            return Always(node.value)
        if not isinstance(node, Call):
            raise FilterFault(N_("这里应为一个条件。"), node.place)
        if node.op in _RELATIONS:
            return self._spatial(node)
        if node.op in cql2_time.RELATIONS:
            left, right = _exactly(node, 2)
            return cql2_time.relate(node.op, left, right, self.field)
        make = _PREDICATES.get(node.op)
        if make is None:
            raise FilterFault(N_("未知的运算符或函数“%(name)s”。"), node.place, name=node.op[:40])
        return make(self, node)

    def _group(self, node: Call) -> Expression:
        parts = tuple(self.condition(arg) for arg in _some(node))
        return And(parts) if node.op == "and" else Or(parts)

    def _negated(self, node: Call) -> Expression:
        return Not(self.condition(*_exactly(node, 1)))

    def _compare(self, node: Call) -> Expression:
        left, right = _exactly(node, 2)
        op = node.op
        if not _names_field(left):
            left, right, op = right, left, _TURNED[op]
        if not _names_field(left) or _names_field(right):
            raise FilterFault(N_("应为一个字段与一个取值的比较。"), node.place)
        if isinstance(left, Call):
            return self._compare_folded(left, op, right)
        return self._compare_field(self.field(left), op, right)

    def _compare_folded(self, left: Call, op: str, right: Node) -> Expression:
        """CASEI(field) = CASEI('text'): a pattern without wildcards."""
        if op not in ("=", "<>"):
            raise FilterFault(N_("CASEI 只能与 =、<>、IN 和 LIKE 一起使用。"), left.place)
        pattern = plain_pattern(_text(_unfolded(right)))
        match = Like(self._text_field(_unfolded(left)), pattern, ignore_case=True)
        return match if op == "=" else Not(match)

    def _compare_field(self, field: FieldLike, op: str, node: Node) -> Expression:
        """`field op literal`; days and fractions are compared as what they stand for."""
        if isinstance(node, Instant):
            return cql2_time.compare(field, op, node)
        if op not in ("=", "<>") and field.kind == "boolean":
            raise FilterFault(N_("是否字段只能用 = 或 <> 比较。"), node.place)
        if field.kind == "integer" and isinstance(node, Value) and isinstance(node.value, float):
            op, node = _whole(op, node)
        return Compare(field, op, self._value(field, node))

    def _like(self, node: Call) -> Expression:
        left, right = _exactly(node, 2)
        folded = isinstance(left, Call) or isinstance(right, Call)
        pattern = _text(_unfolded(right))
        if (len(pattern) - len(pattern.rstrip("\\"))) % 2:
            raise FilterFault(N_("匹配式“%(pattern)s”不能以单个“\\”结尾。"), right.place, pattern=pattern[:40])
        return Like(self._text_field(_unfolded(left)), pattern, ignore_case=folded)

    def _between(self, node: Call) -> Expression:
        left, low, high = _exactly(node, 3)
        field = self.field(left)
        return And((self._compare_field(field, ">=", low), self._compare_field(field, "<=", high)))

    def _in(self, node: Call) -> Expression:
        left, *values = _some(node)
        if not values:
            return Always(False)
        if isinstance(left, Call):
            return Or(tuple(self._compare_folded(left, "=", value) for value in values))
        field = self.field(left)
        if field.kind in cql2_time.KINDS:
            return Or(tuple(self._compare_field(field, "=", value) for value in values))
        return AnyOf(field, tuple(self._value(field, value) for value in values))

    def _is_null(self, node: Call) -> Expression:
        (operand,) = _exactly(node, 1)
        if isinstance(operand, Property) and operand.name == GEOMETRY and self.register.placed is not None:
            return Unplaced(self.register.placed)
        return IsNull(self.field(operand))

    def _spatial(self, node: Call) -> Expression:
        left, right = _exactly(node, 2)
        relation = _RELATIONS[node.op]
        if isinstance(left, Geometry):
            left, right, relation = right, left, _CONVERSE.get(relation, relation)
        if not isinstance(left, Property) or left.name != GEOMETRY or not isinstance(right, Geometry):
            raise FilterFault(N_("应为位置字段“%(name)s”与一个图形的关系。"), node.place, name=GEOMETRY)
        if self.register.geometry is None and self.register.holder is None:
            raise FilterFault(N_("该登记册没有位置，不能按空间范围查询。"), node.place)
        if right.geometry.geom_type == "GeometryCollection" and relation != "intersects":
            raise FilterFault(N_("几何集合只能用于 S_INTERSECTS。"), right.place)
        shape = _at(right, lambda: stored(right.geometry, self.crs, "filter"))
        box = right.box and relation == "intersects" and not self.crs.projected
        return Spatial(Shape(shape, relation=relation, kind="bbox" if box else "geometry"))

    def field(self, node: Node) -> FieldLike:
        """The field a node names, if this reader may filter by it. Raises FilterFault."""
        if not isinstance(node, Property):
            raise FilterFault(N_("这里应为字段名。"), node.place)
        field = _at(node, lambda: readable_field(self.register, node.name, self.access))
        if not field.filterable:
            raise FilterFault(N_("字段“%(name)s”不能筛选。"), node.place, name=Label(field.title))
        return field

    def _text_field(self, node: Node) -> FieldLike:
        field = self.field(node)
        if field.kind not in ("text", "code"):
            raise FilterFault(N_("字段“%(name)s”不是文本。"), node.place, name=Label(field.title))
        return field

    def _value(self, field: FieldLike, node: Node) -> object:
        """A literal with the field's type. Raises FilterFault."""
        if not isinstance(node, Value):
            raise FilterFault(N_("这里应为一个取值。"), node.place)
        if not isinstance(node.value, str) and field.kind not in _LITERAL_KINDS[type(node.value)]:
            raise FilterFault(
                N_("字段“%(name)s”的取值“%(value)s”类型不符。"), node.place, name=Label(field.title), value=node.value
            )
        return _at(node, lambda: field.parse(str(node.value)))


_PREDICATES: dict[str, Callable[[_Compiler, Call], Expression]] = {
    "and": _Compiler._group, "or": _Compiler._group, "not": _Compiler._negated,
    **dict.fromkeys(_TURNED, _Compiler._compare), "like": _Compiler._like, "between": _Compiler._between,
    "in": _Compiler._in, "isnull": _Compiler._is_null,
}
_LITERAL_KINDS: dict[type, tuple[str, ...]] = {
    bool: ("boolean",), int: ("integer", "number"), float: ("integer", "number"),
}


def _at(node: Node, read: Callable[[], Read]) -> Read:
    """What `read` gives; its errors are told with the place of `node`."""
    try:
        return read()
    except (FilterFault, TooLarge):
        raise
    except InvalidInput as error:
        raise FilterFault.at(node.place, error) from None


def _names_field(node: Node) -> bool:
    return isinstance(_unfolded(node), Property)


def _unfolded(node: Node) -> Node:
    """The argument of CASEI, or the node itself."""
    if isinstance(node, Call) and node.op == "casei" and len(node.args) == 1:
        return node.args[0]
    return node


def _text(node: Node) -> str:
    if isinstance(node, Value) and isinstance(node.value, str) and "\x00" not in node.value:
        return node.value
    raise FilterFault(N_("这里应为一段文字。"), node.place)


def _whole(op: str, node: Value) -> tuple[str, Value]:
    """The same condition on a whole number: below 2.5 is at most 2."""
    number = float(node.value)
    if number.is_integer():
        return op, Value(int(number), node.place)
    if op in ("<", "<="):
        return "<=", Value(math.floor(number), node.place)
    if op in (">", ">="):
        return ">=", Value(math.ceil(number), node.place)
    return op, node


def _exactly(node: Call, count: int) -> tuple[Node, ...]:
    if len(node.args) != count:
        raise FilterFault(
            N_("“%(name)s”应有 %(count)s 个参数，收到 %(given)s 个。"), node.place, name=node.op, count=count,
            given=len(node.args),
        )
    return node.args


def _some(node: Call) -> tuple[Node, ...]:
    if not node.args:
        raise FilterFault(N_("“%(name)s”缺少参数。"), node.place, name=node.op)
    return node.args
