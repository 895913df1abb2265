"""The option --budgets: the CPU time of each folder of tests, and a failure at twice its budget."""

import pytest

from support import budgets


@pytest.fixture
def run(pytester, monkeypatch):
    """Return a function that runs a test of 0.1 CPU seconds in a folder with a budget.

    Another folder takes as long, and has a budget of ``others`` seconds.
    """
    code = """
        import time

        def test_it():
            end = time.process_time() + 0.1
            while time.process_time() < end:
                pass
        """
    pytester.makepyfile(**{"tests/busy/test_busy": code, "tests/others/test_others": code})

    def run(seconds, *arguments, others=20):
        monkeypatch.setitem(budgets.BUDGET_SECONDS, "busy", seconds)
        monkeypatch.setitem(budgets.BUDGET_SECONDS, "others", others)
        return pytester.runpytest_inprocess(
            "-p", "no:cacheprovider", "tests", *arguments, plugins=[budgets]
        )

    return run


def test_the_cpu_time_is_printed_beside_the_budget(run):
    result = run(90, "--budgets")
    assert result.ret == 0
    result.stdout.re_match_lines([r" +0\.\d of 90  busy"])


def test_twice_the_budget_fails_the_run(run):
    result = run(0.04, "--budgets")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["tests/busy takes more than twice its budget: *"])


def test_a_slow_machine_fails_no_run(run):
    result = run(0.02, "--budgets", others=0.02)
    assert result.ret == 0
    assert "busy takes" not in result.stdout.str()


def test_nothing_is_measured_without_the_option(run):
    result = run(0.04)
    assert result.ret == 0
    assert "busy takes" not in result.stdout.str()
