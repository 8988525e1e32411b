"""The private cluster on a real server: made, shared, killed, moved."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from geoapp.core.cluster import Cluster
from geoapp.core.cluster_place import APP_ROLE, OWNER_ROLE, Place
from geoapp.core.cluster_roles import connect, databases, drop_database, ensure_database
from geoapp.core.cluster_server import ClusterError, configuration, find_installation


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A cluster of its own in a folder that the server's user may enter."""
    home = Path(tempfile.mkdtemp(prefix="geoapp-test-"))
    home.chmod(0o755)
    cluster = Cluster(home, throwaway=True)
    cluster.start()
    yield cluster
    cluster.destroy()
    shutil.rmtree(home)


@pytest.fixture
def running(cluster: Cluster) -> Cluster:
    cluster.start()
    return cluster


def setting(cluster: Cluster, name: str, role: str = "postgres") -> str:
    with connect(cluster.place, role=role) as connection:
        return connection.execute("SELECT current_setting(%s)", [name]).fetchone()[0]


def test_the_server_listens_on_a_socket_only(running: Cluster):
    assert setting(running, "listen_addresses") == ""
    assert (running.place.socket / ".s.PGSQL.5432").is_socket()
    assert len(str(running.place.socket / ".s.PGSQL.5432")) < 107


def test_root_does_not_run_the_server(running: Cluster):
    assert Path(f"/proc/{running.pid}").stat().st_uid != 0


def test_the_log_holds_no_statement(running: Cluster):
    with connect(running.place) as connection, pytest.raises(psycopg.Error):
        connection.execute("SELECT 'zhang san'::integer")
    with connect(running.place) as connection:
        connection.execute("CREATE TEMPORARY TABLE person (name text PRIMARY KEY)")
        connection.execute("INSERT INTO person VALUES ('wang fang')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO person VALUES ('wang fang')")
    log = running.log.read_text("utf-8")
    assert "wang fang" not in log
    assert "INSERT" not in log


def test_postgis_can_be_had(running: Cluster):
    ensure_database(running.place, "with_postgis")
    with connect(running.place, "with_postgis") as connection:
        connection.execute("CREATE EXTENSION postgis")
        tile = "SELECT ST_AsMVTGeom('POINT(1 1)'::geometry, ST_MakeEnvelope(0, 0, 9, 9)) AS geom"
        row = connection.execute(f"SELECT length(ST_AsMVT(t)) FROM ({tile}) t").fetchone()
    assert row[0] > 0
    drop_database(running.place, "with_postgis")
    assert "with_postgis" not in databases(running.place)


def test_the_application_role_has_no_power(running: Cluster):
    with connect(running.place) as connection:
        row = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles "
            "WHERE rolname = %s",
            [APP_ROLE],
        ).fetchone()
    assert row == (False, False, False, False)
    assert setting(running, "max_parallel_workers_per_gather", APP_ROLE) == "0"


