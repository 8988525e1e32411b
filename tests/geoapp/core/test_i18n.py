"""One and many: where English says them differently, a sentence with n = 1 has its own."""

from __future__ import annotations

import pytest

from geoapp.core.i18n import LOCALES, SINGULARS, translate


@pytest.mark.parametrize("many", SINGULARS)
def test_one_is_said_of_one_alone(many):
    assert SINGULARS[many] == many.replace("%(n)s", "1")
    for locale in LOCALES:
        assert "1" in translate(many, locale, n=1) and "1" in translate(many, locale, n="1")
        assert "2" in translate(many, locale, n=2) and "0" in translate(many, locale, n=0)
    assert translate(many, "zh", n=1) == SINGULARS[many]
