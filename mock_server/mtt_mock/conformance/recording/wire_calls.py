"""Reads the JSON-RPC calls in a recorded exchange, each with its params by name and its answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import mtt_contracts


@dataclass(frozen=True, slots=True)
class WireCall:
    """One JSON-RPC call.

    Attributes:
        method: The method's name in the contract's letter case; as sent if it is unknown.
        params: The params by name; ``raw`` holds them as sent.
        raw: The request object.
        answer: The response object, or ``None`` for a notification and a lost response.
    """

    method: str
    params: dict[str, Any]
    raw: dict[str, Any]
    answer: dict[str, Any] | None

    @property
    def customer(self) -> str | None:
        """The customer_name, if it is a string."""
        name = self.params.get("customer_name")
        return name if isinstance(name, str) else None

    @property
    def result(self) -> Any:
        """The result of the answer; ``None`` without one."""
        return None if self.answer is None else self.answer.get("result")

    @property
    def error(self) -> dict[str, Any]:
        """The error of the answer; ``{}`` without one."""
        error = None if self.answer is None else self.answer.get("error")
        return error if isinstance(error, dict) else {}

    @property
    def succeeded(self) -> bool:
        """Whether the answer is a result, and not a refusal inside the result."""
        result = self.result
        return result is not None and not (isinstance(result, dict) and "error" in result)


def read_calls(body: str, answer: str, *, from_end: bool = False) -> list[WireCall]:
    """Return the calls of a request body, in order, with their answers; ``[]`` for no JSON-RPC.

    Errors of notifications have no id. They are matched to the first ones of a batch, with
    ``from_end`` to the last ones.
    """
    request, response = json_or_text(body), json_or_text(answer)
    requests = request if isinstance(request, list) else [request]
    responses = response if isinstance(response, list) else [response]
    answers = [item for item in responses if isinstance(item, dict) and "jsonrpc" in item]
    step = -1 if from_end else 1
    answers, calls = answers[::step], []
    for raw in requests[::step]:
        if not isinstance(raw, dict) or not isinstance(raw.get("method"), str):
            continue
        matching = next((item for item in answers if _answers(item, raw)), None)
        if matching is None and raw is request and len(answers) == 1 and _is_refusal(answers[0]):
            matching = answers[0]  # a body that the service could not read
        if matching is not None:
            answers = [item for item in answers if item is not matching]
        calls.append(WireCall(*_known_call(raw["method"], raw.get("params")), raw, matching))
    return calls[::step]


def json_or_text(text: str) -> Any:
    """Return ``text`` as JSON, or ``text`` itself if it is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _answers(answer: dict[str, Any], request: dict[str, Any]) -> bool:
    sent, returned = request.get("id"), answer.get("id")
    return sent == returned and isinstance(sent, bool) == isinstance(returned, bool)


def _is_refusal(answer: dict[str, Any]) -> bool:
    """Return whether ``answer`` is an error for the whole body."""
    return answer.get("id") is None and "error" in answer


def _known_call(name: str, params: Any) -> tuple[str, dict[str, Any]]:
    """Return the contract's spelling of a method's name, and the params by name."""
    named = params if isinstance(params, dict) else {}
    try:
        method = mtt_contracts.method(name)
    except LookupError:
        return name, named
    return method.name, method.name_params(params) if isinstance(params, list) else named