def test_the_owner_makes_tables_and_the_application_does_not(running: Cluster):
    assert ensure_database(running.place, "city")
    assert not ensure_database(running.place, "city")
    with connect(running.place, "city", OWNER_ROLE) as connection:
        connection.execute("CREATE TABLE region (key bigint)")
    with (
        connect(running.place, "city", APP_ROLE) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("CREATE TABLE other (key bigint)")
    drop_database(running.place, "city")


def test_another_user_of_the_machine_gets_no_role(running: Cluster):
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    psql = find_installation().programs / "psql"
    where = ["-h", running.place.socket, "-U", APP_ROLE, "-d", "postgres", "-c", "SELECT 1"]
    result = subprocess.run(
        [psql, *where], user="nobody", cwd="/", capture_output=True, text=True, check=False
    )
    assert result.returncode
    assert "Peer authentication failed" in result.stderr


def test_the_last_to_leave_stops_the_server(cluster: Cluster):
    cluster.stop()
    other = Cluster(cluster.home, throwaway=True)
    with cluster.use() as first:
        with other.use() as second:
            assert (first, second) == (True, False)
        assert cluster.pid
    assert not cluster.pid


def test_use_leaves_a_server_alone_that_was_started_to_stay(cluster: Cluster):
    cluster.start()
    with cluster.use() as started:
        assert not started
    assert cluster.pid


def test_two_starts_at_once_start_one_server(cluster: Cluster):
    cluster.stop()
    script = (
        "from pathlib import Path; from geoapp.core.cluster import Cluster; "
        f"print(Cluster(Path({str(cluster.home)!r}), throwaway=True).start())"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    answers = sorted(process.communicate(timeout=60)[0].strip() for process in both)
    assert answers == ["False", "True"]


def test_a_killed_server_starts_again_with_its_data(running: Cluster):
    ensure_database(running.place, "kept")
    os.kill(running.pid, signal.SIGKILL)
    assert running.start()
    assert "kept" in databases(running.place)
    drop_database(running.place, "kept")


def test_a_process_with_the_old_number_is_not_taken_for_the_server(cluster: Cluster):
    """After a reboot another program may have the number that postmaster.pid holds."""
    cluster.stop()
    sleeper = subprocess.Popen(["sleep", "60"])
    try:
        stale = cluster.place.data / "postmaster.pid"
        stale.write_text(f"{sleeper.pid}\n{cluster.place.data}\n0\n5432\n", "ascii")
        assert cluster.pid is None
        assert cluster.start()
        assert cluster.pid != sleeper.pid
    finally:
        sleeper.kill()
        sleeper.wait()


def test_the_socket_folder_may_vanish_while_stopped(cluster: Cluster):
    cluster.stop()
    shutil.rmtree(cluster.place.socket)
    assert cluster.start()
    assert cluster.place.socket.is_dir()


def test_a_foreign_folder_in_the_socket_s_place_is_refused(cluster: Cluster):
    cluster.stop()
    shutil.rmtree(cluster.place.socket)
    cluster.place.socket.symlink_to("/tmp")
    try:
        with pytest.raises(ClusterError, match=str(cluster.place.socket)):
            cluster.start()
    finally:
        cluster.place.socket.unlink()


def test_a_copied_folder_gets_a_socket_of_its_own(running: Cluster, tmp_path: Path):
    shutil.copy(running.home / "cluster.json", tmp_path / "cluster.json")
    copy = Place.of(tmp_path)
    assert copy.data == tmp_path / "pg"
    assert copy.socket != running.place.socket


def test_a_folder_the_server_s_user_cannot_enter_has_its_cluster_elsewhere():
    if os.geteuid() != 0:
        pytest.skip("a user's own server enters the user's own folders")
    home = Path(tempfile.mkdtemp(prefix="geoapp-test-"))  # mode 0700, of root
    cluster = Cluster(home, throwaway=True)
    try:
        assert cluster.start()
        assert not cluster.place.data.is_relative_to(home)
        assert Place.of(home) == cluster.place
    finally:
        cluster.destroy()
        shutil.rmtree(home)
    assert not cluster.place.data.parent.exists()


def test_a_folder_of_another_version_says_what_to_install():
    with pytest.raises(ClusterError, match="9"):
        find_installation(9)


def test_a_broken_configuration_is_reported_with_the_server_s_words(cluster: Cluster):
    cluster.stop()
    main = cluster.place.data / "postgresql.conf"
    text = main.read_text("utf-8")
    main.write_text(text + "\nno_such_setting = 1\n", "utf-8")
    try:
        with pytest.raises(ClusterError, match="no_such_setting"):
            cluster.start()
    finally:
        main.write_text(text, "utf-8")


@pytest.mark.parametrize(
    ("memory", "buffers"), [(512 * 2**20, "128MB"), (4 * 2**30, "1024MB"), (2**40, "2048MB")]
)
def test_shared_buffers_follow_the_memory(memory: int, buffers: str):
    place = Place.wanted(Path("/nowhere"))
    text = configuration(place, time_zone="UTC", throwaway=False, memory=memory)
    assert f"shared_buffers = {buffers}\n" in text
    assert "fsync" not in text
    assert "jit = off\n" in text


def test_the_record_names_no_user_s_secret(running: Cluster):
    record = json.loads((running.home / "cluster.json").read_text("utf-8"))
    assert set(record) == {"home", "data", "socket", "user"}


def test_orphans_of_a_killed_server_are_waited_for(running: Cluster):
    """A backend outlives its postmaster for a moment; a new server beside it would harm data."""
    with connect(running.place) as connection:
        backend = connection.execute("SELECT pg_backend_pid()").fetchone()[0]
        os.kill(running.pid, signal.SIGKILL)
        assert running.start()
        for _ in range(50):
            if not Path(f"/proc/{backend}").exists():
                break
            time.sleep(0.1)
        assert not Path(f"/proc/{backend}").exists()
