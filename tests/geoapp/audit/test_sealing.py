"""One sealer, many writers; stalls; the head on other machines; the command line (LG-2, LG-6, A15.4)."""

from __future__ import annotations

import email.policy
import json
import socket
import socketserver
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from geoapp.audit import anchors, background, reads, sealing, sending
from geoapp.audit.actions import record
from geoapp.audit.background import Background
from geoapp.audit.cli import audit
from geoapp.audit.codes import Action
from geoapp.audit.grouping import Groups
from geoapp.audit.sealing import Sealer
from geoapp.audit.verification import verify
from geoapp.core import clock, doctor
from geoapp.core.db import owner_transaction
from geoapp.core.settings import get_settings
from geoapp.core.settings_audit import AuditSettings
from geoapp.web.factory import create_app
from grids_boundaries.access import begin
from tests.support.superuser import superuser


def count(table="audit_event"):
    with owner_transaction() as connection:
        return connection.scalar(text(f"SELECT count(*) FROM {table}"))


def write(access, times=1):
    for _ in range(times):
        with begin(access) as connection:
            record(connection, access, Action.REVEAL, register="residents", fields=["phone"])


def good():
    with owner_transaction() as connection:
        return verify(connection, get_settings()).good


def test_lg2_fifty_writers_and_two_sealers_make_one_chain(own_city):
    """Zero forks; the rate is measured by the bench, not here."""
    access, done, troubles = own_city.access("worker"), threading.Event(), []

    def keep_sealing():
        sealer = Sealer()
        while not done.is_set():
            try:
                sealer.run()
            except Exception as error:
                troubles.append(error)

    def keep_writing():
        try:
            write(access, 20)
        except Exception as error:
            troubles.append(error)

    sealers = [threading.Thread(target=keep_sealing) for _ in range(2)]
    writers = [threading.Thread(target=keep_writing) for _ in range(40)]
    for thread in [*sealers, *writers]:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in sealers:
        thread.join()
    Sealer().run()
    assert troubles == []
    assert count() == count("audit_seal") == 800
    with owner_transaction() as connection:
        assert connection.scalar(text("SELECT count(DISTINCT previous) FROM audit_seal")) == 800
        assert connection.execute(text("SELECT min(number), max(number) FROM audit_seal")).one() == (1, 800)
    assert good()


def test_lg2_a_fork_is_an_error_of_the_database(own_city):
    write(own_city.access("worker"), 3)
    Sealer().run()
    with pytest.raises(Exception, match="uq_audit_seal_previous"), owner_transaction() as connection:
        connection.execute(text("ALTER TABLE audit_seal DROP CONSTRAINT uq_audit_seal_event_id"))
        connection.execute(text("INSERT INTO audit_seal SELECT 9, event_id, sealed_at, previous, hash FROM audit_seal WHERE number = 2"))


def test_an_event_whose_transaction_was_open_during_a_run_is_sealed_by_the_next(own_city):
    access, sealer = own_city.access("worker"), Sealer()
    with begin(access) as connection:
        record(connection, access, Action.REVEAL, register="residents", fields=["phone"])
        write(access)
        assert sealer.run() == 1
    write(access)
    assert sealer.run() == 2
    assert sealer.run() == 0
    assert good()


def test_lg6_a_run_says_that_nothing_is_left_and_a_blocked_one_does_not(own_city, monkeypatch):
    with owner_transaction() as connection:
        before = reads.sealed_at(connection)
    with superuser() as other:
        other.execute(text("SELECT pg_advisory_lock(hashtext('geoapp.audit.seal'))"))
        assert Sealer().run() is None
        with owner_transaction() as connection:
            assert reads.sealed_at(connection) == before
    assert Sealer().run() == 0
    with owner_transaction() as connection:
        assert reads.sealed_at(connection) > before


def test_lg6_five_minutes_of_silence_are_told(own_city, monkeypatch):
    client = create_app().test_client()
    Sealer().run()
    assert client.get("/readyz").json == {"status": "ready", "audit": "sealed"}
    later = clock.now() + timedelta(minutes=6)
    monkeypatch.setattr(reads, "now", lambda: later)
    assert client.get("/readyz").json == {"status": "ready", "audit": "late"}
    found = {one.title: one.level for one in doctor.examine(get_settings())}
    assert found["审计链完好"] == found["审计链已锚定"] == "good"


def test_what_runs_beside_the_requests_seals_at_once_and_again_when_it_is_time(own_city, monkeypatch):
    beside, access = Background(get_settings()), own_city.access("worker")
    write(access)
    beside.tick()
    assert count("audit_seal") == 1
    write(access)
    beside.tick()
    assert count("audit_seal") == 1
    later = clock.now() + timedelta(seconds=31)
    monkeypatch.setattr(background, "now", lambda: later)
    beside.tick()
    assert count("audit_seal") == 2


