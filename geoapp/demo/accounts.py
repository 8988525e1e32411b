"""Demo accounts: one of each kind, all with the same word, made anew for each installation."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import Connection

from geoapp.accounts.actions import create_user, ensure_roles
from geoapp.accounts.roles import DEFAULT_ROLES
from geoapp.core.i18n import translate
from geoapp.core.settings import Settings
from geoapp.modules.sample import attach_sample

FILE = "demo-accounts.json"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account as it is printed and offered at sign-in; `title` is the role's message id."""

    username: str
    password: str
    title: str
    area: str


@dataclass(frozen=True, slots=True)
class Post:
    """Who signs in: role, region code and the region's name."""

    username: str
    role: str
    code: str
    area: str


HAIDIAN_POSTS = (
    Post("director", "city_director", "1101", "北京市"),
    Post("street", "street_officer", "110108014", "清华园街道"),
    Post("community", "community_worker", "110108014001", "东楼社区"),
    Post("grid", "grid_worker", "110108014001001", "东楼社区第1网格"),
    Post("planner", "planner", "110108", "海淀区"),
    Post("wall", "wall_display", "110108", "海淀区"),
    Post("admin", "administrator", "1101", "北京市"),
    Post("auditor", "auditor", "1101", "北京市"),
)
LARGE_CITY_POSTS = (
    Post("big-director", "city_director", "9999", "合成市"),
    Post("big-street", "street_officer", "999901006", "巳字街道"),
    Post("big-community", "community_worker", "999901006001", "巳一社区"),
    Post("big-grid", "grid_worker", "999901006001001", "巳一社区第1网格"),
)


def create_accounts(
    connection: Connection, settings: Settings, posts: tuple[Post, ...]
) -> list[DemoAccount]:
    """Write the accounts and add them to the list beside the data; returns the whole list."""
    ensure_roles(connection)
    known = read_accounts(settings)
    password = known[0].password if known else secrets.token_urlsafe(9)
    made = [
        DemoAccount(post.username, password, DEFAULT_ROLES[post.role][0], post.area)
        for post in posts
    ]
    for post in posts:
        create_user(connection, post.username, password, post.area, post.role, [post.code])
    attach_sample(connection)
    names = {one.username for one in made}
    accounts = [one for one in known if one.username not in names] + made
    _write(settings.data_dir / FILE, accounts)
    return accounts


def read_accounts(settings: Settings) -> list[DemoAccount]:
    """The accounts made so far, none outside a demo."""
    path = settings.data_dir / FILE
    if not path.exists():
        return []
    return [DemoAccount(**one) for one in json.loads(path.read_text("utf-8"))]


def offered_accounts(settings: Settings, locale: str) -> list[dict[str, str]]:
    """The accounts as the sign-in page offers them: name, password, role, area.

    Only where the settings say that this is a demo; elsewhere the list is empty.
    """
    accounts = read_accounts(settings) if settings.demo else []
    return [
        {
            "name": one.username,
            "password": one.password,
            "role": translate(one.title, locale),
            "area": one.area,
        }
        for one in accounts
    ]


def _write(path: Path, accounts: list[DemoAccount]) -> None:
    """Readable by the owner alone."""
    path.touch(mode=0o600)
    path.write_text(json.dumps([asdict(one) for one in accounts], ensure_ascii=False, indent=1))
