"""Coverage traces no slow test, and 25 examples of a property at most."""

import os
import sys

from support.measured import Pauses


def trace(_frame, _event, _argument):
    """Stand in for the trace function of coverage."""


class Notes:
    """Notes of each test whether this thread and child processes are traced."""

    def __init__(self):
        self.traced = {}

    def pytest_runtest_call(self, item):
        self.traced[item.name] = (sys.gettrace() is trace, "COVERAGE_PROCESS_CONFIG" in os.environ)


def run(pytester, monkeypatch, code):
    """Run ``code`` with coverage's variable and a trace function; return the notes."""
    monkeypatch.setenv("COVERAGE_PROCESS_CONFIG", "{}")
    pytester.makeini("[pytest]\nmarkers =\n    slow\n    unmeasured")
    pytester.makepyfile(code)
    notes, tracer = Notes(), sys.gettrace()
    sys.settrace(trace)
    try:
        done = pytester.inline_run("-p", "no:cacheprovider", plugins=[Pauses(), notes])
    finally:
        sys.settrace(tracer)
    assert done.ret == 0
    return notes.traced


def test_slow_and_unmeasured_tests_are_not_traced(pytester, monkeypatch):
    code = """
        import pytest

        def test_first(): pass

        @pytest.mark.unmeasured
        def test_second(): pass

        @pytest.mark.slow
        def test_third(): pass

        def test_fourth(): pass
        """
    assert run(pytester, monkeypatch, code) == {
        "test_first": (True, True),
        "test_second": (False, False),
        "test_third": (False, False),
        "test_fourth": (True, True),
    }


def test_25_examples_of_a_property_are_traced(pytester, monkeypatch):
    code = """
        import sys

        from hypothesis import given, settings, strategies

        traced = []

        @settings(max_examples=30, database=None, derandomize=True)
        @given(strategies.integers())
        def test_property(number):
            traced.append(sys.gettrace() is not None)

        def test_next():
            assert traced == [True] * 25 + [False] * 5
        """
    assert run(pytester, monkeypatch, code) == {
        "test_property": (True, True),
        "test_next": (True, True),
    }
