"""Checks which caller_id of a call counts. Runs last, because a delete may leave the caller_id."""

from __future__ import annotations

from mtt_mock.conformance.checks import fact
from mtt_mock.conformance.outcomes import Inconclusive, expect
from mtt_mock.conformance.probe_calls import CALLER_ID
from mtt_mock.conformance.probe_client import ProbeClient

_PRESET_CALLER_ID = "74951001011"


@fact("call.caller_id.both", needs="calls")
def the_caller_id_of_the_call_replaces_that_of_the_preset(probe: ProbeClient) -> None:
    element = {"type": "Ringall", "redirect_number": probe.numbers[0]}
    probe.fill(element, caller_id=_PRESET_CALLER_ID)
    if probe.get().result.get("defaultBNumber"):
        raise Inconclusive("a delete does not clear defaultBNumber")
    # Without a b_number no phone rings.
    alone, both = (
        probe.of_customer("makeCallBackCallFollowme", **values).error
        for values in ({}, {"caller_id": CALLER_ID})
    )
    if alone == both:
        raise Inconclusive("only the called person sees which caller_id counts")
    probe.observe("call.caller_id.both", "refuse")
    expect(both, alone, "error of a call with another caller_id than the preset's")
