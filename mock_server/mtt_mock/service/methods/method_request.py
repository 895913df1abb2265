"""What a method gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mtt_contracts
from mtt_mock.service.context import Caller


@dataclass(frozen=True, slots=True)
class MethodRequest:
    """A valid request of a customer that its caller may act for.

    ``notes`` takes what a method has to remark about it without refusing it.
    """

    params: dict[str, Any]
    caller: Caller
    notes: list[mtt_contracts.Problem]

    @property
    def customer(self) -> str:
        """The customer_name."""
        name: str = self.params["customer_name"]
        return name
