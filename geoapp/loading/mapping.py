"""Which column of the file is which field of ours: named by the caller or known by its usual name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_

_YEAR = re.compile(r"(19|20)\d\d$")
_SIGNS = re.compile(r"[\s_:\-.]+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A field of ours; `aliases` are names others use, the best first, as `plain` writes them."""

    name: str
    aliases: tuple[str, ...]
    required: bool = False


def plain(name: str) -> str:
    """A name for comparison: small letters, without blanks, underscores, colons, dashes."""
    return _SIGNS.sub("", name).casefold()


def map_fields(
    wanted: Iterable[Wanted], columns: Iterable[str], given: Mapping[str, str]
) -> dict[str, str]:
    """Field of ours to column of the file. Each column serves one field, unless named twice.

    A column named with a year (code12_2023) is taken where there is none without. Raises
    InvalidInput for names in `given` that do not exist, and for a required field nobody has.
    """
    wanted, columns = list(wanted), list(columns)
    found = _given(wanted, columns, given)
    free = [column for column in columns if column not in found.values()]
    for one in wanted:
        if one.name in found:
            continue
        column = _by_alias(one, free)
        if column is not None:
            found[one.name] = column
            free.remove(column)
        elif one.required:
            raise InvalidInput(
                N_(
                    "文件中没有可作“%(name)s”的列，请用 --field %(name)s=列名 指明；有：%(columns)s。"
                ),
                field="fields",
                name=one.name,
                columns=", ".join(columns),
            )
    return {one.name: found[one.name] for one in wanted if one.name in found}


def _given(wanted: list[Wanted], columns: list[str], given: Mapping[str, str]) -> dict[str, str]:
    names = [one.name for one in wanted]
    for name, column in given.items():
        if name not in names:
            raise InvalidInput(
                N_("没有名为“%(name)s”的字段，可用：%(names)s。"),
                field="fields",
                name=name,
                names=", ".join(names),
            )
        if column not in columns:
            raise InvalidInput(
                N_("文件中没有名为“%(name)s”的列，有：%(columns)s。"),
                field="fields",
                name=column,
                columns=", ".join(columns),
            )
    return dict(given)


def _by_alias(one: Wanted, columns: list[str]) -> str | None:
    for shape in (plain, lambda name: _YEAR.sub("", plain(name))):
        shaped = {shape(column): column for column in reversed(columns)}
        for alias in (plain(one.name), *one.aliases):
            if alias in shaped:
                return shaped[alias]
    return None
