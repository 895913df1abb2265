"""PostgreSQL fixtures: a shared server, a database per test, and a cluster to stop or kill.

MTT_MOCK_TEST_POSTGRES names the server (PostgreSQL 13 or newer) by the SQLAlchemy URL of a user who may
create databases. Without it, an installed PostgreSQL is started. Without both, the tests are skipped
with the reason.
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
    """The URL of an empty database for this test."""
    with fresh_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="module")
def postgres_database(postgres_server):
    """The URL of a database for this module, empty at its first test."""
    with fresh_database(postgres_server) as url:
        yield url


@pytest.fixture
def postgres_cluster():
    """A running ``Cluster`` for this test, to stop, kill and restart; its data is durable.

    It ignores MTT_MOCK_TEST_POSTGRES, because tests kill only servers that they started.
    """
    with own_cluster(or_skip("a server to break must be one's own: ")) as own:
        yield own


def or_skip(before=""):
    """Return the folder of PostgreSQL's programs; skip the test without them."""
    try:
        binaries = cluster.find_binaries()
    except cluster.ClusterError as error:
        pytest.fail(str(error), pytrace=False)
    if binaries is None:
        pytest.skip(f"{before}{cluster.MISSING}")
    return binaries


@contextlib.contextmanager
def own_cluster(binaries, *, fsync=True):
    """Yield a running cluster; remove it afterwards, even when this process is killed."""
    # pytest's folders are closed to the user that runs the server for root.
    folder = Path(tempfile.mkdtemp(prefix="mtt-mock-postgres-"))
    # The guard removes the cluster when this end of the pipe closes, also when this process dies.
    # Its own session protects it from Ctrl-C.
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
    """Yield the URL of a new database on ``server``; drop it afterwards with its connections."""
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
