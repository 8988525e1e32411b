"""docs/security-tests.md tells the truth: a row for each case of the catalogue, and a test that names it."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

PAGE = Path("docs/security-tests.md").read_text("utf-8").split("\n## Scanners")[0]
CASES = {"AZ": 18, "IN": 11, "AU": 8, "LG": 8, "PR": 10}
ROWS = dict(re.findall(r"^\| ((?:AZ|IN|AU|LG|PR)-\d+) \|([^|]*)\|[^|]*\|$", PAGE, re.M))
ONLY_SCANNED = {"IN-11"}
"""Cases that a scanner proves, by hand."""


def test_every_case_has_a_row():
    assert set(ROWS) == {f"{kind}-{number}" for kind, most in CASES.items() for number in range(1, most + 1)}


@pytest.mark.parametrize("case", sorted(set(ROWS) - ONLY_SCANNED))
def test_the_tests_of_a_case_exist_and_name_it(case: str):
    tests = [name.strip() for name in ROWS[case].split(",") if name.strip()]
    assert tests, case
    for name in tests:
        path, _, function = name.partition("::")
        whole, said = texts(path)
        assert not function or function in said, name
        assert named(case).search(f"{function} {said.get(function, '')} {whole if not function else said['']}"), name


def named(case: str) -> re.Pattern:
    """The case as names of tests and docstrings write it."""
    kind, number = case.split("-")
    return re.compile(rf"{case}(?!\d)|(?<![a-z]){kind.lower()}_?{number}(?!\d)")


@cache
def texts(path: str) -> tuple[str, dict[str, str]]:
    """All of a test file, and the docstrings of its tests; that of the file under "" ."""
    source = Path(path).read_text("utf-8")
    tree = ast.parse(source)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return source, {"": ast.get_docstring(tree) or ""} | {node.name: ast.get_docstring(node) or "" for node in functions}


def test_a_row_for_a_test_that_does_not_name_its_case_is_found():
    assert named("AZ-1").search("test_az1_nobody") and not named("AZ-1").search("test_az10_tiles AZ-18")
    assert named("PR-2").search("test_pr_2_no") and not named("PR-2").search("test_spr_2")
