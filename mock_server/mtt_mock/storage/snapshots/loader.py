"""From a file, or JSON values, to a snapshot: everything is checked before anything is changed."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import orjson

import mtt_contracts
from mtt_mock.domain.calls import Call, CallPlan, Leg, Order, TimelineEvent, call_number
from mtt_mock.domain.clock import parse_speed
from mtt_mock.domain.faults import ActiveFault
from mtt_mock.domain.followme import Followme
from mtt_mock.domain.prompts import Prompt
from mtt_mock.domain.snapshot import SavedCall, SavedClock, SavedCustomer, Snapshot
from mtt_mock.domain.subscribers import Subscriber, check_subscriber, subscriber_from_dict
from mtt_mock.service.fault_registry import load_fault
from mtt_mock.service.media.audio import detect_audio
from mtt_mock.service.methods.followme import parse_elements
from mtt_mock.storage.snapshots.schema import SnapshotError, check_form

LARGEST = 512 * 1024 * 1024  # bytes of a file
_PRESET = ("callBackFollowmeStruct", "caller_id", "defaultBNumber")
_SHOWN = 60


def read_file(path: str | Path) -> bytes:
    """Return the bytes of a file. Raises ``SnapshotError``."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise SnapshotError(f"{path}: {error.strerror or error}") from None
    except ValueError:  # U+0000 in the name
        raise SnapshotError(f"{str(path)!r} is no file name") from None
    if len(content) > LARGEST:
        raise SnapshotError(f"{path} is larger than {LARGEST // 1024 // 1024} MiB")
    return content


class Read(NamedTuple):
    """A snapshot, and what is tolerated in it but looks like a slip."""

    snapshot: Snapshot
    notes: list[str]


def read_snapshot(given: bytes | dict[str, Any]) -> Read:
    """Return what a file's bytes, or JSON values, say. Raises ``SnapshotError``."""
    values = _decoded(given if isinstance(given, bytes) else _encoded(given))
    check_form(values)
    customers = tuple(_customers(values.get("customers", [])))
    snapshot = Snapshot(
        customers,
        tuple(_subscribers(values.get("subscribers", []))),
        tuple(
            _fault(each, f"faults[{index}]") for index, each in enumerate(values.get("faults", []))
        ),
        tuple(_calls(values.get("calls", []))),
        int(values.get("calls_made", 0)),
        _clock(values.get("clock")),
    )
    return Read(snapshot.in_order(), list(_notes(values, customers)))


def _notes(values: dict[str, Any], customers: Sequence[SavedCustomer]) -> Iterator[str]:
    given = zip(values.get("customers", []), customers, strict=True)
    for index, (sent, customer) in enumerate(given):
        preset = {name: sent[name] for name in _PRESET if name in sent}
        for note in mtt_contracts.lint_params("setCallBackFollowme", preset):
            yield f"customers[{index}].{note}"
        for place, prompt in enumerate(customer.prompts or ()):
            if prompt.kind is None:
                yield f"customers[{index}].prompts[{place}] is not audio that anything here knows"


