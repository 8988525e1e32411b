"""What the reader says, whatever it reads: what the file is, then rows."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, BinaryIO

from geoapp.loading.reading.frames import pack_texts, write_frame

if TYPE_CHECKING:
    import numpy as np

    from geoapp.loading.reading.texts import Found

Fault = tuple[int, str, str, dict]
"""Row from 0 within its piece, code, column of the file or "", facts."""
Columns = dict[str, "np.ndarray | list[str]"]
"""Numbers as float64 (NaN for none), everything else as text, "" for none."""


def send_opened(out: BinaryIO, facts: Mapping[str, object], fields: Mapping[str, str], found: Found) -> None:
    """What the file is and its fields."""
    head = {"kind": "opened", **facts, "fields": list(fields.items())}
    write_frame(out, {**head, "encoding": found.encoding, "found": found.how})


def asked() -> dict:
    """What is wanted of the fields."""
    return dict(json.loads(sys.stdin.readline()))


def send_rows(out: BinaryIO, span: tuple[int, int], columns: Columns, faults: Sequence[Fault], shapes: list) -> None:
    """One frame of rows (first, number): the buffers of the shapes, if any, then one for each column."""
    buffers = list(shapes)
    for values in columns.values():
        buffers.append(pack_texts(values) if isinstance(values, list) else values.tobytes())
    kinds = [(n, "text" if isinstance(v, list) else "number") for n, v in columns.items()]
    head = {"kind": "rows", "first": span[0], "rows": span[1], "faults": faults, "columns": kinds}
    write_frame(out, {**head, "shapes": bool(shapes)}, buffers)
