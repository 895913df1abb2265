"""makeCallBackCallFollowme and getCallBackFollowmeCallInfo."""

from __future__ import annotations

from typing import Any

from mtt_contracts import QUEUES
from mtt_mock.domain.calls import Call, Order
from mtt_mock.domain.followme import Element, Followme, Side
from mtt_mock.jsonrpc.errors import InternalError
from mtt_mock.service.context import Service, seconds_of
from mtt_mock.service.media.downloads import record_url
from mtt_mock.service.methods.followme import NOT_FOUND, elements_of
from mtt_mock.service.methods.method_request import MethodRequest
from mtt_mock.service.methods.prompts import check_prompts

# Texts that public clients compare with are to the letter; the others are assumptions.
_NOT_ENDED = "Call is not ended"
_UNKNOWN = "Call not found"
_NO_A_NUMBER = "Side A has no number to call"
_NO_B_NUMBER = "B number not set"
_NO_CALLER_ID = "caller_id not set"
_NO_MONEY = "Insufficient balance"
_SIDES: tuple[Side, Side] = ("A", "B")


def make_call(service: Service, request: MethodRequest) -> dict[str, Any]:
    """Make a call with the structure passed, or with what is preset."""
    if service.settings.refuse_at_zero and service.balance(request.customer) <= 0:
        raise InternalError(_NO_MONEY)
    followme = service.store.followme(request.customer)
    elements = _elements(service, request, followme)
    params = request.params
    b_number = params["b_number"] or followme.default_b_number
    if not b_number:
        raise InternalError(_NO_B_NUMBER)
    caller_id = params["caller_id"] or followme.caller_id
    if not caller_id:
        raise InternalError(_NO_CALLER_ID)
    duration = int(params["duration"] or 0)
    recorded = params["recordEnable"]
    order = Order(
        customer=request.customer,
        elements=tuple(elements),
        b_number=b_number,
        caller_id=caller_id,
        first="B" if int(params["direction"] or 0) else "A",
        duration=duration * 1000 or None,
        recorded=recorded is None or bool(int(recorded)),
        callback_url=params["callBackURL"] or None,
        client_caller_id=params["client_caller_id"] or None,
        description=params["callDescription"] or "",
    )
    call = service.scheduler.start_call(order, service.plan_context(request.customer))
    return {"callBackCall_id": call.id}


def get_call_info(service: Service, request: MethodRequest) -> dict[str, Any]:
    """Return what is known of a call that is over and was joined; else the reason as an error."""
    call_id = request.params["callBackCall_id"]
    call = service.store.call(call_id if isinstance(call_id, str) else str(int(call_id)))
    if call is None or call.order.customer != request.customer:
        raise InternalError(_UNKNOWN)
    if not call.is_over(service.clock.now()):
        raise InternalError(_NOT_ENDED)
    if call.plan.failure is not None:
        reason, side = call.plan.failure
        raise InternalError(f"Call ended by {reason} on side {side}")
    return {"callBackFollowmeCallInfoStruct": _info(service, request, call)}


def _elements(service: Service, request: MethodRequest, followme: Followme) -> list[Element]:
    passed = request.params["simpleCallBackFollowmeStruct"]
    # An empty structure is none (assumption: a PHP client has nothing else to leave it out with).
    elements = elements_of(passed) if passed else list(followme.elements)
    if not elements:
        raise InternalError(NOT_FOUND)
    if not any(each.kind in QUEUES for each in elements):
        raise InternalError(_NO_A_NUMBER)
    if passed:
        check_prompts(service, request, elements, "simpleCallBackFollowmeStruct")
    return elements


def _info(service: Service, request: MethodRequest, call: Call) -> dict[str, Any]:
    legs = {side: call.plan.leg(side) for side in _SIDES}
    charge = service.charge(call)
    shown = str if service.settings.lengths_as_text else int
    info: dict[str, Any] = {"callDescription": call.order.description}
    info |= {f"destination_{side}": leg.number for side, leg in legs.items()}
    info |= {f"waiting_period_{side}": shown(-(-leg.waiting // 1000)) for side, leg in legs.items()}
    info |= {f"call_back_charged_length_{side}": shown(charge.seconds[side]) for side in _SIDES}
    info |= {f"call_back_real_length_{side}": shown(seconds_of(legs[side])) for side in _SIDES}
    info |= {
        "call_back_cost": float(charge.cost),
        "call_back_currency": "RUB",
        "call_back_status": "answered",
    }
    return info | {
        f"call_back_record_URL_{side}": _record(service, request, call, side) for side in _SIDES
    }


def _record(service: Service, request: MethodRequest, call: Call, side: Side) -> Any:
    if not call.order.recorded:
        return ""
    url = record_url(service.signer, request.caller.origin, call.id, side, service.clock.now())
    return {"downloadURL": url}
