"""The set-up: what it asks of a machine, and that it does nothing twice."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from geoapp import bootstrap, bootstrap_packages
from geoapp.bootstrap_packages import administrator, advice, install_packages, is_debian
from geoapp.bootstrap_steps import SetUpError, Step
from geoapp.core.settings import CHECKOUT
from tests.support.patience import busy


@pytest.fixture
def other_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that says it is Fedora."""
    release = tmp_path / "os-release"
    release.write_text('NAME="Fedora Linux"\nID=fedora\n', "utf-8")
    monkeypatch.setattr(bootstrap_packages, "OS_RELEASE", release)


def test_a_second_set_up_does_nothing_and_takes_no_time():
    """`make run` has ten seconds for everything; of those the set-up takes hardly one."""
    if not (bootstrap.VENV / "geoapp-dev.stamp").exists():
        pytest.skip("this environment was not made by make")
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "geoapp.bootstrap", "setup"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""
    assert time.monotonic() - start < 3 * busy()


def test_the_set_up_needs_only_the_standard_library():
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import geoapp.bootstrap; "
        "print([m for m in sys.modules if 'site-packages' in "
        "(getattr(sys.modules[m], '__file__', None) or '')])"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script, str(CHECKOUT)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_this_machine_lacks_nothing():
    """True on any machine where the tests got this far through `make test`."""
    assert bootstrap_packages.missing_packages(for_tests=True, needs_venv=False) == []


def test_a_machine_without_anything_is_told_its_packages(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("PATH", str(tmp_path))
    missing = bootstrap_packages.missing_packages(for_tests=True, needs_venv=False)
    assert "chromium" in missing


def test_a_database_of_one_s_own_needs_no_server_here(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bootstrap_packages, "has_postgis", lambda: False)
    needs = {"for_tests": False, "needs_venv": False}
    assert bootstrap_packages.missing_packages(**needs) == [
        "postgresql-postgis",
        "postgresql-postgis-scripts",
    ]
    monkeypatch.setenv("GEOAPP_DATABASE_URL", "postgresql://u@h/d")
    assert bootstrap_packages.missing_packages(**needs) == []


@pytest.mark.usefixtures("other_system")
def test_on_another_system_the_message_says_what_to_install():
    assert not is_debian()
    with pytest.raises(SetUpError) as caught:
        install_packages(["postgresql-postgis"])
    sentence = str(caught.value)
    assert "PostgreSQL >= 14 + PostGIS >= 3.3" in sentence
    assert "GEOAPP_DATABASE_URL=postgresql://" in sentence
    assert "Chromium" not in sentence


def test_for_the_tests_a_browser_is_asked_for_too():
    assert "Chromium" in advice(["chromium"])


@pytest.mark.parametrize(
    ("text", "debian"),
    [
        ("ID=debian\n", True),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"\n', True),
        ("ID=ubuntu\n", True),
        ("ID=alpine\n", False),
        ("", False),
    ],
)
def test_debian_and_its_kin_are_known_by_their_release_file(
    text: str, debian: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    release = tmp_path / "os-release"
    release.write_text(text, "utf-8")
    apt = tmp_path / "apt-get"
    apt.write_text("#!/bin/sh\n", "utf-8")
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(bootstrap_packages, "OS_RELEASE", release)
    assert is_debian() is debian


def test_root_needs_no_sudo():
    if os.geteuid() != 0:
        pytest.skip("not root")
    assert administrator(["apt-get"]) == []


def test_without_root_and_sudo_the_exact_command_is_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SetUpError, match="apt-get install -y postgresql-postgis"):
        administrator(["apt-get", "install", "-y", "postgresql-postgis"])


def test_a_failed_step_shows_the_end_of_what_it_said(capsys: pytest.CaptureFixture[str]):
    bootstrap.STATE.mkdir(parents=True, exist_ok=True)
    with pytest.raises(SetUpError, match="disk is full"), Step("Copying") as step:
        step.run(["sh", "-c", "echo the disk is full; exit 3"])
    assert "Copying" in capsys.readouterr().out


def test_a_stamp_holds_for_its_inputs_only(tmp_path: Path):
    source, stamp = tmp_path / "lock", tmp_path / "stamp"
    source.write_text("a==1", "utf-8")
    before = bootstrap.fingerprint(source)
    assert not bootstrap.up_to_date(stamp, before)
    stamp.write_text(before, "ascii")
    assert bootstrap.up_to_date(stamp, bootstrap.fingerprint(source))
    source.write_text("a==2", "utf-8")
    assert not bootstrap.up_to_date(stamp, bootstrap.fingerprint(source))


def test_every_target_of_the_makefile_is_in_its_help():
    text = (CHECKOUT / "Makefile").read_text("utf-8")
    targets = text.split(".PHONY:")[1].split()
    shown = subprocess.run(
        ["make", "-s", "help"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    ).stdout
    assert [name for name in targets if name != "help" and f"make {name} " not in shown] == []


def test_every_command_of_the_makefile_is_known():
    text = (CHECKOUT / "Makefile").read_text("utf-8")
    asked = {line.split()[1] for line in text.splitlines() if line.startswith("\t@$(BOOTSTRAP)")}
    assert asked == {"run", "test", "bench", "bench-partition", "lint", "setup"}
    for name in asked:
        assert bootstrap.commands(name, [])