def test_the_thread_seals_and_ends(own_city, monkeypatch):
    monkeypatch.setattr(background, "FLUSH_SECONDS", 0.05)
    monkeypatch.setattr(Background, "_check", lambda *_: None)
    beside = Background(get_settings())
    write(own_city.access("worker"))
    beside.start()
    for _ in range(100):
        if count("audit_seal"):
            break
        threading.Event().wait(0.05)
    beside.stop()
    assert count("audit_seal") == 1
    assert not beside.thread.is_alive()


def test_a_sealer_that_fails_is_tried_again(own_city, monkeypatch, caplog):
    def broken(_sealer):
        raise RuntimeError("no")

    with monkeypatch.context() as patch:
        patch.setattr(Sealer, "run", broken)
        Background(get_settings()).tick()
    assert "audit work failed" in caplog.text
    write(own_city.access("worker"))
    Background(get_settings()).tick()
    assert count("audit_seal") == 1


def test_lists_and_tiles_are_one_event_for_each_reader_minute_and_layer(own_city):
    groups, worker, roamer = Groups(), own_city.access("worker"), own_city.access("roamer")
    for access, times in ((worker, 30), (roamer, 2)):
        for _ in range(times):
            groups.note(access, Action.TILE_VIEW, "houses", 5)
    groups.note(worker, Action.LIST_VIEW, "sites", 7)
    assert groups.flush() in (3, 4, 5)  # a minute may have ended meanwhile
    assert groups.flush() == 0
    with owner_transaction() as connection:
        rows = connection.execute(text(
            "SELECT action, register, actor_id, sum(n) AS n, sum((body -> 'facts' ->> 'answers')::int) AS answers "
            "FROM audit_event GROUP BY 1, 2, 3 ORDER BY 1, 2, 3")).all()  # fmt: skip
    assert [tuple(row) for row in rows] == [
        ("list_view", "sites", worker.user_id, 7, 1), ("tile_view", "houses", worker.user_id, 150, 30),
        ("tile_view", "houses", roamer.user_id, 10, 2)]  # fmt: skip


def test_what_could_not_be_written_is_written_later(own_city):
    groups, access = Groups(), own_city.access("worker")
    groups.note(access, Action.TILE_VIEW, "houses", 5)
    with owner_transaction() as connection:
        connection.execute(text("REVOKE INSERT ON audit_event FROM geoapp_app"))
    with pytest.raises(Exception, match="permission denied"):
        groups.flush()
    with owner_transaction() as connection:
        connection.execute(text("GRANT INSERT (body, mark) ON audit_event TO geoapp_app"))
    assert groups.flush() == 1


