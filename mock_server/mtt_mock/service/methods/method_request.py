"""The request that a method handles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mtt_contracts
from mtt_mock.service.context import Caller


@dataclass(slots=True)
class MethodRequest:
    """A valid request for a customer that belongs to the caller's account.

    Attributes:
        params: All params by name, defaults filled in.
        caller: The account and the origin of the request.
        notes: Takes notes on the request that do not refuse it.
    """

    params: dict[str, Any]
    caller: Caller
    notes: list[mtt_contracts.Problem]

    @property
    def customer(self) -> str:
        """The param customer_name."""
        name: str = self.params["customer_name"]
        return name
