"""The tests' PostgreSQL cluster: it starts, stops, dies and restarts with its data."""

import contextlib
import os
import socket
import threading
import time

import pytest

from postgres import cluster
from postgres.cluster import Cluster, ClusterError
from postgres.fixtures import at, or_skip, own_cluster

psycopg = pytest.importorskip("psycopg")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def running():
    """A running cluster shared by the tests of this module."""
    with own_cluster(or_skip(), fsync=False) as own:
        yield own


@pytest.fixture
def noted(running):
    """The cluster, with the table ``note`` in a database for this test."""
    running.create_database("noted")
    running.ask("CREATE TABLE note (text text)", "noted")
    yield running
    running.drop_database("noted")


@contextlib.contextmanager
def connected(own, database="postgres"):
    url = at(own.url(database), scheme="postgresql")
    with contextlib.closing(psycopg.connect(url, autocommit=True)) as connection:
        yield connection


def family(own):
    """The processes of a cluster: the first one and those that it started."""
    first = own._postmaster()
    return [first, *(pid for pid, (_, parent) in cluster._processes().items() if parent == first)]


def test_a_cluster_accepts_connections(running):
    assert running.ask("SELECT 6 * 7") == "42"
    assert running.ask("SELECT 1, 'a' UNION SELECT 2, 'b' ORDER BY 1") == "1|a\n2|b"


def test_the_url_connects_to_the_cluster(running):
    with connected(running) as connection:
        row = connection.execute("SELECT current_user, current_database(), inet_server_port()")
        assert row.fetchone() == ("postgres", "postgres", running.port)


def test_a_cluster_listens_on_loopback_only(running):
    assert running.ask("SHOW listen_addresses") == "127.0.0.1"
    assert running.ask("SHOW unix_socket_directories") == ""
    rules = "SELECT type, database, user_name, address, netmask, auth_method FROM pg_hba_file_rules"
    assert running.ask(rules) == "host|{all}|{all}|127.0.0.1|255.255.255.255|trust"


def test_fsync_is_on_by_default(running, postgres_cluster):
    assert postgres_cluster.ask("SHOW fsync") == "on"
    assert running.ask("SHOW fsync") == "off"


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_restart_keeps_data_and_url(noted, mode):
    before = noted.url()
    with connected(noted, "noted") as connection:
        connection.execute("INSERT INTO note VALUES ('kept')")
        noted.restart(mode)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    assert noted.url() == before
    assert noted.ask("SELECT text FROM note", "noted") == "kept"


def test_a_stopped_cluster_can_be_started_again(running):
    running.stop()
    assert not running.running
    with pytest.raises(ClusterError):
        running.ask("SELECT 1")
    with pytest.raises(ClusterError, match=r": no server runs there$"):
        running.stop()
    running.start()
    assert running.running
    with pytest.raises(ClusterError, match=r": the server runs already$"):
        running.start()


def test_a_killed_cluster_keeps_committed_data(noted):
    processes = family(noted)
    assert len(processes) > 4
    with connected(noted, "noted") as connection:
        connection.execute("INSERT INTO note VALUES ('committed')")
        connection.execute("BEGIN")
        connection.execute("INSERT INTO note VALUES ('under way')")
        noted.kill()
    assert not noted.running
    assert not any(cluster._alive(pid) for pid in processes)
    noted.start()
    assert noted.ask("SELECT text FROM note", "noted") == "committed"


def test_a_busy_cluster_can_be_killed(running):
    # Without its postmaster the query would continue and end after some seconds.
    counting = "DO 'BEGIN FOR i IN 1..300000000 LOOP END LOOP; END'"
    outcome = []

    def count():
        try:
            running.ask(counting)
        except ClusterError as error:
            outcome.append(str(error))

    thread = threading.Thread(target=count)
    thread.start()
    busy = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'DO%' AND state = 'active'"
    until = time.monotonic() + 30
    while not (pid := running.ask(busy)):
        assert time.monotonic() < until
    running.kill()
    assert not cluster._alive(int(pid))
    running.start()
    thread.join()
    assert outcome


def test_killing_a_dead_cluster_changes_nothing(running):
    running.kill()
    running.kill()
    running.start()
    assert running.ask("SELECT 1") == "1"


def test_a_stale_pid_file_kills_no_process(tmp_path):
    own = Cluster(tmp_path, "unused")
    own.data.mkdir()
    left = own.data / "postmaster.pid"
    left.write_text(f"{os.getpid()}\n")
    assert not own.running
    own.kill()
    assert not left.exists()


def test_an_occupied_port_is_replaced(monkeypatch, tmp_path_factory):
    first = [cluster.free_port()]
    other = cluster.free_port
    monkeypatch.setattr(cluster, "free_port", lambda: first.pop() if first else other())
    with socket.create_server(("127.0.0.1", first[0])) as taken:
        with own_cluster(or_skip(), fsync=False) as own:
            assert first == []
            assert own.port != taken.getsockname()[1]
