"""The program ``python3 tests/postgres/cluster.py``, which CI and developers use."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from postgres import cluster
from postgres.cluster import Cluster
from postgres.fixtures import or_skip

PROGRAM = [sys.executable, cluster.__file__]


def run(*arguments, **environment):
    done = subprocess.run(
        [*PROGRAM, *arguments],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env=os.environ | environment,
        timeout=120,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def folder():
    """An empty folder that the user who runs the server can reach; a server in it is killed."""
    binaries = or_skip()
    made = Path(tempfile.mkdtemp(prefix="mtt-mock-postgres-"))
    yield made
    Cluster(made, binaries).remove()


def test_a_server_is_started_detected_and_stopped(folder):
    status, url, errors = run("start", folder, "--no-fsync")
    assert (status, errors) == (0, "")
    assert re.fullmatch(r"postgresql\+psycopg://postgres@127\.0\.0\.1:\d+/postgres\n", url)
    own = Cluster(folder, cluster.find_binaries())
    assert own.ask("SHOW fsync") == "off"
    assert run("start", folder) == (0, url, "")
    assert run("stop", folder) == (0, "", "")
    assert not own.running
    assert run("start", folder) == (0, url, "")
    assert run("stop", folder, "--mode", "immediate") == (0, "", "")
    assert run("stop", folder) == (1, "", f"cluster.py: {folder}: no server runs there\n")


def test_the_program_explains_a_missing_postgresql(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(cluster, "find_binaries", lambda: None)
    assert cluster.main(["start", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        "cluster.py: no PostgreSQL is installed (Debian: apt-get install postgresql; elsewhere "
        "MTT_MOCK_TEST_POSTGRES_BIN names the folder of initdb)\n"
    )


@pytest.mark.parametrize(
    "end",
    [lambda tests: tests.kill(), lambda tests: os.killpg(tests.pid, signal.SIGINT)],
    ids=["SIGKILL", "Ctrl-C"],
)
def test_servers_end_with_their_tests(end):
    or_skip()
    code = (
        "import sys\n"
        "from postgres.fixtures import or_skip, own_cluster\n"
        "with own_cluster(or_skip(), fsync=False) as own:\n"
        "    print(own.folder, own._postmaster(), flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": str(Path(cluster.__file__).parents[1])},
    ) as tests:
        folder, postmaster = tests.stdout.readline().split()
        assert Path(folder).exists()
        end(tests)
    until = time.monotonic() + 30
    while Path(folder).exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    assert not cluster._alive(int(postmaster))
