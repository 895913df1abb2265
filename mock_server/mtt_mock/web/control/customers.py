"""State of customers over the control API: follow-me, balance, prompts; and the reset."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

from flask import request

from mtt_mock.service.fake import Fake
from mtt_mock.web.control.clock import clock_to_dict
from mtt_mock.web.control.http import QUERY_NUMBER, Routes, json_body, query_int, version_of

_CUSTOMER = "/state/<path:customer>"
_STATE: dict[str, dict[str, Any]] = {"find": {"type": "string"}, "limit": QUERY_NUMBER}

routes = Routes()


@routes.add(
    "GET", "/state", "The state of each customer, and the clock",
    response="State", query=_STATE, version=version_of("customers", "calls", has_time=True),
)  # fmt: skip
def state(fake: Fake) -> Any:
    in_flight = _calls_in_flight(fake)
    find, limit = request.args.get("find", "").lower(), query_int("limit", sys.maxsize)
    names = [name for name in fake.store.known_customers() if find in name.lower()]
    return {
        "customers": [_customer(fake, name, in_flight[name]) for name in names[:limit]],
        "total": len(names),
        "clock": clock_to_dict(fake),
    }


@routes.add("GET", _CUSTOMER, "The state of one customer", response="Customer")
def customer_state(fake: Fake, customer: str) -> Any:
    # An unknown customer has empty state and a balance; that is not an error.
    return _customer(fake, customer, _calls_in_flight(fake)[customer])


@routes.add("DELETE", _CUSTOMER, "Delete the state of one customer", response="Reset")
def delete_customer(fake: Fake, customer: str) -> Any:
    fake.service.scheduler.delete_customer(customer)
    return {"reset": customer}


@routes.add("GET", "/prompts/<path:customer>", "The prompts of a customer", response="Prompts")
def prompts(fake: Fake, customer: str) -> Any:
    return {"customer": customer, "prompts": _prompts(fake, customer)}


@routes.add(
    "POST", "/reset", "Delete all state and the journal; settings stay",
    response="Reset", body={"type": "object"},
)  # fmt: skip
def reset(fake: Fake) -> Any:
    json_body()
    fake.reset()
    return {"reset": True}


def _calls_in_flight(fake: Fake) -> Counter[str]:
    """Return the number of running calls by customer."""
    now = fake.service.clock.now()
    return Counter(call.order.customer for call in fake.store.calls() if not call.is_over(now))


def _customer(fake: Fake, name: str, in_flight: int) -> dict[str, Any]:
    followme = fake.store.followme(name)
    return {
        "customer": name,
        "elements": [
            {"kind": element.kind, "side": element.side, "fields": element.fields}
            for element in followme.elements
        ],
        "caller_id": followme.caller_id,
        "default_b_number": followme.default_b_number,
        "balance": float(fake.service.balance(name)),
        "prompts": _prompts(fake, name),
        "calls": in_flight,
    }


def _prompts(fake: Fake, customer: str) -> list[dict[str, Any]]:
    return [
        {
            "name": prompt.name,
            "kind": prompt.kind,
            "bytes": prompt.size,
            "milliseconds": prompt.milliseconds,
        }
        for prompt in fake.store.prompt_metadata(customer)
    ]
