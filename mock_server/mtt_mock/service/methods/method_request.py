"""The request that a method handles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mtt_mock.domain.followme import Followme
from mtt_mock.service.context import Caller
from mtt_mock.service.journal.exchange import Before


@dataclass(slots=True)
class MethodRequest:
    """A valid request for a customer that belongs to the caller's account.

    Attributes:
        params: All params by name, defaults filled in.
        caller: The account and the origin of the request.
        notes: Takes notes on the request that do not refuse it, and a ``Before``.
    """

    params: dict[str, Any]
    caller: Caller
    notes: list[Any]

    @property
    def customer(self) -> str:
        """The param customer_name."""
        name: str = self.params["customer_name"]
        return name

    def found(self, followme: Followme) -> None:
        """Note the preset before the call."""
        self.notes.insert(0, Before(followme))
