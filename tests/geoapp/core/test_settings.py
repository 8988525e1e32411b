"""Settings come from the environment, and a wrong one stops the start with its name."""

import stat
from functools import partial
from pathlib import Path

import pytest

from geoapp.core.keys import load_index_key, load_key
from geoapp.core.settings import CHECKOUT, VARIABLES, Settings, SettingsError

WRONG = [
    ("GEOAPP_PORT", "http"),
    ("GEOAPP_PORT", "0"),
    ("GEOAPP_PORT", "65536"),
    ("GEOAPP_PORT", "８０００"),
    ("GEOAPP_PORT", "-1"),
    ("GEOAPP_WORKERS", "0"),
    ("GEOAPP_THREADS", "1e3"),
    ("GEOAPP_HOST", "not a host"),
    ("GEOAPP_LOCALE", "fr"),
    ("GEOAPP_LOG_LEVEL", "LOUD"),
    ("GEOAPP_DEMO", "maybe"),
    ("GEOAPP_SECURE_COOKIES", "2"),
    ("GEOAPP_TIME_ZONE", "Mars/Base"),
    ("GEOAPP_TIME_ZONE", "../etc/passwd"),
    ("GEOAPP_MAP_CENTRE", "116.3"),
    ("GEOAPP_MAP_CENTRE", "40.0,116.3"),
    ("GEOAPP_MAP_CENTRE", "nan,40"),
    ("GEOAPP_MAP_ZOOM", "nan"),
    ("GEOAPP_MAP_ZOOM", "23"),
    ("GEOAPP_DATABASE_URL", "mysql://u:p@h/d"),
    ("GEOAPP_DATABASE_URL", "postgresql://u:p@h:port/d"),
    ("GEOAPP_DATABASE_URL", "postgresql://u:p@h"),
    ("GEOAPP_DATABASE_NAME", "Geo App"),
    ("GEOAPP_DATA_DIR", "/etc/hostname"),
    ("GEOAPP_STATEMENT_TIMEOUT_MS", "soon"),
]


def of(**env: str) -> Settings:
    return Settings.from_env(env)


def test_without_any_variable_everything_has_a_value():
    settings = of()
    assert settings.managed_cluster
    assert settings.data_dir == CHECKOUT / ".data"
    assert (settings.host, settings.port, settings.locale) == ("127.0.0.1", 8000, "zh")
    assert settings.database_url.startswith("postgresql+psycopg://geoapp_app@/geoapp?host=")
    assert settings.owner_database_url.startswith("postgresql+psycopg://geoapp_owner@/geoapp?")
    assert settings.superuser_database_url.startswith("postgresql+psycopg://postgres@/geoapp?")
    assert not settings.set_role


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_refused_by_name_and_value(name: str, value: str):
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({name: value})
    assert name in caught.value.message("zh")
    assert caught.value.facts["allowed"]
    if "DATABASE_URL" not in name:
        assert value in caught.value.message("zh")


@pytest.mark.parametrize("password", ["p@ss:w@rd", "p@ssw@rd", "ss:wrd"])
def test_a_refused_url_does_not_show_its_password(password: str):
    with pytest.raises(SettingsError) as caught:
        of(GEOAPP_DATABASE_URL=f"mysql://zhang:{password}@db.example/geoapp")
    sentence = caught.value.message("zh")
    shown = sentence.partition("mysql")[2].partition("”")[0]
    assert "ss" not in shown
    assert "rd" not in shown


def test_a_misspelt_variable_is_refused_with_the_right_name():
    with pytest.raises(SettingsError, match="GEOAPP_PORT"):
        of(GEOAPP_PROT="8001")


def test_an_empty_variable_counts_as_absent():
    assert of(GEOAPP_PORT=" ", GEOAPP_DATABASE_URL="").port == 8000


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_given_database_serves_all_three_roles(scheme: str):
    settings = of(GEOAPP_DATABASE_URL=f"{scheme}://u:p%40@h:5433/city")
    assert settings.database_url == "postgresql+psycopg://u:p%40@h:5433/city"
    assert settings.owner_database_url == settings.superuser_database_url == settings.database_url
    assert settings.set_role
    assert not settings.managed_cluster
    assert settings.database_name == "city"


@pytest.mark.parametrize(
    ("host", "local"), [("127.0.0.1", True), ("::1", True), ("0.0.0.0", False)]
)
def test_demo_and_plain_cookies_are_for_this_machine_alone(host: str, local: bool):
    settings = of(GEOAPP_HOST=host)
    assert settings.demo is local
    assert settings.secure_cookies is not local


def test_behind_a_trusted_proxy_nobody_is_local():
    settings = of(GEOAPP_TRUSTED_PROXIES="1")
    assert not settings.demo
    assert settings.secure_cookies


def test_the_address_of_a_wildcard_host_can_be_opened():
    assert of(GEOAPP_HOST="0.0.0.0", GEOAPP_PORT="81").base_url == "http://127.0.0.1:81"
    assert of(GEOAPP_HOST="::1").base_url == "http://[::1]:8000"


def test_the_data_folder_decides_the_cluster(tmp_path: Path):
    one, two = (of(GEOAPP_DATA_DIR=str(tmp_path / name)) for name in "ab")
    assert one.database_url != two.database_url
    assert one.key_dir == tmp_path / "a" / "keys"


def test_keys_are_secret_stable_and_different(tmp_path: Path):
    settings = of(GEOAPP_DATA_DIR=str(tmp_path))
    keys = {name: settings.key(name) for name in ("session", "audit")}
    assert {len(key) for key in keys.values()} == {32}
    assert len(set(keys.values())) == 2
    assert of(GEOAPP_DATA_DIR=str(tmp_path)).key("session") == keys["session"]
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    files = list((tmp_path / "keys").iterdir())
    assert {file.name for file in files} == {"session.key", "audit.key"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_cut_key_is_refused_rather_than_replaced(tmp_path: Path):
    for name, load in (("audit.key", partial(load_key, name="audit")), ("index.key", partial(load_index_key, generation=1))):
        (tmp_path / name).write_bytes(b"short")
        with pytest.raises(SettingsError, match=name):
            load(tmp_path)
        assert (tmp_path / name).read_bytes() == b"short"
    with pytest.raises(SettingsError, match="index-2"):
        load_index_key(tmp_path, 2)


def test_settings_show_no_key(tmp_path: Path):
    settings = of(GEOAPP_DATA_DIR=str(tmp_path))
    key = settings.key("session")
    assert repr(key) not in repr(settings)


def test_every_variable_is_read():
    """A name in the list that nothing reads would be accepted and ignored."""
    files = sorted((CHECKOUT / "geoapp/core").glob("settings*.py"))
    source = "".join(path.read_text("utf-8").split("@dataclass", 1)[1] for path in files)
    listed = [name for name in VARIABLES if f'"{name}"' not in source]
    assert listed == []
