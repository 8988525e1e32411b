"""What of the selection is drawn: single rows, houses with their residents, or counted regions.

Up to `MAX_FEATURES` rows stand on the map one by one. More are counted by region, and the page
says so; nothing is left out without a word. A person is never drawn: for registers about people
the map shows how many live in a house, to readers with person rights, and nothing to others (D3.4).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape

import orjson
from sqlalchemy import and_, func, literal, null, select

from geoapp.core.errors import Forbidden
from geoapp.core.i18n import N_, translate
from grids_boundaries.models import Region
from spatial_queries.breakdowns import rule_for
from spatial_queries.columns import printed
from spatial_queries.exports.job import Job
from spatial_queries.fields import FieldLike, HolderLike
from spatial_queries.paging import read_tallies
from spatial_queries.region_tables import NO_CHILD, RegionTable, read_table

MAX_FEATURES = 5_000
MAX_REGIONS = 1_200
LEVELS = ("grid", "community", "street", "county", "city")
DECIMALS = 6
"""10 cm."""
METRE = 0.00001
"""About one metre in degrees: outlines are simplified to it."""
region = Region.__table__
HOUSE_STEPS = ((1, 1), (2, 3), (4, 6), (7, None))
"""Residents of a house, as the legend groups them."""
SHADES = ("#d6e6f4", "#a3cbe6", "#5fa3d3", "#2a76b7", "#084784")


@dataclass
class Group:
    """Features drawn alike, one line of the legend.

    `shape` is a symbol of img/icons.svg, `size` that of a point in pixels, `most` the largest count
    of a class of regions.
    """

    label: str
    shape: str
    colour: str
    features: list[dict] = field(default_factory=list)
    size: int = 14
    most: int = 0
    count: int = 0


@dataclass
class Drawing:
    """Groups in the order of the legend, titles of the tooltip's lines, what the page must say.

    `legend` tells what is counted on its right side.
    """

    groups: list[Group]
    titles: list[str]
    legend: str
    remarks: list[str] = field(default_factory=list)

    @property
    def features(self) -> Iterable[dict]:
        """All features."""
        return (feature for group in self.groups for feature in group.features)


def draw(job: Job) -> Drawing:
    """Choose how to draw the selection and read it. Raises Forbidden for people without rights."""
    if rule_for(job.register, job.selection.access) is not None:
        raise Forbidden(N_("没有查看人员明细的权限，不能导出人口的简报地图。"))
    tallies = read_tallies(job.connection, job.selection)
    if job.register.people:
        _tally(job)
        holder = job.register.holder
        houses = None if holder is None else _houses(job, holder)
        return _draw_regions(job) if houses is None else _draw_houses(job, houses)
    if tallies.total - tallies.no_position <= MAX_FEATURES:
        return _draw_rows(job)
    _tally(job)
    return _draw_regions(job)


def _tally(job: Job) -> None:
    """Count rows, positions and origins, where the rows themselves are not read."""
    placed = literal(1) if job.register.placed is None else job.register.placed
    origin = null() if job.origin_field is None else job.origin_field.column
    counted = job.selection.select(placed, origin, func.count()).group_by(placed, origin)
    for kind, source, n in job.connection.execute(counted):
        job.tally.add(kind, source, n)


def _draw_rows(job: Job) -> Drawing:
    """Every row with a position, by the categories of the register's legend."""
    register, locale = job.register, job.locale
    groups = {e.value: Group(translate(e.label, locale), e.shape, e.colour) for e in register.legend}
    if register.category is None or not groups:
        groups = {0: Group(translate(register.title, locale), "circle", SHADES[-1])}
    category = literal(0) if register.category is None or len(groups) < 2 else register.category
    shape = func.ST_AsGeoJSON(func.ST_SimplifyPreserveTopology(job.geometry, METRE), DECIMALS, 0)
    for record in job.rows(shape, category):
        geometry, value = record.extra
        if geometry is not None:
            if value not in groups:
                groups[value] = Group(translate(N_("其他"), locale), "ring", SHADES[-1])
            group = groups[value]
            group.features.append(feature(geometry, map(printed, record.values), record.id))
            group.count += 1
    titles = [translate(column.title, locale) for column in job.columns]
    legend = translate(N_("图例（右侧为记录数）"), locale)
    drawn = list(groups.values())
    return Drawing(drawn, titles, legend, _covered(drawn, locale))


def _covered(groups: list[Group], locale: str) -> list[str]:
    """A remark where points lie under other ones."""
    shapes = [feature["geometry"] for group in groups for feature in group.features]
    points = [tuple(shape["coordinates"]) for shape in shapes if shape["type"] == "Point"]
    covered = len(points) - len(set(points))
    said = N_("有 %(n)s 个点与别的点位置相同，图上重叠。")
    return [translate(said, locale, n=f"{covered:,}")] if covered else []


def _houses(job: Job, holder: HolderLike) -> list[tuple[str, int]] | None:
    """(position, residents) of the houses that hold the selected people; None for too many."""
    keys = (holder.reference.label("id"), job.register.county_column.label("county"))
    counted = job.selection.select(*keys, func.count().label("n")).group_by(*keys)
    held = counted.where(holder.reference.is_not(None)).cte("held")
    same = and_(holder.id_column == held.c.id, holder.county_column == held.c.county)
    found = (
        select(func.ST_AsGeoJSON(holder.geometry, DECIMALS, 0), held.c.n)
        .join_from(held, holder.id_column.table, same)
        .where(job.selection.scope.clause(holder.scope_column), holder.geometry.is_not(None))
        .order_by(holder.id_column)
        .limit(MAX_FEATURES + 1)
    )
    houses = [(geometry, n) for geometry, n in job.connection.execute(found)]
    return houses if len(houses) <= MAX_FEATURES else None


