"""What is kept for customers, over the control API."""

from __future__ import annotations

from collections import Counter
from typing import Any

from mtt_mock.service.fake import Fake
from mtt_mock.web.control.clock import clock_values
from mtt_mock.web.control.http import Route, sent


def routes(fake: Fake) -> list[Route]:
    """Return the paths about state."""

    def state() -> Any:
        under_way = _under_way(fake)
        names = fake.store.known_customers()
        return {
            "customers": [_customer(fake, name, under_way[name]) for name in names],
            "clock": clock_values(fake),
        }

    def one(customer: str) -> Any:
        # As for a balance: of whom nothing is known nothing is kept, and that is no error.
        return _customer(fake, customer, _under_way(fake)[customer])

    def prompts(customer: str) -> Any:
        return {"customer": customer, "prompts": _prompts(fake, customer)}

    def forget(customer: str) -> Any:
        fake.service.switchboard.forget(customer)
        return {"reset": customer}

    def reset() -> Any:
        sent()
        fake.reset()
        return {"reset": True}

    return [
        Route("GET", "/state", state, "What is kept for each customer, and the time", "State"),
        Route("GET", "/state/<path:customer>", one, "What is kept for one customer", "Customer"),
        Route("DELETE", "/state/<path:customer>", forget, "Forget all of one customer", "Reset"),
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


def _customer(fake: Fake, name: str, under_way: int) -> dict[str, Any]:
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
        "calls": under_way,
    }


def _prompts(fake: Fake, customer: str) -> list[dict[str, Any]]:
    return [
        {
            "name": each.name,
            "kind": each.kind,
            "bytes": each.size,
            "milliseconds": each.milliseconds,
        }
        for each in fake.store.prompt_heads(customer)
    ]
