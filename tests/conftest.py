"""Shared by all tests: profiles, markers, the fixtures of `postgres/`, a certificate authority."""

import gc
import os
import signal

import pytest

from support.profiles import load_profile

pytest_plugins = [
    "pytester",
    "postgres.fixtures",
    "support.budgets",
    "support.in_process",
    "support.measured",
]

load_profile()

# A shell that starts a run in the background makes it ignore SIGINT, and all processes of the
# tests would inherit that. The tests send SIGINT to them.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

MARKERS_OF_FIXTURES = {
    "postgres_server": "postgres",
    "postgres_cluster": "postgres",
    "chromium": "browser",
}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """Run one process more than there are cores: many tests wait for processes of their own."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items):
    """Mark the tests whose fixtures need PostgreSQL or a browser; put the longest tests first."""
    for item in items:
        for fixture, marker in MARKERS_OF_FIXTURES.items():
            if fixture in item.fixturenames or (
                marker == "postgres" and "postgresql" in _parameters(item)
            ):
                item.add_marker(marker)
    # A slow test that began last would run alone. Those that take longest have a limit of their own.
    items.sort(key=_limit_if_slow, reverse=True)


def pytest_collection_finish():
    """Exclude what is collected, which lives to the end, from searches through all objects.

    The garbage collector searches them, and so does each interception where pycurl is installed.
    """
    gc.collect()
    gc.freeze()


def _limit_if_slow(item):
    """Return the time limit of a slow test in seconds, and 0 for a quick test."""
    if item.get_closest_marker("slow") is None:
        return 0
    limit = item.get_closest_marker("timeout")
    return limit.args[0] if limit else float(item.config.getini("timeout"))


def _parameters(item):
    """Return the values of the test's parameters."""
    return item.callspec.params.values() if hasattr(item, "callspec") else ()


@pytest.fixture(scope="session", autouse=True)
def _certificates_of_the_tests(tmp_path_factory):
    """Keep the authority of these tests, and of the processes that they start, out of the home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MTT_MOCK_CA_DIR", str(tmp_path_factory.mktemp("authority") / "ca"))
        for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "HTTPS_PROXY", "https_proxy"):
            patch.delenv(name, raising=False)
        yield
