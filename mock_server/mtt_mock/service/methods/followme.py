"""The methods setCallBackFollowme, getCallBackFollowme and deleteCallBackFollowme."""

from __future__ import annotations

from typing import Any

import mtt_contracts
from mtt_contracts import QUEUES, canonical_type
from mtt_mock.domain.followme import (
    EMPTY_FOLLOWME,
    Element,
    Followme,
    Side,
    SideNotClearError,
    cleared_followme,
    insert,
)
from mtt_mock.domain.text import shorten
from mtt_mock.jsonrpc.errors import InvalidParams
from mtt_mock.service.context import ServiceContext
from mtt_mock.service.methods.method_request import MethodRequest
from mtt_mock.service.methods.prompts import check_prompts
from mtt_mock.service.profile import Profile
from mtt_mock.service.profile_rules import FollowmeRules

_ELEMENT_FIELDS = frozenset(mtt_contracts.schema("followme_element")["properties"])
_DEFAULT_RULES = FollowmeRules.from_profile(Profile())
_LATIN_SIDES: dict[str, Side] = {"\u0410": "A", "\u0412": "B"}  # of Cyrillic letters


def set_followme(service: ServiceContext, request: MethodRequest) -> dict[str, Any]:
    """Add elements to the preset, unless one of their sides is not clear."""
    params, rules = request.params, service.followme_rules
    elements = parse_elements(params["callBackFollowmeStruct"], rules)
    check_prompts(service, request, elements, "callBackFollowmeStruct")
    if not elements and rules.refuses_empty:
        raise InvalidParams("callBackFollowmeStruct is empty")
    owner = service.preset_owner(request.caller.account, request.customer)
    service.limits.check_customer(owner)
    checked = service.preset_of_race(owner) if rules.sets_race and elements else None
    conflict: Side | None = None
    before = EMPTY_FOLLOWME

    def change(current: Followme) -> Followme:
        nonlocal before, conflict
        before, conflict = current, None  # a database may run it again
        try:
            return insert(
                current,
                elements,
                params["caller_id"],
                params["defaultBNumber"],
                rules=rules.insert,
                checked=checked,
            )
        except SideNotClearError as error:
            if not rules.adds_clear_side:
                raise
            conflict = error.side
            held = checked or current
            clear = [element for element in elements if not held.side(element.side)]
            return insert(current, clear, checked=checked)

    try:
        service.store.change_followme(owner, change)
    except SideNotClearError as error:
        conflict = error.side
    request.call.prior = before
    if conflict is None:
        return dict(rules.success)
    # The refusal is a result with HTTP 200, not an error (MTT's page).
    return dict(service.profile["set.conflict" if conflict == "A" else "set.conflict.side_b"])


def get_followme(service: ServiceContext, request: MethodRequest) -> dict[str, Any]:
    """Return the preset; without one fail (assumption)."""
    owner = service.preset_owner(request.caller.account, request.customer)
    followme = service.store.followme(owner)
    request.call.prior = followme
    if not followme.elements:
        raise service.profile.error("get.nothing")
    return wire_followme(followme, service.followme_rules.unset_numbers)


def delete_followme(service: ServiceContext, request: MethodRequest) -> dict[str, Any]:
    """Clear both sides, caller_id and defaultBNumber."""
    owner = service.preset_owner(request.caller.account, request.customer)
    rules, call = service.followme_rules, request.call

    def clear(current: Followme) -> Followme:
        call.prior = current
        if rules.refuses_delete and current == EMPTY_FOLLOWME:
            raise service.profile.error("delete.nothing")
        return cleared_followme(current, rules.cleared)

    service.store.change_followme(owner, clear)
    return dict(rules.success)


def wire_followme(followme: Followme, missing: str = "left out") -> dict[str, Any]:
    """Return the preset in the format of getCallBackFollowme.

    ``missing`` is the form of an unset caller_id and defaultBNumber.
    """
    result: dict[str, Any] = {
        "callBackFollowmeStruct": [element.fields for element in followme.elements]
    }
    unset = "" if missing == "empty" else None
    if followme.caller_id or missing != "left out":
        result["caller_id"] = followme.caller_id or unset
    if followme.default_b_number or missing != "left out":
        result["defaultBNumber"] = followme.default_b_number or unset
    return result


def parse_elements(
    struct: list[dict[str, Any]], rules: FollowmeRules = _DEFAULT_RULES
) -> list[Element]:
    """Return the elements of a valid structure."""
    if rules.refuses_repeated_orders:
        _check_orders(struct)
    return [_element(rules, sent) for sent in struct]


def _element(rules: FollowmeRules, sent: dict[str, Any]) -> Element:
    kind = canonical_type(sent["type"]) or sent["type"]
    is_a = kind in QUEUES or (rules.numbers_decide and "redirect_number" in sent)
    return Element(
        kind=kind,
        # A queue element is side A, its own ``side`` is ignored (MTT's page).
        side=(
            "A"
            if is_a and not rules.queues_name_sides
            else rules.prompt_side
            if rules.prompt_side and not is_a
            else _named_side(sent)
        ),
        fields=sent.copy() if sent.keys() <= _ELEMENT_FIELDS else _known_fields(rules, sent),
    )


def _named_side(sent: dict[str, Any]) -> Side:
    side: Side = sent.get("side", "A")
    return _LATIN_SIDES.get(side, side)


def _check_orders(struct: list[dict[str, Any]]) -> None:
    orders = [element["order"] for element in struct if "order" in element]
    if len(set(orders)) < len(orders):
        raise InvalidParams("two elements have the same order")


def _known_fields(rules: FollowmeRules, sent: dict[str, Any]) -> dict[str, Any]:
    if rules.unknown_field == "refuse":
        name = next(name for name in sent if name not in _ELEMENT_FIELDS)
        raise InvalidParams(f"an element has the unknown field {shorten(name, 60)}")
    if rules.unknown_field == "store":
        return sent.copy()
    return {name: value for name, value in sent.items() if name in _ELEMENT_FIELDS}
