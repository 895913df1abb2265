"""Balances of customers over the control API."""

from __future__ import annotations

from typing import Any

from mtt_mock.domain.billing import parse_money
from mtt_mock.service.fake import Fake
from mtt_mock.web.control.http import Route, json_body

_RULE = "/balance/<path:customer>"
_BALANCE = {
    "type": "object",
    "properties": {"balance": {"type": ["number", "string"]}},
    "required": ["balance"],
    "additionalProperties": False,
}


def routes(fake: Fake) -> list[Route]:
    """Return the routes for balances."""

    def balance(customer: str) -> Any:
        return {"customer": customer, "balance": float(fake.service.balance(customer))}

    def set_balance(customer: str) -> Any:
        amount = parse_money(json_body("balance")["balance"])
        fake.store.change_balance(customer, lambda _: amount)
        return balance(customer)

    return [
        Route("GET", _RULE, balance, "A customer's balance in RUB", "Balance"),
        Route("POST", _RULE, set_balance, "Set a customer's balance in RUB", "Balance", _BALANCE),
    ]
