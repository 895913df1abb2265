"""Reads exchanges from tapes, exports of the journal and HTTP archives (HAR)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mtt_mock.conformance.recording.tape import parse_tape
from mtt_mock.conformance.recording.wire_calls import WireCall, read_calls
from mtt_mock.domain.text import json_or_none
from mtt_mock.web.paths import ENDPOINT

_INVALID_REQUEST = -32600


@dataclass(frozen=True, slots=True)
class CapturedExchange:
    """One HTTP exchange with the service.

    Attributes:
        location: Its position in the file, such as ``line 4``.
        at: Seconds of the request since a fixed moment.
        body: The request's body.
        status: The HTTP status; ``None`` if no response arrived.
        answer: The response's body.
    """

    location: str
    at: float
    body: str
    status: int | None
    answer: str

    @property
    def calls(self) -> list[WireCall]:
        """The JSON-RPC calls of the request."""
        return read_calls(self.body, self.answer)

    @property
    def refusal(self) -> str | None:
        """The error of a request without calls, such as ``-32700 Parse error``."""
        envelope = None if self.calls else json_or_none(self.answer)
        if not isinstance(envelope, dict) or "jsonrpc" not in envelope:
            return None
        error = envelope.get("error")
        if not isinstance(error, dict):
            return None
        return f"{error.get('code')} {error.get('message')}"


@dataclass(frozen=True, slots=True)
class Capture:
    """A file of exchanges: ``kind`` is "tape", "journal" or "HAR"."""

    kind: str
    exchanges: list[CapturedExchange]


def read_capture(name: str, content: bytes) -> Capture | None:
    """Return the exchanges in ``content``; ``None`` for any other content.

    Raises:
        TapeError: It is a tape that cannot be read.
    """
    head = json_or_none(content.partition(b"\n")[0])
    if isinstance(head, dict) and head.get("tape") == "mtt-mock":
        tape = parse_tape(name, content)
        return Capture(
            "tape",
            [
                CapturedExchange(f"line {item.line}", item.at, item.body, item.status, item.answer)
                for item in tape.exchanges
                if item.path == tape.endpoint and item.verb == "POST"
            ],
        )
    if isinstance(head, dict) and {"kind", "seq"} <= head.keys():
        rows = [json_or_none(line) for line in content.splitlines() if line.strip()]
        return Capture("journal", list(_journal(rows)))
    whole = json_or_none(content)
    if isinstance(whole, dict) and {"entries", "last"} <= whole.keys():
        return Capture("journal", list(_journal(whole["entries"])))
    log = whole.get("log") if isinstance(whole, dict) else None
    if isinstance(log, dict) and isinstance(log.get("entries"), list):
        return Capture("HAR", list(_archive(log["entries"])))
    return None


def _journal(rows: list[Any]) -> Iterator[CapturedExchange]:
    for row in rows:
        if not isinstance(row, dict) or row.get("kind") != "exchange":
            continue
        wire, answer, method = row.get("wire") or {}, row.get("answer"), row.get("method")
        if method in ("GET", "upload") or wire.get("path", ENDPOINT) != ENDPOINT:
            continue
        envelope = {"jsonrpc": "2.0", "id": row.get("id"), **answer} if answer else None
        yield CapturedExchange(
            f"entry {row.get('seq')}",
            float(wire.get("clock") or row.get("at") or 0),
            "" if method is None else _journal_body(row, answer or {}),
            row.get("status") or None,  # 0: a fault lost the answer
            json.dumps(envelope, ensure_ascii=False) if envelope else "",
        )


def _journal_body(row: dict[str, Any], answer: dict[str, Any]) -> str:
    """Return the request of a journal entry; the journal does not hold its ``jsonrpc``."""
    request = {"id": row.get("id"), "method": row["method"]}
    if (answer.get("error") or {}).get("code") != _INVALID_REQUEST:
        request["jsonrpc"] = "2.0"
    if row.get("request") is not None:
        request["params"] = row["request"]
    return json.dumps(request, ensure_ascii=False)


def _archive(entries: list[Any]) -> Iterator[CapturedExchange]:
    for number, entry in enumerate(entries, 1):
        try:
            body = entry["request"]["postData"]["text"]
            status = entry["response"]["status"]
            answer = entry["response"]["content"].get("text", "")
            at = datetime.fromisoformat(entry["startedDateTime"]).timestamp()
        except (KeyError, TypeError, ValueError, AttributeError):
            continue  # a GET, or an entry of another kind
        if isinstance(body, str) and isinstance(answer, str):
            yield CapturedExchange(f"entry {number}", at, body, status or None, answer)
