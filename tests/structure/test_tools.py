"""The rules that other programs check: style, imports, JavaScript."""

import shutil
import subprocess

import pytest

from geoapp.core.settings import CHECKOUT


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=300
    )


def program(name: str) -> str:
    return str(CHECKOUT / ".venv" / "bin" / name)


def test_ruff_finds_nothing():
    done = run(program("ruff"), "check", "--output-format", "concise", ".")
    assert done.returncode == 0, done.stdout


def test_imports_only_point_down():
    """The contracts stand in setup.cfg."""
    done = run(program("lint-imports"), "--no-cache")
    assert done.returncode == 0, done.stdout


def test_javascript_tests_pass():
    node = shutil.which("node")
    if node is None:
        pytest.fail("no node on PATH; make test provides one")
    files = sorted(str(path) for path in (CHECKOUT / "tests" / "js").rglob("*.test.js"))
    files += sorted(str(path) for path in (CHECKOUT / "tests" / "js").rglob("*.test.mjs"))
    assert files
    done = run(node, "--test", *files)
    assert done.returncode == 0, done.stdout[-6000:]
