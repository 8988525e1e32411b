"""Accounts and tokens at the command line."""

from __future__ import annotations

import click
from sqlalchemy import Connection

from geoapp.accounts import actions
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.audit.rules import SYSTEM
from geoapp.core.db import owner_transaction
from geoapp.core.i18n import N_, translate
from geoapp.core.settings import get_settings


def _say(msgid: str, **facts: object) -> None:
    click.echo(translate(msgid, get_settings().locale, **facts))


def _note(connection: Connection, action: Action, users: list[int], fields: list[str]) -> None:
    record(connection, SYSTEM, action, register="users", record_ids=users, fields=fields, reason="console")


@click.group()
def user() -> None:
    """Create and change user accounts."""


@user.command("create")
@click.argument("username")
@click.option("--name", required=True, help="Name shown on the pages.")
@click.option("--role", required=True, help="Key of a role, e.g. grid_worker.")
@click.option("--area", "areas", multiple=True, required=True, help="Region code; may be repeated.")
@click.password_option()
def create_user(username: str, name: str, role: str, areas: tuple[str, ...], password: str) -> None:
    """Create USERNAME, or renew its password, role and areas."""
    with owner_transaction() as connection:
        actions.ensure_roles(connection)
        user_id = actions.create_user(connection, username, password, name, role, areas)
        _note(connection, Action.USER_CHANGE, [user_id], ["password", "role_key", "area_codes"])
    _say(N_("用户“%(username)s”已保存。"), username=username)


@click.group()
def token() -> None:
    """Personal, read-only, expiring API tokens for desktop clients."""


@token.command("create")
@click.argument("username")
@click.option("--name", default="desktop", show_default=True)
@click.option(
    "--register",
    "registers",
    multiple=True,
    default=("regions", "buildings", "houses", "sites"),
    show_default=True,
)
@click.option("--area", "areas", multiple=True, help="Cut the token to a part of the user's area.")
@click.option("--days", default=90, show_default=True)
def create_token(
    username: str, name: str, registers: tuple[str, ...], areas: tuple[str, ...], days: int
) -> None:
    """Print a new token of USERNAME; it is shown this once and stored as a hash."""
    with owner_transaction() as connection:
        secret = actions.create_token(connection, username, name, registers, days, areas)
        _note(connection, Action.TOKEN_CREATE, [], ["token"])
    click.echo(secret)


@token.command("revoke")
@click.argument("username")
@click.option("--name", default="desktop", show_default=True)
def revoke_token(username: str, name: str) -> None:
    """Revoke USERNAME's tokens of that name."""
    with owner_transaction() as connection:
        count = actions.revoke_token(connection, username, name)
        _note(connection, Action.TOKEN_REVOKE, [], ["token"])
    _say(N_("已撤销 %(count)s 个令牌。"), count=count)


commands = [user, token]
