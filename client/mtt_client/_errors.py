"""Everything that a call can raise.

::

    MttError
    ├── RequestContractError          not sent: the parameters break the contract
    ├── TransportError                no readable answer arrived
    │   └── MttTimeoutError           ... within the timeout
    ├── HttpError                     an HTTP status instead of a JSON-RPC answer
    │   └── AuthenticationError       401: login or password are wrong
    ├── ProtocolError                 the answer broke the contract
    ├── RpcError                      a JSON-RPC error envelope, whatever its HTTP status
    │   ├── FollowmeNotFoundError     nothing is preset
    │   ├── CallNotEndedError         no info yet: the call is still going
    │   ├── CallEndedError            no info: a side did not answer, or cancelled
    │   └── CallNotFoundError         no info: no call has this id
    ├── RefusedError                  a refusal that hides inside result
    │   └── SideNotClearError         side A or B already holds elements
    ├── FollowmeNotRestoredError      a replace failed, and so did putting back the former structure
    └── CallTimeoutError              wait_for_call gave up

Wrong arguments (an element that is none, a bad URL) raise ``TypeError`` or ``ValueError``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from mtt_client._elements import Followme
    from mtt_contracts import Problem

_SHOWN_CHARACTERS = 200
_SHOWN_PROBLEMS = 5


class MttError(Exception):
    """A call failed. Catch this for all of them; the subclasses say why."""


class RequestContractError(MttError, ValueError):
    """Cause: the parameters break the contract, so nothing was sent.

    Remedy: mend what ``problems`` name, or make the client with ``validate=False``.
    """

    def __init__(self, method: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(method, problems)
        self.method = method
        self.problems = problems

    def __str__(self) -> str:
        return f"{self.method} was not sent: {_listed(self.problems)}"


class TransportError(MttError):
    """Cause: no readable answer arrived (no connection, connection lost, garbled transfer).

    Remedy: check URL and network. With ``sent`` true the server may have executed the request
    nevertheless; with ``sent`` false it never left.
    """

    def __init__(self, method: str, reason: str, sent: bool) -> None:  # noqa: FBT001
        # Not given to super: OSError, above the timeout, would read them as errno and so on. As
        # args they let pickle and copy rebuild the error.
        super().__init__()
        self.args = (method, reason, sent)
        self.method = method
        self.reason = reason
        self.sent = sent

    def __str__(self) -> str:
        return f"{self.method} got no answer: {self.reason}"


class MttTimeoutError(TransportError, TimeoutError):
    """Cause: no answer within the client's timeout (seconds).

    Remedy: as for ``TransportError``; look at the state (get) before setting again.
    """


class HttpError(MttError):
    """Cause: an HTTP ``status`` without a JSON-RPC envelope, such as a gateway's error page.

    Remedy: check the URL (redirects are not followed) or wait until the service is back.
    ``excerpt`` is the body, cut to 200 characters.
    """

    def __init__(self, method: str, status: int, excerpt: str) -> None:
        super().__init__(method, status, excerpt)
        self.method = method
        self.status = status
        self.excerpt = excerpt

    def __str__(self) -> str:
        return f"{self.method} was answered with HTTP {self.status}: {self.excerpt!r}"


class AuthenticationError(HttpError):
    """Cause: HTTP 401, the server knows no such login and password.

    Remedy: check both; they are sent in UTF-8. The status is an assumption of the contract.
    """


class ProtocolError(MttError):
    """Cause: the answer broke the contract: not JSON, another id, ``success`` as text, and so on.

    Also an upload URL of another origin than allowed, and a record larger than allowed.

    Remedy: compare ``problems`` (possibly none: then the message says all) with the contract; one
    of both is wrong. The server may have executed the request.
    """

    def __init__(self, method: str, reason: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(method, reason, problems)
        self.method = method
        self.reason = reason
        self.problems = problems

    def __str__(self) -> str:
        text = f"{self.method}: {self.reason}"
        return f"{text}: {_listed(self.problems)}" if self.problems else text


class RpcError(MttError):
    """Cause: the server answered with an error envelope, under whatever HTTP status.

    Remedy: ``data`` holds the reason (a plain string or ``None``), ``code`` and ``message`` are
    the envelope's, ``method`` is the method that was called.
    """

    def __init__(self, method: str, code: int, message: str, data: str | None) -> None:
        super().__init__(method, code, message, data)
        self.method = method
        self.code = code
        self.message = message
        self.data = data

    def __str__(self) -> str:
        text = f"{self.method} failed: {cut(self.message)} ({self.code})"
        return text if self.data is None else f"{text}: {cut(self.data)}"


class FollowmeNotFoundError(RpcError):
    """Cause: getCallBackFollowme with nothing preset (its text is an assumption).

    Remedy: none needed; treat it as an empty structure, or set one.
    """


class CallNotEndedError(RpcError):
    """Cause: getCallBackFollowmeCallInfo of a call still going (its text is an assumption).

    Remedy: ask again later, or use ``wait_for_call``.
    """


class CallEndedError(RpcError):
    """Cause: the call ended before both sides were joined, because of ``side`` ("A" or "B").

    ``cause`` is "timeout" (it did not answer in time) or "cancel" (it was busy, refused, hung up
    or cannot be reached). Evidence: the texts stand in public clients, that of a timeout on side A
    by symmetry. Remedy: none for this call; make another one.
    """

    def __init__(  # noqa: PLR0917 - args rebuild the error
        self,
        method: str,
        code: int,
        message: str,
        data: str | None,
        side: Literal["A", "B"],
        cause: Literal["timeout", "cancel"],
    ) -> None:
        super().__init__(method, code, message, data)
        self.args = (method, code, message, data, side, cause)
        self.side = side
        self.cause = cause


class CallNotFoundError(RpcError):
    """Cause: no call of this customer has the id (its text is an assumption).

    Remedy: use the id that ``make_callback_call_followme`` returned.
    """


class RefusedError(MttError):
    """Cause: the server refused with ``error`` and ``error_description``, inside ``result``.

    Refused uploads say the same without an envelope. Remedy: do what ``description`` says. A
    refused set changed nothing.
    """

    def __init__(self, method: str, code: float, description: str) -> None:
        super().__init__(method, code, description)
        self.method = method
        self.code = code
        self.description = description

    def __str__(self) -> str:
        return f"{self.method} was refused: {cut(self.description)} (error {self.code})"


class SideNotClearError(RefusedError):
    """Cause: ``side`` ("A" or "B") already holds elements (MTT's page: "Side A not clear").

    Remedy: ``delete_callback_followme`` before the set, or ``replace_callback_followme``.
    """

    def __init__(self, method: str, code: float, description: str, side: Literal["A", "B"]) -> None:
        super().__init__(method, code, description)
        self.args = (method, code, description, side)
        self.side = side


class FollowmeNotRestoredError(MttError):
    """Cause: a replace failed (``original``) and restoring failed too (``restore_failure``).

    Remedy: get what is set now, and set ``former`` (``None``: nothing was preset) by hand.
    """

    def __init__(
        self, original: MttError, restore_failure: MttError, former: Followme | None
    ) -> None:
        super().__init__(original, restore_failure, former)
        self.original = original
        self.restore_failure = restore_failure
        self.former = former

    def __str__(self) -> str:
        return (
            f"replacing failed ({self.original}), and the former structure could not be put back"
            f" ({self.restore_failure}); it is in this error's former"
        )


class CallTimeoutError(MttError, TimeoutError):
    """Cause: ``call_id`` was not over when ``wait_for_call`` had waited ``seconds``.

    ``last`` is what the last poll raised. Remedy: look at ``last``; when it is no
    ``CallNotEndedError`` it may say that something else is wrong. Wait again if the call is
    expected to go on.
    """

    def __init__(self, call_id: str, seconds: float, last: MttError) -> None:
        super().__init__()
        # Args as for TransportError.
        self.args = (call_id, seconds, last)
        self.call_id = call_id
        self.seconds = seconds
        self.last = last

    def __str__(self) -> str:
        return f"call {cut(self.call_id)} was not over after {self.seconds:g} s: {self.last}"


def cut(text: str) -> str:
    """Return ``text`` cut to the 200 characters that a message may show of an answer."""
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def _listed(problems: tuple[Problem, ...]) -> str:
    shown = "; ".join(cut(str(problem)) for problem in problems[:_SHOWN_PROBLEMS])
    more = len(problems) - _SHOWN_PROBLEMS
    return f"{shown}; and {more} more" if more > 0 else shown
