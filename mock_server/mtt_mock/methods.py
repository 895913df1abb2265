"""MTT's methods: validated params → domain → result, in MTT's words."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import mtt_contracts
from mtt_contracts import canonical_type
from mtt_mock import rpc
from mtt_mock.accounts import Account
from mtt_mock.domain.followme import EMPTY, Element, Followme, SideNotClearError, insert
from mtt_mock.domain.store import Store
from mtt_mock.fast_validation import Validator, params_validator
from mtt_mock.rpc.errors import InternalError, InvalidParams

_MOST_PROBLEMS = 5
_ELEMENT_FIELDS = frozenset(mtt_contracts.schema("followme_element")["properties"])


def mtt_methods(store: Callable[[], Store]) -> list[rpc.Method]:
    """Return the service's methods over whatever ``store()`` is at the time of each call."""
    handlers: dict[str, Callable[[Store, dict[str, Any]], Any]] = {
        "setCallBackFollowme": _set_followme,
        "getCallBackFollowme": _get_followme,
        "deleteCallBackFollowme": _delete_followme,
    }
    return [
        rpc.Method(
            name=method.name,
            parameters=tuple(
                rpc.Parameter(each.name, each.required, each.default, each.smd_type)
                for each in method.parameters
            ),
            run=partial(_run, store, params_validator(method), handlers[method.name]),
            returns=method.smd_returns,
        )
        for method in mtt_contracts.methods().values()
    ]


def wire_followme(followme: Followme) -> dict[str, Any]:
    """Return what is preset as getCallBackFollowme answers it."""
    result: dict[str, Any] = {
        "callBackFollowmeStruct": [element.fields for element in followme.elements]
    }
    if followme.caller_id:
        result["caller_id"] = followme.caller_id
    if followme.default_b_number:
        result["defaultBNumber"] = followme.default_b_number
    return result


def _run(
    store: Callable[[], Store],
    validate: Validator,
    handler: Callable[[Store, dict[str, Any]], Any],
    params: dict[str, Any],
    caller: Account,
) -> Any:
    problems = validate(params)
    if problems:
        raise InvalidParams(_sentence(problems))
    customer_name = params["customer_name"]
    if not caller.owns(customer_name):
        raise InternalError(f"Customer {customer_name[:60]} does not belong to this login")
    return handler(store(), params)


def _sentence(problems: list[mtt_contracts.Problem]) -> str:
    shown = "; ".join(str(problem) for problem in problems[:_MOST_PROBLEMS])
    # Not how many more: the contract stops looking after the first hundred.
    return f"{shown}; and more" if len(problems) > _MOST_PROBLEMS else shown


def _set_followme(store: Store, params: dict[str, Any]) -> dict[str, Any]:
    elements = [_element(sent) for sent in params["callBackFollowmeStruct"]]
    try:
        store.change_followme(
            params["customer_name"],
            lambda current: insert(
                current, elements, params["caller_id"], params["defaultBNumber"]
            ),
        )
    except SideNotClearError as error:
        # The trap of this API: the refusal hides inside result, with HTTP 200 (MTT's page).
        return {"error": 1, "error_description": str(error)}
    return {"success": 1}


def _get_followme(store: Store, params: dict[str, Any]) -> dict[str, Any]:
    followme = store.followme(params["customer_name"])
    if not followme.elements:
        raise InternalError("Callback followme structure not found")
    return wire_followme(followme)


def _delete_followme(store: Store, params: dict[str, Any]) -> dict[str, Any]:
    store.change_followme(params["customer_name"], lambda _: EMPTY)
    return {"success": 1}


def _element(sent: dict[str, Any]) -> Element:
    kind = canonical_type(sent["type"]) or sent["type"]
    return Element(
        kind=kind,
        # A number to ring is side A whatever its side says (MTT's page).
        side="A" if kind in ("Ringall", "Linear") else sent["side"],
        fields={name: value for name, value in sent.items() if name in _ELEMENT_FIELDS},
    )
