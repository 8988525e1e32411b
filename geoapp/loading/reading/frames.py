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

LENGTH = struct.Struct("<I")
MAX_HEAD = 256 << 20
MAX_BUFFERS = 4 << 30
SEPARATOR = "\x1f"
"""Unit separator; the reader cleans it out of every text."""


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


def pack_texts(texts: Sequence[str]) -> bytes:
    """The texts in one piece of UTF-8, a separator between them; none of them may hold it."""
    return SEPARATOR.join(texts).encode()


def unpack_texts(whole: bytes, size: int) -> list[str | None]:
    """The reverse of `pack_texts`; an empty text is None. Raises BrokenFrame."""
    try:
        texts = whole.decode().split(SEPARATOR) if size else []
    except UnicodeDecodeError as error:
        raise BrokenFrame from error
    if len(texts) != size:
        raise BrokenFrame
    return [text or None for text in texts]


def pack_blobs(blobs: Sequence[bytes]) -> tuple[memoryview, bytes]:
    """Lengths in bytes (int32) and the bytes in one piece; an empty one stands for none."""
    import numpy as np  # takes longer to load than reading most files

    lengths = np.fromiter(map(len, blobs), dtype=np.int32, count=len(blobs))
    return lengths.data.cast("B"), b"".join(blobs)


def unpack_blobs(lengths: bytes, whole: bytes) -> list[bytes | None]:
    """The reverse of `pack_blobs`. Raises BrokenFrame."""
    import numpy as np

    sizes = np.frombuffer(lengths, dtype=np.int32)
    ends = np.cumsum(sizes, dtype=np.int64)
    if (sizes < 0).any() or (int(ends[-1]) if len(ends) else 0) != len(whole):
        raise BrokenFrame
    spans = zip((ends - sizes).tolist(), ends.tolist(), strict=True)
    return [whole[start:end] or None for start, end in spans]
