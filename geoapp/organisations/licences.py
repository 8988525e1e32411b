"""Licence numbers: the unified social credit code of 18 signs and the older number of 15 (A7.1)."""

from __future__ import annotations

import unicodedata

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100-2015: no I, O, S, V, Z."""
WEIGHTS = tuple(3**place % 31 for place in range(17))
CREDIT_LENGTH, OLD_LENGTH = 18, 15


def credit_check(first: str) -> str:
    """The last sign of a credit code from its first 17 (GB 32100-2015). Raises ValueError for a sign it has not."""
    total = sum(ALPHABET.index(sign) * weight for sign, weight in zip(first, WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def old_check(first: str) -> str:
    """The last digit of a business registration number from its first 14 (GS 15-2006, MOD 11,10)."""
    carried = 10
    for digit in first:
        carried = ((carried + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - carried) % 10)


def normal_licence(text: str | None) -> str | None:
    """A licence number as it is stored and compared, or None for an empty one.

    Full-width signs are narrowed, blanks and hyphens left out, letters made large. Raises
    InvalidInput for another length than 18 or 15, a sign that no number has, a wrong check sign.
    """
    number = unicodedata.normalize("NFKC", text or "").upper()
    number = "".join(sign for sign in number if not sign.isspace() and sign != "-")
    if not number:
        return None
    if len(number) not in (CREDIT_LENGTH, OLD_LENGTH):
        raise InvalidInput(
            N_("证照号码应为 18 位统一社会信用代码或 15 位注册号，现为 %(n)s 位。"),
            field="licence_number", n=len(number),
        )  # fmt: skip
    signs = ALPHABET if len(number) == CREDIT_LENGTH else "0123456789"
    strange = next((sign for sign in number if sign not in signs), None)
    if strange is not None:
        raise InvalidInput(N_("证照号码中不会有“%(sign)s”。"), field="licence_number", sign=strange)
    check = credit_check if len(number) == CREDIT_LENGTH else old_check
    if check(number[:-1]) != number[-1]:
        raise InvalidInput(N_("证照号码的校验位不对，请核对。"), field="licence_number")
    return number
