"""The control API: time, subscribers, balances, calls and events, beside the faked API.

JSON under ``/_mtt/``. What changes something must be sent as application/json, which no web page
of another origin can do unasked. With a control token set, every request must bear it.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from mtt_mock import rpc
from mtt_mock.control_faults import FaultsControl
from mtt_mock.domain.billing import parse_money
from mtt_mock.domain.calls import Call
from mtt_mock.domain.clock import parse_speed, speed_text
from mtt_mock.domain.subscribers import Directory, subscriber_of, subscriber_values
from mtt_mock.events import Delivery
from mtt_mock.fake import Fake
from mtt_mock.rpc.text import decode
from mtt_mock.switchboard import ClockBusyError

CONTROL_PATH = "/_mtt/"
_LARGEST_BODY = 64 * 1024


class _RefusedError(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def control_api(fake: Fake) -> Blueprint:
    """Return the control API of ``fake``."""
    views = Blueprint("control", "mtt_mock", url_prefix=CONTROL_PATH.rstrip("/"))
    control = _Control(fake)
    faults = FaultsControl(fake.store)
    for verb, rule, view in (
        ("GET", "/clock", control.clock),
        ("POST", "/clock", control.turn_clock),
        ("GET", "/subscribers", control.subscribers),
        ("POST", "/subscribers", control.set_subscriber),
        ("DELETE", "/subscribers/<number>", control.unset_subscriber),
        ("GET", "/balance/<path:customer>", control.balance),
        ("POST", "/balance/<path:customer>", control.set_balance),
        ("GET", "/calls", control.calls),
        ("GET", "/calls/<call_id>", control.call),
        ("GET", "/events", control.events),
        ("POST", "/reset", control.reset),
        ("GET", "/faults", faults.listed),
        ("POST", "/faults", lambda: faults.add(_sent())),
        ("DELETE", "/faults", faults.clear),
        ("PATCH", "/faults/<int:fault_id>", lambda fault_id: faults.switch(fault_id, _sent())),
        ("DELETE", "/faults/<int:fault_id>", faults.remove),
    ):
        views.add_url_rule(rule, f"{verb} {rule}", partial(_answer, fake, view), methods=[verb])
    return views


class _Control:
    """What each path answers: JSON values. Raises ``_RefusedError`` or ``ValueError``."""

    def __init__(self, fake: Fake) -> None:
        self._fake = fake

    def clock(self) -> Any:
        clock = self._fake.service.clock
        now = clock.now()
        due = self._fake.store.next_due()
        return {
            "clock": speed_text(clock.speed),
            "now": now / 1000,
            "time": datetime.fromtimestamp(now / 1000, UTC).isoformat(timespec="milliseconds"),
            "next_due": None if due is None else due / 1000,
        }

    def turn_clock(self) -> Any:
        values = _sent("advance", "clock", "until")
        switchboard = self._fake.service.switchboard
        if "advance" in values:
            switchboard.advance(values["advance"])
        elif "clock" in values:
            switchboard.set_speed(parse_speed(values["clock"]))
        elif values["until"] == "idle":
            switchboard.run_until_idle()
        else:
            raise _RefusedError(400, 'until must be "idle"')
        return self.clock()

    def subscribers(self) -> Any:
        return {
            "set": _listed(self._fake.store.directory()),
            "settings": _listed(self._fake.settings.subscribers),
        }

    def set_subscriber(self) -> Any:
        values = _sent()
        number = values.pop("number", None)
        subscriber = subscriber_of(values)
        self._fake.store.change_directory(lambda now: now.with_number(number, subscriber))
        return self.subscribers()

    def unset_subscriber(self, number: str) -> Any:
        self._fake.store.change_directory(lambda now: now.without(number))
        return self.subscribers()

    def balance(self, customer: str) -> Any:
        return {"customer": customer, "balance": float(self._fake.service.balance(customer))}

    def set_balance(self, customer: str) -> Any:
        amount = parse_money(_sent("balance")["balance"])
        self._fake.store.change_balance(customer, lambda _: amount)
        return self.balance(customer)

    def calls(self) -> Any:
        now = self._fake.service.clock.now()
        return {"calls": [call_values(call, now) for call in self._fake.store.calls()]}

    def call(self, call_id: str) -> Any:
        found = self._fake.store.call(call_id)
        if found is None:
            raise _RefusedError(404, f"no call {call_id[:60]} is kept")
        return call_values(found, self._fake.service.clock.now())

    def events(self) -> Any:
        return {"events": [_delivery(each) for each in self._fake.journal.deliveries]}

    def reset(self) -> Any:
        _sent()
        self._fake.reset()
        return {"reset": True}


def control_error(error: HTTPException) -> Response:
    """Return the answer to a request under ``CONTROL_PATH`` that no view takes."""
    response = _json(error.code or 500, {"error": f"{error.code} {error.name}"})
    for name, value in error.get_headers():
        if name.lower() == "allow":
            response.headers[name] = value
    return response


def call_values(call: Call, now: int) -> dict[str, Any]:
    """Return a call as JSON: its state at ``now`` (ms) and what has happened up to there."""
    course = call.course
    over = call.is_over(now)
    ending = "joined"
    if course.failure is not None:
        reason, side = course.failure
        ending = f"{reason} on side {side}"
    return {
        "id": call.id,
        "customer": call.order.customer,
        "started": call.started / 1000,
        "state": ending if over else "running",
        "happenings": [
            {"at": each.at / 1000, "what": each.what, "side": each.side, "detail": each.detail}
            for each in course.happenings
            if call.started + each.at <= now
        ],
    }


def _answer(fake: Fake, view: Callable[..., Any], **at: str) -> Response:
    try:
        _check_token(fake)
        return _json(200, view(**at))
    except _RefusedError as error:
        return _json(error.status, {"error": str(error)})
    except ClockBusyError as error:
        return _json(409, {"error": str(error)})
    except (ValueError, TypeError) as error:
        return _json(400, {"error": str(error)})
    except HTTPException as error:
        return _json(error.code or 500, {"error": f"{error.code} {error.name}"})


def _check_token(fake: Fake) -> None:
    token = fake.settings.control_token
    if token is None:
        return
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.encode(), token.encode()):
        raise _RefusedError(
            401, "the control API asks for its token here: Authorization: Bearer TOKEN"
        )


def _sent(*names: str) -> dict[str, Any]:
    """Return the JSON object that was sent; with ``names``, it must have exactly one of them."""
    if request.mimetype != "application/json":
        raise _RefusedError(415, "send a JSON object with Content-Type: application/json")
    request.max_content_length = _LARGEST_BODY
    try:
        values = decode(request.get_data())
    except rpc.RpcError:
        values = None
    if not isinstance(values, dict):
        raise _RefusedError(400, "send a JSON object")
    if names and (len(values) != 1 or not values.keys() <= set(names)):
        raise _RefusedError(400, f"send one of {', '.join(names)}")
    return values


def _listed(directory: Directory) -> dict[str, Any]:
    return {
        number: subscriber_values(subscriber) for number, subscriber in directory.entries().items()
    }


def _delivery(delivery: Delivery) -> dict[str, Any]:
    notice = delivery.notice
    return {
        "call": notice.call_id,
        "customer": notice.customer,
        "event": notice.event,
        "due": notice.due / 1000,
        "url": delivery.url,
        "status": delivery.status,
        "outcome": delivery.outcome,
        "ms": round(delivery.ms, 1),
    }


def _json(status: int, values: Any) -> Response:
    return Response(rpc.encode(values), status, content_type="application/json")
