"""A pytest plugin: with ``--budgets`` a folder of tests that takes too long fails the run.

The times are those of setup, call and teardown of the folder's tests, summed over all processes
of pytest-xdist. `BUDGET_SECONDS` leaves room for a machine that is twice as slow as the one that
was measured, so that a folder that exceeds its budget has become slower itself.
"""

from collections import Counter
from pathlib import PurePosixPath

import pytest

DEFAULT_BUDGET_SECONDS = 60.0
BUDGET_SECONDS = {
    "browser": 150.0,
    "contract_kit": 200.0,
    "docs": 120.0,
    "integration": 120.0,
    "intercept": 150.0,
    "postgres": 90.0,
    "server": 200.0,
    "snapshots": 120.0,
    "stores": 300.0,
    "unmodified_apps": 200.0,
    "workers": 200.0,
}

_TOTALS = pytest.StashKey[Counter]()


def pytest_addoption(parser):
    parser.addoption("--budgets", action="store_true", help="fail on a folder that takes too long")


def pytest_configure(config):
    config.stash[_TOTALS] = Counter()
    if config.getoption("--budgets") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Budgets(config.stash[_TOTALS]))


class _Budgets:
    def __init__(self, totals):
        self._totals = totals

    def pytest_runtest_logreport(self, report):
        self._totals[folder(report.nodeid)] += report.duration

    def pytest_sessionfinish(self, session):
        if exceeded(self._totals) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        terminalreporter.section("seconds of each folder")
        for name, seconds in self._totals.most_common():
            terminalreporter.write_line(f"{seconds:7.1f} of {budget(name):g}  {name}")
        for name in exceeded(self._totals):
            terminalreporter.write_line(
                f"tests/{name} exceeds its budget: make its tests faster, mark the slow ones, or "
                "raise the budget in tests/support/budgets.py"
            )


def folder(nodeid):
    """Return the folder below ``tests`` that a test is in."""
    parts = PurePosixPath(nodeid.partition("::")[0]).parts
    return parts[1] if len(parts) > 2 else "."


def budget(name):
    """Return the seconds that the tests of a folder may take."""
    return BUDGET_SECONDS.get(name, DEFAULT_BUDGET_SECONDS)


def exceeded(totals):
    """Return the folders that took longer than their budgets."""
    return [name for name, seconds in totals.most_common() if seconds > budget(name)]
