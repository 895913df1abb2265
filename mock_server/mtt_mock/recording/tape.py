"""Tapes: a line of JSON for each exchange, the first line says what it is.

``{"tape": "mtt-mock", "version": 1}``, then lines with ``at`` (seconds since the start),
``request`` and ``response``. A line is written as a whole and flushed: a crash loses at most the
line in hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mtt_mock.recording.redaction import Redactor

VERSION = 1
_HEAD = {"tape": "mtt-mock", "version": VERSION}


class TapeError(Exception):
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


class TapeWriter:
    """Writes a tape to a new file. Raises ``OSError``, also when the file exists."""

    def __init__(self, path: Path, *, redact: bool = True) -> None:
        self._file = path.open("x", encoding="utf-8", newline="\n", errors="backslashreplace")
        self._redactor = Redactor() if redact else None
        self._put(_HEAD | {"redacted": redact})
        self.count = 0

    def add(  # noqa: PLR0917
        self, at: float, request: dict[str, Any], response: dict[str, Any]
    ) -> None:
        """Write one exchange; ``body`` of both are bytes."""
        self._put(
            {
                "at": round(at, 3),
                "request": request | {"body": self._text(request["body"])},
                "response": response | {"body": self._text(response["body"])},
            }
        )
        self.count += 1

    def path(self, path: str, own: str) -> str:
        """Return ``path`` as it may be written: paths beside the endpoint's let someone in."""
        if path == own or self._redactor is None:
            return path
        return f"/{self._redactor.url(path)}"

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _text(self, content: bytes) -> str:
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            return f"({len(content)} bytes that are no text)"
        return text if self._redactor is None else self._redactor.text(text)

    def _put(self, row: dict[str, Any]) -> None:
        self._file.write(json.dumps(row, ensure_ascii=False) + "\n")
        self._file.flush()


def read(name: str) -> list[Taped]:
    """Return the exchanges of a tape; a last line that was cut off is left out.

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
    _check_head(name, rows[0])
    return list(_exchanges(name, rows[1:], cut))


def _check_head(name: str, row: bytes) -> None:
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
    texts = (taped.verb, taped.path, taped.query, taped.content_type, taped.body)
    if not all(isinstance(each, str) for each in (*texts, taped.answer_type, taped.answer)):
        raise TypeError
    return taped