def test_the_head_goes_to_syslog_and_by_mail_once_a_day(own_city, monkeypatch):
    write(own_city.access("worker"))
    Sealer().run()
    letters: list[str] = []

    class Mailbox(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(b"220 here\r\n")
            data = False
            for raw in self.rfile:
                line = raw.decode().rstrip("\r\n")
                if data:
                    letters[-1] += line + "\n"
                    if line == ".":
                        data = False
                        self.wfile.write(b"250 kept\r\n")
                    continue
                if line.upper() == "DATA":
                    data = True
                    letters.append("")
                self.wfile.write(b"354 go on\r\n" if data else b"221 bye\r\n" if line.upper() == "QUIT" else b"250 ok\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox) as mail, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as syslog:
        threading.Thread(target=mail.serve_forever, daemon=True).start()
        syslog.bind(("127.0.0.1", 0))
        syslog.settimeout(5)
        settings = replace(get_settings(), audit=AuditSettings(
            syslog=("127.0.0.1", syslog.getsockname()[1]), smtp=("127.0.0.1", mail.server_address[1]), mail_to="audit@example.org"))  # fmt: skip
        sending.send_head(settings)
        said = syslog.recv(4096).decode()
        head = anchors.parse(said.partition("geoapp-audit: ")[2])
        assert said.startswith("<110>") and head == anchors.last(settings) and anchors.is_ours(head, anchors.public_key(settings))
        assert len(letters) == 1 and head.hash.hex() in email.message_from_string(letters[0], policy=email.policy.default).get_content()
        write(own_city.access("worker"))
        Sealer().run()
        sending.send_head(settings)
        assert anchors.parse(syslog.recv(4096).decode().partition("geoapp-audit: ")[2]).number == 2
        assert len(letters) == 1
        later = clock.now() + timedelta(days=1)
        monkeypatch.setattr(sending, "now", lambda: later)
        sending.send_head(settings)
        assert len(letters) == 2
        mail.shutdown()


def test_the_history_of_anchors_has_a_line_an_hour(own_city, monkeypatch):
    access, settings = own_city.access("worker"), get_settings()
    for hours in (0, 0.5, 1.1, 1.2, 2.5):
        moment = clock.now() + timedelta(hours=hours)
        monkeypatch.setattr(anchors, "now", lambda moment=moment: moment)
        write(access)
        Sealer().run()
    history = anchors.anchor_file(settings, "anchors")
    lines = history.read_text("utf-8").splitlines()
    assert [json.loads(line)["number"] for line in lines] == [1, 3, 5]
    assert history.stat().st_mode & 0o077 == 0
    assert anchors.last(settings).number == 5


def test_the_command_line_seals_verifies_and_says_what_is_wrong(own_city, tmp_path, monkeypatch):
    monkeypatch.setenv("GEOAPP_LOCALE", "zh")
    run = CliRunner().invoke
    write(own_city.access("worker"), 3)
    assert "已封存 3 个事件" in run(audit, ["seal"]).output
    assert "3 个事件" in run(audit, ["verify"]).output
    assert run(audit, ["verify", "--last-day"]).exit_code == 0
    elsewhere = tmp_path / "anchor"
    elsewhere.write_text(run(audit, ["anchor"]).output, "utf-8")
    assert "BEGIN PUBLIC KEY" in run(audit, ["key"]).output
    anchors.anchor_file(get_settings(), "head").unlink()
    anchors.anchor_file(get_settings(), "anchors").unlink()
    with superuser() as connection:
        connection.execute(text("ALTER TABLE audit_seal DISABLE TRIGGER ALL"))
        connection.execute(text("DELETE FROM audit_seal WHERE number = 3"))
        connection.execute(text("ALTER TABLE audit_seal ENABLE ALWAYS TRIGGER append_only"))
    told = run(audit, ["verify", "--anchors", str(elsewhere)])
    assert told.exit_code == 1 and "第一个有问题的编号：3" in told.output
    with owner_transaction() as connection:
        assert connection.scalar(text("SELECT bad_number FROM audit_check ORDER BY id DESC LIMIT 1")) == 3


def test_after_a_restore_the_chain_goes_on_and_says_so(own_city, monkeypatch):
    monkeypatch.setenv("GEOAPP_LOCALE", "zh")
    write(own_city.access("worker"), 3)
    Sealer().run()
    settings = get_settings()
    later = anchors.signed(settings, 9, b"\1" * 32)  # what was sealed after the backup
    anchors.anchor_file(settings, "head").write_text(later.line + "\n", "utf-8")
    with pytest.raises(sealing.ChainBroken):
        Sealer().run()
    assert CliRunner().invoke(audit, ["resume", "--yes"]).exit_code == 0
    assert good()
    with owner_transaction() as connection:
        assert connection.scalar(text("SELECT body -> 'facts' ->> 'anchored' FROM audit_event WHERE action = 'restore'")) == "9"
    assert list(Path(settings.data_dir / "audit").glob(f"{settings.database_name}.head.until-*"))


@pytest.mark.parametrize(("name", "value"), [("SYSLOG", "host:0"), ("SMTP", "a b"), ("MAIL_TO", "nobody"), ("SEAL_SECONDS", "0"), ("STOP_MINUTES", "x")])
def test_a_setting_that_cannot_be_used_is_named(name, value):
    with pytest.raises(Exception, match=f"GEOAPP_AUDIT_{name}"):
        AuditSettings.from_env({f"GEOAPP_AUDIT_{name}": value})


def test_settings_of_the_head_elsewhere():
    found = AuditSettings.from_env({"GEOAPP_AUDIT_SYSLOG": "log.example.org:1514", "GEOAPP_AUDIT_SMTP": "mail.example.org"})
    assert (found.syslog, found.smtp) == (("log.example.org", 1514), ("mail.example.org", 25))


@pytest.mark.parametrize("ahead", [1_000_000_000, -1])
def test_du6_sealing_goes_on_where_a_restore_brought_events_of_another_server(own_city, ahead):
    """Their transaction ids lie ahead of this server's counter, or behind; some were not sealed yet."""
    access = own_city.access("worker")
    before, sealer = count(), Sealer()
    write(access, 3)
    with superuser() as connection:
        connection.execute(text("ALTER TABLE audit_event DISABLE TRIGGER ALL"))
        moved = "CAST(CAST(:ahead AS text) AS xid8)" if ahead > 0 else "CAST('3' AS xid8)"
        connection.execute(text(f"UPDATE audit_event SET xid = {moved}"), {"ahead": ahead} if ahead > 0 else {})
        connection.execute(text("ALTER TABLE audit_event ENABLE TRIGGER ALL, ENABLE ALWAYS TRIGGER append_only"))
    assert sealer.run() == before + 3
    for _ in range(2):
        write(access, 2)
        assert sealer.run() == 2
    assert count("audit_seal") == count() and good()
