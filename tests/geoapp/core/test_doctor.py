"""The doctor sees each fault: schema, row security, marks, rights, keys, settings, backups, sealing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from geoapp.core.clock import now
from geoapp.core.db import owner_engine, owner_transaction
from geoapp.core.doctor import Finding, examine
from geoapp.core.runs import FILE, note_run
from geoapp.core.settings import Settings


def found(settings: Settings) -> dict[str, Finding]:
    return {one.title: one for one in examine(settings)}


@pytest.fixture
def broken(own_settings: Settings) -> Callable[[str], dict[str, Finding]]:
    """Findings of a database after a statement of its superuser."""

    def after(statement: str) -> dict[str, Finding]:
        from sqlalchemy import NullPool, create_engine

        engine = create_engine(own_settings.superuser_database_url, poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(text(statement))
        return found(own_settings)

    return after


def test_a_whole_installation_has_no_fault(settings: Settings):
    assert [one for one in examine(settings) if one.level == "bad"] == []


@pytest.mark.parametrize(
    ("statement", "title"),
    [
        ("UPDATE alembic_version SET version_num = '0001'", "数据库结构为最新"),
        ("ALTER TABLE house NO FORCE ROW LEVEL SECURITY", "行级安全对每张有辖区的表强制生效"),
        ("ALTER TABLE region DISABLE ROW LEVEL SECURITY", "行级安全对每张有辖区的表强制生效"),
        ("ALTER FUNCTION st_within(geometry, geometry) NOT LEAKPROOF", "空间索引在行级安全下可用"),
        ("ALTER TABLE saved_area OWNER TO geoapp_app", "服务账号的权限"),
        ("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_region_geom'::regclass", "索引有效"),
    ],
)
def test_a_fault_of_the_database_is_named(broken: Callable, statement: str, title: str):
    assert broken(statement)[title].level == "bad"


def test_a_key_that_others_can_read_is_named(settings: Settings, tmp_path: Path):
    (tmp_path / "session.key").write_bytes(bytes(32))
    (tmp_path / "session.key").chmod(0o644)
    tmp_path.chmod(0o700)
    one = found(replace(settings, key_dir=tmp_path))["密钥文件只有本用户可读"]
    assert (one.level, one.detail) == ("bad", "session.key")


def test_keys_beside_the_backups_are_named(settings: Settings, tmp_path: Path):
    copy = tmp_path / "backups" / "monday"
    copy.mkdir(parents=True)
    (copy / "wrap-1.key").write_bytes(bytes(32))
    assert found(replace(settings, data_dir=tmp_path))["密钥与备份分开存放"].level == "bad"


def test_a_server_open_to_others_needs_https_and_no_demo(settings: Settings):
    there = replace(settings, host="0.0.0.0", secure_cookies=False, demo=True)
    one = found(there)["对外服务的设置"]
    assert one.level == "bad"
    assert "GEOAPP_SECURE_COOKIES" in one.detail
    assert "GEOAPP_DEMO" in one.detail


def test_du6_an_old_backup_and_a_missing_drill_are_faults_where_people_work(city_settings: Settings, tmp_path: Path):
    working = replace(city_settings, data_dir=tmp_path, demo=False)
    assert found(working)["最近一次备份"].level == "bad"
    note_run(tmp_path, "backup")
    note_run(tmp_path, "drill")
    assert found(working)["最近一次备份"].level == "good"
    old = (now() - timedelta(hours=49)).isoformat(timespec="seconds")
    (tmp_path / FILE).write_text(f'{{"drill": {{"at": "{old}"}}}}', "utf-8")
    assert found(working)["最近一次恢复演练"].level == "bad"
    assert found(replace(working, demo=True))["最近一次恢复演练"].level == "warn"


def test_lg6_sealing_that_stalls_is_a_fault(own_settings: Settings):
    with owner_transaction(own_settings) as connection:
        connection.execute(text("UPDATE audit_state SET sealed_at = now() - interval '6 minutes'"))
    assert found(own_settings)["审计日志按时封存"].level == "good", "nothing waits to be sealed"
    from geoapp.audit.actions import record
    from geoapp.audit.rules import SYSTEM

    with owner_transaction(own_settings) as connection:
        record(connection, SYSTEM, "setting_change")
    owner_engine(own_settings).dispose()
    assert found(own_settings)["审计日志按时封存"].level == "bad"


def test_a_draft_left_behind_is_told(settings: Settings, tmp_path: Path):
    (tmp_path / "backups" / ".city.draft").mkdir(parents=True)
    assert found(replace(settings, data_dir=tmp_path))["没有中断的任务"].level == "warn"


def test_a_transaction_left_open_is_not_counted_before_its_time(own_settings: Settings):
    assert found(own_settings)["没有超过一小时的事务"].level == "good"
