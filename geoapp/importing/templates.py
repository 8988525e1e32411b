"""Templates of files to import, one for each register, made of its one declaration (A8.1, A8.6).

A column is a declared field that somebody outside can know, behind the columns that say where a row
lies. A field added to a register is a column of its template, under a new version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from geoapp.core.errors import NotFound
from geoapp.core.i18n import N_, translate
from geoapp.people.codes import ID_KINDS, RELATIONS, SEXES, TYPES
from geoapp.programmes.declared import OPEN
from layers import declare
from layers.declare import Field, Register
from layers.registry import all_registers

REGISTERS = ("residents", "houses", "sites", "organisations", "enrolments", "households", "teams")
"""Registers people keep. The others follow from maps and from these: regions, buildings and coverage."""
KEPT_BY_US = frozenset(
    {
        "region", "placed", "position_source", "origin", "updated_at", "checked_at", "house_id", "child_name",
        "house_address", "birth_year", "residents", "status", "building_id", "attention_level", "level_origin",
        "inspected_on", "next_due", "address", "served", "served_on",
        "resident_id", "ends", "members",
    }
)  # fmt: skip
"""Fields nobody outside knows: ids, counts, what follows from others; the address stands with the place."""
NUMBERS = frozenset(
    {
        "id_number", "phone", "licence_number", "number", "house_number", "household_number", "landlord_phone",
        "leader_phone",
    }
)  # fmt: skip
"""Numbers that are names: they lose digits where a spreadsheet takes them for numbers."""
CRS = {
    "wgs84": N_("WGS84"), "cgcs2000": N_("CGCS2000"), "gcj02": N_("GCJ-02（高德、腾讯）"), "bd09": N_("BD-09（百度）"),
    "gk3": N_("CGCS2000 高斯 3 度带（米）"), "gk6": N_("CGCS2000 高斯 6 度带（米）"),
}  # fmt: skip
YES_NO = {"true": N_("是"), "false": N_("否")}
RENAMED: Mapping[tuple[str, str], str] = {("households", "head"): "name"}
"""(register, field) to the name of its column, where that is what it is to the rules of rows: a person's name."""
RECORD = declare.RECORD
"""Column with the number of the record a row was taken out of."""
NOTE_MARK = "说明"
"""How the note row under the header begins; it is not a row of data."""


@dataclass(frozen=True)
class Column:
    """One column: `kind` is text, digits, code, number or day; `codes` are stored values and words."""

    name: str
    title: str
    note: str = ""
    kind: str = "text"
    codes: Mapping[str, str] = field(default_factory=dict)

    @property
    def by_word(self) -> dict[str, str]:
        """What may stand in a cell to the stored value: the word in each language, or the code itself."""
        english = {translate(word, "en"): code for code, word in reversed(list(self.codes.items()))}
        return {**english, **{code: code for code in self.codes}, **{word: code for code, word in self.codes.items()}}


PLACE = (
    Column("county", N_("区县"), N_("必填：名称或六位代码")),
    Column("street", N_("街道"), N_("名称或代码")),
    Column("community", N_("社区"), N_("名称或代码")),
    Column("grid", N_("所属网格"), N_("名称或代码；认领时必须有"), "digits"),
    Column("address", N_("地址"), N_("门牌地址")),
    Column("lon", N_("经度"), N_("度，小数；高斯坐标写东向坐标（米）；可不填"), "number"),
    Column("lat", N_("纬度"), N_("度，小数；高斯坐标写北向坐标（米）；可不填"), "number"),
    Column("crs", N_("坐标系"), N_("填写经纬度时请选择"), "code", CRS),
)


def facts_of(programme: str) -> list[tuple[str, str]]:
    """(name of a fact, name of its column) of an open programme."""
    return [(fact.name, f"{programme}_{fact.name}") for fact in OPEN[programme].facts]


def _facts(programme: str) -> Iterator[Column]:
    """What a programme asks for: columns of its own, as choices of one name differ (A5)."""
    for fact in OPEN[programme].facts:
        title = f"{translate(OPEN[programme].title, 'zh')}：{translate(fact.title, 'zh')}"
        kind = {"choice": "code", "day": "day"}.get(fact.kind, "text")
        yield Column(f"{programme}_{fact.name}", title, "", kind, dict(fact.codes or {}))


