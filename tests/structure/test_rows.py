"""docs/rows.md tells the truth: a line for each row of a family, its tests, its place in the interface."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from geoapp.web.factory import create_app

FAMILIES = {"A1": 11, "A2": 8, "A3": 13, "A6": 11, "A7": 9, "A4": 7, "A5": 8}
"""Family to its number of rows; a family that is added to the page is added here."""
PAGE = Path("docs/rows.md").read_text("utf-8")
LINES = {row: (tests, place) for row, tests, place in re.findall(r"^\| (A\d+\.\d+) \|([^|]*)\|([^|]*)\|$", PAGE, re.M)}


def test_every_row_of_every_family_has_a_line():
    assert set(LINES) == {f"{family}.{number}" for family, most in FAMILIES.items() for number in range(1, most + 1)}
    assert re.findall(r"^## (A\d+)", PAGE, re.M) == list(FAMILIES)


@pytest.mark.parametrize("row", sorted(LINES))
def test_the_tests_of_a_row_exist_and_name_it(row: str):
    tests = [name.strip() for name in LINES[row][0].split(",") if name.strip()]
    assert tests, row
    for name in tests:
        path, _, function = name.partition("::")
        said = texts(path)
        assert function in said, name
        assert named(row).search(f"{function} {said[function]} {said['']}"), name


def test_the_places_of_rows_are_addresses_there_are(city_settings):
    rules = {re.sub(r"<[^>]+>", "…", str(rule)) for rule in create_app(city_settings).url_map.iter_rules()}
    registers = {"regions", "buildings", "houses", "residents", "households", "sites", "organisations", "teams", "coverage"}
    for row, (_, place) in LINES.items():
        addresses = re.findall(r"`(/[^`]*)`", place)
        assert addresses, row
        for address in addresses:
            known = re.sub(rf"^/registers/({'|'.join(registers)})(?=/|$)", "/registers/…", address)
            assert address in rules or known in rules, (row, address)


def named(row: str) -> re.Pattern:
    """The row as names of tests and docstrings write it: A6.10, a6_10, a610."""
    family, number = row.split(".")
    return re.compile(rf"{family}\.{number}(?!\d)|(?<![a-z0-9]){family.lower()}_?{number}(?!\d)")


@cache
def texts(path: str) -> dict[str, str]:
    """Docstrings of a file's tests by name; that of the file under "" ."""
    tree = ast.parse(Path(path).read_text("utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {"": ast.get_docstring(tree) or ""} | {node.name: ast.get_docstring(node) or "" for node in functions}


def test_a_line_for_a_test_that_does_not_name_its_row_is_found():
    assert named("A6.1").search("test_a6_1_x") and not named("A6.1").search("test_a610_x A6.11 test_a6_10")
    assert named("A3.10").search("test_a310_a311") and not named("A3.1").search("test_a310_a311")
