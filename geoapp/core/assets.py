"""Front-end files from npm packages, copied as they are into `geoapp/web/static/vendor/`.

No bundler: a bundle of maplibre-gl 6 loses its worker. The copies carry a manifest of hashes
(for `?v=` in their addresses) and gzipped twins. No web font is among them: since maplibre-gl
5.11 a style without `glyphs` draws its labels with the fonts of the reader's machine, and 5 MB of
Noto Sans SC would serve only machines without a Chinese font; those install one.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from geoapp.core.errors import GeoappError
from geoapp.core.i18n import N_

CHECKOUT = Path(__file__).resolve().parents[2]
MODULES = CHECKOUT / "node_modules"
VENDOR = CHECKOUT / "geoapp" / "web" / "static" / "vendor"
MANIFEST = "manifest.json"


class AssetsError(GeoappError):
    """The front-end files are not there or not whole."""

    msgid = N_("缺少前端文件 %(file)s，请运行 make run。")


@dataclass(frozen=True)
class Asset:
    """One file: `source` inside its npm package, `name` inside the vendor folder.

    `sibling` is a package the module imports by bare name and the file of ours that is meant:
    without a bundler or an import map (an inline script) a browser finds it by address only.
    """

    package: str
    source: str
    name: str
    sibling: tuple[str, str] | None = None


class Entry(NamedTuple):
    """A line of the manifest: SHA-256 in hex, size in bytes, `package@version`."""

    sha256: str
    bytes: int
    package: str


ASSETS = (
    Asset("maplibre-gl", "dist/maplibre-gl.mjs", "maplibre-gl.mjs"),
    # asked for by the module, from its own folder
    Asset("maplibre-gl", "dist/maplibre-gl-worker.mjs", "maplibre-gl-worker.mjs"),
    Asset("maplibre-gl", "dist/maplibre-gl.css", "maplibre-gl.css"),
    Asset("terra-draw", "dist/terra-draw.modern.js", "terra-draw.mjs"),
    Asset(
        "terra-draw-maplibre-gl-adapter",
        "dist/terra-draw-maplibre-gl-adapter.modern.js",
        "terra-draw-maplibre-gl-adapter.mjs",
        sibling=("terra-draw", "./terra-draw.mjs"),
    ),
    Asset("htmx.org", "dist/htmx.min.js", "htmx.min.js"),
    # the briefing map: one file that opens without a network
    Asset("leaflet", "dist/leaflet.js", "leaflet.js"),
    Asset("leaflet", "dist/leaflet.css", "leaflet.css"),
    Asset("leaflet", "dist/images/layers.png", "images/layers.png"),
    Asset("leaflet", "dist/images/layers-2x.png", "images/layers-2x.png"),
    Asset("leaflet", "dist/images/marker-icon.png", "images/marker-icon.png"),
    Asset("jquery", "dist/jquery.slim.min.js", "jquery.slim.min.js"),
    Asset("d3", "d3.min.js", "d3.v3.min.js"),
)


def copy_assets(modules: Path = MODULES, vendor: Path = VENDOR) -> dict[str, Entry]:
    """Copy all assets from `modules` (node_modules) to `vendor`; returns the manifest.

    The folder is built beside the old one and swapped in, so a reader never sees half of it.
    Raises AssetsError naming the first file that is not there.
    """
    draft = vendor.with_name(f"{vendor.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    manifest = {asset.name: _copy(asset, modules, draft) for asset in ASSETS}
    text = json.dumps({k: v._asdict() for k, v in manifest.items()}, indent=1)
    (draft / MANIFEST).write_text(text + "\n", "utf-8")
    _licences(modules, draft)
    shutil.rmtree(vendor, ignore_errors=True)
    draft.rename(vendor)
    return manifest


@lru_cache(maxsize=1)
def read_manifest(vendor: Path = VENDOR) -> dict[str, Entry]:
    """The manifest of the copied files by name; raises AssetsError where there is none."""
    try:
        lines = json.loads((vendor / MANIFEST).read_text("utf-8"))
    except FileNotFoundError as error:
        raise AssetsError(file=MANIFEST) from error
    return {name: Entry(**line) for name, line in lines.items()}


def missing_assets(vendor: Path = VENDOR) -> list[str]:
    """Names that are absent from `vendor` or differ from its manifest."""
    try:
        manifest = read_manifest.__wrapped__(vendor)
    except AssetsError:
        return [asset.name for asset in ASSETS]
    return [a.name for a in ASSETS if not _whole(vendor / a.name, manifest.get(a.name))]


def _whole(path: Path, entry: Entry | None) -> bool:
    if entry is None or not path.is_file() or path.stat().st_size != entry.bytes:
        return False
    return hashlib.sha256(path.read_bytes()).hexdigest() == entry.sha256


def _copy(asset: Asset, modules: Path, vendor: Path) -> Entry:
    package = modules / asset.package
    try:
        content = (package / asset.source).read_bytes()
        version = json.loads((package / "package.json").read_text("utf-8"))["version"]
    except FileNotFoundError as error:
        raise AssetsError(file=f"{asset.package}/{asset.source}") from error
    if asset.sibling:
        bare, address = (f'from"{name}"'.encode() for name in asset.sibling)
        if content.count(bare) != 1:
            raise AssetsError(file=f"{asset.package}/{asset.source}")
        content = content.replace(bare, address)
    target = vendor / asset.name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    if target.suffix != ".png":
        # mtime 0: the same input gives the same bytes
        target.with_name(f"{target.name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))
    digest = hashlib.sha256(content).hexdigest()
    return Entry(digest, len(content), f"{asset.package}@{version}")


def _licences(modules: Path, vendor: Path) -> None:
    """The licence texts must travel with the files."""
    parts = []
    for package in sorted({asset.package for asset in ASSETS}):
        about = json.loads((modules / package / "package.json").read_text("utf-8"))
        texts = [p.read_text("utf-8").strip() for p in (modules / package).glob("LICENSE*")]
        parts.append(f"== {package} {about['version']}: {about['license']} ==\n")
        parts.extend(f"{text}\n" for text in texts)
    (vendor / "LICENSES.txt").write_text("\n".join(parts), "utf-8")
