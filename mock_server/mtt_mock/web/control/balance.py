"""Balances of customers over the control API."""

from __future__ import annotations

from typing import Any

from mtt_mock.domain.billing import MAX_AMOUNT_RUB, parse_money
from mtt_mock.service.fake import Fake
from mtt_mock.web.control.http import Routes, json_body
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

routes = Routes()


@routes.add("GET", _RULE, "A customer's balance in RUB", response="Balance")
def balance(fake: Fake, customer: str) -> Any:
    return {"customer": customer, "balance": float(fake.service.balance(customer))}


@routes.add("POST", _RULE, "Set a customer's balance in RUB", response="Balance", body=_BALANCE)
def set_balance(fake: Fake, customer: str) -> Any:
    amount = parse_money(json_body("balance")["balance"])
    fake.store.change_balance(customer, lambda _: amount)
    return balance(fake, customer)
