"""A reader of untrusted files, without a load around it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from geoapp.loading.files import Source
from geoapp.loading.options import LoadOptions
from geoapp.loading.reader import Box, Reader, reader_process


@contextmanager
def open_reader(source: Source, options: LoadOptions, extent: Box | None = None) -> Iterator[Reader]:
    """A reader with a process of its own for the length of the block."""
    with reader_process() as process:
        yield Reader(process, source, options, lambda: extent)
