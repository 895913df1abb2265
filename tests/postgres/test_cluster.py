"""The server that tests start for themselves: it answers, dies and comes back with its data."""

import contextlib
import os
import socket
import threading
import time
import urllib.parse

import pytest

from postgres import cluster
from postgres.cluster import Cluster, ClusterError
from postgres.fixtures import at, or_skip, own_cluster

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
    psycopg = pytest.importorskip("psycopg")
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


def test_the_name_of_a_database_is_quoted_in_its_url(running):
    name = """it's "a/b" 100%"""
    running.create_database(name)
    with connected(running, name) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == (name,)
        assert running.ask("SELECT current_database()", name) == name
    running.drop_database(name)


def test_it_listens_on_loopback_alone_and_trusts_nobody_else(running):
    assert running.ask("SHOW listen_addresses") == "127.0.0.1"
    assert running.ask("SHOW unix_socket_directories") == ""
    rules = "SELECT type, database, user_name, address, netmask, auth_method FROM pg_hba_file_rules"
    assert running.ask(rules) == "host|{all}|{all}|127.0.0.1|255.255.255.255|trust"


def test_it_takes_many_connections(running):
    assert running.ask("SHOW max_connections") == "200"


def test_it_is_not_root_who_runs_it(running):
    assert running.data.stat().st_uid != 0


def test_it_writes_through_unless_told_not_to(running, postgres_cluster):
    assert postgres_cluster.ask("SHOW fsync") == "on"
    assert running.ask("SHOW fsync") == "off"


def test_two_run_at_the_same_time_and_know_nothing_of_each_other(running, postgres_cluster):
    postgres_cluster.create_database("mine")
    assert postgres_cluster.port != running.port
    databases = "SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1"
    assert postgres_cluster.ask(databases) == "mine\npostgres"
    assert running.ask(databases) == "postgres"


def test_its_port_is_none_that_connections_are_given(running):
    with socket.create_connection(("127.0.0.1", running.port)) as connection:
        assert running.port < connection.getsockname()[1]


def test_a_database_is_dropped_under_its_connections(running):
    running.create_database("dropped")
    with connected(running, "dropped") as connection:
        running.drop_database("dropped")
        with pytest.raises(Exception, match="terminating connection"):
            connection.execute("SELECT 1")


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_restart_ends_connections_and_keeps_data_and_url(noted, mode):
    before = noted.url()
    with connected(noted, "noted") as connection:
        connection.execute("INSERT INTO note VALUES ('kept')")
        noted.restart(mode)
        with pytest.raises(Exception, match=r"terminating connection|closed the connection"):
            connection.execute("SELECT 1")
    assert noted.url() == before
    assert noted.ask("SELECT text FROM note", "noted") == "kept"


def test_a_stopped_one_runs_no_more_until_it_is_started(running):
    running.stop()
    assert not running.running
    with pytest.raises(ClusterError, match="Connection refused"):
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
    assert "server closed the connection unexpectedly" in outcome[0]


def test_killing_the_dead_changes_nothing(running):
    running.kill()
    running.kill()
    running.start()
    assert running.ask("SELECT 1") == "1"


def test_it_is_found_again_by_its_folder(running):
    again = Cluster(running.folder, running.binaries)
    assert again.running
    assert again.url() == running.url()


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


def test_a_started_one_waits_for_its_port_no_longer_than_the_deadline(running):
    running.stop()
    with socket.create_server(("127.0.0.1", running.port)):
        began = time.monotonic()
        with pytest.raises(ClusterError, match="Address already in use"):
            running.start(deadline=0.2)
        assert time.monotonic() - began < 10
    running.start()


def test_a_server_that_cannot_start_says_why(postgres_cluster):
    postgres_cluster.stop()
    with (postgres_cluster.data / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = on\n")
    with pytest.raises(
        ClusterError, match='unrecognized configuration parameter "no_such_setting"'
    ):
        postgres_cluster.start()


def test_a_wrong_statement_is_an_error_of_one_line(running):
    with pytest.raises(ClusterError, match=r'^ERROR:  relation "nowhere" does not exist$'):
        running.ask("SELECT * FROM nowhere")


def test_a_folder_that_holds_something_is_left_alone(running, tmp_path):
    (tmp_path / "diary").write_text("mine")
    with pytest.raises(ClusterError, match=r" is not empty$"):
        Cluster.create(tmp_path, running.binaries)
    own = Cluster(tmp_path, running.binaries)
    with pytest.raises(ClusterError, match="Directory not empty"):
        own.remove()
    assert (tmp_path / "diary").read_text() == "mine"


def test_nothing_is_left_of_one_that_could_not_be_made(tmp_path):
    with pytest.raises(ClusterError, match=r"^(initdb: .*No such file|.* may not go there$)"):
        Cluster.create(tmp_path / "new", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root becomes another")
def test_root_is_told_when_the_other_user_cannot_reach_the_folder(running, tmp_path):
    tmp_path.chmod(0o700)
    reason = rf"^{tmp_path}/inner: the user \w+, who runs PostgreSQL for root, may not go there$"
    with pytest.raises(ClusterError, match=reason):
        Cluster.create(tmp_path / "inner", running.binaries)


def test_root_becomes_postgres_or_else_nobody(monkeypatch):
    users = pytest.importorskip("pwd")
    known = {"postgres": 26, "nobody": 99}

    def look_up(name):
        return users.struct_passwd((name, "x", known[name], 7, "", "/", "/bin/sh"))

    monkeypatch.setattr(cluster.pwd, "getpwnam", look_up)
    monkeypatch.setattr(cluster.os, "geteuid", lambda: 0)
    assert cluster._unprivileged() == {"user": 26, "group": 7, "extra_groups": []}
    del known["postgres"]
    assert cluster._unprivileged() == {"user": 99, "group": 7, "extra_groups": []}
    del known["nobody"]
    with pytest.raises(ClusterError, match="there is no user postgres or nobody"):
        cluster._unprivileged()


def test_an_ordinary_user_stays_who_it_is(monkeypatch):
    monkeypatch.setattr(cluster.os, "geteuid", lambda: 1000)
    assert cluster._unprivileged() == {}


def test_variables_about_other_servers_do_not_matter(running, monkeypatch):
    for name, value in {"PGOPTIONS": "--no-such", "PGSSLMODE": "require", "PGPORT": "1"}.items():
        monkeypatch.setenv(name, value)
    assert running.ask("SELECT 1") == "1"


def test_the_url_is_one_that_the_standard_library_reads(running):
    parts = urllib.parse.urlsplit(running.url("a b"))
    assert parts.scheme == "postgresql+psycopg"
    assert (parts.username, parts.hostname, parts.port) == ("postgres", "127.0.0.1", running.port)
    assert parts.path == "/a%20b"
