"""PostgreSQL for tests: a server for all of them, databases of their own, a server to break.

The server is the one that MTT_MOCK_TEST_POSTGRES names, PostgreSQL 13 or newer: a URL as SQLAlchemy
takes it, of a user who may create databases. Else it is started, where PostgreSQL is installed; else
the tests are skipped with the reason.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import urllib.parse
import uuid
from pathlib import Path

import pytest

from postgres import cluster

SERVER = "MTT_MOCK_TEST_POSTGRES"


@pytest.fixture(scope="session")
def postgres_server():
    """The URL of a server where databases may be created: for ``postgresql+psycopg``."""
    if named := os.environ.get(SERVER):
        yield at(named)
        return
    with own_cluster(or_skip(f"{SERVER} names no server, and "), fsync=False) as own:
        yield own.url()


@pytest.fixture
def postgres_url(postgres_server):
    """The URL of an empty database of this test's own."""
    with fresh_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="module")
def postgres_database(postgres_server):
    """The URL of a database of this module's own, empty at its first test."""
    with fresh_database(postgres_server) as url:
        yield url


@pytest.fixture
def postgres_cluster():
    """A running ``Cluster`` of this test's own, to stop, kill and restart; it keeps what it is told.

    MTT_MOCK_TEST_POSTGRES does not help here: nobody else's server is killed.
    """
    with own_cluster(or_skip("a server to break must be one's own: ")) as own:
        yield own


def or_skip(before=""):
    """Return the folder of PostgreSQL's programs; without them the test is skipped."""
    try:
        binaries = cluster.find_binaries()
    except cluster.ClusterError as error:
        pytest.fail(str(error), pytrace=False)
    if binaries is None:
        pytest.skip(f"{before}{cluster.MISSING}")
    return binaries


@contextlib.contextmanager
def own_cluster(binaries, *, fsync=True):
    """Give a running cluster that is gone afterwards, even when this process is killed."""
    # Not in a folder of pytest's: those are closed to the user that root becomes.
    folder = Path(tempfile.mkdtemp(prefix="mtt-mock-postgres-"))
    # It ends the cluster when this end of the pipe closes, by our hand or by our death. In a session
    # of its own, so that Ctrl-C does not end it too.
    guard = subprocess.Popen(
        [sys.executable, "-I", "-S", cluster.__file__, "guard", folder],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        own = cluster.Cluster.create(folder, binaries, fsync=fsync)
        own.start()
        yield own
    finally:
        guard.stdin.close()
        assert guard.wait(60) == 0


@contextlib.contextmanager
def fresh_database(server):
    """Give the URL of a new database on ``server``, dropped afterwards with its connections."""
    name = f"mtt_test_{uuid.uuid4().hex}"
    _execute(server, f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        yield at(server, name)
    finally:
        _execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def at(url, database=None, *, scheme="postgresql+psycopg"):
    """Return the URL with another scheme and, where one is given, another database."""
    try:
        parts = urllib.parse.urlsplit(url)
        port_is_a_number = parts.port is None or parts.port > 0
    except ValueError:
        port_is_a_number = False
    if not port_is_a_number or parts.scheme not in {"postgresql+psycopg", "postgresql"}:
        pytest.fail(
            f"{SERVER} must be a URL such as postgresql+psycopg://USER@127.0.0.1:5432/postgres",
            pytrace=False,
        )
    path = parts.path if database is None else f"/{database}"
    query = f"?{parts.query}" if parts.query else ""
    return f"{scheme}://{parts.netloc}{path}{query}"


def _execute(server, statement):
    try:
        import psycopg
    except ImportError:
        pytest.skip("psycopg is not installed (pip install 'mtt-mock[sql]')")
    try:
        with psycopg.connect(
            at(server, scheme="postgresql"), autocommit=True, connect_timeout=10
        ) as connection:
            connection.execute(statement)
    except psycopg.Error as error:
        [first, *_] = str(error).splitlines() or [type(error).__name__]
        pytest.fail(f"the server of the tests ({SERVER}): {first}", pytrace=False)
