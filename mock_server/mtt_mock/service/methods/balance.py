"""The method getCustomerBalance."""

from __future__ import annotations

from typing import Any

from mtt_mock.service.context import ServiceContext
from mtt_mock.service.methods.method_request import MethodRequest
from mtt_mock.service.profile import filled


def get_balance(service: ServiceContext, request: MethodRequest) -> dict[str, Any]:
    """Return the balance (the shape is an assumption)."""
    balance = service.balance(request.customer)
    values = {"{balance}": float(balance), "{balance_text}": f"{balance:f}"}
    return filled(service.profile["balance.shape"], values)
