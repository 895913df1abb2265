"""Declares a check: the fact it is about, and the permission it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import mtt_contracts
from mtt_mock.conformance.probe_client import Ask

Need = Literal["nothing", "change", "calls", "uploads", "large", "wrong password"]
Run = Callable[[Ask], None]
NEEDS: dict[Need, str] = {
    "nothing": "",
    "change": "changes the structure; not with --read-only",
    "calls": "places or may place calls; needs --allow-calls and --number",
    "uploads": "uploads files; needs --allow-uploads",
    "large": "sends large requests; needs --allow-large",
    "wrong password": "tries a wrong password; needs --allow-wrong-password",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One question to the endpoint: ``run`` raises ``CheckFailed`` when ``fact`` does not hold."""

    name: str
    fact: str
    needs: Need
    run: Run


_FACTS = {fact.id for fact in mtt_contracts.facts()}


def fact(fact_id: str, *, needs: Need = "nothing") -> Callable[[Run], Check]:
    """Mark a function as the check of a fact; its name is a sentence about it.

    Raises ``LookupError`` for a fact that the contract does not have.
    """
    if fact_id not in _FACTS:
        raise LookupError(f"the contract has no fact {fact_id!r}")

    def decorate(run: Run) -> Check:
        return Check(run.__name__.replace("_", " "), fact_id, needs, run)

    return decorate


_REASONS = {
    "event.": "needs a receiver that answers in odd ways, or other URLs",
    "ring.": "needs people at the phones, who answer or do not",
    "talk.": "needs people at the phones, who answer or do not",
    "call.direction": "needs people at the phones, who see who is rung first",
    "call.duration": "needs a talk that lasts",
    "call.client_caller_id": "needs someone who sees the phone's display",
    "call.record": "needs a recording to be heard",
    "call.": "would ring a number more than once",
    "info.kept": "needs a thousand calls",
    "info.": "needs a call with this end; only one call is placed",
    "balance.": "needs an account that is charged, or without money",
    "prompt.value": "shows only in a call, to the ear",
    "set.": "cannot be asked from outside",
}


def reason_untested(fact_id: str) -> str:
    """Return why no check asks about a fact."""
    for start, reason in _REASONS.items():
        if fact_id.startswith(start):
            return reason
    return "no check asks about it"
