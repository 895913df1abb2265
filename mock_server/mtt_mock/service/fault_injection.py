"""What a fault makes of an answer. Nothing here waits: the transport does, see ``serving``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mtt_mock import jsonrpc
from mtt_mock.domain.faults import PREVENTS_EXECUTION, TriggeredFault
from mtt_mock.jsonrpc.json_text import decode

ENVIRON = "mtt_mock.response_fault"  # in a WSGI environ: what the transport is to do
SOCKET = "mtt_mock.socket"  # in a WSGI environ: the transport can do it
_BY_TRANSPORT = ("delay", "no-answer", "reset-before", "reset-after", "truncated", "trickle")
_STATUSES = {
    "http-500": (500, b"500 Internal Server Error\n"),
    "http-502": (502, b"502 Bad Gateway\n"),
    "http-503": (503, b"503 Service Unavailable\n"),
    "http-504": (504, b"504 Gateway Timeout\n"),
    "http-429": (429, b"429 Too Many Requests\n"),
}
_HTML = (
    b"<html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>\n"
)


@dataclass(frozen=True, slots=True)
class ResponseFault:
    """What the transport is to do with an answer that is ready: ``name`` of the fault."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class FaultedResponse:
    """An answer after a fault; ``content_type`` ``None``: as ever."""

    status: int
    body: bytes
    content_type: str | None = None
    response_fault: ResponseFault | None = None


def prevents(trigger: TriggeredFault) -> bool:
    """Return whether the request is not applied."""
    return trigger.name in PREVENTS_EXECUTION


def triggered(trigger: TriggeredFault, status: int = 0, body: bytes = b"") -> FaultedResponse:
    """Return what goes back instead of the answer ``body``."""
    name = trigger.name
    if name in _BY_TRANSPORT:
        return FaultedResponse(status, body, response_fault=ResponseFault(name, trigger.seconds))
    if name in _STATUSES:
        status, body = _STATUSES[name]
        return FaultedResponse(status, body, "text/plain; charset=utf-8")
    if name == "http-401":
        return FaultedResponse(401, b"")
    if name == "html-error":
        return FaultedResponse(200, _HTML, "text/html; charset=utf-8")
    return FaultedResponse(status, _altered(name, body))


def in_process(response_fault: ResponseFault, status: int, body: bytes) -> tuple[int, bytes]:
    """Return status and body for where there is no socket to do it on: the nearest thing.

    A reset and silence become an empty 502 and 504, half an answer comes as it is; an answer that
    is late comes at once.
    """
    if response_fault.name == "no-answer":
        return 504, b""
    if response_fault.name.startswith("reset"):
        return 502, b""
    return status, body[: len(body) // 2] if response_fault.name == "truncated" else body


def _altered(name: str, body: bytes) -> bytes:
    if name == "invalid-json":
        return body[:-1] + b",]"
    if name == "duplicated":
        return body * 2
    if name == "empty" or not body:
        return b""
    answer = decode(body)
    for envelope in answer if isinstance(answer, list) else [answer]:
        if name == "wrong-id" and "id" in envelope:
            envelope["id"] = _another(envelope["id"])
        elif name == "wrong-success-type":
            result = envelope.get("result", envelope)
            if isinstance(result, dict) and "success" in result:
                result["success"] = str(result["success"])
    return jsonrpc.encode(answer)


def _another(call_id: Any) -> Any:
    return call_id + 1 if isinstance(call_id, int) else f"not {call_id}"
