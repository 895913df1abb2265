"""Injected faults over the control API."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import mtt_contracts
from mtt_mock.domain.faults import FAULT_MEANINGS, TIMED_FAULTS, ActiveFault
from mtt_mock.service.fake import Fake
from mtt_mock.service.fault_registry import EVENT_NAMES, FaultRegistry
from mtt_mock.web.control.http import ApiError, Routes, json_body, version_of
from mtt_mock.web.control.schemas import object_schema

_RULE = "/faults/<int:fault_id>"
_SECONDS = r"[0-9]{1,2}(\.[0-9]{1,3})?"
_RANGES = "|".join(rf"{low}\.\.[{low}-9]" for low in range(10))  # low..high, of one digit each
_OPTIONS = r"(@[1-9][0-9]{0,5})?(\*[1-9][0-9]{0,5})?(~(0(\.[0-9]{1,6})?|1))?(#[0-9]{1,6})?"


def _pattern() -> str:
    """Return a pattern of most valid faults: options in one order, ranges below ten seconds."""
    events = [name for name in FAULT_MEANINGS if name.startswith("event-")]
    requests = [name for name in FAULT_MEANINGS if name not in events]
    forms = []
    for names, targets in ((events, EVENT_NAMES), (requests, (*mtt_contracts.methods(), "upload"))):
        timed = "|".join(name for name in names if name in TIMED_FAULTS)
        target = rf"(({'|'.join(targets)}|\*)(/[^:%]+)?:)?"
        forms.append(f"{target}({'|'.join(names)}|({timed})=({_SECONDS}|{_RANGES}))")
    return f"^({'|'.join(forms)}){_OPTIONS}$"


_FAULT = object_schema(fault={"type": "string", "pattern": _pattern()})
_ENABLED = object_schema(enabled={"type": "boolean"})

routes = Routes()


@routes.add(
    "GET", "/faults", "The active faults, and the known kinds of faults",
    response="Faults", version=version_of("faults"),
)  # fmt: skip
def faults(fake: Fake) -> Any:
    return {
        "faults": [_to_dict(fault) for fault in fake.store.faults().active],
        "known": [{"name": name, "meaning": text} for name, text in FAULT_MEANINGS.items()],
    }


@routes.add("POST", "/faults", "Add a fault", response="Faults", body=_FAULT)
def add(fake: Fake) -> Any:
    text = json_body("fault")["fault"]
    if not isinstance(text, str):
        raise ApiError('send {"fault": "setCallBackFollowme:reset-after@2"}')
    FaultRegistry(fake.store).add(text)
    return faults(fake)


@routes.add("DELETE", "/faults", "Remove all faults", response="Faults")
def clear(fake: Fake) -> Any:
    FaultRegistry(fake.store).clear()
    return faults(fake)


@routes.add(
    "PATCH", _RULE, "Enable or disable a fault", response="Faults", body=_ENABLED, errors=(404,)
)
def enable(fake: Fake, fault_id: int) -> Any:
    enabled = json_body("enabled")["enabled"]
    if not isinstance(enabled, bool):
        raise ApiError('send {"enabled": true} or {"enabled": false}')
    _check_id(fake, fault_id)
    fake.store.change_faults(lambda current: current.with_enabled(fault_id, enabled=enabled))
    return faults(fake)


@routes.add("DELETE", _RULE, "Remove a fault", response="Faults", errors=(404,))
def remove(fake: Fake, fault_id: int) -> Any:
    _check_id(fake, fault_id)
    fake.store.change_faults(lambda current: current.without(fault_id))
    return faults(fake)


def _check_id(fake: Fake, fault_id: int) -> None:
    if fault_id not in [fault.id for fault in fake.store.faults().active]:
        raise ApiError(f"no fault {fault_id} is set", HTTPStatus.NOT_FOUND)


def _to_dict(active: ActiveFault) -> dict[str, Any]:
    fault = active.fault
    return {
        "id": active.id,
        "fault": str(fault),
        "name": fault.name,
        "method": fault.method,
        "customer": fault.customer,
        "remaining": active.remaining,
        "seed": fault.seed,
        "enabled": active.enabled,
        "seen": active.seen,
        "triggered": active.triggered,
    }
