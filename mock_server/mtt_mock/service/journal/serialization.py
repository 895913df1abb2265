"""Journal entries as JSON, optionally with masked telephone numbers."""

from __future__ import annotations

import re
from typing import Any

from mtt_mock.service.callbacks import Delivery
from mtt_mock.service.journal.entries import Entry
from mtt_mock.service.journal.exchange import Exchange

# Ten digits or more, also in groups: +7 (900) 000-00-01.
_NUMBER = re.compile(r"\d(?:[ \u00a0()-]{0,3}\d){9,}")
_MIN_NUMBER = 10**9  # a telephone number as a JSON number
_SHOWN_START, _SHOWN_END = 2, 3  # digits
_NEVER_MASKED = ("seq", "at", "due")  # values that no request chooses


def entry_to_dict(entry: Entry, *, mask: bool = False) -> dict[str, Any]:
    """Return ``entry`` as JSON; with ``mask``, telephone numbers show only their ends."""
    record = entry.record
    fields = _exchange_to_dict(record) if isinstance(record, Exchange) else delivery_to_dict(record)
    values = {"seq": entry.seq, **fields}
    if not mask:
        return values
    return {**masked(values), **{name: values[name] for name in _NEVER_MASKED if name in values}}


def delivery_to_dict(delivery: Delivery) -> dict[str, Any]:
    """Return ``delivery`` as JSON."""
    callback = delivery.callback
    return {
        "kind": "event",
        "at": delivery.at,
        "call": callback.call_id,
        "customer": callback.customer,
        "event": callback.event,
        "side": callback.side,
        "due": callback.due / 1000,
        "url": delivery.url,
        "status": delivery.status,
        "problem": delivery.problem,
        "outcome": delivery.outcome,
        "ms": round(delivery.ms, 1),
    }


def masked(value: Any) -> Any:
    """Return ``value`` with every telephone number in it masked (79******033).

    A telephone number has ten digits or more: in a text, in a key, or as a number, which becomes a
    text.
    """
    if isinstance(value, str):
        return _NUMBER.sub(_mask, value)
    if isinstance(value, dict):
        return {masked(name): masked(item) for name, item in value.items()}
    if isinstance(value, list):
        return [masked(item) for item in value]
    if isinstance(value, int | float) and abs(value) >= _MIN_NUMBER:
        return _NUMBER.sub(_mask, str(value))
    return value


def _mask(match: re.Match[str]) -> str:
    characters = list(match[0])
    digits = [index for index, character in enumerate(characters) if character.isdecimal()]
    for index in digits[_SHOWN_START:-_SHOWN_END]:
        characters[index] = "*"
    return "".join(characters)


def _exchange_to_dict(exchange: Exchange) -> dict[str, Any]:
    answer: dict[str, Any] | None = None
    if exchange.error:
        code, data = exchange.error
        answer = {"error": {"code": code, "message": exchange.message, "data": data}}
    elif exchange.result is not None and not exchange.notification:
        answer = {"result": exchange.result}
    return {
        "kind": "exchange",
        "at": exchange.at,
        "method": exchange.method,
        "customer": exchange.customer,
        "id": exchange.id,
        "request": exchange.params,
        "answer": answer,
        "status": exchange.status,
        "ms": round(exchange.ms, 3),
        "outcome": exchange.outcome,
        "conflict": exchange.is_refusal,
        "notes": [
            {"path": note.path, "message": note.message, "hint": note.hint}
            for note in exchange.notes()
        ],
        "fault": exchange.fault,
        "size": exchange.size,
        "wire": exchange.wire,
    }
