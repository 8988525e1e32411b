"""Lock files: exact versions, and not a word about where they come from."""

import json
import re

import pytest

from geoapp.core.settings import CHECKOUT

PYTHON_LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-node.lock"]


def names(path: str) -> set[str]:
    lines = (CHECKOUT / path).read_text("utf-8").splitlines()
    bare = [re.split(r"[\[=<>; ]", line)[0].lower() for line in lines if line[:1].isalpha()]
    return {re.sub(r"[-_.]+", "-", name) for name in bare}


@pytest.mark.parametrize("path", PYTHON_LOCKS)
def test_a_python_lock_holds_exact_versions_and_nothing_else(path: str):
    lines = (CHECKOUT / path).read_text("utf-8").splitlines()
    entries = [line for line in lines if line and not line.startswith("#")]
    assert entries
    wrong = [line for line in entries if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*==[^\s;@]+", line)]
    assert wrong == []
    assert not re.search(r"https?://|file:|--", "\n".join(entries))


def test_all_that_is_wanted_is_locked():
    assert names("requirements.in") <= names("requirements.lock")
    both = names("requirements.lock") | names("requirements-dev.lock")
    assert names("requirements-dev.in") <= both


def test_the_two_locks_do_not_overlap():
    assert not names("requirements.lock") & names("requirements-dev.lock")


def test_the_front_end_lock_names_no_host():
    lock = json.loads((CHECKOUT / "package-lock.json").read_text("utf-8"))
    assert [name for name, entry in lock["packages"].items() if "resolved" in entry] == []
    wanted = json.loads((CHECKOUT / "package.json").read_text("utf-8"))["dependencies"]
    for name, version in wanted.items():
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
