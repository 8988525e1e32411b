"""Every setting in one place, read once from the environment and checked at start.

`Settings.from_env(env)` is pure apart from reading the record of the private cluster (a small
JSON file in the data folder). A wrong value stops the start with a `SettingsError` that names
the variable, the value and what is allowed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TypedDict
from urllib.parse import unquote, urlsplit

from geoapp.core import setting_values as values
from geoapp.core.cluster_place import APP_ROLE, DATABASE, OWNER_ROLE, SUPERUSER, Place
from geoapp.core.keys import Key, load_key
from geoapp.core.setting_values import SettingsError
from geoapp.core.settings_accounts import VARIABLES as ACCOUNT_VARIABLES
from geoapp.core.settings_accounts import AccountSettings
from geoapp.core.settings_audit import VARIABLES as AUDIT_VARIABLES
from geoapp.core.settings_audit import AuditSettings
from geoapp.core.settings_break_glass import VARIABLES as BREAK_GLASS_VARIABLES
from geoapp.core.settings_break_glass import BreakGlassSettings
from geoapp.core.settings_keeping import VARIABLES as KEEPING_VARIABLES
from geoapp.core.settings_keeping import KeepingSettings
from geoapp.core.settings_programmes import VARIABLES as PROGRAMME_VARIABLES
from geoapp.core.settings_programmes import ProgrammeSettings
from geoapp.core.settings_unusual import VARIABLES as UNUSUAL_VARIABLES
from geoapp.core.settings_unusual import UnusualSettings

__all__ = ["CHECKOUT", "VARIABLES", "Settings", "SettingsError", "get_settings"]

CHECKOUT = Path(__file__).resolve().parents[2]
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
VARIABLES = (
    *ACCOUNT_VARIABLES,
    *AUDIT_VARIABLES,
    *BREAK_GLASS_VARIABLES,
    "GEOAPP_CIPHER",
    *KEEPING_VARIABLES,
    *PROGRAMME_VARIABLES,
    *UNUSUAL_VARIABLES,
    "GEOAPP_DATABASE_NAME",
    "GEOAPP_DATABASE_URL",
    "GEOAPP_DATA_DIR",
    "GEOAPP_DEMO",
    "GEOAPP_HOST",
    "GEOAPP_KEY_DIR",
    "GEOAPP_LOCALE",
    "GEOAPP_LOCK_TIMEOUT_MS",
    "GEOAPP_LOG_LEVEL",
    "GEOAPP_MAP_CENTRE",
    "GEOAPP_MAP_ZOOM",
    "GEOAPP_MAX_BODY_MB",
    "GEOAPP_NUMBER_SEARCHES_PER_DAY",
    "GEOAPP_OIDC_CLIENT_ID",
    "GEOAPP_OIDC_ISSUER",
    "GEOAPP_OIDC_SECRET_FILE",
    "GEOAPP_PORT",
    "GEOAPP_PUBLIC_URL",
    "GEOAPP_REVEALS_PER_DAY",
    "GEOAPP_REVEAL_SECONDS",
    "GEOAPP_SECURE_COOKIES",
    "GEOAPP_STATEMENT_TIMEOUT_MS",
    "GEOAPP_THREADS",
    "GEOAPP_TILE_CACHE_MB",
    "GEOAPP_TIME_ZONE",
    "GEOAPP_TRUSTED_PROXIES",
    "GEOAPP_WORKERS",
)
_read = values.read


@dataclass(frozen=True)
class Settings:
    """All settings; times in milliseconds, positions in degrees (EPSG:4326, longitude first).

    With the private cluster (`managed_cluster`) three roles sign in through its unix socket.
    With GEOAPP_DATABASE_URL one URL serves all three, and the application steps down to
    `app_role` on each connection (`set_role`). `superuser_database_url` is None where a caller
    has none; with GEOAPP_DATABASE_URL it is that URL, which need not be a superuser.
    """

    database_url: str
    owner_database_url: str
    superuser_database_url: str | None
    managed_cluster: bool
    data_dir: Path
    key_dir: Path
    set_role: bool = False
    app_role: str = APP_ROLE
    owner_role: str = OWNER_ROLE
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    threads: int = 64
    tile_cache_mb: int = 64
    trusted_proxies: int = 0
    max_body_mb: int = 64
    locale: str = "zh"
    time_zone: str = "Asia/Shanghai"
    secure_cookies: bool = False
    demo: bool = True
    log_level: str = "INFO"
    cipher: str = "aes-256-gcm"
    reveals_per_day: int = 100
    reveal_seconds: int = 30
    number_searches_per_day: int = 200
    statement_timeout_ms: int = 15_000
    lock_timeout_ms: int = 4_000
    map_centre: tuple[float, float] = (116.3200, 40.0010)
    map_zoom: float = 13.0
    accounts: AccountSettings = field(default_factory=AccountSettings)
    audit: AuditSettings = field(default_factory=AuditSettings)
    break_glass: BreakGlassSettings = field(default_factory=BreakGlassSettings)
    keeping: KeepingSettings = field(default_factory=KeepingSettings)
    programmes: ProgrammeSettings = field(default_factory=ProgrammeSettings)
    unusual: UnusualSettings = field(default_factory=UnusualSettings)
    public_url: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_secret_file: Path | None = None
    _keys: dict[Key, bytes] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read and check `env`; raises SettingsError for the first value that cannot be used."""
        _refuse_unknown(env)
        data_dir = _read(env, "GEOAPP_DATA_DIR", values.folder, default_data_dir())
        host = _read(env, "GEOAPP_HOST", values.host, cls.host)
        proxies = _read(env, "GEOAPP_TRUSTED_PROXIES", values.integer(0, 5), 0)
        local = host in LOOPBACK and not proxies  # a proxy in front brings others here
        demo = _read(env, "GEOAPP_DEMO", values.boolean, local)
        return cls(
            **_databases(env, data_dir),
            data_dir=data_dir,
            key_dir=_read(env, "GEOAPP_KEY_DIR", values.folder, data_dir / "keys"),
            host=host,
            port=_read(env, "GEOAPP_PORT", values.integer(1, 65535), cls.port),
            workers=_read(env, "GEOAPP_WORKERS", values.integer(1, 64), cls.workers),
            threads=_read(env, "GEOAPP_THREADS", values.integer(1, 1024), cls.threads),
            tile_cache_mb=_read(env, "GEOAPP_TILE_CACHE_MB", values.integer(0, 16_384), cls.tile_cache_mb),
            trusted_proxies=proxies,
            max_body_mb=_read(env, "GEOAPP_MAX_BODY_MB", values.integer(1, 4096), cls.max_body_mb),
            locale=_read(env, "GEOAPP_LOCALE", values.locale, cls.locale),
            time_zone=_read(env, "GEOAPP_TIME_ZONE", values.time_zone, cls.time_zone),
            secure_cookies=_read(env, "GEOAPP_SECURE_COOKIES", values.boolean, not local),
            demo=demo,
            log_level=_read(env, "GEOAPP_LOG_LEVEL", values.log_level, cls.log_level),
            cipher=_read(env, "GEOAPP_CIPHER", values.cipher, cls.cipher),
            reveals_per_day=_read(env, "GEOAPP_REVEALS_PER_DAY", values.integer(0, 100_000), cls.reveals_per_day),
            reveal_seconds=_read(
                env, "GEOAPP_REVEAL_SECONDS", values.integer(1, 3_600), cls.reveal_seconds
            ),
            number_searches_per_day=_read(
                env,
                "GEOAPP_NUMBER_SEARCHES_PER_DAY",
                values.integer(0, 100_000),
                cls.number_searches_per_day,
            ),
            statement_timeout_ms=_milliseconds(
                env, "GEOAPP_STATEMENT_TIMEOUT_MS", cls.statement_timeout_ms
            ),
            lock_timeout_ms=_milliseconds(env, "GEOAPP_LOCK_TIMEOUT_MS", cls.lock_timeout_ms),
            map_centre=_read(env, "GEOAPP_MAP_CENTRE", values.position, cls.map_centre),
            map_zoom=_read(env, "GEOAPP_MAP_ZOOM", values.number(0, 22), cls.map_zoom),
            **_sign_on(env),
            accounts=AccountSettings.from_env(env, demo=demo),
            audit=AuditSettings.from_env(env),
            break_glass=BreakGlassSettings.from_env(env),
            keeping=KeepingSettings.from_env(env),
            programmes=ProgrammeSettings.from_env(env),
            unusual=UnusualSettings.from_env(env, demo=demo),
        )

    @property
    def base_url(self) -> str:
        """Where a browser on this machine reaches the server."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def database_name(self) -> str:
        """Name of the database inside its server."""
        return unquote(urlsplit(self.database_url).path.strip("/"))

    def key(self, name: Key) -> bytes:
        """32 secret bytes kept in `key_dir`, made on first use; raises SettingsError."""
        if name not in self._keys:
            self._keys[name] = load_key(self.key_dir, name)
        return self._keys[name]


def default_data_dir() -> Path:
    """`.data` in a checkout; the user's own folder where geoapp is installed as a package."""
    if (CHECKOUT / "setup.cfg").exists():
        return CHECKOUT / ".data"
    return Path.home() / ".local" / "share" / "geoapp"


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read from its environment once."""
    return Settings.from_env(os.environ)


def undo_minutes() -> int:
    """In which a change of state can be taken back, of whatever register."""
    return get_settings().keeping.undo_minutes


def _milliseconds(env: Mapping[str, str], name: str, default: int) -> int:
    return _read(env, name, values.integer(0, 86_400_000), default)


class _SignOn(TypedDict):
    public_url: str
    oidc_issuer: str
    oidc_client_id: str
    oidc_secret_file: Path | None


def _sign_on(env: Mapping[str, str]) -> _SignOn:
    return _SignOn(
        public_url=_read(env, "GEOAPP_PUBLIC_URL", values.web_address, ""),
        oidc_issuer=_read(env, "GEOAPP_OIDC_ISSUER", values.web_address, ""),
        oidc_client_id=_read(env, "GEOAPP_OIDC_CLIENT_ID", values.plain_text, ""),
        oidc_secret_file=_read(env, "GEOAPP_OIDC_SECRET_FILE", values.existing_file, None),
    )


class _Databases(TypedDict):
    database_url: str
    owner_database_url: str
    superuser_database_url: str
    managed_cluster: bool
    set_role: bool


def _databases(env: Mapping[str, str], data_dir: Path) -> _Databases:
    url = _read(env, "GEOAPP_DATABASE_URL", values.database_url, "")
    if url:
        return _Databases(
            database_url=url,
            owner_database_url=url,
            superuser_database_url=url,
            managed_cluster=False,
            set_role=True,
        )
    place = Place.of(data_dir)
    name = _read(env, "GEOAPP_DATABASE_NAME", values.database_name, DATABASE)
    return _Databases(
        database_url=place.url(APP_ROLE, name),
        owner_database_url=place.url(OWNER_ROLE, name),
        superuser_database_url=place.url(SUPERUSER, name),
        managed_cluster=True,
        set_role=False,
    )


def _refuse_unknown(env: Mapping[str, str]) -> None:
    """A misspelt setting would be ignored without a word; refuse it instead."""
    for name in sorted(env):
        if name.startswith("GEOAPP_") and name not in VARIABLES:
            raise SettingsError.unknown(name, VARIABLES)
