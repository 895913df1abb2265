"""The methods makeCallBackCallFollowme and getCallBackFollowmeCallInfo."""

from __future__ import annotations

from collections.abc import Callable
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
from mtt_mock.service.profile import Profile, filled

_SIDES: tuple[Side, Side] = ("A", "B")
_NO_RECORD_URL: dict[str, Any] = {"text": "", "array": [], "object": {}}


def make_call(service: ServiceContext, request: MethodRequest) -> dict[str, Any]:
    """Start a call with the structure of the request, or with the preset."""
    if service.settings.refuse_at_zero and service.balance(request.customer) <= 0:
        raise service.profile.error("balance.zero")
    service.limits.check_call()
    service.limits.check_customer(request.customer)
    owner = service.preset_owner(request.caller.account, request.customer)
    followme = service.store.followme(owner)
    request.call.prior = followme
    order = _order(service, request, followme)
    call = service.scheduler.start_call(order, service.plan_context(request.customer))
    call_id = wire_call_id(service.profile, call.id)
    number = int(call_id) if call_id.isdecimal() else call_id
    return filled(service.profile["call.id"], {"{id}": call_id, "{id_number}": number})


def _order(service: ServiceContext, request: MethodRequest, followme: Followme) -> Order:
    """Return the order of a request, completed by the preset."""
    profile, params = service.profile, request.params
    elements = _elements(service, request, followme)
    if params["simpleCallBackFollowmeStruct"] and profile["call.preset_values"] == "ignored":
        followme = EMPTY_FOLLOWME
    caller_id = _caller_id(profile, params, followme)
    numbers = (params["b_number"], followme.default_b_number)
    first, second = numbers if profile["call.b_number"] == "call first" else numbers[::-1]
    b_number = first or second
    if not b_number:
        raise profile.error("call.b_number.none")
    if not caller_id and profile["call.caller_id"] == "required":
        raise profile.error("call.caller_id.none")
    direction = params["direction"]
    duration = int(params["duration"] or 0) if profile["call.duration"] == "seconds" else 0
    # The service map has a default for recordEnable, so look at what was sent.
    recorded = (request.call.params or {}).get("recordEnable")
    return Order(
        customer=request.customer,
        elements=tuple(elements),
        b_number=b_number,
        caller_id=caller_id or "",
        first=profile["call.direction"] if direction is None else _SIDES[bool(int(direction or 0))],
        duration=duration * 1000 or None,
        recorded=profile["call.record"] if recorded is None else bool(int(recorded)),
        callback_url=params["callBackURL"] or None,
        client_caller_id=params["client_caller_id"] or None,
        description=params["callDescription"] or "",
    )


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
    if followme.elements and service.profile["call.struct.preset"] == "preset first":
        passed = []
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
    charge = service.charge(call)
    as_sent = _seconds_format(profile, as_text=service.settings.lengths_as_text)
    keeps_plus = profile["info.destination"] != "digits"
    is_text = profile["info.cost"]["type"] == "text"
    returned = profile["call.description"]["returned"]
    info: dict[str, Any] = {
        "callDescription": call.order.description if returned else "",
        "call_back_cost": f"{charge.cost:.2f}" if is_text else float(charge.cost),
        "call_back_currency": profile["info.currency"],
        "call_back_status": profile["info.status"],
    }
    for side in _SIDES:
        leg = call.plan.leg(side)
        info |= {
            f"destination_{side}": leg.number if keeps_plus else leg.number.lstrip("+"),
            f"waiting_period_{side}": as_sent(service.waiting(leg)),
            f"call_back_charged_length_{side}": as_sent(charge.seconds[side] * 1000),
            f"call_back_real_length_{side}": as_sent(service.length(call, side)),
            f"call_back_record_URL_{side}": _record(service, request, call, side),
        }
    info = filled(profile["info.shape"], {f"{{{name}}}": value for name, value in info.items()})
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
    template = service.profile["info.record"]
    return url if isinstance(template, str) else filled(template, {"{url}": url})


def _seconds_format(profile: Profile, *, as_text: bool) -> Callable[[int], int | float | str]:
    """Return a function that turns milliseconds into the seconds of call info."""
    if profile["info.seconds"] == "thousandths":
        return lambda ms: f"{ms / 1000:.3f}" if as_text else ms / 1000
    return lambda ms: str(-(-ms // 1000)) if as_text else -(-ms // 1000)
