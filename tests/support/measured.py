"""A pytest plugin: coverage does not trace tests that are marked `slow` or `unmeasured`.

Tracing doubles the time of a test. These tests are long, and others reach the same lines. What is
measured is less than what the tests run, so `fail_under` holds all the same.
"""

import os

import pytest

_UNTRACED = ("slow", "unmeasured")  # markers
_CHILD_PROCESSES = "COVERAGE_PROCESS_CONFIG"  # where it is set, a Python process is traced


def pytest_configure(config):
    try:
        from coverage import Coverage
    except ImportError:
        return
    if (coverage := Coverage.current()) is not None:
        config.pluginmanager.register(Pauses(coverage))


class Pauses:
    """Stops coverage before an unmeasured test, and starts it before the next measured one."""

    def __init__(self, coverage):
        self._coverage = coverage
        self._traces = True

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item):
        traces = not any(map(item.get_closest_marker, _UNTRACED))
        if traces is not self._traces:
            self._traces = traces
            if traces:
                self._coverage.start()  # sets the variable, too
            else:
                self._coverage.stop()
                os.environ.pop(_CHILD_PROCESSES, None)
        return (yield)
