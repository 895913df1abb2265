"""Coverage pauses during slow tests, and after some examples of a property."""

import os

from support.measured import Pauses


class Coverage:
    """Stands in for coverage, which sets the variable for child processes."""

    def __init__(self):
        self.running = True

    def start(self):
        self.running = True
        os.environ["COVERAGE_PROCESS_CONFIG"] = "{}"

    def stop(self):
        self.running = False


def test_coverage_pauses_during_slow_and_unmeasured_tests(pytester, monkeypatch):
    monkeypatch.setenv("COVERAGE_PROCESS_CONFIG", "{}")
    pytester.makeini("[pytest]\nmarkers =\n    slow\n    unmeasured")
    pytester.makepyfile(
        """
        import pytest

        def test_first(): pass

        @pytest.mark.unmeasured
        def test_second(): pass

        @pytest.mark.slow
        def test_third(): pass

        def test_fourth(): pass
        """
    )
    coverage, measured = Coverage(), {}

    class Notes:
        def pytest_runtest_call(self, item):
            measured[item.name] = (coverage.running, "COVERAGE_PROCESS_CONFIG" in os.environ)

    pytester.inline_run("-p", "no:cacheprovider", plugins=[Pauses(coverage), Notes()])
    assert measured == {
        "test_first": (True, True),
        "test_second": (False, False),
        "test_third": (False, False),
        "test_fourth": (True, True),
    }


def test_coverage_pauses_after_25_examples_of_a_property(pytester, monkeypatch):
    monkeypatch.setenv("COVERAGE_PROCESS_CONFIG", "{}")
    pytester.makepyfile(
        """
        from hypothesis import given, settings, strategies

        measured = []

        @settings(max_examples=30, database=None, derandomize=True)
        @given(strategies.integers())
        def test_property(number):
            measured.append(coverage.running)

        def test_next():
            assert coverage.running
            assert measured == [True] * 25 + [False] * 5
        """
    )
    coverage = Coverage()

    class Names:
        def pytest_collection_modifyitems(self, items):
            items[0].module.coverage = coverage

    done = pytester.inline_run("-p", "no:cacheprovider", plugins=[Pauses(coverage), Names()])
    done.assertoutcome(passed=2)
