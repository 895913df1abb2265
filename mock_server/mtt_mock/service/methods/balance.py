"""The method getCustomerBalance."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from mtt_mock.service.context import ServiceContext
from mtt_mock.service.methods.method_request import MethodRequest


def get_balance(service: ServiceContext, request: MethodRequest) -> dict[str, Any]:
    """Return the balance (the shape is an assumption)."""
    balance = service.balance(request.customer)
    shape = service.profile["balance.shape"]
    return {name: _filled(value, balance) for name, value in shape.items()}


def _filled(value: Any, balance: Decimal) -> Any:
    if value == "{balance}":
        return float(balance)
    return f"{balance:f}" if value == "{balance_text}" else value
