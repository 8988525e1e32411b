"""The shipped windows of Haidian, derived once for all tests that look at them."""

from __future__ import annotations

import pytest

from geoapp.demo.haidian_source import read_source
from grids_boundaries.derive.city import CitySource, DerivedCity, derive_city


@pytest.fixture(scope="session")
def haidian_source() -> CitySource:
    return read_source().city


@pytest.fixture(scope="session")
def haidian(haidian_source) -> DerivedCity:
    return derive_city(haidian_source)
