"""A pytest plugin: coverage traces what tests run of the product, but not where it would find little.

Tracing doubles the time of a test and of its child processes. It pauses

- in tests that are marked `slow` or `unmeasured`: others reach their lines;
- in a property or a state machine after its first examples, and in hypothesis's own work then.

What is measured is less than what the tests run, so `fail_under` holds all the same. A thread is traced
throughout, such as that of a server, unless the call of a test that is not traced began it.
"""

import contextlib
import functools
import sys
import threading

import pytest
from hypothesis import stateful

TRACED_EXAMPLES = 10
_UNTRACED = ("slow", "unmeasured")
_CHILD_PROCESSES = "COVERAGE_PROCESS_CONFIG"  # where it is set, a Python process is traced


def pytest_configure(config):
    with contextlib.suppress(ImportError):
        from coverage import Coverage

        if Coverage.current() is not None:
            config.pluginmanager.register(Pauses())


def _is_untraced(item):
    return any(item.get_closest_marker(name) for name in _UNTRACED)


# Coverage's tracer keeps a stack of the calls that it saw begin. If tracing paused or resumed within a call
# of the product, the tracer would count lines of one file as those of another.


class Pauses:
    """Pauses the tracing of this thread, and of threads that begin in the call of a test."""

    def __init__(self):
        # The lowest declared version of hypothesis lacks it; its tests run without coverage.
        self._get_state_machine_test = _pausing(stateful.get_state_machine_test)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item):
        if not _is_untraced(item):
            return (yield)
        tracer = sys.gettrace()
        sys.settrace(None)
        try:
            with pytest.MonkeyPatch.context() as context:
                context.delenv(_CHILD_PROCESSES, raising=False)
                return (yield)
        finally:
            sys.settrace(tracer)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        test = getattr(item, "obj", None)
        is_property = hasattr(test, "hypothesis")
        tracer, thread_tracer = sys.gettrace(), threading.gettrace()
        with pytest.MonkeyPatch.context() as context:
            context.setattr(stateful, "get_state_machine_test", self._get_state_machine_test)
            if is_property:
                traced = _traced_first(test.hypothesis.inner_test)
                context.setattr(test.hypothesis, "inner_test", traced)
            if _is_untraced(item):
                threading.settrace(None)
            try:
                return (yield)
            finally:
                sys.settrace(tracer)
                threading.settrace(thread_tracer)


def _traced_first(inner_test):
    """Return ``inner_test``; after its first calls nothing is traced, until the caller resumes."""
    examples = 0

    @functools.wraps(inner_test)
    def traced(*arguments, **keywords):
        nonlocal examples
        examples += 1
        if examples > TRACED_EXAMPLES:
            sys.settrace(None)
            threading.settrace(None)
        return inner_test(*arguments, **keywords)

    return traced


def _pausing(get_state_machine_test):
    """Wrap ``get_state_machine_test``: only the first examples of its property are traced."""

    @functools.wraps(get_state_machine_test)
    def get_pausing_test(*arguments, **keywords):
        test = get_state_machine_test(*arguments, **keywords)

        @functools.wraps(test)
        def paused(*arguments):
            tracer, thread_tracer = sys.gettrace(), threading.gettrace()
            test.hypothesis.inner_test = _traced_first(test.hypothesis.inner_test)
            try:
                return test(*arguments)
            finally:
                sys.settrace(tracer)
                threading.settrace(thread_tracer)

        return paused

    return get_pausing_test
