"""`python -m geoapp.core.photo_child image/jpeg < photo > clean`: the part that decodes.

Library: Pillow.
"""

from __future__ import annotations

import io
import resource
import sys

from PIL import Image, ImageOps

MOST_PIXELS = 50_000_000
MEMORY = 1_500 * 1024 * 1024
CPU_SECONDS = 15
QUALITY = 88
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG"}


def clean(content: bytes, mimetype: str) -> bytes:
    """Pixels alone, turned upright as the camera noted. Raises what Pillow does, ValueError."""
    wanted = FORMATS[mimetype]
    with Image.open(io.BytesIO(content), formats=[wanted]) as image:
        if image.width * image.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        upright = ImageOps.exif_transpose(image)
        alpha = wanted == "PNG" and ("A" in upright.mode or "transparency" in upright.info)
        pixels = upright.convert("RGBA" if alpha else "RGB")
    bare = Image.new(pixels.mode, pixels.size)
    bare.paste(pixels)
    out = io.BytesIO()
    bare.save(out, wanted, quality=QUALITY, optimize=True)
    return out.getvalue()


def main() -> int:
    """Limits first, then the photo from standard input."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        done = clean(sys.stdin.buffer.read(), sys.argv[1])
    except (OSError, ValueError, SyntaxError, KeyError, MemoryError, Image.DecompressionBombError):
        return 1
    sys.stdout.buffer.write(done)
    return 0


if __name__ == "__main__":
    sys.exit(main())
