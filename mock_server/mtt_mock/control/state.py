"""What is kept for customers, over the control API."""

from __future__ import annotations

from typing import Any

from mtt_mock.control.answering import Route, sent
from mtt_mock.control.clock import clock_values
from mtt_mock.fake import Fake


def routes(fake: Fake) -> list[Route]:
    """Return the paths about state."""

    def state() -> Any:
        now = fake.service.clock.now()
        under_way: dict[str, int] = {}
        for call in fake.store.calls():
            if not call.is_over(now):
                customer = call.order.customer
                under_way[customer] = under_way.get(customer, 0) + 1
        return {
            "customers": [
                {**_customer(fake, name), "calls": under_way.get(name, 0)}
                for name in fake.store.known_customers()
            ],
            "clock": clock_values(fake),
        }

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
        Route("GET", "/state", state, "What is kept for each customer, and the time"),
        Route("DELETE", "/state/<path:customer>", forget, "Forget all of one customer"),
        Route("GET", "/prompts/<path:customer>", prompts, "What was uploaded for a customer"),
        Route("POST", "/reset", reset, "Forget everything; settings stay", {"type": "object"}),
    ]


def _customer(fake: Fake, name: str) -> dict[str, Any]:
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
