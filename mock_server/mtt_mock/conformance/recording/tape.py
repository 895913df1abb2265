"""Writes and reads tapes: JSON Lines, a header and then one recorded exchange per line.

The header is ``{"tape": "mtt-mock", "version": 1, "endpoint": "/index.php", "redacted": true}``. An
exchange has ``at`` (seconds since the start of the recording), ``took`` (seconds), ``request`` and
``response``. The writer writes each line at once, so that a crash loses at most the current line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mtt_mock.domain.errors import MttMockError
from mtt_mock.domain.text import json_or_none
from mtt_mock.server.tls.private_files import write_private
from mtt_mock.service.redaction import Redactor

VERSION = 1
_HEAD = {"tape": "mtt-mock", "version": VERSION}


class TapeError(MttMockError):
    """The file is no readable tape; the message names the line and the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedExchange:
    """One exchange of a tape.

    Attributes:
        line: Its line in the file.
        at: Seconds from the start of the recording to the request.
        took: Seconds from the request to the response; 0 on tapes without it.
        verb: The HTTP method.
        path: The path; a placeholder for other paths than the endpoint's.
        query: The query, redacted.
        auth: ``"basic"``, ``"other"`` or ``None``; tapes never hold credentials.
        content_type: The request's Content-Type.
        content_encoding: The compression of the sent body; empty for none.
        body: The request's body as text, redacted and not compressed.
        status: The HTTP status; ``None`` if the upstream did not answer.
        answer_type: The response's Content-Type.
        answer: The response's body as text, redacted; the reason if there is no response.
    """

    line: int
    at: float
    took: float
    verb: str
    path: str
    query: str
    auth: str | None
    content_type: str
    content_encoding: str
    body: str
    status: int | None
    answer_type: str
    answer: str


@dataclass(frozen=True, slots=True)
class Tape:
    """A tape: the endpoint's path and the exchanges. ``truncated``: the last line is incomplete."""

    endpoint: str
    exchanges: list[RecordedExchange] = field(default_factory=list)
    truncated: bool = False


class TapeWriter(AbstractContextManager["TapeWriter"]):
    """Writes a tape to a new file. Raises ``OSError``, also if the file exists.

    It writes no credentials, uploads and downloads. With ``redact``, placeholders replace telephone
    numbers, URLs and secrets. ``endpoint`` is a path.
    """

    def __init__(self, path: Path, *, endpoint: str = "/index.php", redact: bool = True) -> None:
        # Readable by its owner alone, and without a buffer that a crash would lose.
        self._path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._redactor = Redactor() if redact else None
        self._endpoint = endpoint
        self._put(_HEAD | {"endpoint": endpoint, "redacted": redact})
        self.count = 0

    def add(
        self,
        at: float,
        request: dict[str, Any],
        response: dict[str, Any],
        *,
        took: float = 0,
        authorization: str = "",
    ) -> None:
        """Write one exchange; both bodies are bytes. Raises ``OSError``, and then writes nothing.

        Args:
            at: Seconds from the start of the recording to the request.
            request: verb, path, query, auth, content_type, content_encoding and body.
            response: status, content_type and body.
            took: Seconds from the request to the response.
            authorization: The Authorization header, whose secrets are replaced everywhere.
        """
        redactor = self._redactor
        own = request["path"] == self._endpoint
        query = request["query"]
        replaced = {}
        if redactor:
            redactor.credentials(authorization)
            replaced["query"] = redactor.query(query)
            if not own:  # other paths are signed URLs
                whole = f"{request['path']}?{query}" if query else request["path"]
                replaced = {"path": f"/{redactor.url(f'upstream{whole}')}", "query": ""}
            for name in ("verb", "content_type"):
                replaced[name] = redactor.plain(request[name])
            response = response | {"content_type": redactor.plain(response["content_type"])}
        self._put(
            {
                "at": round(at, 6),
                "took": round(took, 6),
                "request": request | replaced | {"body": self._text(request["body"], keep=own)},
                "response": response | {"body": self._answer(response, own=own)},
            }
        )
        self.count += 1

    def close(self) -> None:
        """Close the file, and replace secrets in lines before the one that revealed them."""
        os.close(self._file)
        if self._redactor is None:
            return
        text = self._path.read_text("utf-8")
        # Not splitlines(), which also splits at U+0085 and U+2028.
        redacted = "\n".join(map(self._redact_again, text.split("\n")))
        if redacted != text:
            write_private(self._path, redacted.encode("utf-8", "backslashreplace"))

    def _redact_again(self, line: str) -> str:
        assert self._redactor is not None  # noqa: S101 -- close() checks it
        if not line:
            return line
        row = json.loads(line)
        for part in (row.get("request"), row.get("response")):
            for name in ("query", "body", "content_type") if isinstance(part, dict) else ():
                part[name] = self._redactor.redact_again(part.get(name, ""))
        return json.dumps(row, ensure_ascii=False) if row != json.loads(line) else line

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _answer(self, response: dict[str, Any], *, own: bool) -> str:
        json_or_reason = "json" in response["content_type"] or response["status"] is None
        return self._text(response["body"], keep=own or json_or_reason)

    def _text(self, content: bytes, *, keep: bool) -> str:
        if not keep and content:
            return f"({len(content)} bytes, not recorded)"
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            return f"({len(content)} bytes that are not UTF-8)"
        return text if self._redactor is None else self._redactor.text(text)

    def _put(self, row: dict[str, Any]) -> None:
        line = json.dumps(row, ensure_ascii=False) + "\n"
        rest = memoryview(line.encode("utf-8", "backslashreplace"))
        start = os.lseek(self._file, 0, os.SEEK_CUR)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError:
            os.ftruncate(self._file, start)
            os.lseek(self._file, start, os.SEEK_SET)
            raise


