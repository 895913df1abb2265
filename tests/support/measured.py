"""A pytest plugin: coverage traces no slow test, and 25 examples of a property at most.

Tracing doubles the time of a test and of its child processes. Other tests reach the lines of those
that are marked `slow` or `unmeasured`, and the first examples of a property reach nearly all of its
lines. What is measured is less than what the tests run, so `fail_under` holds all the same. Threads,
such as those of servers that tests share, are traced throughout.
"""

import contextlib
import functools
import sys

import pytest

TRACED_EXAMPLES = 25
_UNTRACED = ("slow", "unmeasured")
_CHILD_PROCESSES = "COVERAGE_PROCESS_CONFIG"  # where it is set, a Python process is traced


def pytest_configure(config):
    with contextlib.suppress(ImportError):
        from coverage import Coverage

        if Coverage.current() is not None:
            config.pluginmanager.register(Pauses())


@contextlib.contextmanager
def untraced():
    """Let no trace function see this thread."""
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracer)


class Pauses:
    """Pauses the tracing of this thread."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item):
        if any(item.get_closest_marker(name) for name in _UNTRACED):
            with pytest.MonkeyPatch.context() as context, untraced():
                context.delenv(_CHILD_PROCESSES, raising=False)
                return (yield)
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        test = getattr(getattr(item, "obj", None), "hypothesis", None)
        if test is None:
            return (yield)
        inner_test, examples = test.inner_test, 0

        @functools.wraps(inner_test)
        def counted(*arguments, **keywords):
            nonlocal examples
            examples += 1
            if examples <= TRACED_EXAMPLES:
                return inner_test(*arguments, **keywords)
            with untraced():
                return inner_test(*arguments, **keywords)

        test.inner_test = counted
        try:
            return (yield)
        finally:
            test.inner_test = inner_test
