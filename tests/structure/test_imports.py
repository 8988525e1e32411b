"""Import rules that need more than a list of modules."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from geoapp.core.settings import CHECKOUT

PACKAGES = ("geoapp", "layers", "grids_boundaries", "tiles", "spatial_queries")
FILES = sorted(
    path
    for package in PACKAGES
    for path in (CHECKOUT / package).rglob("*.py")
    if "versions" not in path.parts
)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def may_use_flask(path: Path) -> bool:
    inside = path.relative_to(CHECKOUT)
    return inside.parts[:2] in {("geoapp", "web"), ("geoapp", "edge"), ("geoapp", "ogc")} or path.stem in {"views", "forms"} or "views" in inside.parts


def importers_of(roots: set[str], files: Iterable[Path]) -> dict[str, set[str]]:
    """File to those of the packages it imports."""
    found = {str(p.relative_to(CHECKOUT)): {n.split(".")[0] for n in imported(p)} & roots for p in files}
    return {name: packages for name, packages in found.items() if packages}


def test_http_stays_at_the_edge():
    """Views translate, the code below them knows no request."""
    below = [path for path in FILES if not may_use_flask(path)]
    assert 100 < len(below) < len(FILES)
    assert importers_of({"flask", "werkzeug"}, below) == {}
    assert importers_of({"flask"}, FILES)


def test_nothing_imports_the_tests():
    assert importers_of({"tests", "bench"}, FILES) == {}


def test_a_file_has_at_most_400_lines():
    long = {str(p.relative_to(CHECKOUT)): len(p.read_text("utf-8").splitlines()) for p in FILES}
    assert {name: lines for name, lines in long.items() if lines > 400} == {}


def test_a_function_has_at_most_50_lines():
    long = {}
    for path in FILES:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > 50:
                    long[f"{path.relative_to(CHECKOUT)}:{node.name}"] = lines
    assert long == {}
