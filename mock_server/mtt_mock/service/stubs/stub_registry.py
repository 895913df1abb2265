"""The stubs of a fake, in order, with their counters."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

from mtt_mock.service.stubs.stub import Stub

if TYPE_CHECKING:
    from mtt_mock.service.keywords import StubKeywords


class ActiveStub(NamedTuple):
    """A stub of a fake: ``seen`` matching calls so far, of which it answered ``used``."""

    id: int
    stub: Stub
    seen: int = 0
    used: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the stub as JSON values, with its ``id``, ``seen`` and ``used``."""
        return {"id": self.id, **self.stub.to_dict(), "seen": self.seen, "used": self.used}


class Stubs(NamedTuple):
    """Stubs in order; the first that matches a call answers it.

    ``removed`` are those that were removed one by one, ``made`` counts all and gives the next
    number, ``source`` names the file's content that ``active`` comes from.
    """

    active: tuple[ActiveStub, ...] = ()
    removed: tuple[ActiveStub, ...] = ()
    made: int = 0
    source: str = ""

    @classmethod
    def of(cls, stubs: Iterable[Stub], source: str = "") -> Stubs:
        """Return ``stubs`` with numbers from 1."""
        active = tuple(ActiveStub(number, stub) for number, stub in enumerate(stubs, 1))
        return cls(active, made=len(active), source=source)

    def with_stub(self, stub: Stub) -> Stubs:
        """Return the stubs with ``stub`` as the last; its number is the new ``made``."""
        made = self.made + 1
        return self._replace(active=(*self.active, ActiveStub(made, stub)), made=made)

    def without(self, stub_id: int) -> Stubs:
        """Return the stubs without the one of that number."""
        removed = tuple(item for item in self.active if item.id == stub_id)
        return self._replace(
            active=tuple(item for item in self.active if item.id != stub_id),
            removed=(*self.removed, *removed),
        )

    def match(self, method: str, params: Mapping[str, Any]) -> tuple[Stubs, ActiveStub | None]:
        """Return the stubs with a call counted, and the first that answers it."""
        active = list(self.active)
        for index, item in enumerate(active):
            if not item.stub.matches(method, params.get("customer_name"), params):
                continue
            seen = item.seen + 1
            number = seen - item.stub.after
            answers = number > 0 and item.stub.triggers(number, item.used)
            active[index] = item._replace(seen=seen, used=item.used + answers)
            if answers:
                return self._replace(active=tuple(active)), active[index]
        return self._replace(active=tuple(active)), None


class StubHandle(contextlib.AbstractContextManager["StubHandle"]):
    """One stub of a registry. As a context manager it removes the stub at the end."""

    def __init__(self, registry: StubRegistry, stub_id: int) -> None:
        self._registry = registry
        self._id = stub_id

    @property
    def id(self) -> int:
        """The number of the stub; numbers count from 1."""
        return self._id

    @property
    def used(self) -> int:
        """The number of calls that the stub answered."""
        known = self._registry.added()
        return next((active.used for active in known if active.id == self._id), 0)

    def remove(self) -> None:
        """Remove the stub. A stub that is already removed stays removed."""
        self._registry.remove(self._id)

    def __exit__(self, *_exception: object) -> None:
        self.remove()


class StubRegistry:
    """The stubs of a fake; the first that matches a call answers it.

    Iteration gives the stubs in order, with their counters. Safe from any thread.
    """

    is_shared = False

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stubs = Stubs()
        self._revision = 0

    @property
    def revision(self) -> int:
        """The number of changes of stubs and of their counters."""
        return self._revision

    def __len__(self) -> int:
        return len(self._read().active)

    def __iter__(self) -> Iterator[ActiveStub]:
        return iter(self._read().active)

    def add(
        self, method: str, *, allow_invalid: bool = False, **fields: Unpack[StubKeywords]
    ) -> StubHandle:
        """Add a stub after the others.

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
        """Add ``stub`` after the others and return its handle."""
        return StubHandle(self, self._change(lambda stubs: stubs.with_stub(stub)).made)

    def remove(self, stub_id: int) -> bool:
        """Remove a stub by its number; return whether it was there.

        Args:
            stub_id: The number of the stub.

        Returns:
            False if there is no such stub.
        """
        was_there = False

        def change(stubs: Stubs) -> Stubs:
            nonlocal was_there
            was_there = any(active.id == stub_id for active in stubs.active)
            return stubs.without(stub_id)

        self._change(change)
        return was_there

    def replace(self, stubs: Iterable[Stub]) -> None:
        """Remove all stubs and add ``stubs``; their numbers count from 1 again.

        Args:
            stubs: The new stubs, in order.
        """
        new = Stubs.of(stubs)
        self._change(lambda _: new)

    def install(self, stubs: Sequence[Stub]) -> None:
        """Replace all stubs by those of the settings or of a file."""
        self.replace(stubs)

    def clear(self) -> None:
        """Remove all stubs."""
        self.replace(())

    def added(self) -> list[ActiveStub]:
        """Return all stubs since the last ``replace``, removed ones included, by their numbers."""
        stubs = self._read()
        return sorted((*stubs.active, *stubs.removed), key=lambda active: active.id)

    def unused(self) -> list[ActiveStub]:
        """Return the stubs that have answered no call, removed ones included.

        Returns:
            The stubs with their counters.
        """
        return [active for active in self.added() if not active.used]

    def match(self, method: str, params: Mapping[str, Any]) -> ActiveStub | None:
        """Count a call and return the first stub that answers it."""
        customer = params.get("customer_name")
        active = self._read().active
        if not any(item.stub.matches(method, customer, params) for item in active):
            return None
        answering: ActiveStub | None = None

        def change(stubs: Stubs) -> Stubs:
            nonlocal answering
            stubs, answering = stubs.match(method, params)
            return stubs

        self._change(change)
        return answering

    def _read(self) -> Stubs:
        return self._stubs

    def _change(self, change: Callable[[Stubs], Stubs]) -> Stubs:
        with self._lock:
            self._stubs = change(self._stubs)
            self._revision += 1
            return self._stubs
