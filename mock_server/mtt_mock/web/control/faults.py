"""Faults on purpose over the control API."""

from __future__ import annotations

from typing import Any

from mtt_mock.domain.faults import KNOWN, ActiveFault
from mtt_mock.service.fake import Fake
from mtt_mock.service.fault_registry import FaultRegistry
from mtt_mock.web.control.http import ApiError, Route, sent

_FAULT = {
    "type": "object",
    "properties": {"fault": {"type": "string"}},
    "required": ["fault"],
    "additionalProperties": False,
}
_SWITCH = {
    "type": "object",
    "properties": {"enabled": {"type": "boolean"}},
    "required": ["enabled"],
    "additionalProperties": False,
}


def routes(fake: Fake) -> list[Route]:
    """Return the paths about faults."""
    store = fake.store

    def listed() -> Any:
        return {
            "faults": [_shown(one) for one in store.faults().active],
            "known": [{"name": name, "meaning": text} for name, text in KNOWN.items()],
        }

    def add() -> Any:
        text = sent("fault")["fault"]
        if not isinstance(text, str):
            raise ApiError(400, 'send {"fault": "setCallBackFollowme:reset-after@2"}')
        FaultRegistry(store).add(text)
        return listed()

    def switch(fault_id: int) -> Any:
        enabled = sent("enabled")["enabled"]
        if not isinstance(enabled, bool):
            raise ApiError(400, 'send {"enabled": true} or {"enabled": false}')
        store.change_faults(lambda now: now.enabling(_known(fault_id), enabled=enabled))
        return listed()

    def remove(fault_id: int) -> Any:
        store.change_faults(lambda now: now.without(_known(fault_id)))
        return listed()

    def clear() -> Any:
        FaultRegistry(store).clear()
        return listed()

    def _known(fault_id: int) -> int:
        if fault_id not in [one.id for one in store.faults().active]:
            raise ApiError(404, f"no fault {fault_id} is set")
        return fault_id

    one = "/faults/<int:fault_id>"
    return [
        Route(
            "GET", "/faults", listed, "The faults that are set, and those that there are", "Faults"
        ),
        Route("POST", "/faults", add, "Set a fault", "Faults", _FAULT),
        Route("DELETE", "/faults", clear, "Take all faults away", "Faults"),
        Route("PATCH", one, switch, "Switch a fault on or off", "Faults", _SWITCH, refuses=(404,)),
        Route("DELETE", one, remove, "Take a fault away", "Faults", refuses=(404,)),
    ]


def _shown(one: ActiveFault) -> dict[str, Any]:
    fault = one.fault
    return {
        "id": one.id,
        "fault": str(fault),
        "name": fault.name,
        "method": fault.method,
        "customer": fault.customer,
        "remaining": one.remaining,
        "seed": fault.seed,
        "enabled": one.enabled,
        "seen": one.seen,
        "triggered": one.triggered,
    }
