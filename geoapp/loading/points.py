"""Points as WKB, all at once."""

from __future__ import annotations

import numpy as np

_POINT = np.dtype([("order", "u1"), ("type", "<u4"), ("x", "<f8"), ("y", "<f8")])
_LITTLE_ENDIAN, _TYPE = 1, 1


def point_wkb(points: np.ndarray) -> list[bytes | None]:
    """WKB of (n, 2) coordinates; None where they are not finite."""
    packed = np.empty(len(points), dtype=_POINT)
    packed["order"], packed["type"] = _LITTLE_ENDIAN, _TYPE
    packed["x"], packed["y"] = points[:, 0], points[:, 1]
    whole, size = packed.tobytes(), _POINT.itemsize
    there = np.isfinite(points).all(axis=1).tolist()
    return [whole[i * size : (i + 1) * size] if one else None for i, one in enumerate(there)]
