"""JSON-RPC errors: one class and the five standard codes.

RpcError(code, data)
├── ParseError       -32700
├── InvalidRequest   -32600
├── MethodNotFound   -32601
├── InvalidParams    -32602
└── InternalError    -32603
    └── ServiceUnavailable
"""

from __future__ import annotations

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
    """

    def __init__(self, code: int, data: str | None = None, reason: str | None = None) -> None:
        super().__init__(data)
        self.code = code
        self.message = _MESSAGES.get(code, _MESSAGES[-32603])
        self.data = data
        self.reason = reason


class ParseError(RpcError):
    """The body is not JSON. Send UTF-8 JSON; the Content-Type does not matter."""

    def __init__(self, reason: str | None = None) -> None:
        super().__init__(-32700, reason=reason)


class InvalidRequest(RpcError):
    """The JSON is not a request: no object, an empty array, or ``jsonrpc`` is not 2.0."""

    def __init__(self, data: str | None = None, reason: str | None = None) -> None:
        super().__init__(-32600, data, reason)


class MethodNotFound(RpcError):
    """``method`` is missing or unknown. The service map (GET) lists the known ones."""

    def __init__(self) -> None:
        super().__init__(-32601)


class InvalidParams(RpcError):
    """The parameters do not fit the method; ``data`` names the parameter if it is known."""

    def __init__(self, data: str | None = None) -> None:
        super().__init__(-32602, data)


class InternalError(RpcError):
    """The method failed; ``data`` is the reason."""

    def __init__(self, data: str | None = None) -> None:
        super().__init__(-32603, data)


class ServiceUnavailable(InternalError):
    """The service cannot reach its store or is stopping. Try again later."""
