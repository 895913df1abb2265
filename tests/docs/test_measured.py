"""Coverage traces no slow test, and 25 examples of a property or a state machine at most."""

import os
import sys
import threading

import pytest

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
    pytester.makeini("[pytest]\nmarkers =\n    slow\n    unmeasured\n    usual")
    pytester.makepyfile(code)
    notes, tracer, thread_tracer = Notes(), sys.gettrace(), threading.gettrace()
    sys.settrace(trace)
    threading.settrace(trace)
    try:
        done = pytester.inline_run("-p", "no:cacheprovider", plugins=[Pauses(), notes])
    finally:
        sys.settrace(tracer)
        threading.settrace(thread_tracer)
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


def test_ten_examples_of_a_property_are_traced(pytester, monkeypatch):
    code = """
        import sys

        from hypothesis import given, settings, strategies

        traced, generated = [], []

        def generate(number):
            generated.append(sys.gettrace() is not None)
            return number

        @settings(max_examples=15, database=None, derandomize=True)
        @given(strategies.integers().map(generate))
        def test_property(number):
            traced.append(sys.gettrace() is not None)

        def test_next():
            assert traced == [True] * 10 + [False] * 5
            assert generated[0] and not generated[-1]
        """
    assert run(pytester, monkeypatch, code) == {
        "test_property": (True, True),
        "test_next": (True, True),
    }


def test_ten_runs_of_a_state_machine_are_traced(pytester, monkeypatch):
    code = """
        import sys

        from hypothesis import settings
        from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

        traced = []

        class Machine(RuleBasedStateMachine):
            @rule()
            def step(self):
                pass

            def teardown(self):
                traced.append(sys.gettrace() is not None)

        def test_machine():
            few = settings(max_examples=12, database=None, derandomize=True)
            run_state_machine_as_test(Machine, settings=few)
            assert sys.gettrace() is not None

        TestMachine = Machine.TestCase
        TestMachine.settings = settings(max_examples=12, database=None, derandomize=True)

        def test_next():
            assert traced == ([True] * 10 + [False] * 2) * 2
        """
    assert run(pytester, monkeypatch, code) == {
        "test_machine": (True, True),
        "runTest": (True, True),
        "test_next": (True, True),
    }


@pytest.mark.parametrize(("mark", "is_traced"), [("slow", False), ("usual", True)])
def test_threads_that_begin_in_a_slow_test_are_not_traced(pytester, monkeypatch, mark, is_traced):
    code = f"""
        import sys
        import threading

        import pytest

        @pytest.mark.{mark}
        def test_thread():
            traced = []
            note = lambda: traced.append(sys.gettrace() is not None)
            thread = threading.Thread(target=note)
            thread.start()
            thread.join()
            assert traced == [{is_traced}]
        """
    assert run(pytester, monkeypatch, code) == {"test_thread": (is_traced, is_traced)}
