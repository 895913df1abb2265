"""A pytest plugin: ``--budgets`` prints the CPU time of each folder of tests beside its budget.

A folder that takes more than twice its budget fails the run, if it has become slower than the other
folders: on a slower machine all take longer, and the budgets grow with them. The time is that of the
process and of the child processes that have ended, summed over all processes of pytest-xdist.
"""

import resource
import time
from collections import Counter
from pathlib import PurePosixPath

import pytest

# CPU seconds of all tests under coverage, measured on two cores at 2.6 GHz.
DEFAULT_BUDGET_SECONDS = 20.0
BUDGET_SECONDS = {
    "browser": 85.0,
    "calls": 25.0,
    "compatibility": 55.0,
    "contract_kit": 110.0,
    "control": 30.0,
    "docs": 25.0,
    "intercept": 45.0,
    "profiles": 65.0,
    "server": 55.0,
    "stores": 125.0,
    "unmodified_apps": 95.0,
    "wire": 45.0,
    "workers": 40.0,
}

_BEGIN = pytest.StashKey[float]()


def pytest_addoption(parser):
    parser.addoption("--budgets", action="store_true", help="print the CPU time of each folder")


def pytest_configure(config):
    if config.getoption("--budgets") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Budgets())


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item):
    item.stash[_BEGIN] = _cpu_seconds()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "teardown":
        report.cpu_seconds = _cpu_seconds() - item.stash[_BEGIN]
    return report


def _cpu_seconds():
    """Return the CPU time of this process and of its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


class _Budgets:
    def __init__(self):
        self._totals = Counter()

    def pytest_runtest_logreport(self, report):
        self._totals[folder(report.nodeid)] += getattr(report, "cpu_seconds", 0.0)

    @property
    def _slowness(self):
        """By how much all folders together exceed their budgets: that of the machine."""
        return max(1.0, self._totals.total() / sum(map(budget, self._totals)))

    def _exceeded(self):
        limit = 2 * self._slowness
        return [name for name, seconds in self._totals.items() if seconds > limit * budget(name)]

    def pytest_sessionfinish(self, session):
        if self._exceeded() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        terminalreporter.section("CPU seconds of each folder")
        for name, seconds in self._totals.most_common():
            terminalreporter.write_line(f"{seconds:7.1f} of {budget(name):g}  {name}")
        slowness = f"{self._slowness:.1f} times these budgets are those of this machine"
        terminalreporter.write_line(slowness)
        for name in self._exceeded():
            terminalreporter.write_line(
                f"tests/{name} takes more than twice its budget: make its tests faster, or raise "
                "the budget in tests/support/budgets.py"
            )


def folder(nodeid):
    """Return the folder below ``tests`` that a test is in."""
    parts = PurePosixPath(nodeid.partition("::")[0]).parts
    return parts[1] if len(parts) > 2 else "."


def budget(name):
    """Return the CPU seconds that the tests of a folder may take."""
    return BUDGET_SECONDS.get(name, DEFAULT_BUDGET_SECONDS)
