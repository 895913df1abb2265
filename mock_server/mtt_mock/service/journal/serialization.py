"""Journal entries as JSON, optionally with masked telephone numbers."""

from __future__ import annotations

from typing import Any

from mtt_mock.domain.url_secrets import mask_url_secrets
from mtt_mock.service.callbacks import Delivery
from mtt_mock.service.journal.entries import Entry
from mtt_mock.service.journal.exchange import INFORMATION, Exchange

_NEVER_MASKED = ("seq", "at", "due")  # values that no request chooses


def entry_to_dict(entry: Entry, *, mask: bool = False) -> dict[str, Any]:
    """Return ``entry`` as JSON; with ``mask``, telephone numbers show only their ends."""
    record = entry.record
    fields = _exchange_to_dict(record) if isinstance(record, Exchange) else delivery_to_dict(record)
    values = {"seq": entry.seq, **fields}
    if not mask:
        return values
    # Its patterns take some milliseconds to compile, which a server does not need at its start.
    from mtt_mock.service.journal.masking import masked  # noqa: PLC0415

    return {**masked(values), **{name: values[name] for name in _NEVER_MASKED if name in values}}


def delivery_to_dict(delivery: Delivery) -> dict[str, Any]:
    """Return ``delivery`` as JSON."""
    callback = delivery.callback
    values = {
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
    return {name: without_url_secrets(value) for name, value in values.items()}


def without_url_secrets(value: Any) -> Any:
    """Return ``value`` without logins and secret query values in its URLs."""
    if isinstance(value, str):
        return mask_url_secrets(value)
    if isinstance(value, dict):
        return {name: without_url_secrets(item) for name, item in value.items()}
    if isinstance(value, list):
        return [without_url_secrets(item) for item in value]
    return value


def _exchange_to_dict(exchange: Exchange) -> dict[str, Any]:
    answer: dict[str, Any] | None = None
    if exchange.error:
        code, data = exchange.error
        answer = {"error": {"code": code, "message": exchange.message, "data": data}}
    elif exchange.result is not None and not exchange.notification:
        answer = {"result": exchange.result}
    values = {
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
            {
                "path": note.path,
                "message": note.message,
                "hint": note.hint,
                "severity": "information" if note.rule == INFORMATION else "warning",
            }
            for note in exchange.notes()
        ],
        "fault": exchange.fault,
        "size": exchange.size,
        "wire": exchange.wire,
    }
    return {name: without_url_secrets(value) for name, value in values.items()}
