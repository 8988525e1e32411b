"""The command line: found lazily, errors in one line, translated."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from geoapp.cli import MODULES, OWN, Commands, group, with_cluster
from geoapp.core.cli import commands
from geoapp.core.cluster import Cluster
from geoapp.core.console import cli_locale
from geoapp.core.settings import CHECKOUT, Settings

GEOAPP = str(CHECKOUT / ".venv" / "bin" / "geoapp")


def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The command as a person starts it, outside this process."""
    return subprocess.run(
        [GEOAPP, *arguments],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> dict[str, click.Command]:
    if not isinstance(command, click.Group):
        return {" ".join(path): command}
    found: dict[str, click.Command] = {}
    inner = command.found if isinstance(command, Commands) else command.commands
    for name, one in inner.items():
        found |= leaves(one, (*path, name))
    return found


def test_every_command_has_a_help_text():
    assert [name for name, one in leaves(group).items() if not one.help] == []


def test_the_commands_of_the_floor_are_there():
    assert {"up", "serve", "db start", "db psql", "doctor", "assets"} <= set(leaves(group))


def test_a_module_that_is_not_there_is_skipped_and_one_that_breaks_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "broken_feature").mkdir()
    (tmp_path / "broken_feature" / "cli.py").write_text("import no_such_module\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("geoapp.cli.MODULES", (OWN, "geoapp.absent.cli", "geoapp.core.absent"))
    assert set(Commands().found) == {command.name for command in commands}
    monkeypatch.setattr("geoapp.cli.MODULES", (OWN, "broken_feature.cli"))
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        _ = Commands().found


def test_up_starts_without_importing_the_features():
    script = (
        "import sys; from geoapp.cli import group; "
        "group.get_command(None, 'up'); "
        "print([n for n in ('flask', 'geopandas', 'pandas') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("env", "locale"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US.UTF-8", "GEOAPP_LOCALE": "zh"}, "zh"),
    ],
)
def test_the_language_is_the_terminal_s(env: dict[str, str], locale: str):
    assert cli_locale(env) == locale


def test_a_wrong_setting_is_one_line_and_exit_code_1():
    done = run("db", "status", GEOAPP_PORT="http", GEOAPP_LOCALE="zh")
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert "GEOAPP_PORT" in done.stderr
    assert "http" in done.stderr


def test_an_unreachable_database_is_one_error_without_a_traceback():
    url = "postgresql://u:secret@127.0.0.1:1/d"
    done = run("db", "migrate", GEOAPP_DATABASE_URL=url)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr


def test_a_command_of_the_private_cluster_is_refused_for_another_database():
    done = run("db", "stop", GEOAPP_DATABASE_URL="postgresql://u@h/d", GEOAPP_LOCALE="zh")
    assert done.returncode == 1
    assert "GEOAPP_DATABASE_URL" in done.stderr


def test_a_data_folder_that_cannot_be_written_is_named():
    done = run("up", "--no-demo", GEOAPP_DATA_DIR="/proc/geoapp")
    assert done.returncode == 1
    assert "/proc/geoapp" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_command_is_a_usage_error():
    done = run("fly")
    assert done.returncode == 2
    assert "fly" in done.stderr


def test_status_tells_whether_the_cluster_runs(settings: Settings, tmp_path: Path):
    running = run("db", "status", GEOAPP_DATA_DIR=str(settings.data_dir), GEOAPP_LOCALE="zh")
    assert running.returncode == 0
    assert str(Cluster(settings.data_dir).pid) in running.stdout
    stopped = run("db", "status", GEOAPP_DATA_DIR=str(tmp_path), GEOAPP_LOCALE="zh")
    assert stopped.returncode == 3


def test_doctor_finds_this_machine_well(settings: Settings):
    done = run("doctor", GEOAPP_DATABASE_NAME=settings.database_name, GEOAPP_LOCALE="zh")
    assert done.returncode == 0, done.stdout
    assert "PostGIS 3" in done.stdout
    assert "异常" not in done.stdout


def test_doctor_names_what_is_wrong(tmp_path: Path):
    done = run("doctor", GEOAPP_DATA_DIR=str(tmp_path), GEOAPP_LOCALE="zh")
    assert done.returncode == 1
    assert "异常  数据库" in done.stdout


def test_a_command_of_a_feature_has_the_cluster_running(settings: Settings):
    """Also inside a group; wrapped once however often it is looked up."""
    seen = []

    @click.group()
    def outer() -> None: ...

    @outer.command()
    def inner() -> None:
        seen.append(Cluster(settings.data_dir).pid)

    wrapped = with_cluster(with_cluster(outer))
    wrapped.main(["inner"], standalone_mode=False)
    assert len(seen) == 1
    assert seen[0]


def test_reset_empties_the_database_of_the_private_cluster(own_settings: Settings):
    name = own_settings.database_name
    assert run("db", "reset", "--yes", GEOAPP_DATABASE_NAME=name).returncode == 0
    done = run("db", "psql", "-Atc", "SELECT count(*) FROM region", GEOAPP_DATABASE_NAME=name)
    assert done.stdout.strip() == "0"


def test_the_list_of_modules_names_features_that_may_come():
    assert MODULES[0] == OWN
    assert all(name.startswith("geoapp.") and name.endswith(".cli") for name in MODULES)
