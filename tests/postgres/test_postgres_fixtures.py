"""The PostgreSQL fixtures: empty databases, dropped after use, or skipped with a reason."""

import socket

import pytest

from postgres import cluster
from postgres.fixtures import or_skip, own_cluster

DATABASES = "SELECT count(*) FROM pg_database WHERE datname LIKE 'mtt_test_%'"


@pytest.fixture(scope="module")
def server():
    """A server that MTT_MOCK_TEST_POSTGRES can name."""
    pytest.importorskip("psycopg")
    with own_cluster(or_skip(), fsync=False) as own:
        yield own


@pytest.fixture
def run(pytester, monkeypatch):
    """Run test code with the fixtures: ``run(code, server=URL)``."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def run(code, server=None):
        if server is None:
            monkeypatch.delenv("MTT_MOCK_TEST_POSTGRES", raising=False)
        else:
            monkeypatch.setenv("MTT_MOCK_TEST_POSTGRES", server)
        pytester.makeconftest(
            "import warnings\n"
            "warnings.simplefilter('ignore', __import__('pytest').PytestAssertRewriteWarning)\n"
            "pytest_plugins = ['postgres.fixtures']\n"
        )
        pytester.makepyfile(code)
        return pytester.runpytest_inprocess("-rs")

    return run


USING = """
import psycopg
import pytest

def tables(url):
    url = url.replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")
        return connection.execute("SELECT count(*) FROM kept").fetchone()[0]
"""


def test_each_test_gets_an_empty_database(run, server):
    result = run(
        USING
        + """
@pytest.mark.parametrize("n", [1, 2])
def test_own(postgres_url, postgres_database, n):
    assert postgres_url != postgres_database
    assert tables(postgres_url) == 1
    assert tables(postgres_database) == n
""",
        server.url(),
    )
    result.assert_outcomes(passed=2)
    assert server.ask(DATABASES) == "0"


def test_databases_are_dropped_after_failed_tests(run, server):
    result = run(
        USING
        + """
@pytest.fixture
def held():
    connections = []
    yield connections
    connections[0].close()

def test_own(held, postgres_url):
    held.append(psycopg.connect(postgres_url.replace("+psycopg", "")))
    assert postgres_url == "another"
""",
        server.url(),
    )
    result.assert_outcomes(failed=1)
    assert server.ask(DATABASES) == "0"


ASKING = "def test_asks({}): pass"


def test_a_server_is_started_without_the_variable(run, pytester):
    or_skip()
    result = run(
        """
import socket
from pathlib import Path
from urllib.parse import urlsplit

def test_own(postgres_server):
    port = urlsplit(postgres_server).port
    socket.create_connection(("127.0.0.1", port)).close()
    Path("port").write_text(str(port))
"""
    )
    result.assert_outcomes(passed=1)
    port = int((pytester.path / "port").read_text())
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


@pytest.mark.parametrize("fixture", ["postgres_url", "postgres_database", "postgres_server"])
def test_tests_are_skipped_without_postgresql(run, monkeypatch, fixture):
    monkeypatch.setattr(cluster, "find_binaries", lambda: None)
    result = run(ASKING.format(fixture))
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(
        "SKIPPED*: MTT_MOCK_TEST_POSTGRES names no server, and no PostgreSQL is installed (Debian: "
        "apt-get install postgresql; elsewhere MTT_MOCK_TEST_POSTGRES_BIN names the folder of initdb)"
    )
