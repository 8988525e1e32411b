"""Mapbox Vector Tile layers of points, written with numpy from columns of whole numbers.

ST_AsMVT visits every row in C and hashes every attribute; columns let numpy write all features at
once, two to five times as fast (research/performance 3.6). The trick is that a protobuf varint may
be written longer than it needs to be (0x81 0x00 is 1), so every feature of a tile gets the same
number of bytes and a layer is one matrix, a feature a row. gzip takes the slack away again.
Format: https://github.com/mapbox/vector-tile-spec/blob/master/2.1, version 2.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tiles.address import EXTENT, TileAddress

_COORDINATE_BYTES = 2
"""A coordinate from -64 to 4160, zigzagged, is below 2^14."""
Columns = Mapping[str, np.ndarray]


def to_units(mx: np.ndarray, my: np.ndarray, address: TileAddress) -> tuple[np.ndarray, np.ndarray]:
    """Places of the 2^30 world as tile units: x to the east, y to the south, rounded."""
    west, east, north, _ = address.window
    size = east - west + 1
    return _scaled(mx, west, size), _scaled(my, north, size)


def _scaled(places: np.ndarray, origin: int, size: int) -> np.ndarray:
    return ((places.astype(np.int64) - origin) * (2 * EXTENT) + size) // (2 * size)


def points_layer(
    name: str, x: np.ndarray, y: np.ndarray, properties: Columns, ids: np.ndarray | None = None
) -> bytes:
    """One layer of points; empty bytes where there are none.

    `x`, `y` are tile units between -64 and 4160, `properties` whole numbers from 0, all of one
    length; `ids` become the features' ids.
    """
    if not len(x):
        return b""
    values, tags = _tags(properties)
    features = _features(x, y, tags, ids).tobytes()
    keys = b"".join(_chunk(0x1A, key.encode()) for key in properties)
    head = b"\x78\x02" + _chunk(0x0A, name.encode())
    return _chunk(0x1A, head + features + keys + values + b"\x28" + _varint(EXTENT))


def _tags(properties: Columns) -> tuple[bytes, list[np.ndarray]]:
    """The layer's table of values, and each property as indexes into it."""
    together = np.concatenate([np.zeros(0, np.int64), *properties.values()])
    present, ranks = _ranked(together)
    size = _width(int(present.max(initial=0)))
    value = b"\x22" + _varint(1 + size) + b"\x28"
    values = _matrix(len(present), [value, (present, size)]).tobytes()
    cuts = np.cumsum([len(column) for column in properties.values()])[:-1]
    return values, np.split(ranks, cuts) if properties else []


def _ranked(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct numbers in order, and where each number stands among them; small ones quickly."""
    top = int(numbers.max(initial=0))
    if top > 4 * len(numbers) + 1024:
        return np.unique(numbers, return_inverse=True)
    there = np.zeros(top + 1, bool)
    there[numbers] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[numbers]


def _features(
    x: np.ndarray, y: np.ndarray, tags: list[np.ndarray], ids: np.ndarray | None
) -> np.ndarray:
    """The feature messages as a matrix of bytes, one row each."""
    tag_bytes = _width(max((int(t.max(initial=0)) for t in tags), default=0))
    body: list[bytes | tuple[np.ndarray, int]] = []
    if ids is not None:
        body += [b"\x08", (ids, _width(int(ids.max())))]
    if tags:
        body.append(b"\x12" + _varint(len(tags) * (1 + tag_bytes)))
        for key, tag in enumerate(tags):
            body += [bytes([key]), (tag, tag_bytes)]
    # type point; geometry: MoveTo once, then the zigzagged place
    body.append(b"\x18\x01\x22" + bytes([1 + 2 * _COORDINATE_BYTES]) + b"\x09")
    body += [(_zigzag(x), _COORDINATE_BYTES), (_zigzag(y), _COORDINATE_BYTES)]
    size = sum(len(part) if isinstance(part, bytes) else part[1] for part in body)
    return _matrix(len(x), [b"\x12" + _varint(size), *body])


def _matrix(rows: int, parts: list[bytes | tuple[np.ndarray, int]]) -> np.ndarray:
    width = sum(len(part) if isinstance(part, bytes) else part[1] for part in parts)
    matrix = np.empty((rows, width), np.uint8)
    at = 0
    for part in parts:
        if isinstance(part, bytes):
            matrix[:, at : at + len(part)] = np.frombuffer(part, np.uint8)
            at += len(part)
            continue
        numbers, size = part
        for place in range(size):
            more = 0x80 if place < size - 1 else 0
            matrix[:, at] = (numbers >> (7 * place)) & 0x7F | more
            at += 1
    return matrix


def _zigzag(numbers: np.ndarray) -> np.ndarray:
    return (numbers << 1) ^ (numbers >> 63)


def _width(number: int) -> int:
    """Bytes of a varint."""
    return max(1, -(-number.bit_length() // 7))


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _chunk(tag: int, body: bytes) -> bytes:
    return bytes([tag]) + _varint(len(body)) + body
