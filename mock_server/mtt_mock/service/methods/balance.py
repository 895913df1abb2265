"""The method getCustomerBalance."""

from __future__ import annotations

from typing import Any

from mtt_mock.service.context import ServiceContext
from mtt_mock.service.methods.method_request import MethodRequest


def get_balance(service: ServiceContext, request: MethodRequest) -> dict[str, Any]:
    """Return the balance (the shape is an assumption)."""
    return {"balance": float(service.balance(request.customer)), "currency": "RUB"}
