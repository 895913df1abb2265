"""Learning: a run of the conformance suite writes the profile of a service."""

from __future__ import annotations

import json

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtt_contracts.fact_values import defaults, settable_facts
from mtt_mock import EventReceiver, FakeClock, create_app, fake_of
from mtt_mock.cli.main import main
from mtt_mock.conformance.learning import LearnedExchange, learn_from_exchanges, learn_from_report
from mtt_mock.conformance.probe_client import Target
from mtt_mock.conformance.recording.tape import TapeWriter
from mtt_mock.conformance.runner import verify
from mtt_mock.service.profile import Profile, read_profile

ERRORS = st.fixed_dictionaries(
    {"code": st.integers(-32010, -32001)},
    optional={
        "message": st.sampled_from(["Data not found", "Permission denied"]),
        "data": st.sampled_from(["No structure", "нет данных", "a/b"]),
    },
).map(lambda error: {"message": "Failed"} | error)
STATUSES = st.sampled_from([200, 400, 418, 500])
LEARNABLE = {
    "transport.auth.missing": st.fixed_dictionaries(
        {
            "status": st.sampled_from([401, 403]),
            "www_authenticate": st.sampled_from(["", 'Basic realm="MTT"']),
        }
    ),
    "transport.auth.401_body": st.fixed_dictionaries(
        {"body": st.sampled_from(["", "no", "нет"]), "content_type": st.just("text/html")}
    ),
    "transport.status.error": STATUSES,
    "transport.status.batch": STATUSES,
    "set.conflict": st.just({"error": 1, "error_description": "Side A is taken"}),
    "set.conflict.side_b": st.just({"error": 2, "error_description": "Side B is taken"}),
    "set.empty": st.sampled_from(["accept", "refuse"]),
    "get.nothing": ERRORS,
    "delete.nothing": ERRORS,
    "prompt.reply": st.just({"success": 1, "file": "kept"}),
    "call.id.form": st.sampled_from(["digits", "uuid"]),
    "call.struct.none": ERRORS,
    "call.struct.no_number": ERRORS,
    "call.b_number.none": ERRORS,
    "call.caller_id.none": ERRORS,
    "info.running.text": ERRORS,
    "info.unknown": ERRORS,
    "info.seconds.type": st.sampled_from(["number", "text"]),
    "info.currency": st.sampled_from(["RUB", "USD"]),
    "info.status": st.sampled_from(["answered", "ok", ""]),
    "balance.shape": st.sampled_from(
        [{"balance": "{balance_text}", "currency": "RUB"}, {"sum": "{balance}", "limit": "none"}]
    ),
}
PROFILES = st.fixed_dictionaries({}, optional=LEARNABLE)


@pytest.fixture(scope="module")
def receiver():
    with EventReceiver() as receiver:
        yield receiver


def asked(facts, receiver):
    """Return the findings of a run against a fake that behaves as ``facts`` say."""
    receiver.clear()
    app = create_app(clock="manual", profile=Profile(facts))
    target = Target(
        url="http://fake.invalid/index.php", login="a", password="b", customer="8831405",
        rate=1e9, budget=2000, timeout=5,
    )  # fmt: skip
    try:
        report = verify(
            target,
            transport=httpx2.WSGITransport(app=app.wsgi_app),
            allowed=("change", "calls", "uploads"),
            numbers=["79000010002", "79000010105"],
            receiver=receiver,
            events_url=receiver.url,
            sleep=FakeClock(fake_of(app)).sleep,
            only=LEARNABLE,
        )
        assert report.abort_reason is None
        return report
    finally:
        fake_of(app).close()


@settings(max_examples=5)
@given(facts=PROFILES)
def test_a_learned_profile_behaves_as_the_service(receiver, facts):
    report = asked(facts, receiver)
    learned = learn_from_report(report)
    wanted = {
        fact_id: value for fact_id, value in (defaults() | facts).items() if fact_id in LEARNABLE
    }
    # The default of a delete is no error, which a profile says by leaving it out.
    wanted = {fact_id: value for fact_id, value in wanted.items() if value is not None}
    assert learned.values == wanted
    assert learned.contradictions == {}
    again = asked(learned.values, receiver)
    assert answers(again) == answers(report)


def answers(report):
    return [
        (finding.fact.id, finding.status, [exchange.status for exchange in finding.exchanges])
        for finding in report.findings
    ]


def test_most_settable_facts_are_learned(receiver):
    learned = learn_from_report(asked({}, receiver))
    assert set(learned.values) | {"delete.nothing"} == set(LEARNABLE)
    assert set(learned.unlearned) | set(learned.values) == set(settable_facts())
    assert learned.unlearned["talk.longest"] == "not tested"
    assert len(learned.values) >= 18


def test_a_run_writes_the_learned_profile(tmp_path, mtt_server, monkeypatch, capsys):
    monkeypatch.setenv("MTT_PASSWORD", "secret")
    path = tmp_path / "learned.toml"
    arguments = [
        "verify", mtt_server.url, "--login", "ann", "--password-env", "MTT_PASSWORD",
        "--customer", "8831405", "--rate", "1000", "--read-only", "--profile-out", str(path),
    ]  # fmt: skip
    assert main(arguments) == 0
    profile = read_profile(path)
    assert profile.source["endpoint"] == "127.0.0.1"
    assert profile.overrides["balance.shape"] == {"balance": "{balance}", "currency": "RUB"}
    text = path.read_text("utf-8")
    before, _, _ = text.partition('[facts."balance.shape"]')
    request, answer = before.splitlines()[-2:]
    assert request.startswith(
        '# request: {"jsonrpc": "2.0", "id": 1, "method": "getCustomerBalance"'
    )
    assert answer.startswith("# HTTP 200: ")
    assert "secret" not in text
    assert "8831405" not in text
    unlearned = [line for line in capsys.readouterr().err.splitlines() if "not learned" in line]
    assert len(unlearned) < 20
    [reason] = [line for line in unlearned if " get.nothing" in line]
    assert reason.endswith(": changes the structure; not with --read-only")


