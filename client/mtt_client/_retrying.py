"""When a request is tried again, and after which pause; no IO.

Only when that was asked for (``retries``), and never so that something could happen twice: a
request that may have arrived is repeated where repeating it changes nothing.
"""

from __future__ import annotations

from mtt_client._errors import AuthenticationError, HttpError, MttError, TransportError

# Asking changes nothing, and what is deleted stays deleted.
REPEATABLE = frozenset(
    (
        "getCallBackFollowme",
        "deleteCallBackFollowme",
        "getCallBackFollowmeCallInfo",
        "getCustomerBalance",
        "service map",
    )
)
_FIRST_PAUSE = 0.5  # seconds
_LONGEST_PAUSE = 8.0
_TOO_MANY = 429
_SERVER_ERRORS = 500


def may_pass(error: MttError) -> bool:
    """Return whether the failure is one of the moment: no answer, HTTP 429 or 5xx.

    An error envelope, a refusal or a broken contract will be the same the next time.
    """
    if isinstance(error, HttpError) and not isinstance(error, AuthenticationError):
        return error.status == _TOO_MANY or error.status >= _SERVER_ERRORS
    return isinstance(error, TransportError)


def may_have_executed(error: MttError) -> bool:
    """Return whether the service may have done what was asked, for all that ``error`` says."""
    if isinstance(error, TransportError):
        return error.sent
    return not (isinstance(error, HttpError) and error.status == _TOO_MANY)


def pause(attempt: int) -> float:
    """Return the seconds to wait after attempt 0, 1, 2, …: 0.5, 1, 2, 4, and 8 from then on."""
    return float(min(_FIRST_PAUSE * 2 ** min(attempt, 10), _LONGEST_PAUSE))
