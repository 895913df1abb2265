"""Faults over the control API: ``/_mtt/faults``."""

from __future__ import annotations

from typing import Any

from mtt_mock.domain.faults import KNOWN, Standing
from mtt_mock.domain.store import Store
from mtt_mock.faults import FaultsOf


class FaultsControl:
    """What each path answers; raises ``ValueError`` for what is wrong."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def listed(self) -> dict[str, Any]:
        """Return the faults that are set, and the names of all there are."""
        return {
            "faults": [_shown(one) for one in self._store.faults().standing],
            "known": [{"name": name, "meaning": text} for name, text in KNOWN.items()],
        }

    def add(self, values: dict[str, Any]) -> dict[str, Any]:
        """Set ``{"fault": TEXT}``."""
        text = values.get("fault")
        if not isinstance(text, str) or len(values) != 1:
            raise ValueError('send {"fault": "setCallBackFollowme:reset-after@2"}')
        FaultsOf(self._store).add(text)
        return self.listed()

    def switch(self, fault_id: int, values: dict[str, Any]) -> dict[str, Any]:
        """Switch one on or off: ``{"enabled": BOOLEAN}``."""
        enabled = values.get("enabled")
        if not isinstance(enabled, bool) or len(values) != 1:
            raise ValueError('send {"enabled": true} or {"enabled": false}')
        self._store.change_faults(lambda now: now.enabling(fault_id, enabled=enabled))
        return self.listed()

    def remove(self, fault_id: int) -> dict[str, Any]:
        """Remove one."""
        self._store.change_faults(lambda now: now.without(fault_id))
        return self.listed()

    def clear(self) -> dict[str, Any]:
        """Remove all."""
        FaultsOf(self._store).clear()
        return self.listed()


def _shown(one: Standing) -> dict[str, Any]:
    fault = one.fault
    return {
        "id": one.id,
        "fault": str(fault),
        "name": fault.name,
        "method": fault.method,
        "customer": fault.customer,
        "left": one.left,
        "seed": fault.seed,
        "enabled": one.enabled,
        "seen": one.seen,
        "struck": one.struck,
    }
