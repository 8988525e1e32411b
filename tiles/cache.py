"""Tiles this process has made, ready to send, kept until room is needed."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

OVERHEAD = 200
"""Bytes a tile costs beside its body, about."""


class TileCache:
    """Least recently used bodies by ETag, at most `limit` bytes of them; safe for threads.

    The ETag names scope, query and version, so an entry is never wrong, only unused.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self._bodies: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, etag: str) -> bytes | None:
        """The body kept under `etag`."""
        with self._lock:
            body = self._bodies.get(etag)
            if body is not None:
                self._bodies.move_to_end(etag)
            return body

    def put(self, etag: str, body: bytes) -> None:
        """Keep `body`, dropping the longest unused; one too large for the cache is not kept."""
        cost = len(body) + OVERHEAD
        if cost > self.limit:
            return
        with self._lock:
            old = self._bodies.pop(etag, None)
            if old is not None:
                self.size -= len(old) + OVERHEAD
            self._bodies[etag] = body
            self.size += cost
            while self.size > self.limit:
                _, dropped = self._bodies.popitem(last=False)
                self.size -= len(dropped) + OVERHEAD

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._bodies.clear()
            self.size = 0
