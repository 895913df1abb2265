"""The stubs of one fake, in order, with their counters."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mtt_mock.service.stubs.stub import Stub


@dataclass(slots=True)
class ActiveStub:
    """A stub in force: ``seen`` matching calls so far, of which it answered ``used``."""

    id: int
    stub: Stub
    seen: int = 0
    used: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the stub with its counters as JSON values."""
        return {"id": self.id, **self.stub.to_dict(), "seen": self.seen, "used": self.used}


class StubHandle(contextlib.AbstractContextManager["StubHandle"]):
    """One stub of a registry. As a context manager it removes the stub at the end."""

    def __init__(self, registry: StubRegistry, active: ActiveStub) -> None:
        self._registry = registry
        self._active = active

    @property
    def id(self) -> int:
        """The number of the stub; numbers count from 1."""
        return self._active.id

    @property
    def used(self) -> int:
        """The number of calls that the stub answered."""
        return self._active.used

    def remove(self) -> None:
        """Remove the stub. A stub that is already removed stays removed."""
        self._registry.remove(self.id)

    def __exit__(self, *_exception: object) -> None:
        self.remove()


class StubRegistry:
    """The stubs of a fake; the first that matches a call answers it.

    Iteration gives the stubs in order, with their counters. Safe from any thread.
    """

    def __init__(self, stubs: Iterable[Stub] = ()) -> None:
        self._lock = threading.Lock()
        self.revision = 0
        """Counts the changes of stubs and of their counters."""
        self._ids = itertools.count(1)
        self._active: list[ActiveStub] = []
        self._added: list[ActiveStub] = []
        self.replace(stubs)

    def __len__(self) -> int:
        return len(self._active)

    def __iter__(self) -> Iterator[ActiveStub]:
        with self._lock:
            return iter(list(self._active))

    def add(self, method: str, *, allow_invalid: bool = False, **fields: Any) -> StubHandle:
        """Add a stub behind the others.

        Args:
            method: One of MTT's methods.
            allow_invalid: Take a reply that breaks the contract.
            **fields: The fields of ``Stub``: ``customer``, ``params``, ``nth``, ``times``,
                ``probability``, ``seed`` and ``after`` choose the calls; one of ``result``,
                ``error``, ``http`` and ``respond`` is the reply; ``delay`` is in seconds.

        Returns:
            A handle that counts the calls answered, and removes the stub.

        Raises:
            StubError: A field is wrong, or the reply breaks the contract.
        """
        return self.add_stub(Stub.of(method, allow_invalid=allow_invalid, **fields))

    def add_stub(self, stub: Stub) -> StubHandle:
        """Add ``stub`` behind the others and return its handle."""
        with self._lock:
            active = ActiveStub(next(self._ids), stub)
            self._active.append(active)
            self._added.append(active)
            self.revision += 1
        return StubHandle(self, active)

    def remove(self, stub_id: int) -> bool:
        """Remove a stub by its number; return whether it was there."""
        with self._lock:
            kept = [active for active in self._active if active.id != stub_id]
            removed = len(kept) < len(self._active)
            self._active = kept
            self.revision += 1
        return removed

    def replace(self, stubs: Iterable[Stub]) -> None:
        """Remove all stubs and add ``stubs``; their numbers count from 1 again."""
        with self._lock:
            self._ids = itertools.count(1)
            self._active = [ActiveStub(next(self._ids), stub) for stub in stubs]
            self._added = list(self._active)
            self.revision += 1

    def clear(self) -> None:
        """Remove all stubs."""
        self.replace(())

    def unused(self) -> list[ActiveStub]:
        """Return the stubs that have answered no call, removed ones included."""
        with self._lock:
            return [active for active in self._added if not active.used]

    def match(self, method: str, params: Mapping[str, Any]) -> ActiveStub | None:
        """Count a call and return the first stub that answers it."""
        with self._lock:
            for active in self._active:
                stub = active.stub
                if not stub.matches(method, params.get("customer_name"), params):
                    continue
                active.seen += 1
                self.revision += 1
                number = active.seen - stub.after
                if number > 0 and stub.triggers(number, active.used):
                    active.used += 1
                    return active
        return None
