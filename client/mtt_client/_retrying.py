"""Decides whether a failed request is retried, and how long to wait before. No IO.

The client retries only with ``retries``, and never executes anything twice: it repeats a request
that may have arrived only if repeating it changes nothing.
"""

from __future__ import annotations

from http import HTTPStatus

from mtt_client._errors import (
    AuthenticationError,
    HttpError,
    MttError,
    ProtocolError,
    RpcError,
    TransportError,
)

# Codes of requests that the service rejects before it runs the method.
REJECTIONS = (-32700, -32600, -32601, -32602)
# Reads and deletes: a second execution changes nothing.
REPEATABLE = frozenset(
    (
        "getCallBackFollowme",
        "deleteCallBackFollowme",
        "getCallBackFollowmeCallInfo",
        "getCustomerBalance",
        "service map",
    )
)
INITIAL_BACKOFF_SECONDS = 0.5
MAX_BACKOFF_SECONDS = 8.0


def is_transient(error: MttError) -> bool:
    """Return whether a retry may succeed: no response, HTTP 429 or 5xx without an envelope.

    An error envelope, a refusal or a broken contract will be the same the next time.
    """
    if isinstance(error, HttpError):
        too_many = error.status == HTTPStatus.TOO_MANY_REQUESTS
        return too_many or error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return isinstance(error, TransportError)


def may_have_executed(error: MttError) -> bool:
    """Return whether the service may have executed the request although it failed."""
    match error:
        case TransportError():
            return error.sent
        case RpcError():
            return error.code not in REJECTIONS
        case AuthenticationError():
            return False
        case HttpError():
            return error.status != HTTPStatus.TOO_MANY_REQUESTS
        case _:
            return isinstance(error, ProtocolError)


def backoff(attempt: int) -> float:
    """Return the seconds to wait after attempt 0, 1, 2, …: 0.5, 1, 2, 4, then always 8."""
    return float(min(INITIAL_BACKOFF_SECONDS * 2 ** min(attempt, 10), MAX_BACKOFF_SECONDS))
