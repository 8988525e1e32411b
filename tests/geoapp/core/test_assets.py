"""Front-end files: copied whole, listed with their hashes, with their licences."""

import gzip
import hashlib
import json
import shutil
from pathlib import Path

import pytest

from geoapp.core.assets import (
    ASSETS,
    MODULES,
    VENDOR,
    AssetsError,
    copy_assets,
    missing_assets,
    read_manifest,
)


@pytest.fixture
def vendor(tmp_path: Path) -> Path:
    copy_assets(vendor=tmp_path / "vendor")
    return tmp_path / "vendor"


def test_this_checkout_has_all_files():
    assert missing_assets(VENDOR) == []


def test_the_manifest_holds_hash_size_and_version_of_every_file(vendor: Path):
    manifest = read_manifest(vendor)
    assert set(manifest) == {asset.name for asset in ASSETS}
    for name, entry in manifest.items():
        content = (vendor / name).read_bytes()
        assert entry.sha256 == hashlib.sha256(content).hexdigest()
        assert entry.bytes == len(content) > 0
    locked = json.loads((MODULES / "maplibre-gl/package.json").read_text("utf-8"))["version"]
    assert manifest["maplibre-gl.mjs"].package == f"maplibre-gl@{locked}"


def test_texts_have_a_compressed_twin(vendor: Path):
    for asset in ASSETS:
        twin = vendor / f"{asset.name}.gz"
        if asset.name.endswith(".png"):
            assert not twin.exists()
        else:
            assert gzip.decompress(twin.read_bytes()) == (vendor / asset.name).read_bytes()


def test_the_worker_stands_beside_its_module(vendor: Path):
    """maplibre-gl asks for it in its own folder."""
    assert b"maplibre-gl-worker.mjs" in (vendor / "maplibre-gl.mjs").read_bytes()
    assert (vendor / "maplibre-gl-worker.mjs").exists()


def test_every_package_brings_its_licence(vendor: Path):
    text = (vendor / "LICENSES.txt").read_text("utf-8")
    for package in {asset.package for asset in ASSETS}:
        assert f"== {package} " in text


def test_no_file_fetches_from_elsewhere_by_itself(vendor: Path):
    for name in ("maplibre-gl.css", "leaflet.css"):
        assert b"url(http" not in (vendor / name).read_bytes()


def test_copying_twice_gives_the_same_bytes(vendor: Path):
    before = {p.name: p.read_bytes() for p in vendor.rglob("*") if p.is_file()}
    copy_assets(vendor=vendor)
    assert {p.name: p.read_bytes() for p in vendor.rglob("*") if p.is_file()} == before


def test_a_changed_or_lost_file_is_noticed(vendor: Path):
    (vendor / "htmx.min.js").write_bytes(b"x")
    (vendor / "leaflet.js").unlink()
    assert sorted(missing_assets(vendor)) == ["htmx.min.js", "leaflet.js"]
    shutil.rmtree(vendor)
    assert len(missing_assets(vendor)) == len(ASSETS)


def test_a_missing_package_is_named_and_the_old_files_stay(vendor: Path, tmp_path: Path):
    with pytest.raises(AssetsError, match="maplibre-gl/dist"):
        copy_assets(modules=tmp_path / "nothing", vendor=vendor)
    assert missing_assets(vendor) == []
