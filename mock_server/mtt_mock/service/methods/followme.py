"""The methods setCallBackFollowme, getCallBackFollowme and deleteCallBackFollowme."""

from __future__ import annotations

from typing import Any

import mtt_contracts
from mtt_contracts import canonical_type
from mtt_mock.domain.followme import (
    EMPTY_FOLLOWME,
    Element,
    Followme,
    SideNotClearError,
    cleared_followme,
    insert,
)
from mtt_mock.jsonrpc.errors import InvalidParams
from mtt_mock.service.context import ServiceContext
from mtt_mock.service.methods.method_request import MethodRequest
from mtt_mock.service.methods.prompts import check_prompts

_ELEMENT_FIELDS = frozenset(mtt_contracts.schema("followme_element")["properties"])


def set_followme(service: ServiceContext, request: MethodRequest) -> dict[str, Any]:
    """Add elements to the preset, unless one of their sides is not clear."""
    params = request.params
    elements = parse_elements(params["callBackFollowmeStruct"])
    check_prompts(service, request, elements, "callBackFollowmeStruct")
    rule = service.profile["set.conflict.rule"]
    if not elements and service.profile["set.empty"] == "refuse":
        raise InvalidParams("callBackFollowmeStruct is empty")
    try:
        service.store.change_followme(
            request.customer,
            lambda current: insert(
                current,
                elements,
                params["caller_id"],
                params["defaultBNumber"],
                first=rule["first"],
                any_side=rule["any"],
            ),
        )
    except SideNotClearError as error:
        # The refusal is a result with HTTP 200, not an error (MTT's page).
        return dict(service.profile["set.conflict" if error.side == "A" else "set.conflict.side_b"])
    return {"success": 1}


def get_followme(service: ServiceContext, request: MethodRequest) -> dict[str, Any]:
    """Return the preset; without one fail (assumption)."""
    followme = service.store.followme(request.customer)
    if not followme.elements:
        raise service.profile.error("get.nothing")
    return wire_followme(followme)


def delete_followme(service: ServiceContext, request: MethodRequest) -> dict[str, Any]:
    """Clear both sides, caller_id and defaultBNumber."""
    cleared = frozenset(service.profile["delete.both"])
    refusal = service.profile["delete.nothing"]

    def clear(current: Followme) -> Followme:
        if refusal is not None and current == EMPTY_FOLLOWME:
            raise service.profile.error("delete.nothing")
        return cleared_followme(current, cleared)

    service.store.change_followme(request.customer, clear)
    return {"success": 1}


def wire_followme(followme: Followme) -> dict[str, Any]:
    """Return the preset in the format of getCallBackFollowme."""
    result: dict[str, Any] = {
        "callBackFollowmeStruct": [element.fields for element in followme.elements]
    }
    if followme.caller_id:
        result["caller_id"] = followme.caller_id
    if followme.default_b_number:
        result["defaultBNumber"] = followme.default_b_number
    return result


def parse_elements(struct: list[dict[str, Any]]) -> list[Element]:
    """Return the elements of a valid structure."""
    return [_element(sent) for sent in struct]


def _element(sent: dict[str, Any]) -> Element:
    kind = canonical_type(sent["type"]) or sent["type"]
    if sent.keys() <= _ELEMENT_FIELDS:
        fields = sent.copy()
    else:
        fields = {name: value for name, value in sent.items() if name in _ELEMENT_FIELDS}
    return Element(
        kind=kind,
        # A queue element is side A, its own ``side`` is ignored (MTT's page).
        side="A" if kind in mtt_contracts.QUEUES else sent["side"],
        fields=fields,
    )
