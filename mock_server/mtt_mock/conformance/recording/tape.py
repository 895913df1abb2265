"""Tapes: a line of JSON for each exchange, the first line says what it is.

``{"tape": "mtt-mock", "version": 1, "endpoint": "/index.php", "redacted": true}``, then lines with
``at`` (seconds since the start), ``request`` and ``response``. A line goes to the file at once: a
crash loses at most the line in hand.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mtt_mock.conformance.recording.redaction import Redactor
from mtt_mock.domain.errors import MttMockError

VERSION = 1
_HEAD = {"tape": "mtt-mock", "version": VERSION}


class TapeError(MttMockError):
    """The file is no tape that can be read; the message says which line, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taped:
    """One exchange of a tape.

    ``at``: seconds since the recording began. ``auth``: ``"basic"``, ``"other"`` or ``None``; the
    credentials themselves are never written. ``body`` and ``answer`` are text, redacted.
    ``status`` is ``None`` when the upstream did not answer; ``answer`` then says why.
    """

    line: int
    at: float
    verb: str
    path: str
    query: str
    auth: str | None
    content_type: str
    body: str
    status: int | None
    answer_type: str
    answer: str


@dataclass(frozen=True, slots=True)
class Tape:
    """A tape: the path of the endpoint, and what was said. ``cut``: its last line was cut off."""

    endpoint: str
    exchanges: list[Taped] = field(default_factory=list)
    cut: bool = False


class TapeWriter:
    """Writes a tape to a new file. Raises ``OSError``, also when the file exists.

    ``endpoint`` is the path of the endpoint. ``redact``: without telephone numbers and URLs that
    let someone in; credentials are never written, nor is what is uploaded or downloaded.
    """

    def __init__(self, path: Path, *, endpoint: str = "/index.php", redact: bool = True) -> None:
        # For its owner alone, and without a buffer that would be lost.
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._redactor = Redactor() if redact else None
        self._endpoint = endpoint
        self._put(_HEAD | {"endpoint": endpoint, "redacted": redact})
        self.count = 0

    def add(self, at: float, request: dict[str, Any], response: dict[str, Any]) -> None:
        """Write one exchange; ``body`` of both are bytes.

        Raises ``OSError``; then the tape stays as it was.
        """
        clean = self._redactor
        own = request["path"] == self._endpoint
        query = request["query"]
        hidden = {"query": clean.plain(query) if clean else query}
        if clean and not own:  # URLs beside the endpoint let someone in
            whole = f"{request['path']}?{query}" if query else request["path"]
            hidden = {"path": f"/{clean.url(whole)}", "query": ""}
        self._put(
            {
                "at": round(at, 3),
                "request": request | hidden | {"body": self._text(request["body"], kept=own)},
                "response": response | {"body": self._answer(response, own=own)},
            }
        )
        self.count += 1

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _answer(self, response: dict[str, Any], *, own: bool) -> str:
        json_or_reason = "json" in response["content_type"] or response["status"] is None
        return self._text(response["body"], kept=own or json_or_reason)

    def _text(self, content: bytes, *, kept: bool) -> str:
        if not kept and content:
            return f"({len(content)} bytes, not kept)"
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            return f"({len(content)} bytes that are no text)"
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
    """Return a tape; a last line that was cut off is left out.

    Raises ``TapeError``.
    """
    try:
        content = Path(name).read_bytes()
    except OSError as error:
        raise TapeError(f"cannot read {name}: {error.strerror}") from None
    rows = content.split(b"\n")
    if rows[-1] == b"":
        rows.pop()
        cut = None
    else:
        cut = len(rows)  # its line break was never written
    if not rows:
        raise TapeError(f"{name} is empty, no tape")
    endpoint = _endpoint(name, rows[0])
    exchanges = list(_exchanges(name, rows[1:], cut))
    return Tape(endpoint, exchanges, cut=cut is not None and len(exchanges) < len(rows) - 1)


def _endpoint(name: str, row: bytes) -> str:
    try:
        head = json.loads(row)
    except (ValueError, RecursionError):
        head = None
    if not isinstance(head, dict) or head.get("tape") != _HEAD["tape"]:
        raise TapeError(f"{name} is no tape: its first line is not that of mtt-mock record")
    if head.get("version") != VERSION:
        raise TapeError(
            f"{name} is a tape of version {head.get('version')!r}; this mtt-mock reads {VERSION}"
        )
    endpoint = head.get("endpoint")
    if not isinstance(endpoint, str):
        raise TapeError(f"{name} line 1 names no endpoint")
    return endpoint


def _exchanges(name: str, rows: list[bytes], cut: int | None) -> Iterator[Taped]:
    for line, row in enumerate(rows, start=2):
        try:
            yield _taped(line, json.loads(row))
        except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
            if line == cut:
                return
            raise TapeError(f"{name} line {line} is no exchange") from None


def _taped(line: int, row: dict[str, Any]) -> Taped:
    request, response = row["request"], row["response"]
    taped = Taped(
        line=line,
        at=float(row["at"]),
        verb=request["verb"],
        path=request["path"],
        query=request["query"],
        auth=request["auth"],
        content_type=request["content_type"],
        body=request["body"],
        status=response["status"],
        answer_type=response["content_type"],
        answer=response["body"],
    )
    if taped.status is not None and not isinstance(taped.status, int):
        raise TypeError
    texts = (taped.verb, taped.path, taped.query, taped.content_type, taped.body)
    if not all(isinstance(each, str) for each in (*texts, taped.answer_type, taped.answer)):
        raise TypeError
    return taped
