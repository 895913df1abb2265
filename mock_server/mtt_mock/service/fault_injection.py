"""Applies faults to responses. Nothing here waits; ``server.connection_faults`` does."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from mtt_mock import jsonrpc
from mtt_mock.domain.faults import PREVENTS_EXECUTION, TriggeredFault
from mtt_mock.domain.http_status import STATUSES_WITHOUT_BODY
from mtt_mock.jsonrpc.errors import ParseError
from mtt_mock.jsonrpc.json_text import decode
from mtt_mock.service.reply import Reply, ResponseFault

RESPONSE_FAULT_KEY = "mtt_mock.response_fault"  # WSGI environ: the fault for the transport
HAS_SOCKET_KEY = "mtt_mock.socket"  # WSGI environ: the transport applies faults on its socket
_TRANSPORT_FAULTS = ("delay", "no-answer", "reset-before", "reset-after", "truncated", "trickle")
_HTML = (
    b"<html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>\n"
)
_TEXT = "text/plain; charset=utf-8"
_REPLACEMENTS = {
    "http-500": (500, b"500 Internal Server Error\n", _TEXT),
    "http-502": (502, b"502 Bad Gateway\n", _TEXT),
    "http-503": (503, b"503 Service Unavailable\n", _TEXT),
    "http-504": (504, b"504 Gateway Timeout\n", _TEXT),
    "http-429": (429, b"429 Too Many Requests\n", _TEXT),
    "html-error": (200, _HTML, "text/html; charset=utf-8"),
}


def prevents(trigger: TriggeredFault) -> bool:
    """Return whether the fault prevents the execution of the request."""
    return trigger.name in PREVENTS_EXECUTION


def faulted_response(trigger: TriggeredFault, rules: jsonrpc.EnvelopeRules, reply: Reply) -> Reply:
    """Return the reply that replaces ``reply``, whose body ``rules`` wrote."""
    name = trigger.name
    if name in _TRANSPORT_FAULTS:
        return replace(reply, response_fault=ResponseFault(name, trigger.seconds))
    if name in _REPLACEMENTS:
        status, body, content_type = _REPLACEMENTS[name]
        return replace(reply, status=status, body=body, content_type=content_type)
    body = b"" if reply.status in STATUSES_WITHOUT_BODY else _altered(name, reply.body, rules)
    return replace(reply, body=body)


def in_process(response_fault: ResponseFault, status: int, body: bytes) -> tuple[int, bytes]:
    """Return status and body of a transport fault for a client without a socket.

    A reset becomes an empty 502, silence an empty 504. The connection of a truncated body is not
    broken, and a delayed response is immediate.
    """
    if response_fault.name == "no-answer":
        return 504, b""
    if response_fault.name.startswith("reset"):
        return 502, b""
    return status, body[: len(body) // 2] if response_fault.name == "truncated" else body


def _altered(name: str, body: bytes, rules: jsonrpc.EnvelopeRules) -> bytes:
    if name == "invalid-json":
        return body[:-1] + b",]"
    if name == "duplicated":
        return body * 2
    if name == "empty" or not body:
        return b""
    try:
        answer = decode(body, rules.json or jsonrpc.JsonRules())
    except ParseError:  # a stub's HTTP reply
        return body
    for envelope in answer if isinstance(answer, list) else [answer]:
        if not isinstance(envelope, dict):
            continue
        if name == "wrong-id" and "id" in envelope:
            envelope["id"] = _wrong_id(envelope["id"])
        elif name == "wrong-success-type":
            result = envelope.get("result", envelope)
            if isinstance(result, dict) and "success" in result:
                result["success"] = str(result["success"])
    return rules.encode(answer)


def _wrong_id(call_id: Any) -> Any:
    return call_id + 1 if isinstance(call_id, int) else f"not {call_id}"
