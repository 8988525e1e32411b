"""Import rules that need more than a list of modules."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from geoapp.core.settings import CHECKOUT

PACKAGES = ("geoapp", "layers", "grids_boundaries", "tiles", "spatial_queries")
FILES = sorted(
    path
    for package in PACKAGES
    for path in (CHECKOUT / package).rglob("*.py")
    if "versions" not in path.parts
)


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def may_use_flask(path: Path) -> bool:
    inside = path.relative_to(CHECKOUT)
    return inside.parts[:2] in {("geoapp", "web"), ("geoapp", "edge"), ("geoapp", "ogc")} or path.stem in {"views", "forms"} or "views" in inside.parts


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_http_stays_at_the_edge(path: Path):
    """Views translate, the code below them knows no request."""
    roots = {name.split(".")[0] for name in imported(path)}
    if not may_use_flask(path):
        assert not roots & {"flask", "werkzeug"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_nothing_imports_the_tests(path: Path):
    assert not {name.split(".")[0] for name in imported(path)} & {"tests", "bench"}


def test_a_file_has_at_most_400_lines():
    long = {str(p.relative_to(CHECKOUT)): len(p.read_text("utf-8").splitlines()) for p in FILES}
    assert {name: lines for name, lines in long.items() if lines > 400} == {}


def test_a_function_has_at_most_50_lines():
    long = {}
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > 50:
                    long[f"{path.relative_to(CHECKOUT)}:{node.name}"] = lines
    assert long == {}
