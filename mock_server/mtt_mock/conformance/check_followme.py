"""Checks setCallBackFollowme, getCallBackFollowme and deleteCallBackFollowme."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from mtt_mock.conformance.checks import fact
from mtt_mock.conformance.observations import error_value, find_limit, refusal_reason
from mtt_mock.conformance.outcomes import (
    CheckFailed,
    Inconclusive,
    SoftAssertions,
    expect,
    expect_status,
)
from mtt_mock.conformance.probe_client import ProbeClient, ProbeResponse, elements_of, request

_A = {"type": "Ringall", "redirect_number": "79000000001", "order": 1, "timeout": 25, "name": "a"}
_A2 = {"type": "Linear", "redirect_number": "79000000002", "order": 2, "name": "b"}
_TEXT_A = {"type": "text", "value": "Hello A", "side": "A"}
_TEXT_B = {"type": "text", "value": "Hello B", "side": "B"}
_FILE_B = {"type": "file", "value": "mtt_mock_verify", "side": "B", "order": 1}
_SUCCESS = {"success": 1}
_OTHER_CUSTOMER = "1000000"  # digits, because a service may refuse other names


def _conflict(side: str) -> dict[str, Any]:
    return {"error": 1, "error_description": f"Side {side} not clear. Delete before insert"}


def _expect_success(response: ProbeResponse, where: str) -> None:
    if response.is_refused:
        raise CheckFailed(response.envelope, "a success", where)


def _set_again(
    probe: ProbeClient, stored: dict[str, Any], element: dict[str, Any] | None = None
) -> Any:
    """Return the result of a set of ``element`` (default: the stored one) where one is stored."""
    probe.fill(stored)
    return probe.set(element or stored).envelope.get("result")


def prompt_side(probe: ProbeClient) -> str:
    """Return the side of prompts: ``"named"``, or one side for all of them."""
    if not probe.prompt_side:
        probe.fill(_TEXT_A)
        if not probe.set(_TEXT_B).is_refused:
            probe.prompt_side = "named"
            return "named"
        on_a, on_b, queue = (_set_again(probe, element) for element in (_TEXT_A, _TEXT_B, _A))
        one_side = "A" if on_a == queue else "B"
        probe.prompt_side = "named" if on_a != on_b else one_side
    return probe.prompt_side


def _need_sides(probe: ProbeClient) -> None:
    if prompt_side(probe) != "named":
        raise Inconclusive("prompts do not belong to the side that they name")


def _expect_refused(response: ProbeResponse, where: str) -> None:
    if not response.is_refused:
        raise CheckFailed(response.envelope, "a refusal", where)


def _expect_path(response: ProbeResponse, path: str) -> None:
    error = response.error
    expect(error["code"], -32602, f"code, {path} wrong")
    if path not in str(error["data"]):
        raise CheckFailed(error["data"], f"text that names {path}", "data")


@fact("delete.nothing", needs="change")
def delete_without_a_structure_succeeds(probe: ProbeClient) -> None:
    # Runs before the checks that set numbers, because a delete may leave them.
    probe.fill(_A2)
    if any(probe.get().result.get(name) for name in ("caller_id", "defaultBNumber")):
        raise Inconclusive("a delete does not clear everything")
    probe.clear()
    _expect_success(probe.of_customer("deleteCallBackFollowme"), "result")


@fact("set.success", needs="change")
def success_is_the_number_1(probe: ProbeClient) -> None:
    probe.clear()
    response = probe.set(_A)
    if not response.is_refused:
        probe.observe("set.success", response.result)
    expect_status(response.status, HTTPStatus.OK)
    expect(response.result, _SUCCESS, "result")


@fact("set.conflict", needs="change")
def a_side_that_is_not_clear_is_refused_inside_result(probe: ProbeClient) -> None:
    probe.fill(_A)
    response = probe.set(_A2)
    expect_status(response.status, HTTPStatus.OK)
    expect(response.envelope.get("result"), _conflict("A"), "result")
    expect("error" in response.envelope, expected=False, where="an error envelope")


@fact("set.conflict.side_b", needs="change")
def side_b_is_refused_likewise(probe: ProbeClient) -> None:
    _need_sides(probe)
    probe.fill(_TEXT_B)
    response = probe.set({**_TEXT_B, "value": "Hello again"})
    expect_status(response.status, HTTPStatus.OK)
    expect(response.envelope.get("result"), _conflict("B"), "result")


@fact("set.conflict.rule", needs="change")
def side_a_is_checked_first(probe: ProbeClient) -> None:
    _need_sides(probe)
    probe.fill(_A, _TEXT_B)
    both = probe.set(_TEXT_B, _A2).envelope.get("result")
    conflicts = [_set_again(probe, element) for element in (_A, _TEXT_B)]
    probe.fill(_A)
    first = "B" if both == conflicts[1] != conflicts[0] else "A"
    rule = {"first": first, "any": probe.set(_TEXT_B).is_refused}
    if conflicts[0] != conflicts[1]:
        probe.observe("set.conflict.rule", rule)
    expect(both, _conflict("A"), "result")


@fact("set.conflict.rule", needs="change")
def a_prompt_for_side_a_meets_a_number_on_side_a(probe: ProbeClient) -> None:
    probe.fill(_A)
    _expect_refused(probe.set(_TEXT_A), "a prompt where a number is")


@fact("set.conflict.unchanged", needs="change")
def a_refused_set_changes_nothing(probe: ProbeClient) -> None:
    _need_sides(probe)
    probe.fill(_A, caller_id="74951001010")
    before = probe.get().result
    probe.set(_TEXT_B, _A2, caller_id="74951001011", defaultBNumber="79000000009")
    after = probe.get().result
    probe.observe("set.conflict.unchanged", "nothing" if after == before else "clear sides")
    expect(after, before, "the stored structure after the refusal")


@fact("set.join", needs="change")
def a_set_for_a_clear_side_adds_elements(probe: ProbeClient) -> None:
    _need_sides(probe)
    probe.fill(_A, caller_id="74951001010", defaultBNumber="79000000008")
    _expect_success(probe.set(_TEXT_B, defaultBNumber="79000000009"), "result")
    stored = probe.get().result
    replaced = stored.get("defaultBNumber") == "79000000009"
    probe.observe("set.join", "replace" if replaced else "keep")
    expect(
        stored,
        {
            "callBackFollowmeStruct": [_A, _TEXT_B],
            "caller_id": "74951001010",
            "defaultBNumber": "79000000009",
        },
        "the stored structure",
    )


@fact("set.side.queue", needs="change")
def numbers_belong_to_side_a(probe: ProbeClient) -> None:
    seen, on_a, on_b = (
        _set_again(probe, element, {**_A2, "side": "A"})
        for element in ({**_A, "side": "B"}, _A, _TEXT_B)
    )
    # Where any side refuses a set, the refusal names the side.
    if on_a != on_b:
        probe.observe("set.side.queue", "A" if seen == on_a else "named")
    probe.fill({**_A, "side": "B"})
    _expect_success(probe.set(_TEXT_B), "side B, which is clear")
    _expect_refused(probe.set(_A2), "side A, which is not")


@fact("set.side.prompt", needs="change")
def a_prompt_belongs_to_the_side_that_it_names(probe: ProbeClient) -> None:
    probe.observe("set.side.prompt", prompt_side(probe))
    probe.fill(_TEXT_B)
    _expect_success(probe.set(_TEXT_A), "side A, which is clear")
    _expect_refused(probe.set(_TEXT_B), "side B, which is not")


@fact("set.atomic", needs="change")
def one_of_concurrent_sets_succeeds(probe: ProbeClient) -> None:
    structs = [
        [{**_A, "name": f"set {number}"}, {**_TEXT_B, "value": f"set {number}"}]
        for number in range(4)
    ]
    sets = [
        request(
            "setCallBackFollowme",
            id=1,
            params={"customer_name": probe.customer, "callBackFollowmeStruct": struct},
        )
        for struct in structs
    ]
    # Sets that did not overlap have one winner too, so try twice.
    for _ in range(2):
        probe.clear()
        responses = probe.endpoint.post_concurrently(sets)
        won = [not response.is_refused for response in responses]
        if sum(won) != 1:
            break
    if any(won):
        probe.observe("set.atomic", "one wins" if sum(won) == 1 else "all win")
    expect(sum(won), 1, "sets that succeeded")
    expect(probe.stored(), structs[won.index(True)], "the stored structure")


@fact("set.per_customer", needs="change")
def another_customer_name_does_not_show_it(probe: ProbeClient) -> None:
    def other() -> ProbeResponse:
        return probe.call("getCallBackFollowme", {"customer_name": _OTHER_CUSTOMER})

    probe.clear()
    nothing, before = probe.get().envelope, other().envelope
    probe.fill(_A)
    response = other()
    if elements_of(response):
        probe.observe("set.per_customer", "login")
    elif response.envelope == before == nothing:
        probe.observe("set.per_customer", "customer")
    expect(elements_of(response), [], "what another customer_name shows")


@fact("set.empty", needs="change")
def an_empty_structure_is_accepted_and_clears_nothing(probe: ProbeClient) -> None:
    probe.fill(_A)
    _expect_success(probe.set(), "result")
    expect(probe.stored(), [_A], "the stored structure")


@fact("set.limit", needs="large")
def more_than_1000_elements_are_refused(probe: ProbeClient) -> None:
    def accepts(size: int) -> bool:
        probe.clear()
        return not probe.set(*[{"type": "linear", "redirect_number": "7"}] * size).is_refused

    limit = find_limit(accepts, 1000, most=4096)
    if limit is None:
        raise CheckFailed("4096 elements are stored", "a refusal", "a large structure")
    probe.expect_value("set.limit", limit)


def _observe_spellings(probe: ProbeClient) -> None:
    elements = {word: {**_A, "type": word} for word in ("ringall", "linear", "linal", "lineral")}
    taken = []
    for word, element in (elements | {"text": _TEXT_A}).items():
        probe.clear()
        if not probe.set(element).is_refused:
            taken.append(word)
    # A file may be refused for another reason: it was not uploaded.
    probe.observe("set.type.words", [*taken, "file"])


@fact("set.type.words", needs="change")
def all_spellings_of_types_are_returned_as_sent(probe: ProbeClient) -> None:
    _observe_spellings(probe)
    words = ("Ringall", "ringall", "RINGALL", "Linear", "linear", "linal", "lineral")
    elements = [{**_A, "type": word, "order": index} for index, word in enumerate(words)]
    elements += [{**_TEXT_B, "type": "Text"}, {**_FILE_B, "type": "FILE"}]
    probe.clear()
    _expect_success(probe.set(*elements), "result")
    expect(probe.stored(), elements, "the stored structure")


@fact("set.side.type_decides", needs="change")
def a_prompt_with_a_number_is_a_prompt(probe: ProbeClient) -> None:
    _need_sides(probe)
    if probe.observed.get("set.side.queue") == "named":
        raise Inconclusive("queue elements belong to the side that they name")
    probe.fill({**_TEXT_B, "redirect_number": "79000000001"})
    response = probe.set(_A)
    by_type = not response.is_refused
    if probe.observed.get("set.conflict.rule", {}).get("any"):
        # Any set is refused; the refusal names the side that holds the element.
        on_a, on_b = (_set_again(probe, element, _A) for element in (_TEXT_A, _TEXT_B))
        if on_a != on_b:
            by_type = response.envelope.get("result") == on_b
            probe.observe("set.side.type_decides", "type" if by_type else "redirect_number")
    else:
        probe.observe("set.side.type_decides", "type" if by_type else "redirect_number")
    _expect_success(response, "a set for side A")


@fact("set.order.repeated", needs="change")
def orders_may_repeat(probe: ProbeClient) -> None:
    probe.clear()
    response = probe.set(_A, {**_A2, "order": 1})
    probe.expect_value("set.order.repeated", "refuse" if response.is_refused else "accept")


@fact("set.element.relaxed", needs="change")
def a_number_needs_no_name_and_a_prompt_may_have_a_timeout(probe: ProbeClient) -> None:
    probe.clear()
    without_name = {name: value for name, value in _A.items() if name != "name"}
    name_needed = probe.set(without_name).is_refused
    probe.clear()
    timeout_refused = probe.set({**_TEXT_B, "timeout": 25}).is_refused
    value = {
        "name": "required" if name_needed else "optional",
        "prompt_timeout": "refuse" if timeout_refused else "accept",
    }
    probe.expect_value("set.element.relaxed", value)


@fact("set.element.unknown", needs="change")
def unknown_fields_are_ignored_and_not_stored(probe: ProbeClient) -> None:
    probe.clear()
    response = probe.set({**_A, "colour": "red"})
    stored = probe.stored()
    kept = "store" if stored and "colour" in stored[0] else "ignore"
    probe.observe("set.element.unknown", "refuse" if response.is_refused else kept)
    _expect_success(response, "result")
    expect(stored, [_A], "the stored structure")


@fact("set.element.invalid", needs="change")
def an_invalid_element_is_refused_by_index_and_field(probe: ProbeClient) -> None:
    soft = SoftAssertions()
    _observe_refusal(probe, {"type": "text", "side": "A"})
    for element, field in (
        ({"type": "Ringall"}, "redirect_number"),
        ({"type": "text", "side": "A"}, "value"),
        ({"type": "text", "value": "Hello"}, "side"),
        ({**_A, "type": "queue"}, "type"),
        ({**_TEXT_A, "side": "C"}, "side"),
        ({**_A, "order": "1"}, "order"),
        ({**_A, "timeout": "25"}, "timeout"),
    ):
        probe.clear()
        with soft:
            _expect_path(probe.set(_A2, element), f"callBackFollowmeStruct[1].{field}")
            expect(probe.stored(), [], f"the stored structure, {field} wrong")
    soft.raise_all()


def _observe_refusal(probe: ProbeClient, element: dict[str, Any]) -> None:
    probe.clear()
    params = {"customer_name": probe.customer, "callBackFollowmeStruct": [element]}
    error = probe.set(element).envelope.get("error")
    if isinstance(error, dict):
        reason = refusal_reason("setCallBackFollowme", params)
        probe.observe("set.element.invalid", error_value(error, reason=reason))


@fact("set.element.cyrillic", needs="change")
def a_cyrillic_side_is_named_in_the_refusal(probe: ProbeClient) -> None:
    probe.clear()
    response = probe.set({**_TEXT_B, "side": "\u0412"})
    probe.observe("set.element.cyrillic", "refuse" if response.is_refused else "accept")
    _expect_path(response, "callBackFollowmeStruct[0].side")
    if "cyrillic" not in str(response.error["data"]).lower():
        raise CheckFailed(response.error["data"], "text that names Cyrillic", "data")


@fact("set.number", needs="change")
def numbers_are_digits_with_or_without_plus(probe: ProbeClient) -> None:
    soft = SoftAssertions()
    probe.clear()
    _expect_success(probe.set({**_A, "redirect_number": "+79000000001"}), "result")
    for number in ("7-900-000-00-01", "sales", ""):
        probe.clear()
        response = probe.set({**_A, "redirect_number": number})
        if number == "sales":
            probe.observe("set.number", "digits" if response.is_refused else "any")
        with soft:
            _expect_refused(response, f"number {number!r}")
    soft.raise_all()


@fact("set.customer_name")
def an_unknown_customer_has_nothing_set(probe: ProbeClient) -> None:
    response = probe.call("getCallBackFollowme", {"customer_name": "mtt-mock-verify-nobody"})
    refused = response.envelope.get("error", {}).get("code") == -32602
    probe.observe("set.customer_name", "digits" if refused else "any")
    response.expect_error(-32603, "Callback followme structure not found")


@fact("get.shape", needs="change")
def the_structure_comes_back_in_order_with_caller_id_and_b_number(probe: ProbeClient) -> None:
    probe.fill(_TEXT_B, _A2, _A)
    result = probe.get().result
    words = {None: "null", "": "empty", "left out": "left out"}
    numbers = (result.get(name, "left out") for name in ("caller_id", "defaultBNumber"))
    shapes = [words[number] for number in numbers if number in words]
    if shapes:  # else a delete has left both numbers
        probe.observe("get.shape", shapes[0])
    expect(result, {"callBackFollowmeStruct": [_TEXT_B, _A2, _A]}, "without numbers")
    more = {"caller_id": "74951001010", "defaultBNumber": "79000000009"}
    probe.fill(_A, _TEXT_B, **more)
    expect(probe.get().result, {"callBackFollowmeStruct": [_A, _TEXT_B], **more}, "with numbers")


@fact("get.nothing", needs="change")
def get_without_a_structure_is_an_error(probe: ProbeClient) -> None:
    probe.clear()
    probe.get().expect_error(-32603, "Callback followme structure not found")


@fact("delete.both", needs="change")
def delete_clears_both_sides_and_both_numbers(probe: ProbeClient) -> None:
    probe.fill(_A, _TEXT_B, caller_id="74951001010", defaultBNumber="79000000009")
    _expect_success(probe.of_customer("deleteCallBackFollowme"), "result")
    left = probe.get()
    _observe_delete(probe, left)
    expect(elements_of(left), [], "the stored structure")
    _expect_success(probe.set(_A2, _TEXT_B), "a set afterwards")
    expect(probe.get().result, {"callBackFollowmeStruct": [_A2, _TEXT_B]}, "stored afterwards")


def _observe_delete(probe: ProbeClient, left: ProbeResponse) -> None:
    held = {element.get("side", "A") for element in elements_of(left)}
    if not held:  # the numbers show once something is set again
        probe.set(_A2, _TEXT_B)
        left = probe.get()
        probe.clear()
    result = left.envelope.get("result", {})
    held |= {name for name in ("caller_id", "defaultBNumber") if result.get(name)}
    parts = ["A", "B", "caller_id", "defaultBNumber"]
    probe.observe("delete.both", [part for part in parts if part not in held])
