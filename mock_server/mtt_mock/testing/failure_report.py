"""The section of a failed test's report that shows what it had to do with the fake."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from mtt_mock.server.handles import MttServer
from mtt_mock.server.request_log import exchange_lines
from mtt_mock.web.app import fake_of

if TYPE_CHECKING:
    from mtt_mock.service.journal import Exchange, Journal

_MOST = 20  # exchanges
_LONGEST = 400  # characters of a request or an answer


def section(item: pytest.Item, since: float, refused: Iterable[str]) -> str:
    """Return what ``item`` had to do with the fake since ``since`` (seconds since the epoch).

    ``refused``: what an interception refused. Nothing to tell: empty.
    """
    exchanges = [
        exchange for journal in _journals(item) for exchange in journal if exchange.at >= since
    ]
    return "\n".join([*_lines(exchanges), *(f"refused: {message}" for message in refused)])


def _journals(item: pytest.Item) -> Iterator[Journal]:
    """Yield the journals of the fakes among the fixtures of ``item``, whoever made those."""
    found: dict[int, Journal] = {}
    for value in getattr(item, "funcargs", {}).values():
        if isinstance(value, MttServer):
            found[id(value.journal)] = value.journal
        elif isinstance(value, Flask) and "mtt_mock" in value.extensions:
            found[id(fake_of(value).journal)] = fake_of(value).journal
    yield from found.values()


def _lines(exchanges: list[Exchange]) -> list[str]:
    shown = exchanges[-_MOST:]
    lines = []
    if len(shown) < len(exchanges):
        lines.append(f"({len(exchanges) - len(shown)} earlier ones are not shown)")
    for exchange in shown:
        first, *notes = exchange_lines(exchange)
        answer = exchange.result if exchange.error is None else {"error": exchange.error}
        lines += [first, f"  asked: {_short(exchange.params)}", f"  answered: {_short(answer)}"]
        lines += notes
    return lines


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True, default=str)  # ASCII: nothing steers a terminal
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
