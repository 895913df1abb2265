"""Entries as JSON values, with telephone numbers masked when that is asked for."""

from __future__ import annotations

import re
from typing import Any

from mtt_mock.events import Delivery
from mtt_mock.journal.entries import Entry
from mtt_mock.journal.exchange import Exchange

_NUMBER = re.compile(r"(?<![0-9])[0-9]{10,15}(?![0-9])")
_KEPT_START, _KEPT_END = 2, 3


def entry_values(entry: Entry, *, mask: bool = False) -> dict[str, Any]:
    """Return ``entry`` as JSON; ``mask``: of a number only its beginning and end show."""
    what = entry.what
    inner = _exchange(what) if isinstance(what, Exchange) else delivery_values(what)
    values = {"seq": entry.seq, **inner}
    return {**masked(values), "seq": entry.seq} if mask else values


def delivery_values(delivery: Delivery) -> dict[str, Any]:
    """Return an event's delivery as JSON."""
    notice = delivery.notice
    return {
        "kind": "event",
        "at": delivery.at,
        "call": notice.call_id,
        "customer": notice.customer,
        "event": notice.event,
        "side": notice.side,
        "due": notice.due / 1000,
        "url": delivery.url,
        "status": delivery.status,
        "problem": delivery.problem,
        "outcome": delivery.outcome,
        "ms": round(delivery.ms, 1),
    }


def masked(value: Any) -> Any:
    """Return ``value`` with every number of 10 to 15 digits in a text masked (79******033)."""
    if isinstance(value, str):
        return _NUMBER.sub(_mask, value)
    if isinstance(value, dict):
        return {name: masked(each) for name, each in value.items()}
    if isinstance(value, list):
        return [masked(each) for each in value]
    return value


def _mask(found: re.Match[str]) -> str:
    digits = found[0]
    hidden = "*" * (len(digits) - _KEPT_START - _KEPT_END)
    return digits[:_KEPT_START] + hidden + digits[-_KEPT_END:]


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
