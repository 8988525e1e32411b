"""What a person can set or start is written down."""

from geoapp.core.settings import CHECKOUT, VARIABLES, Settings


def test_every_setting_stands_in_the_table_and_nothing_else_does():
    text = (CHECKOUT / "docs" / "running.md").read_text("utf-8")
    listed = [line.split("`")[1] for line in text.splitlines() if line.startswith("| `GEOAPP_")]
    assert sorted(listed) == sorted(VARIABLES)


def test_the_defaults_in_the_table_are_the_real_ones():
    text = (CHECKOUT / "docs" / "running.md").read_text("utf-8")
    rows = (line.split("|")[1:3] for line in text.splitlines() if line.startswith("| `GEOAPP_"))
    shown = {name.strip(" `"): default.strip() for name, default in rows}
    settings = Settings.from_env({})
    for name in ("HOST", "PORT", "WORKERS", "THREADS", "LOCALE", "TIME_ZONE", "MAX_BODY_MB"):
        assert shown[f"GEOAPP_{name}"] == f"`{getattr(settings, name.lower())}`"
    for name in ("STATEMENT_TIMEOUT_MS", "LOCK_TIMEOUT_MS"):
        assert shown[f"GEOAPP_{name}"] == f"`{getattr(settings, name.lower())}`"


def test_every_make_target_stands_in_a_document():
    text = "".join(path.read_text("utf-8") for path in (CHECKOUT / "docs").glob("*.md"))
    for target in ("run", "test", "lint", "bench-quick"):
        assert f"make {target}" in text
