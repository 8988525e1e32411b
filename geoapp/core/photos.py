"""Photos without what they carry along: position, camera, owner, thumbnail (research/trust C6, FL-6).

A photo is decoded and encoded again by a child process with memory and time limits, so only its
pixels come through; untrusted bytes are never decoded in a request's own process (D3.8).
"""

from __future__ import annotations

import subprocess
import sys
from typing import NamedTuple

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_

MOST_BYTES = 20 * 1024 * 1024
SECONDS = 20
KINDS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
"""First bytes to media type; the name and the sender's word do not count."""


class Photo(NamedTuple):
    """A clean photo: its bytes and its media type."""

    content: bytes
    mimetype: str


class NotAPhoto(InvalidInput):
    """Not an image we take, or one that cannot be read within its limits."""

    msgid = N_("照片应为不超过 20 MB、5000 万像素以内的 JPEG 或 PNG 文件。")


def clean_photo(content: bytes) -> Photo:
    """The photo upright and without metadata. Raises NotAPhoto."""
    mimetype = next((kind for start, kind in KINDS.items() if content.startswith(start)), None)
    if mimetype is None or len(content) > MOST_BYTES:
        raise NotAPhoto(field="photo")
    command = [sys.executable, "-m", "geoapp.core.photo_child", mimetype]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise NotAPhoto(field="photo") from error
    if done.returncode or not done.stdout:
        raise NotAPhoto(field="photo")
    return Photo(done.stdout, mimetype)
