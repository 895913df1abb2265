"""Snapshot loader: parses and validates a snapshot file or its JSON values."""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, NamedTuple

import orjson

import mtt_contracts
from mtt_mock.domain.calls import call_number
from mtt_mock.domain.clock import parse_speed
from mtt_mock.domain.faults import ActiveFault
from mtt_mock.domain.prompts import Prompt
from mtt_mock.domain.snapshot import SavedCall, SavedClock, SavedCustomer, Snapshot
from mtt_mock.domain.subscribers import Subscriber, check_subscriber, subscriber_from_dict
from mtt_mock.domain.text import error_text
from mtt_mock.jsonrpc.body_encoding import explain_encoding
from mtt_mock.service.fault_registry import load_fault
from mtt_mock.service.media.audio import detect_audio
from mtt_mock.storage.snapshots.codec import (
    PRESET_FIELDS,
    call_from_dict,
    followme_from_dict,
    to_milliseconds,
)
from mtt_mock.storage.snapshots.schema import SnapshotError, check_schema

MAX_FILE_BYTES = 512 * 1024 * 1024
_MAX_SHOWN_CHARS = 60
_GZIP = b"\x1f\x8b"


def read_file(path: str | Path) -> bytes:
    """Return the bytes of a file. Raises ``SnapshotError``."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise SnapshotError(f"{path}: {error_text(error)}") from None
    except ValueError:  # U+0000 in the name
        raise SnapshotError(f"{str(path)!r} is not a file name") from None
    if len(content) > MAX_FILE_BYTES:
        raise SnapshotError(f"{path} is larger than {MAX_FILE_BYTES // 1024 // 1024} MiB")
    return content


class ParsedSnapshot(NamedTuple):
    """A snapshot, and notes on tolerated values that are probably mistakes."""

    snapshot: Snapshot
    notes: list[str]


def read_snapshot(given: bytes | dict[str, Any]) -> ParsedSnapshot:
    """Return the snapshot in a file's bytes, or in JSON values. Raises ``SnapshotError``."""
    values = _decoded(given if isinstance(given, bytes) else _encoded(given))
    check_schema(values)
    customers = tuple(_customers(values.get("customers", [])))
    snapshot = Snapshot(
        customers,
        tuple(_subscribers(values.get("subscribers", []))),
        tuple(
            _fault(fault, f"faults[{index}]")
            for index, fault in enumerate(values.get("faults", []))
        ),
        tuple(_calls(values.get("calls", []))),
        int(values.get("calls_made", 0)),
        _clock(values.get("clock")),
    )
    return ParsedSnapshot(snapshot.in_order(), list(_notes(values, customers)))


def _notes(values: dict[str, Any], customers: Sequence[SavedCustomer]) -> Iterator[str]:
    given = zip(values.get("customers", []), customers, strict=True)
    for index, (sent, customer) in enumerate(given):
        preset = {name: sent[name] for name in PRESET_FIELDS if name in sent}
        for note in mtt_contracts.lint_params("setCallBackFollowme", preset):
            yield f"customers[{index}].{note}"
        for prompt_index, prompt in enumerate(customer.prompts or ()):
            if prompt.kind is None:
                yield f"customers[{index}].prompts[{prompt_index}] has no known audio format"