def exchange(method, answer, status=200):
    return LearnedExchange({"method": method, "params": {}}, status, answer)


def test_stateless_facts_are_learned_from_exchanges():
    learned = learn_from_exchanges(
        [
            exchange("getCustomerBalance", {"result": {"balance": "7.50", "currency": "USD"}}),
            exchange("GetCallbackFollowme", {"error": {"code": -32001, "message": "None"}}, 418),
        ]
    )
    assert learned.values == {
        "transport.status.error": 418,
        "get.nothing": {"code": -32001, "message": "None"},
        "balance.shape": {"balance": "{balance_text}", "currency": "USD"},
    }
    assert learned.unlearned["info.unknown"] == "mtt-mock verify --profile-out can learn it"


def test_results_and_their_envelope_are_learned_from_exchanges():
    learned = learn_from_exchanges(
        [
            exchange("setCallBackFollowme", {"result": {"ok": True}, "id": 1, "v": "x"}),
            exchange("setCallBackFollowme", {"result": {"error": 1}, "id": 2, "v": "x"}),
            exchange(
                "makeCallBackCallFollowme",
                {"result": {"callBackCall_id": 1000001, "state": "queued"}, "id": 3, "v": "x"},
            ),
        ]
    )
    assert learned.values == {
        "rpc.success": {"v": "x"},
        "set.success": {"ok": True},
        "call.id": {"callBackCall_id": "{id_number}", "state": "queued"},
        "call.id.form": "digits",
    }


def test_a_value_with_digits_beside_the_id_is_not_learned():
    answer = {"result": {"callBackCall_id": "1", "at": "12:30"}}
    assert (
        "call.id" not in learn_from_exchanges([exchange("makeCallBackCallFollowme", answer)]).values
    )


def test_contradictions_are_named_and_not_averaged():
    error = {"error": {"code": -32001, "message": "None"}}
    learned = learn_from_exchanges(
        [exchange("getCallBackFollowme", error, status) for status in (500, 200, 500)]
    )
    assert learned.contradictions == {"transport.status.error": [500, 200]}
    assert "transport.status.error" not in learned.values


def test_unlearnable_facts_are_named():
    learned = learn_from_exchanges(
        [exchange("makeCallBackCallFollowme", {"result": {"callBackCall_id": "call-x"}})]
    )
    assert learned.unlearned["call.id.form"].startswith("a profile cannot hold it: call.id.form")


def test_a_profile_learned_from_a_tape_does_not_drift(tmp_path, capsys):
    tape = tmp_path / "mtt.tape"
    request = {"jsonrpc": "2.0", "id": 1, "method": "getCallBackFollowme", "params": {"customer_name": "1"}}  # fmt: skip
    error = {"jsonrpc": "2.0", "id": 1, "error": {"code": -32001, "message": "None", "data": None}}
    writer = TapeWriter(tape)
    asked = {
        "verb": "POST", "path": "/index.php", "query": "", "auth": "basic",
        "content_type": "application/json", "body": json.dumps(request).encode(),
    }  # fmt: skip
    body = json.dumps(error).encode()
    writer.add(0.5, asked, {"status": 418, "content_type": "application/json", "body": body})
    learned = tmp_path / "learned.toml"
    assert main(["drift", str(tape)]) == 1
    assert main(["learn", str(tape), "--profile-out", str(learned)]) == 0
    assert read_profile(learned).overrides == {
        "transport.status.error": 418,
        "get.nothing": {"code": -32001, "message": "None"},
    }
    assert main(["drift", str(tape), "--profile", str(learned)]) == 0


def tape_of(path, *answers):
    with TapeWriter(path) as tape:
        for status, body in answers:
            request = {
                "verb": "POST", "path": "/index.php", "query": "", "auth": "basic",
                "content_type": "application/json",
                "body": json.dumps(exchange("getCallBackFollowme", None).request).encode(),
            }  # fmt: skip
            tape.add(0, request, {"status": status, "content_type": "text/plain", "body": body})
    return str(path)


def test_contradicting_tapes_end_the_command_with_1(tmp_path, capsys):
    error = b'{"jsonrpc": "2.0", "id": 1, "error": {"code": -32001, "message": "None"}}'
    tape = tape_of(tmp_path / "tape", (500, error), (200, error), (200, b"no JSON"))
    assert main(["learn", tape, "--profile-out", str(tmp_path / "out.toml")]) == 1
    assert "contradiction: transport.status.error: 500 and 200" in capsys.readouterr().err


def test_an_unwritable_profile_is_reported_in_one_line(tmp_path, capsys):
    tape = tape_of(tmp_path / "tape")
    assert main(["learn", tape, "--profile-out", str(tmp_path / "no" / "out.toml")]) == 2
    assert "cannot write" in capsys.readouterr().err
    assert main(["learn", str(tmp_path / "none"), "--profile-out", str(tmp_path / "out")]) == 2
    assert "cannot read" in capsys.readouterr().err
