"""Snapshot dumper: writes a snapshot as JSON; equal states give equal bytes."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

from mtt_mock.domain.clock import speed_text
from mtt_mock.domain.faults import ActiveFault
from mtt_mock.domain.followme import EMPTY_FOLLOWME
from mtt_mock.domain.prompts import Prompt
from mtt_mock.domain.snapshot import SavedCall, SavedCustomer, Snapshot
from mtt_mock.domain.subscribers import Subscriber, is_pattern, subscriber_to_dict
from mtt_mock.service.media.audio import detect_audio
from mtt_mock.storage.snapshots.codec import (
    call_to_dict,
    fault_to_dict,
    followme_to_dict,
    to_seconds,
    without_decimals,
    without_empty,
)
from mtt_mock.storage.snapshots.schema import VERSION


def snapshot_to_dict(snapshot: Snapshot) -> dict[str, Any]:
    """Return ``snapshot`` as JSON values, without empty parts."""
    customers = [_customer(customer) for customer in snapshot.customers]
    values: dict[str, Any] = {
        "customers": [customer for customer in customers if len(customer) > 1],
        "subscribers": _subscribers(snapshot.subscribers),
        "faults": [_fault(active) for active in snapshot.faults],
        "calls": [_call(saved) for saved in snapshot.calls],
        "calls_made": snapshot.calls_made,
    }
    if snapshot.clock is not None:
        speed, now = snapshot.clock
        values["clock"] = {"speed": speed_text(speed), "now": to_seconds(now)}
    return {"mtt_mock": "state", "version": VERSION, **without_empty(values)}


def dump_json(values: dict[str, Any]) -> bytes:
    """Return JSON ``values`` as an indented file in UTF-8."""
    return (json.dumps(values, ensure_ascii=False, indent=2) + "\n").encode()


def _customer(customer: SavedCustomer) -> dict[str, Any]:
    balance = customer.balance
    values = {
        **followme_to_dict(customer.followme or EMPTY_FOLLOWME),
        "balance": None if balance is None else f"{balance:f}",
        "prompts": [_prompt(prompt) for prompt in customer.prompts or ()],
    }
    return {"customer_name": customer.name, **without_empty(values)}


def _prompt(prompt: Prompt) -> dict[str, Any]:
    content = base64.b64encode(prompt.content).decode("ascii")
    saved: dict[str, Any] = {"file_name": prompt.name, "content": content}
    # The loader measures the content; only a length that was set by hand is written.
    length = prompt.milliseconds
    if length is not None and length != detect_audio(prompt.content, prompt.name).milliseconds:
        saved["seconds"] = to_seconds(length)
    return saved


def _subscribers(subscribers: Sequence[tuple[str, Subscriber]]) -> list[dict[str, Any]]:
    # Patterns keep their order: the last match wins.
    in_order = sorted(
        subscribers, key=lambda pair: (1, "") if is_pattern(pair[0]) else (0, pair[0])
    )
    return [
        {
            "number": number,
            **{
                name: without_decimals(value) if isinstance(value, float) else value
                for name, value in subscriber_to_dict(subscriber).items()
            },
        }
        for number, subscriber in in_order
    ]


def _fault(active: ActiveFault) -> Any:
    if active.enabled and not active.seen and not active.triggered:
        return str(active.fault)
    return fault_to_dict(active)


def _call(saved: SavedCall) -> dict[str, Any]:
    return {
        **call_to_dict(saved.call),
        "pending_steps": list(saved.pending_steps),
        **({} if saved.retained else {"retained": False}),
    }
