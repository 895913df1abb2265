"""A profile that a run learned makes the fake answer as the service did: drift finds nothing."""

from __future__ import annotations

import pytest
from tape_sessions import call, fake, record

from mtt_mock.cli.main import main
from mtt_mock.service.profile import Profile, read_profile

CUSTOMER = "8831405"
OF = {"customer_name": CUSTOMER}
ERROR = {"code": -32001, "message": "Data not found", "data": "No structure"}
SERVICE = {
    "transport.auth.missing": {"status": 403, "www_authenticate": 'Basic realm="MTT"'},
    "transport.auth.401_body": {"body": "no", "content_type": "text/html"},
    "transport.content_type.answer": {
        "content_type": "text/json",
        "allow_origin": "",
        "allow_headers": "",
    },
    "smd.shape": {"services": "{services}", "target": "{target}"},
    "rpc.success": {"jsonrpc": "2.0", "server": "mtt"},
    "rpc.id.echo": "text",
    "rpc.error.parse": {"code": -32700, "message": "Syntax error"},
    "rpc.error.method": {"code": -32601, "message": "No such method", "data": "unknown"},
    "set.success": {"success": True},
    "set.type.words": ["ringall", "linear", "text", "file"],
    "set.order.repeated": "refuse",
    "transport.options": {"status": 204, "credentials": True},
    "transport.path": "any slashes",
    "transport.status.error": 200,
    "transport.status.batch": 207,
    "transport.body_limit": {"bytes": 65536, "status": 400},
    "rpc.notification.empty_list": "answered",
    "rpc.batch.limit": 3,
    "rpc.error.parse.strict": "skip",
    "set.conflict": {"error": 1, "error_description": "Side A is taken"},
    "set.conflict.side_b": {"error": 2, "error_description": "Side B is taken"},
    "set.conflict.rule": {"first": "B"},
    "set.conflict.unchanged": "clear sides",
    "set.join": "keep",
    "set.empty": "refuse",
    "set.limit": 20,
    "set.side.type_decides": "redirect_number",
    "set.element.unknown": "store",
    "set.element.invalid": {"code": -32002, "message": "Wrong", "data": "wrong: {reason}"},
    "set.element.cyrillic": "accept",
    "set.number": "any",
    "get.shape": "null",
    "get.nothing": ERROR,
    "delete.nothing": ERROR,
    "prompt.reply": {"success": 1, "file": "kept"},
    "prompt.auth": {"missing": 400},
    "prompt.refused": {"unknown": 410, "empty": 422, "method": 400},
    "prompt.name": 40,
    "prompt.not_audio": "refuse",
    "prompt.missing": {"action": "error", **ERROR},
    "balance.shape": {"sum": "{balance_text}"},
    "info.unknown": ERROR,
    "info.id": "text",
}
A = {"type": "Ringall", "redirect_number": "79161234567"}
B = {"type": "text", "value": "hello", "side": "B"}


def put(*elements, **values):
    return call("setCallBackFollowme", {**OF, "callBackFollowmeStruct": list(elements), **values})


LINAL = {**A, "type": "linal"}
GET, DELETE = call("getCallBackFollowme", OF), call("deleteCallBackFollowme", OF)
SESSION = [
    DELETE, GET, put(A, colour="red"), put(A), put(B), GET, put(A, B), DELETE, put(A, caller_id="74951001010"),
    put(A, B, caller_id="74951001011"), GET, DELETE, put({**A, "colour": "red"}), GET, DELETE, put(),
    put(*[A] * 21), put({"type": "text", "side": "A"}), put({**B, "side": "\u0412"}), put(B), GET, DELETE,
    put({**A, "redirect_number": "7-900"}), DELETE, put({**B, "redirect_number": "79"}), put(A), DELETE,
    put({"type": "file", "value": "none", "side": "B"}), b"\xef\xbb\xbf{}", b" " * 65537, [GET] * 4, [GET, DELETE],
    call("deleteCallBackFollowme", OF, call_id=[]), call("getCustomerBalance", OF), call("noSuchMethod"),
    call("getCallBackFollowmeCallInfo", {**OF, "callBackCall_id": "1"}),
    call("getCallBackFollowmeCallInfo", {**OF, "callBackCall_id": 1}),
    call("setCallBackPrompt", {**OF, "file_name": "x" * 41}),
    put(LINAL), DELETE, put({**A, "order": 1}, {**B, "order": 1}), b"{",
]  # fmt: skip


def holds(fact_id, overrides):
    """Return whether a value was learned; of an object its given members."""
    value, learned = SERVICE[fact_id], overrides.get(fact_id)
    if isinstance(value, dict) and isinstance(learned, dict):
        return learned.items() >= value.items()
    return value == learned


@pytest.mark.filterwarnings("ignore::mtt_mock.service.profile.EvidenceWarning")
@pytest.mark.mtt(profile=Profile(SERVICE))
def test_a_learned_profile_shows_no_drift(mtt_server, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MTT_PASSWORD", "secret")
    learned = tmp_path / "learned.toml"
    arguments = [
        "verify", mtt_server.url, "--login", "ann", "--password-env", "MTT_PASSWORD",
        "--customer", CUSTOMER, "--rate", "100000", "--budget", "5000", "--yes",
        "--allow-uploads", "--allow-large", "--backup", str(tmp_path / "backup"),
        "--profile-out", str(learned),
    ]  # fmt: skip
    assert main(arguments) == 1  # facts are refuted, and learned
    overrides = read_profile(learned).overrides
    assert len(SERVICE) >= 30
    wrong = {
        fact_id: overrides.get(fact_id) for fact_id in SERVICE if not holds(fact_id, overrides)
    }
    assert wrong == {}
    tape = str(record(tmp_path / "tape", SESSION, fake(profile=Profile(SERVICE))))
    capsys.readouterr()
    assert main(["drift", tape]) == 1
    assert main(["drift", tape, "--profile", str(learned)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "42 exchanges compared, 0 differences"
