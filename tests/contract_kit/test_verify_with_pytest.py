"""The conformance suite as plain ``pytest --pyargs``."""

import os
import subprocess
import sys

import pytest
from endpoints import CUSTOMER, ELEMENTS, preset, stored

import mtt_mock.conformance.pytest_suite  # noqa: F401 -- pytest unloads what an inner run imports
from mtt_mock.server.handles import serve

SUITE = ["-q", "-p", "no:cacheprovider", "--pyargs", "mtt_mock.conformance"]


@pytest.fixture
def run(pytester, monkeypatch):
    """Return a function that runs the suite with arguments and variables, in this process."""
    pytester.makeini("[pytest]")

    def run(*arguments, **environment):
        for name, value in {"MTT_PASSWORD": "password", **environment}.items():
            monkeypatch.setenv(name, value)
        return pytester.runpytest_inprocess(*SUITE, *arguments)

    return run


@pytest.fixture
def run_process(tmp_path):
    """Return a function that runs the suite with arguments and variables, in a process."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")

    def run(*arguments, **environment):
        return subprocess.run(
            [sys.executable, "-m", "pytest", *SUITE, *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=120,
            check=False,
            env=os.environ | {"MTT_PASSWORD": "password", "PYTEST_ADDOPTS": ""} | environment,
        )

    return run


def variables(url):
    return {"MTT_URL": url, "MTT_LOGIN": "login", "MTT_CUSTOMER": CUSTOMER, "MTT_RATE": "1000"}


@pytest.mark.process
def test_variables_configure_the_run_and_state_is_restored(run_process):
    with serve() as server:
        preset(server)
        done = run_process(**variables(server.url), MTT_YES="1")
        assert done.returncode == 0, done.stdout[-2000:]
        assert stored(server) == (ELEMENTS, None, None)
        assert server.calls() == []
    assert " failed" not in done.stdout
    assert " passed, " in done.stdout


def test_nothing_is_changed_without_yes(run):
    with serve() as server:
        preset(server)
        done = run(**variables(server.url))
        asked = {each.method for each in server.journal if not each.error}
    assert done.ret == 0
    assert "deleteCallBackFollowme" not in asked


def test_a_refuted_fact_is_a_named_failure(run):
    with serve(error_status=200) as server:
        preset(server)
        done = run(
            "-p", "mtt_mock.conformance.pytest_suite", "--mtt-url", server.url,
            "--mtt-login", "login", "--mtt-customer", CUSTOMER, "--mtt-rate", "1000", "--mtt-yes",
            "-k", "single or success",
        )  # fmt: skip
        assert stored(server) == (ELEMENTS, None, None)
    assert done.ret == 1
    done.stdout.fnmatch_lines(
        ["*transport.status.error is refuted: status: seen 200, expected 500*", "*1 failed*"]
    )


def test_the_rate_need_not_be_given(run):
    with serve() as server:
        given = variables(server.url)
        del given["MTT_RATE"]
        done = run("-k", "single", **given, MTT_YES="1")
    assert done.ret == 0


@pytest.mark.parametrize("no", ["0", "No"])
def test_a_variable_can_say_no(run, no):
    with serve() as server:
        preset(server)
        assert run("-k", "single", **variables(server.url), MTT_YES=no).ret == 0
        assert "deleteCallBackFollowme" not in {each.method for each in server.journal}


@pytest.mark.slow
@pytest.mark.process
def test_parallel_workers_are_refused(run_process):
    pytest.importorskip("xdist")
    with serve() as server:
        done = run_process("-n", "2", **variables(server.url), MTT_YES="1")
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
def test_trouble_ends_the_run_with_exit_code_2(run, given, message):
    done = run(**variables("http://127.0.0.1:1/index.php") | given)
    assert done.ret == 2
    assert message in done.stdout.str() + done.stderr.str()
