"""Files through the reader process, without a database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from geoapp.core.errors import InvalidInput
from geoapp.loading.files import examine
from geoapp.loading.options import Limits, LoadOptions
from geoapp.loading.reader import Opened, Rows, Wish
from tests.factories.reading import open_reader

ALL_TYPES = ("Point", "Polygon", "MultiPolygon", "LineString", "MultiLineString")


@dataclass
class Read:
    """What came of a file."""

    opened: Opened
    batches: list[Rows]
    said: list[str]

    @property
    def rows(self) -> int:
        return sum(batch.size for batch in self.batches)

    @property
    def faults(self) -> list[tuple[int, str, str, dict]]:
        """Row from 1, code, column, facts."""
        return [(b.first + f[0] + 1, *f[1:]) for b in self.batches for f in b.faults]

    @property
    def points(self) -> list[tuple[float, float]]:
        return [tuple(point) for batch in self.batches for point in batch.points.tolist()]

    def column(self, name: str) -> list:
        return [one for batch in self.batches for one in batch.columns[name]]


@pytest.fixture
def read():
    """Read a file; keywords are options of a load, `limits` those of the reader."""

    def run(path: Path, extent=None, types=ALL_TYPES, optional=True, **choices) -> Read:
        options = LoadOptions(**choices)
        source = examine(path, options.layer_name, options.limits.unpacked_mb)
        with open_reader(source, options, extent) as reader:
            wish = Wish(tuple(reader.opened.fields), types, optional)
            batches = list(reader.rows(wish))
            return Read(reader.opened, batches, reader.said)

    return run


@pytest.fixture
def refused(read):
    """The error a file is refused with."""

    def run(path: Path, **choices) -> InvalidInput:
        with pytest.raises(InvalidInput) as caught:
            read(path, **choices)
        caught.value.message("zh")
        return caught.value

    return run


@pytest.fixture
def small_limits() -> Limits:
    """Limits that a test can reach."""
    return Limits(memory_mb=1024, cpu_seconds=20, silent_seconds=20, unpacked_mb=64)
