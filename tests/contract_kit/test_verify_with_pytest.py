"""The conformance suite as plain ``pytest --pyargs``."""

import os
import subprocess
import sys

import pytest
from endpoints import CUSTOMER, ELEMENTS, preset, stored

from mtt_mock.server.handles import serve

pytestmark = pytest.mark.process

SUITE = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--pyargs", "mtt_mock.conformance"]  # fmt: skip


def run(tmp_path, *arguments, **environment):
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return subprocess.run(
        [*SUITE, *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=120,
        check=False,
        env=os.environ | {"MTT_PASSWORD": "password", "PYTEST_ADDOPTS": ""} | environment,
    )


def variables(url):
    return {"MTT_URL": url, "MTT_LOGIN": "login", "MTT_CUSTOMER": CUSTOMER, "MTT_RATE": "1000"}


def test_variables_configure_the_run_and_state_is_restored(tmp_path):
    with serve() as server:
        preset(server)
        done = run(tmp_path, **variables(server.url), MTT_YES="1")
        assert done.returncode == 0, done.stdout[-2000:]
        assert stored(server) == (ELEMENTS, None, None)
        assert server.calls() == []
    assert " failed" not in done.stdout
    assert " passed, " in done.stdout


@pytest.mark.slow
def test_nothing_is_changed_without_yes(tmp_path):
    with serve() as server:
        preset(server)
        done = run(tmp_path, **variables(server.url))
        asked = {each.method for each in server.journal if not each.error}
    assert done.returncode == 0
    assert "deleteCallBackFollowme" not in asked


def test_a_refuted_fact_is_a_named_failure(tmp_path):
    with serve(error_status=200) as server:
        preset(server)
        done = run(
            tmp_path, "-p", "mtt_mock.conformance.pytest_suite", "--mtt-url", server.url,
            "--mtt-login", "login", "--mtt-customer", CUSTOMER, "--mtt-rate", "1000", "--mtt-yes",
            "-k", "single or success",
        )  # fmt: skip
        assert stored(server) == (ELEMENTS, None, None)
    assert done.returncode == 1
    assert "transport.status.error is refuted: status: seen 200, expected 500" in done.stdout
    assert "1 failed" in done.stdout


@pytest.mark.slow
def test_parallel_workers_are_refused(tmp_path):
    pytest.importorskip("xdist")
    with serve() as server:
        done = run(tmp_path, "-n", "2", **variables(server.url), MTT_YES="1")
        assert list(server.journal) == []
    assert "one account has one structure: run this without -n" in done.stdout


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"MTT_URL": ""}, "set MTT_URL, or give --mtt-url"),
        ({"MTT_RATE": "0"}, "--mtt-rate '0' is not a number above 0"),
        ({"MTT_URL": "http://127.0.0.1:1/index.php"}, "cannot reach http://127.0.0.1:1/index.php"),
        ({"MTT_PASSWORD_ENV": "NO_SUCH"}, "the variable NO_SUCH is not set"),
    ],
)
def test_trouble_ends_the_run_with_exit_code_2(tmp_path, given, message):
    done = run(tmp_path, **variables("http://127.0.0.1:1/index.php") | given)
    assert done.returncode == 2, done.stdout
    assert message in done.stdout + done.stderr
