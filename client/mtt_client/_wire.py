"""Encodes JSON-RPC requests and turns responses into results or errors. No IO.

The rules of the envelope come from the JSON-RPC library behind the recorded service map. An error
envelope counts under any HTTP status, because the status that the service uses is not certain.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus
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
from mtt_client._steps import HttpRequest, HttpResponse, NoResponse, Outcome
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
_UNREADABLE = object()
_ENCODER = json.JSONEncoder(allow_nan=False)  # json.dumps makes one at each call


def check_params(method: str, params: dict[str, Any]) -> None:
    """Raise ``RequestContractError`` if ``params`` break the contract of a known method."""
    problems = validate_params(method, params) if method in methods() else []
    if problems:
        raise RequestContractError(method, tuple(problems))


def encode(method: str, params: dict[str, Any], request_id: int) -> HttpRequest:
    """Return the request for a call.

    Raises:
        RequestContractError: JSON cannot represent ``params``.
    """
    envelope = {"jsonrpc": "2.0", "method": method, "params": params, "id": request_id}
    try:
        body = _ENCODER.encode(envelope).encode()
    except (TypeError, ValueError, RecursionError) as reason:
        message = f"params cannot be written as JSON: {reason}"
        raise RequestContractError(method, (Problem("params", None, "json", message),)) from reason
    return HttpRequest(method, request_id, body)


def decode_call(request: HttpRequest, outcome: Outcome) -> Any:
    """Return the ``result`` in ``outcome`` of the call ``request``, or raise an error."""
    answer, content = read_json(request, outcome)
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


def decode_service_map(request: HttpRequest, outcome: Outcome) -> dict[str, Any]:
    """Return the service map in ``outcome``, or raise an error."""
    answer, content = read_json(request, outcome)
    if _is_envelope(content):
        _result(request, content)
        raise ProtocolError(request.method, "a call's result instead of a service map")
    if not (is_success(answer) and isinstance(content, dict)):
        _raise_no_envelope(request, answer, content)
    if not isinstance(content.get("services"), dict):
        raise ProtocolError(request.method, f"no services in {excerpt(answer)!r}")
    return content


def require_response(request: HttpRequest, outcome: Outcome) -> HttpResponse:
    """Return the response, or raise ``TransportError`` if none arrived."""
    if isinstance(outcome, NoResponse):
        error = MttTimeoutError if outcome.timed_out else TransportError
        raise error(request.method, outcome.reason, outcome.sent)
    return outcome


def read_json(request: HttpRequest, outcome: Outcome) -> tuple[HttpResponse, Any]:
    """Return the response to an authenticated request, and its JSON."""
    answer = require_response(request, outcome)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        raise AuthenticationError(request.method, answer.status, excerpt(answer))
    return answer, _parsed(answer.body)


def is_success(answer: HttpResponse) -> bool:
    """Return whether the HTTP status is 2xx."""
    return 200 <= answer.status < 300  # noqa: PLR2004


def _is_envelope(content: object) -> bool:
    # Only JSON that claims to be JSON-RPC must keep its contract; a gateway's own JSON need not.
    return isinstance(content, dict) and "jsonrpc" in content


def _raise_no_envelope(request: HttpRequest, answer: HttpResponse, content: object) -> NoReturn:
    if not is_success(answer):
        raise HttpError(request.method, answer.status, excerpt(answer))
    if not answer.body:
        raise ProtocolError(request.method, "the answer is empty")
    reason = "not JSON" if content is _UNREADABLE else "not a JSON-RPC answer to one call"
    raise ProtocolError(request.method, f"the answer is {reason}: {excerpt(answer)!r}")


def _result(request: HttpRequest, envelope: dict[str, Any]) -> Any:
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


def _check_id(request: HttpRequest, envelope: dict[str, Any]) -> None:
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
    """Raise ``RefusedError`` if ``result`` is a refusal."""
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


def excerpt(answer: HttpResponse) -> str:
    """Return the start of the body, for messages."""
    # A character has at most four bytes: do not decode a large body as a whole.
    return cut(answer.body[:1000].decode("utf-8", "replace"))
