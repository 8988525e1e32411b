"""Rules of the people register, as pure functions."""

from __future__ import annotations


def masked_number(number: str) -> str:
    """An identity number with only its last four characters (research/trust C3)."""
    return "*" * max(len(number) - 4, 0) + number[-4:] if len(number) > 4 else "*" * len(number)


TWO_CHARACTER_SURNAMES = frozenset("欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 司徒 夏侯".split())


def masked_name(name: str) -> str:
    """A name with only its surname: 张*, 欧阳* (research/trust C3)."""
    if not name:
        return ""
    surname = name[:2] if name[:2] in TWO_CHARACTER_SURNAMES else name[:1]
    return f"{surname}*"


def masked_phone(phone: str) -> str:
    """A phone number with its middle hidden: 138****5678."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 11 else "*" * len(phone)
