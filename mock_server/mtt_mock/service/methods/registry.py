"""The methods by name, with the checks before each: validation and customer ownership."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import mtt_contracts
from mtt_mock import jsonrpc
from mtt_mock.domain.store import StoreUnavailableError
from mtt_mock.jsonrpc.errors import InvalidParams, ServiceUnavailable
from mtt_mock.service.context import Caller, ServiceContext
from mtt_mock.service.methods import balance, calls, followme, prompts
from mtt_mock.service.methods.method_request import MethodRequest
from mtt_mock.service.methods.stubbing import run_stubbed
from mtt_mock.service.validators import Validator, params_validator

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
    return [
        jsonrpc.RpcMethod(
            name=method.name,
            parameters=tuple(
                jsonrpc.Parameter(item.name, item.required, item.default, item.smd_type)
                for item in method.parameters
            ),
            run=partial(
                run_stubbed,
                service,
                method.name,
                partial(_run, service, params_validator(method), _HANDLERS[method.name]),
            ),
            returns=method.smd_returns,
        )
        for method in mtt_contracts.methods().values()
    ]


def _run(  # noqa: PLR0917 -- partial gives it the first three
    service: ServiceContext,
    validate: Validator,
    handler: Handler,
    params: dict[str, Any],
    caller: Caller,
    notes: list[mtt_contracts.Problem],
) -> Any:
    problems = validate(params)
    if problems:
        raise InvalidParams(_sentence(problems))
    customer_name = params["customer_name"]
    if not caller.account.owns(customer_name):
        raise service.profile.error("transport.auth.other_customer", customer=customer_name[:60])
    try:
        return handler(service, MethodRequest(params, caller, notes))
    except StoreUnavailableError as error:
        raise ServiceUnavailable(str(error)) from None


def _sentence(problems: list[mtt_contracts.Problem]) -> str:
    shown = "; ".join(str(problem) for problem in problems[:MAX_PROBLEMS])
    # The number of further problems is unknown: validation stops after the first hundred.
    return f"{shown}; and more" if len(problems) > MAX_PROBLEMS else shown
