"""Parsers of single settings: text from the environment to a checked value.

Each takes (variable name, text) and returns the value or raises SettingsError.
"""

from __future__ import annotations

import difflib
import ipaddress
import math
import re
import zoneinfo
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from geoapp.core.errors import GeoappError
from geoapp.core.i18n import LOCALES, N_

_TRUE, _FALSE = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})
CIPHERS = ("aes-256-gcm", "sm4-gcm")
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_SCHEMES = frozenset({"postgres", "postgresql", "postgresql+psycopg"})
T = TypeVar("T")
_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(\.(?!-)[A-Za-z0-9-]{1,63})*")


class SettingsError(GeoappError):
    """A setting cannot be used; says which, its value and what is allowed."""

    msgid = N_("设置 %(variable)s 的值“%(value)s”不可用，允许的值：%(allowed)s。")

    @classmethod
    def wrong(cls, variable: str, value: str, allowed: str) -> SettingsError:
        """`value` of `variable` is refused; `allowed` is written in signs, not in a language."""
        return cls(variable=variable, value=value, allowed=allowed)

    @classmethod
    def unknown(cls, variable: str, known: Iterable[str]) -> SettingsError:
        """`variable` starts with GEOAPP_ and is none of ours."""
        known = list(known)
        near = difflib.get_close_matches(variable, known, n=1)
        return cls(
            N_("没有名为 %(variable)s 的设置，可用的设置：%(allowed)s。"),
            variable=variable,
            allowed=near[0] if near else ", ".join(known),
        )


def read(env: Mapping[str, str], name: str, parse: Callable[[str, str], T], default: T) -> T:
    """The variable's checked value; the default where it is not set, or empty. Raises SettingsError."""
    text = env.get(name, "").strip()
    return parse(name, text) if text else default


def integer(low: int, high: int) -> Callable[[str, str], int]:
    """A whole number from `low` to `high`, both included."""

    def parse(name: str, text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", text) or not low <= int(text) <= high:
            raise SettingsError.wrong(name, text, f"{low}–{high}")
        return int(text)

    return parse


def number(low: float, high: float) -> Callable[[str, str], float]:
    """A finite number from `low` to `high`, both included."""

    def parse(name: str, text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise SettingsError.wrong(name, text, f"{low:g}–{high:g}")
        return value

    return parse


def boolean(name: str, text: str) -> bool:
    """1, true, yes, on; 0, false, no, off."""
    if text.lower() in _TRUE | _FALSE:
        return text.lower() in _TRUE
    raise SettingsError.wrong(name, text, "1 | 0 | true | false | yes | no | on | off")


def locale(name: str, text: str) -> str:
    """A language the product speaks."""
    if text not in LOCALES:
        raise SettingsError.wrong(name, text, " | ".join(LOCALES))
    return text


def log_level(name: str, text: str) -> str:
    """A level of the log, in any case."""
    if text.upper() not in _LEVELS:
        raise SettingsError.wrong(name, text, " | ".join(_LEVELS))
    return text.upper()


def cipher(name: str, text: str) -> str:
    """A cipher suite, in any case."""
    if text.lower() not in CIPHERS:
        raise SettingsError.wrong(name, text, " | ".join(CIPHERS))
    return text.lower()


def time_zone(name: str, text: str) -> str:
    """A name of the time zone database."""
    try:
        zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingsError.wrong(name, text, "Asia/Shanghai, UTC, …") from error
    return text


def host(name: str, text: str) -> str:
    """An address or a host name to listen on."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        if not _HOST_NAME.fullmatch(text):
            raise SettingsError.wrong(name, text, "127.0.0.1, 0.0.0.0, ::1, …") from None
    return text


def folder(name: str, text: str) -> Path:
    """A folder, made absolute; it need not exist, but nothing else may stand in its place."""
    if "\0" in text:
        raise SettingsError.wrong(name, text.replace("\0", "\\0"), "/path/to/folder")
    path = Path(text).expanduser().absolute()
    if path.exists() and not path.is_dir():
        raise SettingsError.wrong(name, text, "/path/to/folder")
    return path


def existing_file(name: str, text: str) -> Path:
    """A file that is there, made absolute."""
    path = Path(text.replace("\0", "\\0")).expanduser().absolute()
    if not path.is_file():
        raise SettingsError.wrong(name, text.replace("\0", "\\0"), "/path/to/file")
    return path


def web_address(name: str, text: str) -> str:
    """Where a site is: https, or http on this machine; no path but a tenant's, no query."""
    parts = urlsplit(text)
    local = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    secure = parts.scheme == "https" or (parts.scheme == "http" and local)
    if not secure or not parts.hostname or parts.query or parts.fragment or "@" in parts.netloc:
        raise SettingsError.wrong(name, text, "https://host[:port][/path]")
    return text.rstrip("/")


def plain_text(name: str, text: str) -> str:
    """One line of printable characters."""
    if not text.isprintable() or len(text) > 200:
        raise SettingsError.wrong(name, text, "1-200")
    return text


def position(name: str, text: str) -> tuple[float, float]:
    """`longitude,latitude` in degrees (EPSG:4326), inside the Web Mercator square."""
    allowed = "116.32,40.00 (-180–180, -85–85)"
    parts = text.split(",")
    if len(parts) != 2:
        raise SettingsError.wrong(name, text, allowed)
    try:
        longitude, latitude = (float(part) for part in parts)
    except ValueError as error:
        raise SettingsError.wrong(name, text, allowed) from error
    if not (abs(longitude) <= 180 and abs(latitude) <= 85):
        raise SettingsError.wrong(name, text, allowed)
    return longitude, latitude


def database_name(name: str, text: str) -> str:
    """A database of the private cluster, in plain letters."""
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", text):
        raise SettingsError.wrong(name, text, "a–z 0–9 _")
    return text


def database_url(name: str, text: str) -> str:
    """A PostgreSQL URL, turned into SQLAlchemy's form for psycopg 3.

    The error shows the URL without its password.
    """
    allowed = "postgresql://user:password@host:5432/database"
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise SettingsError.wrong(name, "…", allowed) from None
    if parts.scheme not in _SCHEMES or not parts.path.strip("/"):
        raise SettingsError.wrong(name, without_password(text), allowed)
    return "postgresql+psycopg" + text[len(parts.scheme) :]


def without_password(url: str) -> str:
    """The URL as it may be shown: whatever stands between the first colon and the last @ hidden."""
    return re.sub(r"(//[^/:@]*):.*@", r"\1:…@", url)
