"""The command `geoapp`: subcommands are found in the modules below when they are asked for.

Each module has `commands`, a list of click commands. A feature's commands run with the private
database cluster up: it is started for them and stopped after the last one that needed it.
"""

from __future__ import annotations

import functools
import gc
import importlib
import importlib.util
import sys
from collections.abc import Callable
from typing import Any

import click
from sqlalchemy.exc import OperationalError

from geoapp.core.cluster import Cluster
from geoapp.core.console import cli_locale, tr
from geoapp.core.errors import GeoappError
from geoapp.core.i18n import N_
from geoapp.core.settings import get_settings

OWN = "geoapp.core.cli"
MODULES = (
    OWN,
    "geoapp.accounts.cli",
    "geoapp.audit.cli",
    "geoapp.loading.cli",
    "geoapp.importing.cli",
    "geoapp.demo.cli",
    "geoapp.houses.cli",
    "geoapp.protection.cli",
    "geoapp.backup.cli",
    "geoapp.retention.cli",
    "geoapp.planning.cli",
)


ALONE = {"load": "geoapp.loading.cli"}
"""Commands whose start counts, for small files: only their own module is imported."""


class Commands(click.Group):
    """Imports the modules of subcommands only when their names are needed."""

    @functools.cached_property
    def found(self) -> dict[str, click.Command]:
        """All subcommands by name; an import error inside a module is not hidden."""
        found: dict[str, click.Command] = {}
        for name in MODULES:
            if not _exists(name):
                continue
            for command in importlib.import_module(name).commands:
                found[command.name] = command if name == OWN else with_cluster(command)
        return found

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names for `--help`."""
        return sorted(self.found)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Core commands without importing the others: `geoapp up` has to start quickly."""
        if cmd_name in ALONE:
            alone = {command.name: command for command in importlib.import_module(ALONE[cmd_name]).commands}
            return with_cluster(alone[cmd_name])
        own = {command.name: command for command in importlib.import_module(OWN).commands}
        return own.get(cmd_name) or self.found.get(cmd_name)


def with_cluster(command: click.Command) -> click.Command:
    """The command with its function, or those of its subcommands, wrapped in `Cluster.use`."""
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            with_cluster(inner)
        return command
    if command.callback and not getattr(command.callback, "has_cluster", False):
        command.callback = _started(command.callback)
    return command


def _started(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def run(*args: object, **options: object) -> Any:
        settings = get_settings()
        if not settings.managed_cluster:
            return function(*args, **options)
        with Cluster(settings.data_dir, time_zone=settings.time_zone).use():
            return function(*args, **options)

    run.has_cluster = True  # type: ignore[attr-defined]
    return run


def _exists(module: str) -> bool:
    parent, _, _ = module.rpartition(".")
    return importlib.util.find_spec(parent) is not None and bool(importlib.util.find_spec(module))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="geoapp")
def group() -> None:
    """Regions, buildings, houses and residents on one map."""


def main() -> None:
    """Run a command; an error of ours is one line and exit code 1, never a traceback."""
    try:
        # outside click's standalone mode an exit code comes back as the result
        result = group(prog_name="geoapp", standalone_mode=False)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except GeoappError as error:
        fail(error.message(cli_locale()))
    except OperationalError as error:
        fail(tr(N_("数据库无法访问：%(reason)s"), reason=str(error.orig).strip()))
    except BrokenPipeError:
        sys.exit(1)  # whoever read our output has gone
    except OSError as error:
        reason = error.strerror or str(error)
        fail(tr(N_("%(path)s：%(reason)s"), path=error.filename or "", reason=reason))
    else:
        sys.exit(result if isinstance(result, int) else 0)
    finally:
        # the interpreter looks for garbage on leaving, which takes longer than a small command
        gc.freeze()


def fail(sentence: str) -> None:
    """Say what is wrong on standard error and leave."""
    click.echo(tr(N_("错误：%(sentence)s"), sentence=sentence), err=True)
    sys.exit(1)
