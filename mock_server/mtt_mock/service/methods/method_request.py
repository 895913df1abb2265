"""The request that a method handles."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from mtt_mock.jsonrpc import RpcCall
from mtt_mock.service.context import Caller


class MethodRequest(Struct, frozen=True):
    """A valid request for a customer that belongs to the caller's account.

    Attributes:
        params: All params by name, defaults filled in.
        caller: The account and the origin of the request.
        call: The call; takes notes that do not refuse it, and the prior state.
    """

    params: dict[str, Any]
    caller: Caller
    call: RpcCall

    @property
    def customer(self) -> str:
        """The param customer_name."""
        name: str = self.params["customer_name"]
        return name
