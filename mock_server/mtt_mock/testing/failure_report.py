"""Writes the section of a failed test's report: exchanges with the fake, and events."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from mtt_mock.domain.text import printable
from mtt_mock.domain.url_secrets import mask_url_secrets
from mtt_mock.server.handles import MttServer
from mtt_mock.server.request_log import delivery_line, exchange_lines
from mtt_mock.service.callbacks import Delivery
from mtt_mock.service.journal import Exchange

if TYPE_CHECKING:
    from mtt_mock.service.journal import Journal

_SEEN = pytest.StashKey[dict[int, int]]()  # journal generation -> last entry
_MAX_RECORDS = 20  # exchanges and events
_MAX_CHARACTERS = 400  # of a request or a response


def section(item: pytest.Item, refused: Iterable[str]) -> str:
    """Return the exchanges with the fake, events and ``refused`` connections of ``item``.

    The exchanges are those since the end of the previous test.
    """
    seen = item.session.stash.get(_SEEN, {})
    records = [
        entry.record
        for journal in _journals(item)
        for entry in journal.entries(after=seen.get(journal.generation, 0))
    ]
    return "\n".join([*_lines(records), *(f"refused: {message}" for message in refused)])


def mark_seen(item: pytest.Item) -> None:
    """Remember the last entry of each journal at the end of ``item``.

    Not the time, because freezegun may have stopped the test's clock.
    """
    seen = item.session.stash.setdefault(_SEEN, {})
    for journal in _journals(item):
        seen[journal.generation] = journal.last


def _journals(item: pytest.Item) -> Iterator[Journal]:
    """Yield the journals of all fakes among the fixtures of ``item``."""
    journals: dict[int, Journal] = {}
    flask: Any = sys.modules.get("flask")  # not loaded without an application
    for value in getattr(item, "funcargs", {}).values():
        if isinstance(value, MttServer):
            journals[id(value.journal)] = value.journal
        elif flask is not None and isinstance(value, flask.Flask):
            fake = value.extensions.get("mtt_mock")
            if fake is not None:
                journals[id(fake.journal)] = fake.journal
    yield from journals.values()


def _lines(records: list[Exchange | Delivery]) -> list[str]:
    shown = records[-_MAX_RECORDS:]
    lines = []
    if len(shown) < len(records):
        lines.append(f"({len(records) - len(shown)} earlier ones are not shown)")
    for record in shown:
        if isinstance(record, Delivery):
            lines.append(delivery_line(record))
            continue
        first, *notes = exchange_lines(record)
        answer = record.result if record.error is None else {"error": record.error}
        lines += [first, f"  asked: {_short(record.params)}", f"  answered: {_short(answer)}"]
        lines += notes
    return lines


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return printable(mask_url_secrets(text), _MAX_CHARACTERS)
