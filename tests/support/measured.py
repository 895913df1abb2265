"""A pytest plugin: coverage does not trace slow tests, nor more than 25 examples of a property.

Tracing doubles the time of a test. Other tests reach the lines of those that are marked `slow` or
`unmeasured`, and the first examples of a property reach nearly all of its lines. What is measured is
less than what the tests run, so `fail_under` holds all the same.
"""

import functools
import os

import pytest

TRACED_EXAMPLES = 25
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
    """Stops and starts coverage."""

    def __init__(self, coverage):
        self._coverage = coverage
        self._traces = True

    def _trace(self, traces):
        if traces is self._traces:
            return
        self._traces = traces
        if traces:
            self._coverage.start()  # sets the variable, too
        else:
            self._coverage.stop()
            os.environ.pop(_CHILD_PROCESSES, None)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item):
        self._trace(not any(map(item.get_closest_marker, _UNTRACED)))
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        test = getattr(getattr(item, "obj", None), "hypothesis", None)
        if test is None or not self._traces:
            return (yield)
        inner_test, examples = test.inner_test, 0

        @functools.wraps(inner_test)
        def counted(*arguments, **keywords):
            nonlocal examples
            examples += 1
            if examples > TRACED_EXAMPLES:
                self._trace(False)
            return inner_test(*arguments, **keywords)

        test.inner_test = counted
        try:
            return (yield)
        finally:
            test.inner_test = inner_test
