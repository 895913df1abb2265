"""Stubs that processes share: a JSON document of the database holds them with their counters."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Protocol

from mtt_mock.service.stubs.stub import Stub, StubError
from mtt_mock.service.stubs.stub_registry import ActiveStub, StubRegistry, Stubs

MAX_SHARED_CHARACTERS = 4 * 1024 * 1024  # of all stubs together


class StubDocuments(Protocol):
    """The document with the shared stubs. Every method may raise ``StoreUnavailableError``."""

    @property
    def revision(self) -> int:
        """The number of changes of the shared state so far."""
        ...

    def stub_document(self) -> Any:
        """Return the document."""
        ...

    def change_stub_document(self, change: Callable[[Any], Any]) -> Any:
        """Replace the document by ``change(document)`` and return the new one.

        Changes are serialised. ``change`` must be pure, because it may run again.
        """
        ...


class SharedStubRegistry(StubRegistry):
    """The stubs of processes that share a database.

    Calls are counted across processes. Functions cannot be shared. A process knows only those
    removed stubs that it removed itself.
    """

    is_shared = True

    def __init__(self, documents: StubDocuments) -> None:
        super().__init__()
        self._documents = documents
        self._removed: tuple[ActiveStub, ...] = ()

    @property
    def revision(self) -> int:
        """The number of changes of the shared state, which counts changes of stubs too."""
        return self._documents.revision

    def install(self, stubs: Sequence[Stub]) -> None:
        """Replace all stubs by ``stubs``, unless another process has installed the same ones."""
        import hashlib  # noqa: PLC0415 -- for stubs in a shared database only

        texts = [_encoded(stub) for stub in stubs]
        source = hashlib.sha256("\n".join(texts).encode()).hexdigest()
        if self._read().source != source:
            new = Stubs.of(stubs, source)
            self._change(lambda current: current if current.source == source else new)

    def _read(self) -> Stubs:
        return self._decoded(self._documents.stub_document())

    def _change(self, change: Callable[[Stubs], Stubs]) -> Stubs:
        new = Stubs()

        def apply(document: Any) -> Any:
            nonlocal new
            new = change(self._decoded(document))
            return _document_of(new)

        self._documents.change_stub_document(apply)
        self._removed = new.removed
        return new

    def _decoded(self, document: Any) -> Stubs:
        active = tuple(
            ActiveStub(item["id"], _decoded(item["stub"]), item["seen"], item["used"])
            for item in document["active"]
        )
        return Stubs(active, self._removed, document["made"], document["source"])


def _document_of(stubs: Stubs) -> dict[str, Any]:
    active: list[dict[str, Any]] = [
        {"id": item.id, "stub": _encoded(item.stub), "seen": item.seen, "used": item.used}
        for item in stubs.active
    ]
    if sum(len(item["stub"]) for item in active) > MAX_SHARED_CHARACTERS:
        raise StubError(
            f"the stubs hold more than {MAX_SHARED_CHARACTERS} characters; remove some, or keep "
            "the state in memory"
        )
    return {"made": stubs.made, "source": stubs.source, "active": active}


def _encoded(stub: Stub) -> str:
    """Return the stub as JSON text. Raises ``StubError`` for values that are not JSON."""
    if stub.respond is not None:
        raise StubError(
            "respond takes a function, which processes that share a state cannot share; give "
            "result, error or http"
        )
    values = stub.to_dict()
    if stub.http is not None:
        status, body, content_type = stub.http
        values["http"] = [status, base64.b64encode(body).decode("ascii"), content_type]
    try:
        return json.dumps(values, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise StubError(f"the stub cannot be shared, because it is not JSON: {error}") from error


@lru_cache(maxsize=256)
def _decoded(text: str) -> Stub:
    values = json.loads(text)
    if "http" in values:
        status, body, content_type = values["http"]
        values["http"] = [status, base64.b64decode(body), content_type]
    return Stub.of(values.pop("method"), allow_invalid=True, **values)
