"""The wire between the reader and its parent: a JSON head and the buffers it describes.

    4 bytes  length of the head        (little endian)
    head     JSON object, "sizes" is the list of the lengths of the buffers
    buffers  one after the other

No pickle: the reader has parsed a stranger's file, its words are checked like one.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

LENGTH = struct.Struct("<I")
MAX_HEAD = 256 << 20
MAX_BUFFERS = 4 << 30
MISSING = -1


class BrokenFrame(ValueError):
    """What arrived is no frame."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A head and its buffers."""

    head: dict
    buffers: list[bytes]


def write_frame(stream: BinaryIO, head: dict, buffers: Sequence[bytes | memoryview] = ()) -> None:
    """Send one frame."""
    sizes = [len(buffer) for buffer in buffers]
    text = json.dumps({**head, "sizes": sizes}, ensure_ascii=False).encode("utf-8", "replace")
    stream.write(LENGTH.pack(len(text)))
    stream.write(text)
    for buffer in buffers:
        stream.write(buffer)
    stream.flush()


def read_frame(read: Callable[[int], bytes]) -> Frame:
    """The next frame; `read(n)` gives exactly n bytes. Raises BrokenFrame."""
    (size,) = LENGTH.unpack(read(LENGTH.size))
    if size > MAX_HEAD:
        raise BrokenFrame
    try:
        head = json.loads(read(size))
        sizes = [int(one) for one in head["sizes"]]
    except (ValueError, TypeError, KeyError) as error:
        raise BrokenFrame from error
    if any(one < 0 for one in sizes) or sum(sizes) > MAX_BUFFERS:
        raise BrokenFrame
    return Frame(head, [read(one) for one in sizes])


def pack_texts(texts: Sequence[str | None]) -> tuple[memoryview, bytes]:
    """Lengths in characters (int32, MISSING for None) and the texts in one piece of UTF-8."""
    lengths = [MISSING if text is None else len(text) for text in texts]
    whole = "".join(text for text in texts if text)
    return np.array(lengths, dtype=np.int32).data.cast("B"), whole.encode()


def unpack_texts(lengths: bytes, whole: bytes) -> list[str | None]:
    """The reverse of `pack_texts`. Raises BrokenFrame."""
    try:
        text = whole.decode()
    except UnicodeDecodeError as error:
        raise BrokenFrame from error
    return _cut(lengths, text)


def pack_blobs(blobs: Sequence[bytes | None]) -> tuple[memoryview, bytes]:
    """Lengths in bytes (int32, MISSING for None) and the bytes in one piece."""
    lengths = [MISSING if blob is None else len(blob) for blob in blobs]
    return np.array(lengths, dtype=np.int32).data.cast("B"), b"".join(b for b in blobs if b)


def unpack_blobs(lengths: bytes, whole: bytes) -> list[bytes | None]:
    """The reverse of `pack_blobs`. Raises BrokenFrame."""
    return _cut(lengths, whole)


def _cut(lengths: bytes, whole):  # type: ignore[no-untyped-def]
    sizes = np.frombuffer(lengths, dtype=np.int32)
    ends = np.cumsum(np.maximum(sizes, 0), dtype=np.int64)
    if (sizes < MISSING).any() or (int(ends[-1]) if len(ends) else 0) != len(whole):
        raise BrokenFrame
    starts = (ends - np.maximum(sizes, 0)).tolist()
    rows = zip(sizes.tolist(), starts, ends.tolist(), strict=True)
    return [None if size == MISSING else whole[start:end] for size, start, end in rows]
