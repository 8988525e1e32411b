"""Words of registers and fields that events name."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from geoapp.changes.codes import FIELDS
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_, translate
from layers.registry import all_registers

OTHERS = {
    "audit": N_("审计日志"), "users": N_("用户"), "roles": N_("角色"), "residences": N_("居住登记"),
    "tokens": N_("接口令牌"), "sessions": N_("会话"), "break_glass": N_("紧急查看"),
}  # fmt: skip
"""Names events use besides the registers."""


def registers(locale: str) -> list[tuple[str, str]]:
    """(name, title) of everything an event may be about."""
    return [(name, translate(title, locale)) for name, title in _titles().items()]


def register_title(name: str | None, locale: str) -> str:
    """The title, or the name where there is none."""
    return translate(_titles().get(name or "", name or ""), locale)


def field_titles(register: str | None, names: Iterable[str], locale: str) -> list[str]:
    """Titles of fields; the name where there is none."""
    return [translate(_title(register, name), locale) for name in names]


@lru_cache(maxsize=1)
def _titles() -> dict[str, str]:
    return {name: one.title for name, one in all_registers().items()} | OTHERS


def _title(register: str | None, name: str) -> str:
    if name in FIELDS or register not in all_registers():
        return FIELDS.get(name, name)
    try:
        return all_registers()[register].field(name).title
    except InvalidInput:
        return name
