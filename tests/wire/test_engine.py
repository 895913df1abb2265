"""The JSON-RPC engine with methods outside MTT's contract."""

import json
import logging

import pytest

from mtt_mock.jsonrpc import Engine, Parameter, RpcError, RpcMethod, service_map


def engine_with(run, *parameters):
    return Engine([RpcMethod("doIt", parameters, run, returns="array", description="Does it.")])


def answer(engine, **request):
    envelope = {"jsonrpc": "2.0", "id": 1, "method": "doIt"} | request
    return json.loads(engine.answer(json.dumps(envelope).encode()).body)


def fail_with(error):
    def run(_params, _caller, _notes):
        raise error

    return run


def test_a_crashing_method_is_a_logged_internal_error(caplog):
    engine = engine_with(fail_with(ZeroDivisionError("secret")))
    with caplog.at_level(logging.CRITICAL + 1, logger="mtt_mock"):
        assert answer(engine)["error"] == {
            "code": -32603,
            "message": "Internal error",
            "data": "mtt-mock failed: ZeroDivisionError",
        }


@pytest.mark.parametrize(
    ("code", "message"),
    [(42, "Internal error"), (-32001, "Internal error"), (-32602, "Invalid params")],
)
def test_a_failing_method_returns_its_own_code(code, message):
    engine = engine_with(fail_with(RpcError(code, "the reason")))
    assert answer(engine)["error"] == {"code": code, "message": message, "data": "the reason"}


def test_a_method_without_required_parameters_needs_no_params():
    seen = []
    engine = engine_with(
        lambda params, caller, _notes: seen.append((params, caller)), Parameter("a", False, 7)
    )
    assert answer(engine)["result"] is None
    assert answer(engine, params=None)["result"] is None
    assert answer(engine, params=[])["result"] is None
    assert answer(engine, params={"a": 8})["result"] is None
    assert seen == [({"a": 7}, None)] * 3 + [({"a": 8}, None)]


def test_the_service_map_includes_descriptions():
    engine = engine_with(print, Parameter("a", True))
    assert service_map(engine.methods.values(), "/x")["services"] == {
        "doIt": {
            "parameters": [{"name": "a", "optional": False}],
            "description": "Does it.",
            "returns": {"type": "array"},
        }
    }


def test_the_service_map_omits_missing_returns():
    entry = service_map([RpcMethod("m", (), print)], "/x")["services"]["m"]
    assert entry == {"parameters": []}