def read(name: str) -> Tape:
    """Read a tape, without an incomplete last line. Raises ``TapeError``."""
    try:
        content = Path(name).read_bytes()
    except OSError as error:
        raise TapeError(f"cannot read {name}: {error.strerror}") from error
    return parse_tape(name, content)


def parse_tape(name: str, content: bytes) -> Tape:
    """Return the tape in ``content``; messages call it ``name``. Raises ``TapeError``."""
    rows = content.split(b"\n")
    if rows[-1] == b"":
        rows.pop()
        cut = None
    else:
        cut = len(rows)  # it has no line break
    if not rows:
        raise TapeError(f"{name} is empty, not a tape")
    endpoint = _endpoint(name, rows[0])
    exchanges = list(_exchanges(name, rows[1:], cut))
    return Tape(endpoint, exchanges, truncated=cut is not None and len(exchanges) < len(rows) - 1)


def _endpoint(name: str, row: bytes) -> str:
    head = json_or_none(row)
    if not isinstance(head, dict) or head.get("tape") != _HEAD["tape"]:
        raise TapeError(f"{name} is not a tape: its first line is not that of mtt-mock record")
    if head.get("version") != VERSION:
        raise TapeError(
            f"{name} is a tape of version {head.get('version')!r}; this mtt-mock reads {VERSION}"
        )
    endpoint = head.get("endpoint")
    if not isinstance(endpoint, str):
        raise TapeError(f"{name} line 1 names no endpoint")
    return endpoint


def _exchanges(name: str, rows: list[bytes], cut: int | None) -> Iterator[RecordedExchange]:
    for line, row in enumerate(rows, start=2):
        try:
            yield _exchange(line, json.loads(row))
        except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
            if line == cut:
                return
            raise TapeError(f"{name} line {line} is not an exchange") from None


def _exchange(line: int, row: dict[str, Any]) -> RecordedExchange:
    request, response = row["request"], row["response"]
    exchange = RecordedExchange(
        line=line,
        at=float(row["at"]),
        took=float(row.get("took", 0)),
        verb=request["verb"],
        path=request["path"],
        query=request["query"],
        auth=request["auth"],
        content_type=request["content_type"],
        content_encoding=request.get("content_encoding", ""),
        body=request["body"],
        status=response["status"],
        answer_type=response["content_type"],
        answer=response["body"],
    )
    if exchange.status is not None and not isinstance(exchange.status, int):
        raise TypeError
    texts = (
        exchange.verb, exchange.path, exchange.query, exchange.content_type,
        exchange.content_encoding, exchange.body, exchange.answer_type, exchange.answer,
    )  # fmt: skip
    if not all(isinstance(text, str) for text in texts):
        raise TypeError
    return exchange
