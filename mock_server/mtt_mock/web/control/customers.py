"""What is kept for customers, over the control API."""

from __future__ import annotations

from collections import Counter
from typing import Any

from mtt_mock.service.fake import Fake
from mtt_mock.web.control.clock import clock_to_dict
from mtt_mock.web.control.http import Route, sent


def routes(fake: Fake) -> list[Route]:
    """Return the paths about state."""

    def state() -> Any:
        in_flight = _under_way(fake)
        names = fake.store.known_customers()
        return {
            "customers": [_customer(fake, name, in_flight[name]) for name in names],
            "clock": clock_to_dict(fake),
        }

    def one(customer: str) -> Any:
        # As for a balance: of whom nothing is known nothing is kept, and that is no error.
        return _customer(fake, customer, _under_way(fake)[customer])

    def prompts(customer: str) -> Any:
        return {"customer": customer, "prompts": _prompts(fake, customer)}

    def delete_customer(customer: str) -> Any:
        fake.service.scheduler.delete_customer(customer)
        return {"reset": customer}

    def reset() -> Any:
        sent()
        fake.reset()
        return {"reset": True}

    return [
        Route("GET", "/state", state, "What is kept for each customer, and the time", "State"),
        Route("GET", "/state/<path:customer>", one, "What is kept for one customer", "Customer"),
        Route(
            "DELETE",
            "/state/<path:customer>",
            delete_customer,
            "Forget all of one customer",
            "Reset",
        ),
        Route(
            "GET",
            "/prompts/<path:customer>",
            prompts,
            "What was uploaded for a customer",
            "Prompts",
        ),
        Route(
            "POST", "/reset", reset, "Forget everything; settings stay", "Reset", {"type": "object"}
        ),
    ]


def _under_way(fake: Fake) -> Counter[str]:
    """Return how many calls each customer has under way."""
    now = fake.service.clock.now()
    return Counter(call.order.customer for call in fake.store.calls() if not call.is_over(now))


def _customer(fake: Fake, name: str, in_flight: int) -> dict[str, Any]:
    followme = fake.store.followme(name)
    return {
        "customer": name,
        "elements": [
            {"kind": each.kind, "side": each.side, "fields": each.fields}
            for each in followme.elements
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
            "name": each.name,
            "kind": each.kind,
            "bytes": each.size,
            "milliseconds": each.milliseconds,
        }
        for each in fake.store.prompt_metadata(customer)
    ]