def _encoded(values: Any) -> bytes:
    try:
        return json.dumps(values, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise SnapshotError(f"this is no JSON: {error}") from None


def _decoded(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        where = f" (line {error.lineno}, column {error.colno})" if content else ""
        raise SnapshotError(f"this is no JSON: {error.msg}{where}") from None


def _customers(given: list[dict[str, Any]]) -> Iterator[SavedCustomer]:
    seen: dict[str, int] = {}
    for index, values in enumerate(given):
        path, name = f"customers[{index}]", values["customer_name"]
        if name in seen:
            raise SnapshotError(
                f"{path} is customer {name[:_SHOWN]} once more (customers[{seen[name]}]); "
                "write all of one customer in one place"
            )
        seen[name] = index
        yield SavedCustomer(
            name,
            followme=_preset(values) if any(each in values for each in _PRESET) else None,
            balance=_money(values["balance"]) if "balance" in values else None,
            prompts=tuple(_prompts(values["prompts"], path)) if "prompts" in values else None,
        )


def _preset(values: dict[str, Any]) -> Followme:
    return Followme(
        tuple(parse_elements(values.get("callBackFollowmeStruct", []))),
        values.get("caller_id") or None,
        values.get("defaultBNumber") or None,
    )


def _money(value: str | float) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


def _prompts(given: list[dict[str, Any]], where: str) -> Iterator[Prompt]:
    names = set()
    for index, values in enumerate(given):
        path, name = f"{where}.prompts[{index}]", values["file_name"]
        if name in names:
            raise SnapshotError(f"{path} is file {name[:_SHOWN]} once more; keep one of them")
        names.add(name)
        try:
            content = base64.b64decode(values["content"], validate=True)
        except (binascii.Error, ValueError):
            raise SnapshotError(
                f"{path}.content must be the file's bytes in base64, without line breaks: "
                "base64 -w 0 FILE prints them"
            ) from None
        audio = detect_audio(content, name)
        yield Prompt(name, content, audio.kind, audio.milliseconds)


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
            raise SnapshotError(f"{path} sets {number} once more; keep one of them")
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
            raise SnapshotError(f"{path} is call {call_id} once more; keep one of them")
        seen.add(call_id)
        call = Call(
            call_id,
            _ms(values["started"]),
            _order(values["customer_name"], values["order"]),
            _course(values["plan"], f"{path}.plan"),
        )
        steps = len(call.steps())
        left = tuple(sorted({int(each) for each in values["pending_steps"]}))
        if left and left[-1] >= steps:
            raise SnapshotError(
                f"{path}.pending_steps must hold places below {steps}, got {left[-1]}"
            )
        yield SavedCall(call, left, values.get("retained", True))


def _order(customer: str, values: dict[str, Any]) -> Order:
    return Order(
        customer=customer,
        elements=tuple(parse_elements(values["simpleCallBackFollowmeStruct"])),
        b_number=values["b_number"],
        caller_id=values["caller_id"],
        first="B" if values.get("direction", 0) else "A",
        duration=int(values.get("duration", 0)) * 1000 or None,
        recorded=bool(values.get("recordEnable", 1)),
        callback_url=values.get("callBackURL") or None,
        client_caller_id=values.get("client_caller_id") or None,
        description=values.get("callDescription") or "",
    )


def _course(values: dict[str, Any], path: str) -> CallPlan:
    failure = values.get("failure")
    if ("joined" in values) == (failure is not None):
        raise SnapshotError(f"{path} must have one of joined and failure")
    timeline = tuple(
        TimelineEvent(_ms(each["at"]), each["kind"], each.get("side"), each.get("detail", ""))
        for each in values["timeline"]
    )
    legs = {side: _leg(leg, f"{path}.legs.{side}") for side, leg in values["legs"].items()}
    ended = _ms(values["ended"])
    if any(each.at > ended for each in timeline):
        raise SnapshotError(f"{path}.ended must not be before what happens")
    return CallPlan(
        timeline,
        legs,
        ended,
        _ms(values["joined"]) if "joined" in values else None,
        None if failure is None else (failure["reason"], failure["side"]),
    )


def _leg(values: dict[str, Any], path: str) -> Leg:
    times = [_ms(values[name]) for name in ("rung", "answered", "ended") if name in values]
    if times != sorted(times) or ("ended" in values and "answered" not in values):
        raise SnapshotError(f"{path} must be rung, then answered, then ended")
    return Leg(values["number"], *times)


def _clock(values: dict[str, Any] | None) -> SavedClock | None:
    if values is None:
        return None
    try:
        return SavedClock(parse_speed(values["pace"]), _ms(values["now"]))
    except ValueError as error:
        raise SnapshotError(f"clock.pace: {error}") from None


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
