"""Balances of customers over the control API."""

from __future__ import annotations

from typing import Any

from mtt_mock.domain.billing import MAX_AMOUNT_RUB, parse_money
from mtt_mock.service.fake import Fake
from mtt_mock.web.control.http import Route, json_body
from mtt_mock.web.control.schemas import object_schema

_RULE = "/balance/<path:customer>"
_MAX = int(MAX_AMOUNT_RUB)
_AMOUNT = {
    "anyOf": [
        {"type": "number", "minimum": -_MAX, "maximum": _MAX},
        {"type": "string", "pattern": r"^-?[0-9]{1,9}(\.[0-9]{1,9})?$"},
    ]
}
_BALANCE = object_schema(balance=_AMOUNT)


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