MORE: Mapping[str, tuple[Column, ...]] = {
    "residents": (
        Column("id_kind", N_("证件类型"), N_("不填为居民身份证"), "code", ID_KINDS),
        Column("house_number", N_("房屋编号"), N_("现住房屋的编号"), "digits"),
        Column("household_number", N_("户号"), N_("户籍人口填写"), "digits"),
        Column("relation", N_("与户主关系"), N_("填写户号时选择"), "code", RELATIONS),
    ),
    "enrolments": (
        Column("id_kind", N_("证件类型"), N_("不填为居民身份证"), "code", ID_KINDS),
        Column("id_number", N_("证件号码"), N_("文本格式；按号码对应实有人口"), "digits"),
        Column("type", N_("人口类型"), N_("不填为户籍人口"), "code", TYPES),
        Column("sex", N_("性别"), N_("有身份证号码时可不填"), "code", SEXES),
        *(column for code in OPEN for column in _facts(code)),
    ),
    "households": (Column("id_number", N_("户主证件号码"), N_("文本格式；按号码对应本网格的实有人口"), "digits"),),
    "teams": (
        Column("leader", N_("负责人"), N_("姓名；可不填")),
        Column("leader_phone", N_("负责人电话"), N_("文本格式"), "digits"),
    ),
}
"""Facts of a record that its register does not list, but its form asks for."""
NOTES = {
    "name": N_("姓名或名称"), "id_number": N_("文本格式；与姓名至少填一项"), "phone": N_("文本格式"),
    "birth_date": N_("年-月-日；有身份证号码时可不填"), "licence_number": N_("文本格式，18 位或 15 位"),
    "number": N_("文本格式"), "begins": N_("年-月-日"), "rental_use": N_("出租房填写"),
    "registered_place": N_("流动人口填写"), "unregistered_reason": N_("未落户人口填写"),
    "overseas_kind": N_("境外人员填写"),
}  # fmt: skip


@dataclass(frozen=True)
class Template:
    """The columns of one register's files, in their order."""

    register: str
    title: str
    columns: tuple[Column, ...]

    @property
    def version(self) -> str:
        """Eight signs that change with every column, word and order."""
        said = [(c.name, c.title, c.kind, sorted(c.codes.items())) for c in self.columns]
        return hashlib.sha256(repr(said).encode()).hexdigest()[:8]

    @property
    def titles(self) -> tuple[str, ...]:
        """The header row."""
        return tuple(column.title for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError."""
        return next(c for c in self.columns if c.name == name)


@lru_cache(maxsize=1)
def all_templates() -> dict[str, Template]:
    """Register to template."""
    registers = all_registers()
    return {name: _made(registers[name]) for name in REGISTERS}


def template_of(register: str) -> Template:
    """The register's template. Raises NotFound where it has none."""
    found = all_templates().get(register)
    if found is None:
        raise NotFound()
    return found


def _made(register: Register) -> Template:
    declared = (one for one in register.fields if one.name not in KEPT_BY_US)
    back = Column(RECORD, declare.RECORD_TITLE, N_("导出的记录再次导入时才有；新记录不填"), "digits")
    columns = (*PLACE, *(_column(register.name, one) for one in declared), *MORE.get(register.name, ()), back)
    return Template(register.name, register.title, columns)


def _column(register: str, one: Field) -> Column:
    kind, codes = _kind(one)
    name = RENAMED.get((register, one.name), one.name)
    return Column(name, one.title, NOTES.get(name, ""), kind, codes)


def _kind(one: Field) -> tuple[str, dict[str, str]]:
    if one.codes:
        return "code", {str(code): word for code, word in one.codes.items()}
    if one.kind == "boolean":
        return "code", YES_NO
    if one.name in NUMBERS:
        return "digits", {}
    if one.name.endswith("_date") or one.kind == "date":
        return "day", {}
    return ("number" if one.kind in ("integer", "number") else "text"), {}


def lists_of(template: Template) -> Iterator[tuple[int, Column]]:
    """Columns with a drop-down, with their places."""
    return ((place, column) for place, column in enumerate(template.columns) if column.codes)
