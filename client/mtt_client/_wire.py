"""Envelope to outcome, without any IO: what is sent, and what an answer means.

The rules of the envelope come from the JSON-RPC library behind the recorded service map. Error
envelopes count under any HTTP status: which one the service uses is not known for sure.
"""

from __future__ import annotations

import json
import re
from typing import Any, Literal, NoReturn, cast

from mtt_client._errors import (
    AuthenticationError,
    CallEndedError,
    CallNotEndedError,
    CallNotFoundError,
    FollowmeNotFoundError,
    HttpError,
    MttTimeoutError,
    ProtocolError,
    RefusedError,
    RequestContractError,
    RpcError,
    SideNotClearError,
    TransportError,
    cut,
)
from mtt_client._steps import Answer, NoAnswer, Outcome, Request
from mtt_contracts import Problem, methods, validate_params, validate_response, validate_result

SERVICE_MAP = "service map"

_INFO = "getCallBackFollowmeCallInfo"
_NAMED: dict[tuple[str, str | None], type[RpcError]] = {
    ("getCallBackFollowme", "Callback followme structure not found"): FollowmeNotFoundError,
    (_INFO, "Call is not ended"): CallNotEndedError,
    (_INFO, "Call not found"): CallNotFoundError,
}
_CALL_ENDED = re.compile(r"Call ended by (timeout|cancel) on side ([AB])")
_SIDE_NOT_CLEAR = re.compile(r"Side ([AB]) not clear")
_UNAUTHORIZED = 401
_UNREADABLE = object()


def check_params(method: str, params: dict[str, Any]) -> None:
    """Raise ``RequestContractError`` when ``params`` break the contract of a method it knows."""
    problems = validate_params(method, params) if method in methods() else []
    if problems:
        raise RequestContractError(method, tuple(problems))


def encode(method: str, params: dict[str, Any], request_id: int) -> Request:
    """Return the request for a call. Raises ``RequestContractError`` for what JSON cannot hold."""
    envelope = {"jsonrpc": "2.0", "method": method, "params": params, "id": request_id}
    try:
        body = json.dumps(envelope, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as reason:
        message = f"params cannot be written as JSON: {reason}"
        raise RequestContractError(method, (Problem("params", None, "json", message),)) from reason
    return Request(method, request_id, body)


def decode_call(request: Request, outcome: Outcome) -> Any:
    """Return the ``result`` that ``outcome`` holds for the call ``request``, or raise an error."""
    answer, content = answered(request, outcome)
    if not _is_envelope(content):
        _raise_no_envelope(request, answer, content)
    result = _result(request, content)
    if not is_success(answer):
        raise ProtocolError(request.method, f"a result under HTTP status {answer.status}")
    raise_refusal(request.method, result)
    if request.method in methods():
        problems = validate_result(request.method, result)
        if problems:
            raise ProtocolError(request.method, "the result broke the contract", tuple(problems))
    return result


def decode_service_map(request: Request, outcome: Outcome) -> dict[str, Any]:
    """Return the service map that ``outcome`` holds, or raise an error."""
    answer, content = answered(request, outcome)
    if _is_envelope(content):
        _result(request, content)
        raise ProtocolError(request.method, "a call's result where a service map was asked for")
    if not (is_success(answer) and isinstance(content, dict)):
        _raise_no_envelope(request, answer, content)
    if not isinstance(content.get("services"), dict):
        raise ProtocolError(request.method, f"no services in {excerpt(answer)!r}")
    return content


def arrived(request: Request, outcome: Outcome) -> Answer:
    """Return the answer, or raise the ``TransportError`` of its absence."""
    if isinstance(outcome, NoAnswer):
        error = MttTimeoutError if outcome.timed_out else TransportError
        raise error(request.method, outcome.reason, outcome.sent)
    return outcome


def answered(request: Request, outcome: Outcome) -> tuple[Answer, Any]:
    """Return the answer to a request with credentials, and what its JSON holds."""
    answer = arrived(request, outcome)
    if answer.status == _UNAUTHORIZED:
        raise AuthenticationError(request.method, answer.status, excerpt(answer))
    return answer, _parsed(answer.body)


def is_success(answer: Answer) -> bool:
    """Return whether the HTTP status says that all went well."""
    return 200 <= answer.status < 300  # noqa: PLR2004


def _is_envelope(content: object) -> bool:
    # Anything that claims to be JSON-RPC is held to its contract; a gateway's own JSON is not.
    return isinstance(content, dict) and "jsonrpc" in content


def _raise_no_envelope(request: Request, answer: Answer, content: object) -> NoReturn:
    if not is_success(answer):
        raise HttpError(request.method, answer.status, excerpt(answer))
    if not answer.body:
        raise ProtocolError(request.method, "the answer is empty")
    what = "not JSON" if content is _UNREADABLE else "not a JSON-RPC answer to one call"
    raise ProtocolError(request.method, f"the answer is {what}: {excerpt(answer)!r}")


def _result(request: Request, envelope: dict[str, Any]) -> Any:
    problems = validate_response(envelope)
    if problems:
        raise ProtocolError(request.method, "the answer broke the contract", tuple(problems))
    _check_id(request, envelope)
    if "error" not in envelope:
        return envelope["result"]
    error = envelope["error"]
    raise _rpc_error(request.method, error["code"], error["message"], error["data"])


def _rpc_error(method: str, code: int, message: str, data: str | None) -> RpcError:
    ended = _CALL_ENDED.fullmatch(data or "") if method == _INFO else None
    if ended is None:
        return _NAMED.get((method, data), RpcError)(method, code, message, data)
    cause, side = cast("tuple[Literal['timeout', 'cancel'], Literal['A', 'B']]", ended.groups())
    return CallEndedError(method, code, message, data, side, cause)


def _check_id(request: Request, envelope: dict[str, Any]) -> None:
    got = envelope["id"]
    # A server that could not read the request cannot know its id.
    if got is None and "error" in envelope:
        return
    # In Python true == 1 == 1.0; on the wire they are three different ids.
    if type(got) is not type(request.id) or got != request.id:
        message = f"id must be {request.id}, got {cut(json.dumps(got))}"
        problem = Problem("id", got, "id", message)
        raise ProtocolError(request.method, "the answer belongs to another request", (problem,))


def raise_refusal(method: str, result: object) -> None:
    """Raise the ``RefusedError`` that ``result`` is, if it is one."""
    if not isinstance(result, dict):
        return
    code, description = result.get("error"), result.get("error_description")
    if isinstance(code, bool) or not isinstance(code, int | float):
        return
    if not isinstance(description, str) or (code == 0 and "success" in result):
        return
    named = _SIDE_NOT_CLEAR.match(description)
    if named is None:
        raise RefusedError(method, code, description)
    raise SideNotClearError(method, code, description, cast("Literal['A', 'B']", named[1]))


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return _UNREADABLE


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def excerpt(answer: Answer) -> str:
    """Return the beginning of the body, for messages."""
    # A character has four bytes at most, so that a large body is not decoded as a whole.
    return cut(answer.body[:1000].decode("utf-8", "replace"))
