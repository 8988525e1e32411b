"""Photos lose what they carry along (FL-6: no position left), and bombs are refused."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from geoapp.core.photos import MOST_BYTES, NotAPhoto, clean_photo

GPS_IFD, MAKER, LATITUDE = 0x8825, 0x010F, (39.0, 59.0, 21.4)


def jpeg(width: int = 64, height: int = 48, turned: int = 1) -> bytes:
    """A JPEG as a phone makes it: position, camera, owner, a comment and a thumbnail's place."""
    image = Image.new("RGB", (width, height), (200, 30, 30))
    image.paste((30, 30, 200), (0, 0, width // 2, height))
    exif = Image.Exif()
    exif[MAKER], exif[0x013B], exif[0x0112] = "SpyPhone", "Zhang San", turned
    gps = exif.get_ifd(GPS_IFD)
    gps.update({1: "N", 2: LATITUDE, 3: "E", 4: (116.0, 19.0, 12.0)})
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, comment=b"40.0010,116.3200", icc_profile=b"icc-canary" * 20, quality=95)
    return out.getvalue()


def tags(content: bytes) -> dict:
    with Image.open(io.BytesIO(content)) as image:
        exif = image.getexif()
        return dict(exif) | dict(exif.get_ifd(GPS_IFD))


def test_fl6_a_photo_loses_its_position_its_camera_and_its_owner():
    before = jpeg()
    assert tags(before)[2] == LATITUDE
    after = clean_photo(before)
    assert after.mimetype == "image/jpeg"
    assert tags(after.content) == {}
    for mark in (b"SpyPhone", b"Zhang San", b"Exif", b"40.0010", b"icc-canary"):
        assert mark in before
        assert mark not in after.content


def test_fl6_the_pixels_stay_and_stand_upright():
    with Image.open(io.BytesIO(clean_photo(jpeg(64, 48, turned=6)).content)) as image:
        assert image.size == (48, 64)
        red, _, blue = image.getpixel((24, 4))
        assert blue > 150 > red


def test_fl6_a_png_loses_its_texts():
    out = io.BytesIO()
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Location", "39.99,116.32")
    Image.new("RGBA", (10, 10), (1, 2, 3, 128)).save(out, "PNG", pnginfo=info)
    after = clean_photo(out.getvalue())
    assert b"39.99" in out.getvalue()
    assert b"39.99" not in after.content
    with Image.open(io.BytesIO(after.content)) as image:
        assert image.mode == "RGBA"


def bomb() -> bytes:
    """A PNG of a few bytes that claims 30,000 by 30,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg/>", b"GIF89a" + bytes(50), jpeg()[:200], b"\xff\xd8\xff" + bytes(100), bomb(), b"\xff\xd8\xff" + bytes(MOST_BYTES)],
    ids=["empty", "svg", "gif", "cut", "noise", "bomb", "large"],
)
def test_fl2_what_is_no_photo_is_refused(content):
    with pytest.raises(NotAPhoto):
        clean_photo(content)