def _draw_houses(job: Job, houses: list[tuple[str, int]]) -> Drawing:
    groups = [
        Group(_step(low, high, job.locale), "circle", SHADES[-1], size=11 + 4 * place)
        for place, (low, high) in enumerate(HOUSE_STEPS)
    ]
    for geometry, n in houses:
        place = next(i for i, (_, high) in enumerate(HOUSE_STEPS) if high is None or n <= high)
        groups[place].features.append(feature(geometry, [f"{n:,}"]))
        groups[place].count += 1
    remark = translate(N_("每个点是一处房屋，表示其中符合条件的人数；地图上不出现个人。"), job.locale)
    legend = translate(N_("图例（每处房屋的人数；右侧为房屋数）"), job.locale)
    return Drawing(groups, [translate(N_("人数"), job.locale)], legend, [remark, *_covered(groups, job.locale)])


def _step(low: int, high: int | None, locale: str) -> str:
    text = f"{low}+" if high is None else f"{low}" if low == high else f"{low}–{high}"
    return translate(N_("%(n)s 人"), locale, n=text)


def _draw_regions(job: Job) -> Drawing:
    """Counts of the finest level of regions that still fits on one page."""
    level = _finest_level(job)
    by = _counted_field(job)
    table = read_table(job.connection, job.selection, by, level)
    shapes = _outlines(job, [row.key for row in table.rows if row is not NO_CHILD])
    groups = _shades(table, job.locale)
    for row, counts in zip(table.rows, table.counts, strict=True):
        total = sum(counts)
        if row.key in shapes and total:
            group = next(group for group in groups if total <= group.most)
            texts = [row.name, f"{total:,}", *(f"{n:,}" for n in counts[:-1])]
            group.features.append(feature(shapes[row.key], texts))
            group.count += 1
    labels = [translate(c.label, job.locale) for c in table.columns[:-1]]
    titles = [translate(N_("区划"), job.locale), translate(N_("合计"), job.locale), *labels]
    legend = translate(N_("图例（每个区划的记录数；右侧为区划数）"), job.locale)
    return Drawing(groups, titles, legend, _remarks(job, table, shapes))


def _remarks(job: Job, table: RegionTable, shapes: dict[int, str]) -> list[str]:
    most = f"{MAX_FEATURES:,}"
    said = N_("超过 %(most)s 条，不逐条显示：按区划汇总，含无位置的记录。颜色越深越多。")
    remarks = [translate(said, job.locale, most=most)]
    pairs = zip(table.rows, table.counts, strict=True)
    rest = sum(n for row, counts in pairs if row.key not in shapes for n in counts)
    if rest:
        remarks.append(translate(N_("另有 %(n)s 条不属于图上任何区划。"), job.locale, n=f"{rest:,}"))
    return remarks


def _counted_field(job: Job) -> FieldLike:
    fields = [f for f in job.register.fields if f.codes and f.clear(job.selection.access)]
    return next((f for f in fields if f.name == job.register.category_field), fields[0])


def _finest_level(job: Job) -> str:
    clause = job.selection.scope.clause(region.c.key)
    found = select(region.c.level, func.count()).where(clause, region.c.geom.is_not(None))
    grouped = found.group_by(region.c.level)
    counts: dict[str, int] = dict(job.connection.execute(grouped).all())
    fitting = (name for name in LEVELS if 0 < counts.get(name, 0) <= MAX_REGIONS)
    return next(fitting, LEVELS[-1])


def _outlines(job: Job, keys: list[int]) -> dict[int, str]:
    shape = func.ST_SimplifyPreserveTopology(region.c.geom, METRE)
    found = select(region.c.key, func.ST_AsGeoJSON(shape, DECIMALS, 0)).where(
        region.c.key.in_(keys), region.c.geom.is_not(None)
    )
    return dict(job.connection.execute(found).all())


def _shades(table: RegionTable, locale: str) -> list[Group]:
    """Up to five classes with about as many regions in each; `size` is a class's largest count."""
    counts = sorted(n for n in (sum(row) for row in table.counts) if n)
    cuts = sorted({counts[max(0, len(counts) * (i + 1) // 5 - 1)] for i in range(5)}) or [0]
    low = 1
    groups = []
    for place, high in enumerate(cuts):
        colour = SHADES[place + len(SHADES) - len(cuts)]
        text = f"{low:,}–{high:,}" if low < high else f"{high:,}"
        groups.append(Group(translate(N_("%(n)s 条"), locale, n=text), "fill", colour, most=high))
        low = high + 1
    return groups


def feature(geometry: str, texts: Iterable[str], record_id: int | None = None) -> dict:
    """A GeoJSON feature whose texts are safe to be put into HTML and into folium."""
    properties = {str(place): safe(text) or "—" for place, text in enumerate(texts)}
    found = {"type": "Feature", "geometry": orjson.loads(geometry), "properties": properties}
    return found if record_id is None else {**found, "id": record_id}


def safe(text: str) -> str:
    """A text as HTML without braces.

    folium's tooltips are HTML, and branca reads the script it has just rendered as a template once
    more: `{{ … }}` in the name of a place would be run by the server.
    """
    return escape(text).replace("{", "&#123;").replace("}", "&#125;")
