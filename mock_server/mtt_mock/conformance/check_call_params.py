"""Checks the parameters of makeCallBackCallFollowme with refused calls: no phone rings."""

from __future__ import annotations

from typing import Any

from mtt_mock.conformance.checks import fact
from mtt_mock.conformance.observations import find_limit
from mtt_mock.conformance.outcomes import Inconclusive, expect
from mtt_mock.conformance.probe_calls import CALLER_ID
from mtt_mock.conformance.probe_client import ProbeClient, ProbeResponse

_INVALID_PARAMS = -32602


@fact("call.struct.simple", needs="calls")
def an_empty_structure_counts_as_none(probe: ProbeClient) -> None:
    response = _call_without_structure(probe, simpleCallBackFollowmeStruct=[])
    probe.expect_value("call.struct.simple", "refuse" if _is_invalid(response) else "none")


@fact("call.empty", needs="calls")
def empty_texts_count_as_none(probe: ProbeClient) -> None:
    # Not callBackURL: it has an error of its own.
    response = _call_without_structure(probe, b_number="", duration="")
    probe.expect_value("call.empty", "refuse" if _is_invalid(response) else "none")


@fact("call.struct.preset", needs="calls")
def a_passed_structure_replaces_the_preset(probe: ProbeClient) -> None:
    struct = [{"type": "Ringall", "redirect_number": probe.numbers[1], "timeout": 25}]
    prompt = {"type": "text", "value": "Hello", "side": "A"}
    # Without a b_number no phone rings.
    probe.fill(prompt)
    preset, both = (
        probe.of_customer("makeCallBackCallFollowme", **values).error
        for values in ({}, {"simpleCallBackFollowmeStruct": struct})
    )
    probe.clear()
    passed = probe.of_customer(
        "makeCallBackCallFollowme", simpleCallBackFollowmeStruct=struct
    ).error
    if preset == passed:
        raise Inconclusive("the errors of both structures are the same")
    if both in (preset, passed):
        value = "preset first" if both == preset else "passed first"
        probe.observe("call.struct.preset", value)
    expect(both, passed, "error of a call with both structures")


@fact("call.preset_values", needs="calls")
def the_presets_numbers_count_with_a_passed_structure(probe: ProbeClient) -> None:
    number = probe.numbers[1]
    if probe.observed.get("call.caller_id") == "optional":
        raise Inconclusive("a call needs no caller_id")
    struct = [{"type": "Ringall", "redirect_number": number, "timeout": 25}]
    responses = []
    for values in ({"defaultBNumber": number}, {}):
        probe.fill(*struct, **values)
        responses.append(
            probe.of_customer("makeCallBackCallFollowme", simpleCallBackFollowmeStruct=struct)
        )
    if probe.get().result.get("defaultBNumber"):
        raise Inconclusive("a delete does not clear defaultBNumber")
    # Neither call has a caller_id; the second has no b_number either.
    counts = responses[0].error != responses[1].error
    probe.expect_value("call.preset_values", "count" if counts else "ignored")


@fact("call.direction.b", needs="calls")
def a_direction_may_be_text(probe: ProbeClient) -> None:
    _check_text(probe, "call.direction.b", direction="1")


@fact("call.record.others", needs="calls")
def record_enable_may_be_text(probe: ProbeClient) -> None:
    _check_text(probe, "call.record.others", recordEnable="0")


@fact("call.duration.from", needs="calls")
def a_duration_is_86400_at_most(probe: ProbeClient) -> None:
    limit = find_limit(
        lambda seconds: not _is_invalid(_call_without_structure(probe, duration=seconds)),
        86_400,
        most=86_401,
    )
    if limit is not None:
        probe.observe_members("call.duration.from", {"maximum": limit})
    expect(limit, 86_400, "the longest duration")


@fact("call.description", needs="calls")
def a_description_has_1000_characters_at_most(probe: ProbeClient) -> None:
    limit = find_limit(
        lambda size: not _is_invalid(_call_without_structure(probe, callDescription="x" * size)),
        1000,
        most=4096,
    )
    if limit is not None:
        probe.observe_members("call.description", {"maximum": limit})
    expect(limit, 1000, "characters in the longest description")


def _check_text(probe: ProbeClient, fact_id: str, **params: str) -> None:
    is_taken = not _is_invalid(_call_without_structure(probe, **params))
    probe.expect_value(fact_id, "text or number" if is_taken else "number")


def _call_without_structure(probe: ProbeClient, **params: Any) -> ProbeResponse:
    probe.clear()
    values = {"b_number": probe.numbers[1], "caller_id": CALLER_ID} | params
    return probe.of_customer("makeCallBackCallFollowme", **values)


def _is_invalid(response: ProbeResponse) -> bool:
    return bool(response.error["code"] == _INVALID_PARAMS)
