"""The commands as they are typed: a backup, its drill, the keys, the clocks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from geoapp.backup.cli import backup, backup_keys, latest, restore_drill, restore_keys
from geoapp.backup.errors import BackupError
from geoapp.core.db import owner_engine
from geoapp.core.runs import read_runs
from geoapp.core.settings import get_settings
from geoapp.retention.cli import retention

WORDS = "a long way to the safe"


@pytest.fixture
def typed(own_city, monkeypatch):
    monkeypatch.setenv("GEOAPP_LOCALE", "zh")
    get_settings.cache_clear()
    runner = CliRunner()
    yield lambda command, *words: runner.invoke(command, [str(w) for w in words], catch_exceptions=False)
    owner_engine().dispose()


def test_a_backup_is_made_and_drilled_and_both_are_remembered(typed, tmp_path: Path):
    made = typed(backup, tmp_path / "to")
    assert made.exit_code == 0
    assert "backup-keys" in made.output
    folder = latest(get_settings().data_dir)
    assert folder.parent == tmp_path / "to"  # wherever it went
    assert json.loads((folder / "manifest.json").read_text("utf-8"))["audit"] is not None
    drilled = typed(restore_drill)
    assert drilled.exit_code == 0, drilled.output
    assert "一致" in drilled.output
    assert {"backup", "drill"} <= set(read_runs(get_settings().data_dir))


def test_keys_are_saved_and_put_back(typed, tmp_path: Path):
    assert typed(backup_keys, tmp_path / "keys", "--passphrase", WORDS).exit_code == 0
    assert typed(restore_keys, tmp_path / "keys", "--passphrase", WORDS).exit_code == 0


def test_a_folder_without_a_backup_is_named(tmp_path: Path):
    with pytest.raises(BackupError, match=str(tmp_path)):
        latest(tmp_path)


def test_a_dry_run_of_the_clocks_lists_each_class(typed):
    listed = typed(retention, "run", "--dry-run", "--as-of", "2040-01-01")
    assert listed.exit_code == 0
    assert listed.output.count("\n") >= 11
    assert typed(retention, "run", "--as-of", "2040-01-01").exit_code == 2
