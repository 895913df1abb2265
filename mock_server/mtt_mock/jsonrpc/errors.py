"""JSON-RPC errors: one class and the five standard codes.

RpcError(code, data)
├── ParseError       -32700
├── InvalidRequest   -32600
├── MethodNotFound   -32601
├── InvalidParams    -32602
└── InternalError    -32603
    └── ServiceUnavailable
TemplateError         code, message and data of a profile
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

_MESSAGES = {
    -32700: "Parse error",
    -32600: "Invalid Request",
    -32601: "Method not found",
    -32602: "Invalid params",
    -32603: "Internal error",
}


class RpcError(Exception):
    """A failed call; answered with an error envelope.

    Attributes:
        code: Any integer.
        message: The standard message of ``code``; ``Internal error`` for other codes.
        data: The reason as a plain string, or ``None``.
        reason: What is wrong, for the journal; it is not sent to the client.
        fact: The contract's fact that describes the error, if a profile can change it.
        names: The values of the placeholders in that fact's data.
    """

    fact: str | None = None
    names: Mapping[str, str] = {}

    def __init__(self, code: int, data: str | None = None, reason: str | None = None) -> None:
        super().__init__(data)
        self.code = code
        self.message = _MESSAGES.get(code, _MESSAGES[-32603])
        self.data = data
        self.reason = reason

    def of_fact(self, fact: str, **names: str) -> Self:
        """Set ``fact`` and ``names`` and return the error."""
        self.fact, self.names = fact, names
        return self


class TemplateError(RpcError):
    """An error that a profile defines: its message may differ from the standard one of its code.

    ``value`` holds ``code``, and ``message`` and ``data`` if it has any; ``names`` fill the
    ``{…}`` in its data.
    """

    def __init__(self, value: Mapping[str, Any], **names: str) -> None:
        data = value.get("data")
        super().__init__(value["code"], _filled(data, names) if isinstance(data, str) else None)
        if "message" in value:
            self.message = value["message"]

    @classmethod
    def replacing(cls, error: RpcError, value: Mapping[str, Any]) -> TemplateError:
        """Return ``error`` with the code, message and data of ``value``."""
        replaced = cls(value, **error.names)
        replaced.reason, replaced.fact = error.reason, error.fact
        return replaced


class ParseError(RpcError):
    """The body is not JSON. Send UTF-8 JSON; the Content-Type does not matter."""

    fact = "rpc.error.parse"

    def __init__(self, reason: str | None = None) -> None:
        super().__init__(-32700, reason=reason)


class InvalidRequest(RpcError):
    """The JSON is not a request: no object, an empty array, or ``jsonrpc`` is not 2.0."""

    fact = "rpc.error.invalid_request"

    def __init__(self, data: str | None = None, reason: str | None = None) -> None:
        super().__init__(-32600, data, reason)


class MethodNotFound(RpcError):
    """``method`` is missing or unknown. The service map (GET) lists the known ones."""

    fact = "rpc.error.method"

    def __init__(self, reason: str | None = None) -> None:
        super().__init__(-32601, reason=reason)


class InvalidParams(RpcError):
    """The parameters do not fit the method; ``data`` names the parameter if it is known."""

    def __init__(self, data: str | None = None, reason: str | None = None) -> None:
        super().__init__(-32602, data, reason)


class InternalError(RpcError):
    """The method failed; ``data`` is the reason."""

    def __init__(self, data: str | None = None) -> None:
        super().__init__(-32603, data)


class ServiceUnavailable(InternalError):
    """The service cannot reach its store or is stopping. Try again later."""


def _filled(text: str, names: Mapping[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    return text
