"""Entries as JSON values, with telephone numbers masked when that is asked for."""

from __future__ import annotations

import re
from typing import Any

from mtt_mock.service.callbacks import Delivery
from mtt_mock.service.journal.entries import Entry
from mtt_mock.service.journal.exchange import Exchange

# Ten digits or more, also as people group them: +7 (900) 000-00-01.
_NUMBER = re.compile(r"\d(?:[ \u00a0()-]{0,3}\d){9,}")
_SMALLEST = 10**9  # as a JSON number
_KEPT_START, _KEPT_END = 2, 3
_OWN = ("seq", "at", "due")  # times and counts of an entry itself, which no request chose


def entry_to_dict(entry: Entry, *, mask: bool = False) -> dict[str, Any]:
    """Return ``entry`` as JSON; ``mask``: of a number only its beginning and end show."""
    what = entry.what
    inner = _exchange(what) if isinstance(what, Exchange) else delivery_to_dict(what)
    values = {"seq": entry.seq, **inner}
    if not mask:
        return values
    return {**masked(values), **{name: values[name] for name in _OWN if name in values}}


def delivery_to_dict(delivery: Delivery) -> dict[str, Any]:
    """Return an event's delivery as JSON."""
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

    That is ten digits or more: in a text, as a name, or as a number, which becomes a text.
    """
    if isinstance(value, str):
        return _NUMBER.sub(_mask, value)
    if isinstance(value, dict):
        return {masked(name): masked(each) for name, each in value.items()}
    if isinstance(value, list):
        return [masked(each) for each in value]
    if isinstance(value, int | float) and abs(value) >= _SMALLEST:
        return _NUMBER.sub(_mask, str(value))
    return value


def _mask(found: re.Match[str]) -> str:
    text = found[0]
    digits = sum(char.isdecimal() for char in text)
    shown, place = [], 0
    for char in text:
        if char.isdecimal():
            hidden = _KEPT_START <= place < digits - _KEPT_END
            place += 1
            char = "*" if hidden else char  # noqa: PLW2901
        shown.append(char)
    return "".join(shown)


def _exchange(exchange: Exchange) -> dict[str, Any]:
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
    }
