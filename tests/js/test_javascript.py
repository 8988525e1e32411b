"""The JavaScript tests in this folder, and two rules of the files they test."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SCRIPTS = HERE.parents[1] / "geoapp" / "web" / "static" / "js"
FILES = sorted(SCRIPTS.rglob("*.js"))


def test_pure_functions() -> None:
    """`node --test` over tests/js; its report is shown where one fails."""
    command = ["node", "--test", *map(str, sorted(HERE.glob("*.test.js")))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SCRIPTS)))
def test_small_and_without_eval(path: Path) -> None:
    """Scripts stay small, run nothing from text and write no style into HTML (content policy)."""
    text = path.read_text("utf-8")
    limit = 300 if path.name == "map-page.js" else 200
    assert text.count("\n") <= limit
    assert not re.search(r"\beval\(|new Function|\.innerHTML\s*=|document\.write|setAttribute\(\"style\"", text)


def test_only_one_file_loads_maplibre() -> None:
    """`map/maplibre.js` is the only door to the map library (style-anchors, JavaScript)."""
    users = [path.name for path in FILES if "maplibre-gl.mjs" in path.read_text("utf-8")]
    assert users == ["maplibre.js"]


def test_every_module_of_the_templates_is_known() -> None:
    """A data-module without a script would be a page that does less than it shows."""
    known = set(re.findall(r'^ {2}"?([a-z-]+)"?: \(\) =>', (SCRIPTS / "main.js").read_text("utf-8"), re.MULTILINE))
    templates = HERE.parents[1] / "templates"
    named = {
        (name, path.name) for path in templates.rglob("*.html")
        for name in re.findall(r'data-module(?:="|": ")([a-z-]+)"', path.read_text("utf-8"))
    }
    assert {(name, page) for name, page in named if name not in known} == set()