def _encoded(values: Any) -> bytes:
    try:
        return json.dumps(values, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise SnapshotError(f"this is not JSON: {error}") from None


def _decoded(content: bytes) -> Any:
    if content.startswith(_GZIP):
        raise SnapshotError("this is gzip, not JSON; decompress it")
    # PowerShell's > writes UTF-16, some editors write a byte order mark.
    encoding = json.detect_encoding(content)
    text: bytes | str = content
    if encoding == "utf-8":
        reason = explain_encoding(content)
        if reason is not None:
            raise SnapshotError(f"this is not JSON: {reason}")
    else:
        with contextlib.suppress(UnicodeDecodeError):
            text = content.decode(encoding)
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        where = f" (line {error.lineno}, column {error.colno})" if content else ""
        guess = "" if encoding == "utf-8" else f"; it looks like {encoding}"
        raise SnapshotError(f"this is not JSON: {error.msg}{where}{guess}") from None


def _customers(given: list[dict[str, Any]]) -> Iterator[SavedCustomer]:
    seen: dict[str, int] = {}
    for index, values in enumerate(given):
        path, name = f"customers[{index}]", values["customer_name"]
        if name in seen:
            raise SnapshotError(
                f"{path} repeats customer {name[:_MAX_SHOWN_CHARS]} (customers[{seen[name]}]); "
                "merge the two entries"
            )
        seen[name] = index
        yield SavedCustomer(
            name,
            followme=followme_from_dict(values)
            if any(field in values for field in PRESET_FIELDS)
            else None,
            balance=_money(values["balance"]) if "balance" in values else None,
            prompts=tuple(_prompts(values["prompts"], path)) if "prompts" in values else None,
        )


def _money(value: str | float) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _prompts(given: list[dict[str, Any]], where: str) -> Iterator[Prompt]:
    names = set()
    for index, values in enumerate(given):
        path, name = f"{where}.prompts[{index}]", values["file_name"]
        if name in names:
            raise SnapshotError(
                f"{path} repeats file {name[:_MAX_SHOWN_CHARS]}; remove one of the two"
            )
        names.add(name)
        try:
            content = base64.b64decode(values["content"], validate=True)
        except (binascii.Error, ValueError):
            raise SnapshotError(
                f"{path}.content must be the file's bytes in base64, without line breaks: "
                "base64 -w 0 FILE prints them"
            ) from None
        audio = detect_audio(content, name)
        length = to_milliseconds(values["seconds"]) if "seconds" in values else audio.milliseconds
        yield Prompt(name, content, audio.kind, length)


def _subscribers(given: list[dict[str, Any]]) -> Iterator[tuple[str, Subscriber]]:
    seen = set()
    for index, values in enumerate(given):
        path = f"subscribers[{index}]"
        options = {name: value for name, value in values.items() if name != "number"}
        try:
            subscriber = subscriber_from_dict(options)
            number = check_subscriber(values["number"], subscriber)
        except ValueError as error:
            raise SnapshotError(f"{path}: {error}") from None
        if number in seen:
            raise SnapshotError(f"{path} repeats number {number}; remove one of the two")
        seen.add(number)
        yield number, subscriber


def _fault(given: str | dict[str, Any], path: str) -> ActiveFault:
    values: dict[str, Any] = {"fault": given} if isinstance(given, str) else given
    try:
        fault = load_fault(values["fault"])
    except ValueError as error:
        raise SnapshotError(f"{path}: {error}") from None
    return ActiveFault(
        0,
        fault,
        values.get("enabled", True),
        int(values.get("seen", 0)),
        int(values.get("triggered", 0)),
    )


def _calls(given: list[dict[str, Any]]) -> Iterator[SavedCall]:
    seen = set()
    for index, values in enumerate(given):
        path, call_id = f"calls[{index}]", values["callBackCall_id"]
        if call_number(call_id) < 1:
            raise SnapshotError(f"{path}.callBackCall_id must be a number from 1000001 on")
        if call_id in seen:
            raise SnapshotError(f"{path} repeats call {call_id}; remove one of the two")
        seen.add(call_id)
        try:
            call = call_from_dict(values)
        except ValueError as error:
            raise SnapshotError(f"{path}.{error}") from None
        steps = len(call.steps())
        pending = tuple(sorted({int(step_index) for step_index in values["pending_steps"]}))
        if pending and pending[-1] >= steps:
            raise SnapshotError(
                f"{path}.pending_steps must hold indexes below {steps}, got {pending[-1]}"
            )
        yield SavedCall(call, pending, values.get("retained", True))


def _clock(values: dict[str, Any] | None) -> SavedClock | None:
    if values is None:
        return None
    try:
        return SavedClock(parse_speed(values["speed"]), to_milliseconds(values["now"]))
    except ValueError as error:
        raise SnapshotError(f"clock.speed: {error}") from None
