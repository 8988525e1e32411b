"""What commands print, in the language of the terminal."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import click

from geoapp.core.i18n import LOCALES, N_, translate


def cli_locale(env: Mapping[str, str] | None = None) -> str:
    """GEOAPP_LOCALE where it is set, else Chinese in a Chinese terminal, else English."""
    env = os.environ if env is None else env
    if env.get("GEOAPP_LOCALE") in LOCALES:
        return env["GEOAPP_LOCALE"]
    terminal = next((env[n] for n in ("LC_ALL", "LC_MESSAGES", "LANG") if env.get(n)), "")
    return "zh" if terminal.startswith("zh") else "en"


def tr(msgid: str, **facts: object) -> str:
    """The sentence in the terminal's language."""
    return translate(msgid, cli_locale(), **facts)


def say(msgid: str, **facts: object) -> None:
    """Print the sentence as a line."""
    click.echo(tr(msgid, **facts))


@contextmanager
def step(msgid: str, **facts: object) -> Iterator[None]:
    """One line: what is being done, then how long it took."""
    start = time.monotonic()
    click.echo(f"  {tr(msgid, **facts)} … ", nl=False)
    try:
        yield
    except BaseException:
        click.echo(tr(N_("失败")))
        raise
    click.echo(f"{time.monotonic() - start:.1f} s")
