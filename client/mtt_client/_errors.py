"""The errors of the client.

::

    MttError
    ├── RequestContractError          not sent: the params break the contract
    ├── TransportError                no readable answer arrived
    │   └── MttTimeoutError           ... within the timeout
    ├── HttpError                     an HTTP status instead of a JSON-RPC answer
    │   └── AuthenticationError       401: login or password are wrong
    ├── ProtocolError                 the answer broke the contract
    ├── RpcError                      a JSON-RPC error envelope, whatever its HTTP status
    │   ├── FollowmeNotFoundError     nothing is preset
    │   ├── CallNotEndedError         no info yet: the call is running
    │   ├── CallEndedError            no info: a side did not answer, or cancelled
    │   └── CallNotFoundError         no info: no call has this id
    ├── RefusedError                  a refusal inside result
    │   └── SideNotClearError         side A or B already holds elements
    ├── FollowmeNotRestoredError      a replace failed, and so did restoring the former structure
    └── CallTimeoutError              wait_for_call gave up

Invalid arguments, such as a bad URL, raise ``TypeError`` or ``ValueError``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from mtt_client._elements import Followme
    from mtt_contracts import Problem

MAX_SHOWN_CHARACTERS = 200
MAX_SHOWN_PROBLEMS = 5


class MttError(Exception):
    """Base of all errors of the client; each subclass is one cause."""


class RequestContractError(MttError, ValueError):
    """Cause: the params break the contract, so nothing was sent.

    Remedy: correct the params, or create the client with ``validate=False``.

    Attributes:
        method: The method.
        problems: The ``Problem`` objects, each with path, value and message.
    """

    def __init__(self, method: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(method, problems)
        self.method = method
        self.problems = problems

    def __str__(self) -> str:
        return f"{self.method} was not sent: {_listed(self.problems)}"


class TransportError(MttError):
    """Cause: no readable answer arrived (no connection, connection lost, garbled transfer).

    Remedy: check URL and network; if ``sent``, read the state before you repeat a change.

    Attributes:
        method: The method.
        reason: The transport's error as text.
        sent: Whether the server may have received and executed the request.
    """

    def __init__(self, method: str, reason: str, sent: bool) -> None:  # noqa: FBT001
        # Not passed to super: OSError, a base of TimeoutError, would read them as errno and so on.
        # pickle and copy rebuild the error from args.
        super().__init__()
        self.args: tuple[object, ...] = (method, reason, sent)
        self.method = method
        self.reason = reason
        self.sent = sent

    def __str__(self) -> str:
        return f"{self.method} got no answer: {self.reason}"


class MttTimeoutError(TransportError, TimeoutError):
    """Cause: no answer within the client's timeout (seconds).

    Remedy: as for ``TransportError``: read the state before you set again.
    """


class HttpError(MttError):
    """Cause: an HTTP ``status`` without a JSON-RPC envelope, such as a gateway's error page.

    Remedy: check the URL (redirects are not followed) or wait until the service is back.

    Attributes:
        method: The method.
        status: The HTTP status.
        excerpt: The first 200 characters of the body.
    """

    def __init__(self, method: str, status: int, excerpt: str) -> None:
        super().__init__(method, status, excerpt)
        self.method = method
        self.status = status
        self.excerpt = excerpt

    def __str__(self) -> str:
        return f"{self.method} was answered with HTTP {self.status}: {self.excerpt!r}"


class AuthenticationError(HttpError):
    """Cause: HTTP 401, the server refuses login and password.

    Remedy: check both; the client sends them in UTF-8. The status is an assumption of the contract.
    """


class ProtocolError(MttError):
    """Cause: the answer broke the contract: not JSON, another id, ``success`` as text, and so on.

    Also an upload URL of a forbidden origin, and a record above ``max_record``.

    Remedy: compare the response with the contract: one of them is wrong. The server may have
    executed the request.

    Attributes:
        method: The method.
        reason: The problem as text.
        problems: The ``Problem`` objects; empty if ``reason`` is complete.
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
    """Cause: the server answered with an error envelope, under any HTTP status.

    Remedy: see ``data``, the reason.

    Attributes:
        method: The method.
        code: The envelope's error code.
        message: The envelope's message.
        data: The reason, a plain string, or ``None``.
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
    """Cause: getCallBackFollowme with nothing set (the text is an assumption).

    Remedy: treat it as an empty structure.
    """


class CallNotEndedError(RpcError):
    """Cause: getCallBackFollowmeCallInfo of a running call (the text is an assumption).

    Remedy: poll again later, or use ``wait_for_call``.
    """


class CallEndedError(RpcError):
    """Cause: the call ended before both sides were joined, because of ``side``.

    Remedy: start another call.

    Source: the texts are in public clients; that of a timeout on side A is an assumption.

    Attributes:
        side: "A" or "B".
        cause: "timeout" (not answered in time) or "cancel" (busy, rejected, hung up, unreachable).
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
        self.args: tuple[object, ...] = (method, code, message, data, side, cause)
        self.side = side
        self.cause = cause


class CallNotFoundError(RpcError):
    """Cause: no call of this customer has the id (the text is an assumption).

    Remedy: use the id that ``make_callback_call_followme`` returned.
    """


class RefusedError(MttError):
    """Cause: the server refused with ``error`` and ``error_description``, inside ``result``.

    The answer to a refused upload has the same members, without an envelope.

    Remedy: follow ``description``. A refused set changes nothing.

    Attributes:
        method: The method.
        code: The number in ``error``.
        description: The text in ``error_description``.
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

    Remedy: call ``delete_callback_followme`` first, or ``replace_callback_followme``.

    Attributes:
        side: "A" or "B".
    """

    def __init__(self, method: str, code: float, description: str, side: Literal["A", "B"]) -> None:
        super().__init__(method, code, description)
        self.args: tuple[object, ...] = (method, code, description, side)
        self.side = side


class FollowmeNotRestoredError(MttError):
    """Cause: a replace failed, and restoring the former structure failed too.

    Remedy: get the current structure, then set ``former`` yourself.

    Attributes:
        original: Why the replace failed.
        restore_failure: Why restoring failed.
        former: The former structure; ``None`` if nothing was set.
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
            f"replacing failed ({self.original}), and the former structure could not be restored"
            f" ({self.restore_failure}); it is in this error's former"
        )


class CallTimeoutError(MttError, TimeoutError):
    """Cause: the call was not over when ``wait_for_call`` reached its timeout.

    Remedy: see ``last``: anything but ``CallNotEndedError`` may name another problem. Wait again if
    the call should still run.

    Attributes:
        call_id: The call.
        seconds: How long the client waited.
        last: The error of the last poll.
    """

    def __init__(self, call_id: str, seconds: float, last: MttError) -> None:
        super().__init__()
        # Args as for TransportError.
        self.args: tuple[object, ...] = (call_id, seconds, last)
        self.call_id = call_id
        self.seconds = seconds
        self.last = last

    def __str__(self) -> str:
        return f"call {cut(self.call_id)} was not over after {self.seconds:g} s: {self.last}"


def cut(text: str) -> str:
    """Return ``text`` shortened to the 200 characters that a message may quote."""
    return text if len(text) <= MAX_SHOWN_CHARACTERS else f"{text[:MAX_SHOWN_CHARACTERS]}…"


def _listed(problems: tuple[Problem, ...]) -> str:
    shown = "; ".join(cut(str(problem)) for problem in problems[:MAX_SHOWN_PROBLEMS])
    more = len(problems) - MAX_SHOWN_PROBLEMS
    return f"{shown}; and {more} more" if more > 0 else shown
