"""The methods makeCallBackCallFollowme and getCallBackFollowmeCallInfo."""

from __future__ import annotations

from typing import Any

from mtt_contracts import QUEUES
from mtt_mock.domain.calls import Call, Order
from mtt_mock.domain.followme import EMPTY_FOLLOWME, Element, Followme, Side
from mtt_mock.jsonrpc.errors import InvalidParams
from mtt_mock.service.call_ids import parse_call_id, wire_call_id
from mtt_mock.service.context import ServiceContext
from mtt_mock.service.journal.prior_state import PriorCall
from mtt_mock.service.media.downloads import record_url
from mtt_mock.service.methods.followme import parse_elements
from mtt_mock.service.methods.method_request import MethodRequest
from mtt_mock.service.methods.prompts import check_prompts
from mtt_mock.service.profile import Profile

_SIDES: tuple[Side, Side] = ("A", "B")
_NO_RECORD_URL: dict[str, Any] = {"text": "", "array": [], "object": {}}


def make_call(service: ServiceContext, request: MethodRequest) -> dict[str, Any]:
    """Start a call with the structure of the request, or with the preset."""
    if service.settings.refuse_at_zero and service.balance(request.customer) <= 0:
        raise service.profile.error("balance.zero")
    service.limits.check_call()
    service.limits.check_customer(request.customer)
    profile, params = service.profile, request.params
    owner = service.preset_owner(request.caller.account, request.customer)
    followme = service.store.followme(owner)
    request.call.prior = followme
    elements = _elements(service, request, followme)
    if params["simpleCallBackFollowmeStruct"] and profile["call.preset_values"] == "ignored":
        followme = EMPTY_FOLLOWME
    caller_id = _caller_id(profile, params, followme)
    b_number = params["b_number"] or followme.default_b_number
    if not b_number:
        raise service.profile.error("call.b_number.none")
    if not caller_id:
        raise service.profile.error("call.caller_id.none")
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
    return {"callBackCall_id": wire_call_id(service.profile, call.id)}


def get_call_info(service: ServiceContext, request: MethodRequest) -> dict[str, Any]:
    """Return the info of a joined call that has ended; for other calls fail with the reason."""
    call_id = request.params["callBackCall_id"]
    text = call_id if isinstance(call_id, str) else str(int(call_id))
    call = service.store.call(parse_call_id(service.profile, text))
    if call is None or call.order.customer != request.customer:
        raise service.profile.error("info.unknown")
    is_ended = call.is_over(service.clock.now())
    request.call.prior = PriorCall(call, is_ended)
    if not is_ended:
        raise service.profile.error("info.running.text")
    if call.plan.failure is not None:
        reason, side = call.plan.failure
        fact = "info.cancel" if reason == "cancel" else f"info.timeout_{side.lower()}"
        raise service.profile.error(fact, side=side)
    return {"callBackFollowmeCallInfoStruct": _info(service, request, call)}


def _caller_id(profile: Profile, params: dict[str, Any], followme: Followme) -> str | None:
    """Return the caller_id of a call, ``None`` for none."""
    own, stored = params["caller_id"], followme.caller_id
    both = profile["call.caller_id.both"]
    if own and stored and both == "refuse":
        raise InvalidParams("caller_id is set in the call and in the structure")
    caller_id = stored or own if both == "preset" else own or stored
    if profile["call.client_caller_id"] == "both sides":
        return params["client_caller_id"] or caller_id or None
    return caller_id or None


def _elements(service: ServiceContext, request: MethodRequest, followme: Followme) -> list[Element]:
    passed = request.params["simpleCallBackFollowmeStruct"]
    # An empty structure counts as absent (assumption: PHP clients send [] for no structure).
    if passed == [] and service.profile["call.struct.simple"] == "refuse":
        raise InvalidParams("simpleCallBackFollowmeStruct is empty")
    rules = service.followme_rules
    elements = parse_elements(passed, rules) if passed else list(followme.elements)
    if not elements:
        raise service.profile.error("call.struct.none")
    if not any(element.kind in QUEUES for element in elements):
        raise service.profile.error("call.struct.no_number")
    if passed:
        check_prompts(service, request, elements, "simpleCallBackFollowmeStruct")
    return elements


def _info(service: ServiceContext, request: MethodRequest, call: Call) -> dict[str, Any]:
    profile = service.profile
    legs = {side: call.plan.leg(side) for side in _SIDES}
    charge = service.charge(call)
    as_sent = str if service.settings.lengths_as_text else int
    returned = profile["call.description"]["returned"]
    info: dict[str, Any] = {"callDescription": call.order.description if returned else ""}
    digits = profile["info.destination"] == "digits"
    info |= {
        f"destination_{side}": leg.number.lstrip("+") if digits else leg.number
        for side, leg in legs.items()
    }
    info |= {
        f"waiting_period_{side}": as_sent(-(-service.waiting(leg) // 1000))
        for side, leg in legs.items()
    }
    info |= {f"call_back_charged_length_{side}": as_sent(charge.seconds[side]) for side in _SIDES}
    info |= {
        f"call_back_real_length_{side}": as_sent(service.billed_seconds(call, side))
        for side in _SIDES
    }
    is_text = profile["info.cost"]["type"] == "text"
    info |= {
        "call_back_cost": f"{charge.cost:.2f}" if is_text else float(charge.cost),
        "call_back_currency": profile["info.currency"],
        "call_back_status": profile["info.status"],
    }
    info |= {
        f"call_back_record_URL_{side}": _record(service, request, call, side) for side in _SIDES
    }
    if profile["info.complete"] == "complete":
        return info
    return {name: value for name, value in info.items() if value != ""}


def _record(service: ServiceContext, request: MethodRequest, call: Call, side: Side) -> Any:
    if not call.order.recorded:
        return _NO_RECORD_URL[service.profile["info.record.content"]]
    url = record_url(
        service.signer,
        request.caller.origin,
        call.id,
        side,
        service.clock.now() + service.profile["info.record.60s"] * 1000,
    )
    return {"downloadURL": url}
