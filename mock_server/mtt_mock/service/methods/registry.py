"""The methods by name, with the checks before each: validation and customer ownership."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import mtt_contracts
from mtt_mock import jsonrpc
from mtt_mock.domain.store import StoreUnavailableError
from mtt_mock.domain.url_secrets import mask_url_secrets
from mtt_mock.jsonrpc.errors import InvalidParams, ServiceUnavailable
from mtt_mock.service.context import Caller, ServiceContext
from mtt_mock.service.methods import balance, calls, followme, prompts
from mtt_mock.service.methods.method_request import MethodRequest
from mtt_mock.service.methods.stubbing import run_stubbed
from mtt_mock.service.profile import Profile

Handler = Callable[[ServiceContext, MethodRequest], Any]

MAX_PROBLEMS = 5
_HANDLERS: dict[str, Handler] = {
    "setCallBackFollowme": followme.set_followme,
    "getCallBackFollowme": followme.get_followme,
    "deleteCallBackFollowme": followme.delete_followme,
    "setCallBackPrompt": prompts.set_prompt,
    "getCallBackFollowmeCallInfo": calls.get_call_info,
    "makeCallBackCallFollowme": calls.make_call,
    "getCustomerBalance": balance.get_balance,
}


def mtt_methods(service: ServiceContext) -> list[jsonrpc.RpcMethod]:
    """Return the service's methods, in the order of the service map."""
    has_balance = service.profile["balance.exists"]
    return [
        _method(service, method)
        for method in mtt_contracts.methods().values()
        if has_balance or method.name != "getCustomerBalance"
    ]


def _method(service: ServiceContext, method: mtt_contracts.Method) -> jsonrpc.RpcMethod:
    own = partial(_run, service, method.name)
    run = partial(run_stubbed, service, method.name, own)
    parameters = tuple(
        jsonrpc.Parameter(item.name, item.required, item.default, item.smd_type)
        for item in method.parameters
    )
    entry = service.profile["smd.entries"].get(method.name)
    if entry is None:
        return jsonrpc.RpcMethod(method.name, parameters, run, method.smd_returns)
    defaults = {parameter.name: parameter.default for parameter in parameters}
    return jsonrpc.RpcMethod(
        method.name,
        tuple(
            jsonrpc.Parameter(
                item["name"], not item["optional"], item.get("default"), item.get("type")
            )
            for item in entry["parameters"]
        ),
        # The method needs all of its own parameters.
        lambda params, caller, call: run(defaults | params, caller, call),
        entry.get("returns"),
    )


# The errors of problems by the parameter in which they are; others are Invalid params.
_REFUSALS = {
    "callBackFollowmeStruct[": "set.element.invalid",
    "simpleCallBackFollowmeStruct[": "set.element.invalid",
    "callBackURL": "event.url.invalid",
}


def _run(
    service: ServiceContext,
    method: str,
    params: dict[str, Any],
    caller: Caller,
    call: jsonrpc.RpcCall,
) -> Any:
    problems = service.validate(method, params)
    if problems:
        raise _refusal(service.profile, problems)
    customer_name = params["customer_name"]
    if not caller.account.owns(customer_name):
        raise service.profile.error("transport.auth.other_customer", customer=customer_name[:60])
    try:
        return _HANDLERS[method](service, MethodRequest(params, caller, call))
    except StoreUnavailableError as error:
        raise ServiceUnavailable(str(error)) from None


def _refusal(profile: Profile, problems: list[mtt_contracts.Problem]) -> jsonrpc.RpcError:
    path, sentence = problems[0].path, _sentence(problems)
    for start, fact_id in _REFUSALS.items():
        if path.startswith(start):
            return profile.error(fact_id, reason=sentence)
    return InvalidParams(sentence)


def _sentence(problems: list[mtt_contracts.Problem]) -> str:
    shown = "; ".join(str(problem) for problem in problems[:MAX_PROBLEMS])
    # The number of further problems is unknown: validation stops after the first hundred.
    return mask_url_secrets(f"{shown}; and more" if len(problems) > MAX_PROBLEMS else shown)
