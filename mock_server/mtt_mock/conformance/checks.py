"""Declares checks: the fact that each one tests, and the permission that it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import mtt_contracts
from mtt_mock.conformance.probe_client import ProbeClient

Need = Literal["nothing", "change", "calls", "uploads", "large", "wrong password"]
Run = Callable[[ProbeClient], None]
NEEDS: dict[Need, str] = {
    "nothing": "",
    "change": "changes the structure; not with --read-only",
    "calls": "makes or may make calls; needs --allow-calls and --number",
    "uploads": "uploads files; needs --allow-uploads",
    "large": "sends large requests; needs --allow-large",
    "wrong password": "tries a wrong password; needs --allow-wrong-password",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One test of a fact: ``run`` raises ``CheckFailed`` if the endpoint contradicts it."""

    name: str
    fact: str
    needs: Need
    run: Run


_FACTS = {fact.id for fact in mtt_contracts.facts()}


def fact(fact_id: str, *, needs: Need = "nothing") -> Callable[[Run], Check]:
    """Make a function the check of a fact; the function's name is the sentence that it tests.

    Raises ``LookupError`` for a fact that the contract does not have.
    """
    if fact_id not in _FACTS:
        raise LookupError(f"the contract has no fact {fact_id!r}")

    def decorate(run: Run) -> Check:
        return Check(run.__name__.replace("_", " "), fact_id, needs, run)

    return decorate


_REASONS = {
    "event.where": "it protects other hosts from the fake; the service has no such rule",
    "event.": "needs a receiver with unusual responses, or other URLs",
    "ring.": "needs people who answer the phones or let them ring",
    "talk.": "needs people who answer the phones or let them ring",
    "call.direction": "needs people who see which phone rings first",
    "call.duration": "needs a talk that lasts",
    "call.record": "needs a person who listens to a recording",
    "call.": "would ring a number more than once",
    "info.kept": "needs a thousand calls",
    "info.": "no check makes such a call",
    "balance.": "needs an account that is charged, or without money",
    "prompt.value": "needs a person who listens to a call",
    "set.": "cannot be tested from outside",
}


def reason_untested(fact_id: str) -> str:
    """Return the reason why no check tests a fact."""
    for start, reason in _REASONS.items():
        if fact_id.startswith(start):
            return reason
    return "no check tests it"
