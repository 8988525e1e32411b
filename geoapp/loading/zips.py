"""Zip files, judged by their directory before anything is unpacked (trust B3: FL-2, FL-6)."""

from __future__ import annotations

import stat
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_

MAX_MEMBERS = 1000
MAX_DIRECTORY_BYTES = 1 << 20
LARGE_BYTES = 100 << 20
MAX_RATIO = 200
"""A shapefile shrinks to a tenth; only a bomb of more than LARGE_BYTES shrinks this far."""
PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
NEEDED = (".shp", ".shx", ".dbf")
ARCHIVES = (".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".7z", ".rar", ".kmz")
_END = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\x05\x06"
_UTF8_NAME, _ENCRYPTED = 0x800, 0x1


@dataclass(frozen=True, slots=True)
class ZippedShape:
    """One shapefile inside a zip: its name and, by ending, the members it consists of."""

    name: str
    members: dict[str, str]


def zipped_shapes(path: Path, unpacked_mb: int) -> list[ZippedShape]:
    """The shapefiles of a zip. Raises InvalidInput for a zip that is broken, hostile or has none."""
    _check_end(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise _broken(path) from error
    for member in members:
        _check_member(member)
    _check_sizes(path, members, unpacked_mb)
    return _shapes(path, members)


def member_name(member: zipfile.ZipInfo) -> str:
    """The name as its maker wrote it; Chinese Windows writes GBK without saying so."""
    if member.flag_bits & _UTF8_NAME:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return member.filename


def _check_end(path: Path) -> None:
    """The last record counts the members: a hundred thousand are refused without reading them."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - _END.size - 0xFFFF, 0))
        tail = file.read()
    at = tail.rfind(_END_MARK)
    if at < 0 or len(tail) - at < _END.size:
        raise _broken(path)
    _, _, _, _, members, directory, _, _ = _END.unpack_from(tail, at)
    if members > MAX_MEMBERS or directory > MAX_DIRECTORY_BYTES:
        raise InvalidInput(
            N_("压缩包含 %(count)s 个以上的文件，最多 %(most)s 个。"),
            field="file",
            count=min(members, MAX_MEMBERS),
            most=MAX_MEMBERS,
        )


def _check_member(member: zipfile.ZipInfo) -> None:
    name = member_name(member)
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or (path.parts and ":" in path.parts[0]):
        raise InvalidInput(
            N_("压缩包内的路径“%(name)s”指向包外，已拒绝。"), field="file", name=name[:200]
        )
    if stat.S_ISLNK(member.external_attr >> 16):
        raise InvalidInput(
            N_("压缩包内的“%(name)s”是符号链接，已拒绝。"), field="file", name=name[:200]
        )
    if member.flag_bits & _ENCRYPTED:
        raise InvalidInput(N_("压缩包已加密，请先解密。"), field="file")
    if path.suffix.lower() in ARCHIVES:
        raise InvalidInput(
            N_("压缩包内还有压缩包“%(name)s”，请先解开。"), field="file", name=name[:200]
        )


def _check_sizes(path: Path, members: list[zipfile.ZipInfo], unpacked_mb: int) -> None:
    total = sum(member.file_size for member in members)
    if total > unpacked_mb << 20 or (
        total > LARGE_BYTES and total > MAX_RATIO * path.stat().st_size
    ):
        raise InvalidInput(
            N_("压缩包解开后有 %(size)s MB，超出限制或压缩比异常，已拒绝。"),
            field="file",
            size=total >> 20,
        )


def _shapes(path: Path, members: list[zipfile.ZipInfo]) -> list[ZippedShape]:
    found: dict[str, dict[str, str]] = {}
    for member in members:
        name = PurePosixPath(member_name(member).replace("\\", "/"))
        if name.suffix.lower() in PARTS and not name.name.startswith("."):
            found.setdefault(str(name.with_suffix("")), {})[name.suffix.lower()] = member.filename
    shapes = [ZippedShape(name, parts) for name, parts in found.items() if ".shp" in parts]
    if not shapes:
        raise InvalidInput(N_("压缩包“%(name)s”中没有 .shp 文件。"), field="file", name=path.name)
    for shape in shapes:
        missing = [part for part in NEEDED if part not in shape.members]
        if missing:
            raise InvalidInput(
                N_("压缩包中的“%(name)s.shp”缺少 %(missing)s。"),
                field="file",
                name=shape.name,
                missing=", ".join(missing),
            )
    return shapes


def _broken(path: Path) -> InvalidInput:
    return InvalidInput(N_("“%(name)s”不是完好的 zip 压缩包。"), field="file", name=path.name)
