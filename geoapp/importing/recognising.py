"""Which template a file was made with, by its header names and their number (A8.6).

Pure functions. The template of one register goes into that register only; of a wrong file is said
which template it looks like and what it lacks. The list of a register, as it is exported in either
language, is known as well by the numbers of its records; columns that the template does not have
(counts, moments, what follows from others) are not read.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import LOCALES, N_, Label, translate
from geoapp.importing.templates import NOTE_MARK, RENAMED, Template, all_templates
from layers.registry import all_registers

LOOKED_AT = 6
"""Rows from the top in which a header is looked for."""
MOST_NAMED = 6
ABSENT = -1
"""Place of a column that a file does not have."""
ALIKE = 0.3
"""Share of titles from which a file looks like a template at all."""


@dataclass(frozen=True)
class Recognised:
    """`order`: place of each of the template's columns in the file, ABSENT for none; `skip`: rows above the first
    of data; `width`: columns of the file; `exported`: it is a list as the register exports it, of which the columns
    `unread` (titles) are not read."""

    template: Template
    order: tuple[int, ...]
    skip: int
    width: int
    exported: bool = False
    unread: tuple[str, ...] = ()


class WrongTemplate(InvalidInput):
    """The file cannot be taken for the register it was sent to."""


def tidy(title: object) -> str:
    """A header as it is compared: full-width signs narrowed, blanks and the marks of must gone."""
    text = unicodedata.normalize("NFKC", str(title))
    return "".join(text.split()).removeprefix("*").removesuffix("*").removesuffix("(必填)")


def recognise(top: Sequence[Sequence[object]], register: str) -> Recognised:
    """The file's template from its first rows. Raises WrongTemplate with what is wrong."""
    if not top:
        raise WrongTemplate(N_("文件中没有内容。"), field="file")
    header = _header(top[0])
    found = _same(header)
    if found is None:
        exported = _export(header, [str(cell) for cell in top[0]])
        if exported is None:
            raise _unknown(top, header, register)
        if exported.template.register != register:
            title = Label(exported.template.title)
            raise WrongTemplate(N_("这是登记册“%(looks)s”的导出文件，只能导入“%(looks)s”。"), field="file", looks=title)
        return exported
    if found.register != register:
        wanted = all_templates()[register]
        raise WrongTemplate(
            N_("这是“%(looks)s”的模板（%(columns)s 列），只能导入“%(looks)s”；导入“%(wanted)s”请用它自己的模板。"),
            field="file", looks=Label(found.title), columns=len(found.columns), wanted=Label(wanted.title),
        )  # fmt: skip
    for number, row in enumerate(top[1:LOOKED_AT], start=2):
        if _share(_header(row), found) > 0.5:
            raise WrongTemplate(N_("第 %(row)s 行又是一行表头，表头只能有一行。"), field="file", row=number)
    places = {title: place for place, title in enumerate(header)}
    order = tuple(places[tidy(title)] for title in found.titles)
    return Recognised(found, order, 2 if _is_note(top) else 1, len(order))


def _header(row: Sequence[object]) -> list[str]:
    """Titles without the empty cells at the end."""
    titles = [tidy(cell) for cell in row]
    while titles and not titles[-1]:
        titles.pop()
    return titles


def _same(header: Sequence[str]) -> Template | None:
    for template in all_templates().values():
        if len(header) == len(template.columns) and set(header) == {tidy(title) for title in template.titles}:
            return template
    return None


def _export(header: Sequence[str], titles: Sequence[str]) -> Recognised | None:
    """A list as its register exports it: every column anybody may see, perhaps others of the list, and the number.

    Raises WrongTemplate where the numbers of the records are missing.
    """
    for template in all_templates().values():
        register = all_registers()[template.register]
        listed = [field for field in register.fields if field.listed]
        for locale in LOCALES:
            known = {tidy(translate(f.title, locale)): f.name for f in [*listed, register.number_field]}
            always = {tidy(translate(f.title, locale)) for f in listed if f.permission is None}
            if len(set(header)) != len(header) or not always <= set(header) <= set(known):
                continue
            if register.number_field.name not in {known[title] for title in header}:
                raise WrongTemplate(
                    N_("这是“%(looks)s”的导出文件，但没有“%(column)s”一列，无法与在册记录对应。请重新导出。"),
                    field="file", looks=Label(template.title), column=Label(register.number_field.title),
                )  # fmt: skip
            return _as_export(template, [known[title] for title in header], titles)
    return None


def _as_export(template: Template, fields: Sequence[str], titles: Sequence[str]) -> Recognised:
    places = {RENAMED.get((template.register, name), name): place for place, name in enumerate(fields)}
    order = tuple(places.get(column.name, ABSENT) for column in template.columns)
    unread = tuple(titles[place] for place in range(len(fields)) if place not in order)
    return Recognised(template, order, 1, len(fields), True, unread)


def _share(header: Sequence[str], template: Template) -> float:
    titles = {tidy(title) for title in template.titles}
    return len(titles & set(header)) / len(titles)


def _is_note(top: Sequence[Sequence[object]]) -> bool:
    return len(top) > 1 and bool(top[1]) and tidy(top[1][0]).startswith(NOTE_MARK)


def _unknown(top: Sequence[Sequence[object]], header: list[str], register: str) -> WrongTemplate:
    for number, row in enumerate(top[1:LOOKED_AT], start=2):
        if _same(_header(row)):
            return WrongTemplate(
                N_("表头在第 %(row)s 行。表头必须是第一行，请删除它上面的行。"), field="file", row=number
            )
    twice = sorted({title for title in header if title and header.count(title) > 1})
    if twice:
        return WrongTemplate(N_("表头中“%(title)s”出现了两次。"), field="file", title=twice[0][:40])
    looks = max(all_templates().values(), key=lambda one: _share(header, one))
    if _share(header, looks) < ALIKE:
        return WrongTemplate(
            N_("第一行不是任何模板的表头（%(found)s 列）。请下载“%(wanted)s”的模板填写。"),
            field="file", found=len(header), wanted=Label(all_templates()[register].title),
        )  # fmt: skip
    titles = {tidy(title): title for title in looks.titles}
    missing = [title for key, title in titles.items() if key not in header]
    extra = [title for title in header if title not in titles]
    return WrongTemplate(
        N_(
            "列与模板不符：文件有 %(found)s 列，最像“%(looks)s”的模板（应有 %(columns)s 列）。"
            "缺少：%(missing)s；多出：%(extra)s。"
        ),
        field="file", found=len(header), looks=Label(looks.title), columns=len(looks.columns),
        missing=_named(missing), extra=_named(extra),
    )  # fmt: skip


def _named(titles: Sequence[str]) -> str:
    shown = "、".join(title[:20] or "（空）" for title in titles[:MOST_NAMED])
    return (shown + "…" if len(titles) > MOST_NAMED else shown) or "—"
