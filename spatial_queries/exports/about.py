"""What a file says about itself: filter, area, time, user, counts, origin, licence, masks."""

from __future__ import annotations

from geoapp.core.i18n import N_, translate
from geoapp.core.settings import get_settings
from spatial_queries.exports.job import Job

Lines = list[tuple[str, str]]
ODBL = N_(
    "含 OpenStreetMap 数据：© OpenStreetMap 贡献者，按开放数据库许可（ODbL 1.0）提供，"
    "https://www.openstreetmap.org/copyright"
)
ATTRIBUTION = {
    "official": N_("官方：公布的区划、代码与名称"),
    "osm": ODBL,
    "derived": N_("推算：由程序根据公开地图推算，未经实地核实"),
    "synthetic": N_("模拟：演示用的虚构数据，与任何真实人员无关"),
    "entered": N_("登记：由工作人员登记"),
}
"""By stored origin. What is derived here is derived from OpenStreetMap and keeps its licence."""
FROM_OSM = frozenset({"osm", "derived"})


def about_lines(job: Job) -> Lines:
    """(label, text) pairs in the reader's language, complete once all rows are written."""
    meta, locale = job.meta, job.locale
    lines = [
        (N_("内容"), translate(job.register.title, locale)),
        (N_("区划"), meta.region),
        (N_("条件"), meta.sentence),
        (N_("记录数"), f"{job.tally.rows:,}"),
        (N_("位置"), placed_text(job)),
        (N_("导出时间"), f"{meta.local_time:%Y-%m-%d %H:%M}（{get_settings().time_zone}）"),
        (N_("导出人"), meta.user),
        (N_("遮盖的列"), masked_text(job)),
        *((N_("数据来源"), text) for text in origin_texts(job)),
    ]
    return [(translate(label, locale), text) for label, text in lines if text]


def placed_text(job: Job) -> str:
    """How many rows have no position, or one outside their grid."""
    facts = {"none": f"{job.tally.no_position:,}", "outside": f"{job.tally.outside:,}"}
    return translate(N_("%(none)s 条无位置，%(outside)s 条在网格外"), job.locale, **facts)


def masked_text(job: Job) -> str:
    """Titles of the columns whose values are shown masked."""
    titles = [translate(column.title, job.locale) for column in job.columns if column.masked]
    return translate(N_("、"), job.locale).join(titles)


def origin_texts(job: Job) -> list[str]:
    """Where the rows come from, each with its count, and the licence they carry."""
    texts = []
    for origin in sorted(job.tally.origins, key=str):
        text = translate(ATTRIBUTION.get(str(origin), str(origin)), job.locale)
        texts.append(f"{text} ({job.tally.origins[origin]:,})")
    origins = set(job.tally.origins)
    if origins & FROM_OSM and "osm" not in origins:
        texts.append(translate(ODBL, job.locale))
    return texts
