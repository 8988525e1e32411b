"""From a SpatialQuery to SQL: one set of conditions behind every output.

`compile_query` binds a query to a register and a reader. Lists, totals, tiles, breakdowns and
exports all start from `Selection.conditions()` or `Selection.ids()`, so they cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from geoalchemy2 import Geography
from sqlalchemy import ColumnElement, Select, and_, cast, false, func, literal, or_, select, tuple_

from geoapp.core.errors import InvalidInput, NotFound
from geoapp.core.i18n import N_
from grids_boundaries.access import Access
from grids_boundaries.scope import RowScope
from spatial_queries.expressions import plain_pattern
from spatial_queries.fields import RegisterLike
from spatial_queries.guard import CountsOnly, counts_only
from spatial_queries.query import PLACED, SpatialQuery
from spatial_queries.shapes import Shape

METRES_PER_DEGREE = 110_574
MAX_COUNTIES = 16


def compile_query(query: SpatialQuery, register: RegisterLike, *, access: Access) -> Selection:
    """The query as `access` may ask it.

    Raises NotFound for a register the reader may not open (as if it did not exist) and
    InvalidInput for a spatial condition on a register without positions.
    """
    if query.register != register.name:
        raise ValueError(f"query is for {query.register}, not {register.name}")
    if not access.may(register.permission):
        raise NotFound()
    selection = Selection(query, register, access)
    if (query.shapes or query.near) and selection.geometry is None:
        raise InvalidInput(N_("该登记册没有位置，不能按空间范围查询。"), field="bbox")
    return selection


@dataclass(frozen=True)
class Selection:
    """The rows a query selects for one reader. Build with `compile_query`.

    `whole` is set by breakdowns alone: whole regions are counted and small counts hidden afterwards.
    """

    query: SpatialQuery
    register: RegisterLike
    access: Access
    whole: bool = False

    def require_rows(self) -> None:
        """Raise CountsOnly where this reader may not have rows, nor counts under conditions."""
        if not self.whole and counts_only(self.register, self.access):
            raise CountsOnly()

    @property
    def geometry(self) -> ColumnElement | None:
        """The position column in EPSG:4326: the record's own, or its holder's."""
        holder = self.register.holder
        return self.register.geometry if holder is None else holder.geometry

    @cached_property
    def scope(self) -> RowScope:
        """The reader's scope, cut to the region asked for."""
        region = self.query.region
        return self.access.scope if region is None else self.access.scope.intersect(region)

    def scope_conditions(self) -> list[ColumnElement[bool]]:
        """Area conditions alone; the county narrows partitions and opens its indexes."""
        conditions = [self.scope.clause(self.register.scope_column)]
        counties = self._counties()
        if counties:
            conditions.append(self.register.county_column.in_(counties))
        return conditions

    def _counties(self) -> list[str]:
        spans = [(lo // 10**9, hi // 10**9) for lo, hi in self.scope.ranges]
        if not spans or sum(b - a + 1 for a, b in spans) > MAX_COUNTIES:
            return []
        return sorted({f"{c:06d}" for a, b in spans for c in range(a, b + 1)})

    def conditions(self) -> list[ColumnElement[bool]]:
        """Everything a row must satisfy, scope first; never without a scope. Raises CountsOnly."""
        self.require_rows()
        register, query = self.register, self.query
        conditions = [*self.scope_conditions(), *register.always]
        if query.position:
            inside = PLACED[query.position]
            conditions.append(false() if register.placed is None else register.placed == inside)
        conditions += [self.shape_sql(shape) for shape in query.shapes]
        if query.where is not None:
            conditions.append(query.where.sql(self.shape_sql))
        if query.text:
            conditions.append(self._text_sql(query.text))
        if query.near:
            near = self._nearest(conditions).cte("nearest").prefix_with("MATERIALIZED")
            key = tuple_(register.county_column, register.id_column)
            conditions.append(key.in_(select(near.c.county, near.c.id)))
        return conditions

    def shape_sql(self, shape: Shape) -> ColumnElement[bool]:
        """`shape` against the record's position, or that of the house that holds it."""
        holder = self.register.holder
        if self.geometry is None:
            raise InvalidInput(N_("该登记册没有位置，不能按空间范围查询。"), field="bbox")
        if holder is None:
            return shape.sql(self.geometry)
        inside = select(holder.county_column, holder.id_column).where(
            self.scope.clause(holder.scope_column), shape.sql(holder.geometry)
        )
        # both parts of the key: its index is of no use without the county
        key = tuple_(self.register.county_column, holder.reference)
        return and_(holder.reference.is_not(None), key.in_(inside))

    def _text_sql(self, text: str) -> ColumnElement[bool]:
        columns = [f.column for f in self.register.search_fields(self.access)]
        if not columns:
            raise InvalidInput(N_("该登记册不能按文字检索。"), field="q")
        return or_(*(c.ilike(f"%{plain_pattern(text)}%", escape="\\") for c in columns))

    # -- nearest ---------------------------------------------------------------------------

    def point(self) -> ColumnElement:
        """The point of a nearest query."""
        near = self.query.near
        assert near is not None
        return func.ST_SetSRID(func.ST_MakePoint(near.lon, near.lat), 4326)

    def metres(self) -> ColumnElement[float]:
        """Distance of a record to that point, metres on the ellipsoid."""
        return func.ST_Distance(cast(self.geometry, Geography), cast(self.point(), Geography))

    def _nearest(self, conditions: list[ColumnElement[bool]]) -> Select:
        """Keys (county, id) of the k nearest in true metres.

        The index orders by degrees, which are shorter in longitude than in latitude. So: take k
        by degrees, measure the farthest in metres, then rank all within that distance.
        """
        register, near, geometry = self.register, self.query.near, self.geometry
        if register.holder is not None:
            raise InvalidInput(N_("该登记册的记录没有自己的位置，不能查询最近。"), field="near")
        assert near is not None
        assert geometry is not None
        found = (
            select(self.metres().label("metres")).where(*conditions, geometry.is_not(None))
            .order_by(geometry.op("<->")(self.point())).limit(near.k)
            .cte("nearest_guess").prefix_with("MATERIALIZED")
        )
        farthest = select(func.coalesce(func.max(found.c.metres), 0) * 1.001 + 0.1).scalar_subquery()
        shrunk = func.cos(func.radians(func.least(func.abs(near.lat) + 0.5, 89.4)))
        per_degree = METRES_PER_DEGREE * shrunk
        box = func.ST_Expand(self.point(), farthest / per_degree, farthest / METRES_PER_DEGREE)
        return (
            select(register.county_column.label("county"), register.id_column.label("id"))
            .where(*conditions, geometry.op("&&")(box))
            .order_by(self.metres(), register.id_column).limit(near.k)
        )

    # -- selects ---------------------------------------------------------------------------

    def select(self, *columns: ColumnElement) -> Select:
        """SELECT columns FROM the register WHERE every condition."""
        return select(*columns).select_from(self.register.table).where(*self.conditions())

    def order(self) -> tuple[tuple[ColumnElement, bool], ...]:
        """Sort expressions with their direction; the key follows as the tie-break."""
        register = self.register
        if self.query.near and not self.query.sort:
            return ((self.metres(), False),)
        names = self.query.sort or self._default_sort()
        order = []
        for name, descending in names:
            field = register.field(name)
            column = field.column
            if field.nullable:
                column = func.coalesce(column, literal(field.empty_value, column.type))
            order.append((column, descending))
        return tuple(order)

    def _default_sort(self) -> tuple[tuple[str, bool], ...]:
        """The register's own order, as far as the reader may see its fields."""
        readable = (n for n in self.register.default_sort if self.register.field(n).clear(self.access))
        return tuple((name, False) for name in readable)

    def in_pairs(self, pairs: list[tuple[str, int]]) -> ColumnElement[bool]:
        """The rows with these (county, id) keys."""
        register = self.register
        return tuple_(register.county_column, register.id_column).in_(pairs)
