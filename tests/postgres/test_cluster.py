"""The server that tests start for themselves: it answers, dies and comes back with its data."""

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
    """A running cluster for the tests of this module; they leave it running."""
    with own_cluster(or_skip(), fsync=False) as own:
        yield own


@pytest.fixture
def noted(running):
    """The cluster, with the table ``note`` in a database of this test's own."""
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


def test_it_answers(running):
    assert running.ask("SELECT 6 * 7") == "42"
    assert running.ask("SELECT 1, 'a' UNION SELECT 2, 'b' ORDER BY 1") == "1|a\n2|b"


def test_its_url_leads_to_it(running):
    with connected(running) as connection:
        row = connection.execute("SELECT current_user, current_database(), inet_server_port()")
        assert row.fetchone() == ("postgres", "postgres", running.port)


def test_it_listens_on_loopback_alone_and_trusts_nobody_else(running):
    assert running.ask("SHOW listen_addresses") == "127.0.0.1"
    assert running.ask("SHOW unix_socket_directories") == ""
    rules = "SELECT type, database, user_name, address, netmask, auth_method FROM pg_hba_file_rules"
    assert running.ask(rules) == "host|{all}|{all}|127.0.0.1|255.255.255.255|trust"


def test_it_writes_through_unless_told_not_to(running, postgres_cluster):
    assert postgres_cluster.ask("SHOW fsync") == "on"
    assert running.ask("SHOW fsync") == "off"


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_restart_ends_connections_and_keeps_data_and_url(noted, mode):
    before = noted.url()
    with connected(noted, "noted") as connection:
        connection.execute("INSERT INTO note VALUES ('kept')")
        noted.restart(mode)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    assert noted.url() == before
    assert noted.ask("SELECT text FROM note", "noted") == "kept"


def test_a_stopped_one_runs_no_more_until_it_is_started(running):
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


def test_a_killed_one_has_lost_what_was_not_committed_and_nothing_else(noted):
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


def test_a_killed_one_is_dead_at_once_though_it_was_busy(running):
    # It would count on without its first process, and end by itself after some seconds.
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


def test_killing_the_dead_changes_nothing(running):
    running.kill()
    running.kill()
    running.start()
    assert running.ask("SELECT 1") == "1"


def test_a_number_left_in_a_file_kills_no_other_process(tmp_path):
    own = Cluster(tmp_path, "unused")
    own.data.mkdir()
    left = own.data / "postmaster.pid"
    left.write_text(f"{os.getpid()}\n")
    assert not own.running
    own.kill()
    assert not left.exists()


def test_a_port_that_is_taken_meanwhile_is_left_for_another(monkeypatch, tmp_path_factory):
    first = [cluster.free_port()]
    other = cluster.free_port
    monkeypatch.setattr(cluster, "free_port", lambda: first.pop() if first else other())
    with socket.create_server(("127.0.0.1", first[0])) as taken:
        with own_cluster(or_skip(), fsync=False) as own:
            assert first == []
            assert own.port != taken.getsockname()[1]
