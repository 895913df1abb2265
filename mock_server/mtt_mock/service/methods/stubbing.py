"""Runs a method, unless a stub answers the call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mtt_contracts
from mtt_mock.domain.store import StoreUnavailableError
from mtt_mock.jsonrpc import RpcCall, RpcError
from mtt_mock.jsonrpc.errors import ServiceUnavailable
from mtt_mock.service.context import Caller, ServiceContext
from mtt_mock.service.stubs import ActiveStub, StubbedError, StubError

STUB_NOTE = "stub"
RunMethod = Callable[[dict[str, Any], Caller, RpcCall], Any]


def run_stubbed(  # noqa: PLR0917 -- partial gives it the first three
    service: ServiceContext,
    name: str,
    run: RunMethod,
    params: dict[str, Any],
    caller: Caller,
    call: RpcCall,
) -> Any:
    """Return the result of the first stub that matches, or of the method."""
    try:
        active = service.match_stub(name, params, has_shared_stubs=caller.has_shared_stubs)
    except StoreUnavailableError as error:
        raise ServiceUnavailable(str(error)) from None
    if active is None:
        return run(params, caller, call)
    stub = active.stub
    caller.stubs.append(stub)
    call.notes.append(mtt_contracts.Problem("", None, STUB_NOTE, f"answered by stub {active.id}"))
    if stub.respond is not None:
        return _responded(active, params, _own_answer(run, params, caller, call))
    if stub.then == "apply":
        _own_answer(run, params, caller, call)
    if stub.error is not None:
        raise StubbedError(*stub.error)
    return stub.result


def _own_answer(
    run: RunMethod, params: dict[str, Any], caller: Caller, call: RpcCall
) -> dict[str, Any]:
    try:
        return {"result": run(params, caller, call)}
    except RpcError as error:
        return {"error": {"code": error.code, "message": error.message, "data": error.data}}


def _responded(active: ActiveStub, params: dict[str, Any], own: dict[str, Any]) -> Any:
    assert active.stub.respond is not None  # noqa: S101
    call = {"method": active.stub.method, "params": params}
    answer = active.stub.respond(call, own)
    try:
        if "error" in answer:
            error = answer["error"]
            raise StubbedError(error["code"], error["message"], error.get("data"))
        return answer["result"]
    except (KeyError, TypeError) as error:
        raise StubError(
            f'respond of stub {active.id} must return {{"result": …}} or {{"error": {{"code": …, '
            f'"message": …, "data": …}}}}, got {answer!r}'
        ) from error
