"""Prints lines on a terminal, without control characters from files and servers."""

from __future__ import annotations

import json
import sys
from typing import Any

from mtt_mock.domain.text import printable

MAX_LINE_CHARACTERS = 10_000


def print_document(document: Any) -> None:
    """Print ``document`` as JSON, indented."""
    print(json.dumps(document, ensure_ascii=False, indent=2))


def print_line(text: str, *, error: bool = False, start: str = "") -> None:
    """Print ``text`` in one line, on standard error if ``error``; ``start`` as it is."""
    stream = sys.stderr if error else sys.stdout
    print(f"{start}{printable(text, MAX_LINE_CHARACTERS)}", file=stream, flush=True)
