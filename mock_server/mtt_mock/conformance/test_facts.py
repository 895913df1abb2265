"""The conformance suite as pytest tests: one for each check, named by fact and sentence."""

from __future__ import annotations

import pytest

from mtt_mock.conformance.checks import Check
from mtt_mock.conformance.outcomes import AbortRun
from mtt_mock.conformance.runner import RunSession
from mtt_mock.conformance.suite import checks


@pytest.mark.parametrize("check", checks(), ids=lambda check: f"{check.fact}: {check.name}")
def test_fact(mtt_session: RunSession, check: Check) -> None:
    """The fact holds at the endpoint."""
    try:
        outcome = mtt_session.run(check)
    except AbortRun as error:
        pytest.exit(str(error), returncode=2)
    if outcome.status == "not tested":
        pytest.skip(outcome.why)
    if outcome.status == "refuted":
        last = outcome.exchanges[-1] if outcome.exchanges else None
        pytest.fail(f"{check.fact} is refuted: {outcome.why}\n{last}", pytrace=False)
