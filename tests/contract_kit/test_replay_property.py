"""Replays of generated sessions show no difference."""

import json
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tape_sessions import LOGIN, drifts, fake

from mtt_mock.conformance.recording.tape import TapeWriter
from mtt_mock.domain.subscribers import Answers, Busy, NeverAnswers
from mtt_mock.service.fault_registry import FaultRegistry
from mtt_mock.web.app import fake_of
from support.profiles import examples

CUSTOMERS = ("883140500000000", "883140500000001")
NUMBERS = ("79161234501", "79161234502", "+79161234503", "79161234504")
PARAMETERS = {
    "setCallBackFollowme": ("customer_name", "callBackFollowmeStruct", "caller_id", "defaultBNumber"),
    "getCallBackFollowme": ("customer_name",),
    "deleteCallBackFollowme": ("customer_name",),
    "getCustomerBalance": ("customer_name",),
    "setCallBackPrompt": ("customer_name", "file_name"),
    "getCallBackFollowmeCallInfo": ("customer_name", "callBackCall_id"),
    "makeCallBackCallFollowme": (
        "customer_name", "b_number", "caller_id", "callBackURL", "simpleCallBackFollowmeStruct",
        "recordEnable", "duration", "client_caller_id", "direction", "callDescription",
    ),
}  # fmt: skip

_numbers = st.sampled_from(NUMBERS)
_elements = st.one_of(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["Ringall", "linear", "linal"]), "redirect_number": _numbers},
        optional={"timeout": st.integers(0, 40), "order": st.integers(1, 3)},
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("text"),
            "value": st.just("Привет 8 912 345 67 89"),
            "side": st.sampled_from("AB"),
        }
    ),
    st.fixed_dictionaries({"type": st.just("text"), "value": st.just("x"), "side": st.just("В")}),
)
_structs = st.lists(_elements, min_size=1, max_size=5)
_subscribers = st.dictionaries(
    _numbers,
    st.one_of(
        st.builds(Answers, after=st.integers(0, 30), talks_for=st.integers(0, 60)),
        st.builds(Answers, after=st.integers(0, 30), waits_for=st.integers(0, 10)),
        st.just(Busy()),
        st.just(NeverAnswers()),
    ),
)


@st.composite
def _actions(draw):
    kind = draw(
        st.sampled_from(
            ["set", "set", "get", "delete", "make", "make", "info", "info", "clock", "other"]
        )
    )
    customer = draw(st.sampled_from(CUSTOMERS))
    if kind == "clock":
        return ("clock", draw(st.integers(1, 60)))
    if kind == "set":
        params = {"callBackFollowmeStruct": draw(_structs)}
        params |= draw(
            st.fixed_dictionaries({}, optional={"caller_id": _numbers, "defaultBNumber": _numbers})
        )
        method = "setCallBackFollowme"
    elif kind == "make":
        method = "makeCallBackCallFollowme"
        params = draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "b_number": _numbers,
                    "caller_id": _numbers,
                    "callBackURL": st.sampled_from(
                        ["crm.example/h?token=TOPSECRET1", "a b.example/?t=TOPSECRET2"]
                    ),
                    "simpleCallBackFollowmeStruct": _structs,
                    "direction": st.sampled_from([0, 1, "1"]),
                    "duration": st.integers(0, 90),
                    "recordEnable": st.sampled_from([0, 1]),
                },
            )
        )
    elif kind == "info":
        method, params = "getCallBackFollowmeCallInfo", {"callBackCall_id": draw(st.integers(0, 3))}
    elif kind == "other":
        method = draw(st.sampled_from(["getCustomerBalance", "setCallBackPrompt", "noSuchMethod"]))
        params = {"file_name": "hello.wav"} if method == "setCallBackPrompt" else {}
    else:
        method, params = (
            {"get": "getCallBackFollowme", "delete": "deleteCallBackFollowme"}[kind],
            {},
        )
    return (
        "call", method, {"customer_name": customer, **params},
        draw(st.sampled_from([1, 1, "a", None])), draw(st.booleans()),
    )  # fmt: skip


def _envelope(action, made):
    _, method, params, call_id, positional = action
    params = dict(params)
    if "callBackCall_id" in params and isinstance(params["callBackCall_id"], int) and made:
        params["callBackCall_id"] = made[-1 - params["callBackCall_id"] % len(made)]
    names = PARAMETERS.get(method)
    if positional and names:
        values = [params.get(name) for name in names]
        while values and values[-1] is None:
            values.pop()
        params = values
    envelope = {"jsonrpc": "2.0", "method": method, "params": params}
    return envelope if call_id is None else envelope | {"id": call_id}


def _response(client, envelope):
    return client.post("/index.php", json=envelope, headers=LOGIN)


LOSSES = (
    "http-500", "http-502", "http-503", "http-504", "http-429", "http-401", "html-error",
    "truncated", "invalid-json", "reset-before", "reset-after", "no-answer",
)  # fmt: skip
SESSIONS = {
    "before": st.lists(st.tuples(st.sampled_from(CUSTOMERS), _structs), max_size=2),
    "subscribers": _subscribers,
    "actions": st.lists(
        st.one_of(
            _actions(),
            _actions(),
            st.lists(_actions(), min_size=2, max_size=3),
            st.tuples(st.just("fault"), st.sampled_from(LOSSES)),
        ),
        max_size=12,
    ),
    "overlaps": st.lists(
        st.tuples(st.sampled_from([0, 0, 1.5, 2.5]), st.sampled_from([0, 0, 1.5])),
        min_size=12,
        max_size=12,
    ),
    "error_status": st.sampled_from([500, 200]),
}
MAX_SECONDS = 60
RINGALL = {"type": "Ringall", "redirect_number": "79161234501"}
REASONS = (
    "it asks about a call that the tape does not start",
    "the answer is not JSON",
    "the answer is HTML",
    "the login was refused (401)",
    "the fake did not start the call that it asks about",
)


@settings(max_examples=examples(150))
@given(**SESSIONS)
def test_a_recorded_flow_replays_without_differences(**session):
    check_session(**session)


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_two_thousand_recorded_flows_replay_without_differences(capsys):
    started, count, has_failed = time.monotonic(), 0, False

    @settings(max_examples=2000, database=None)
    @given(**SESSIONS)
    def check(**session):
        nonlocal count, has_failed
        if time.monotonic() - started > MAX_SECONDS and not has_failed:
            return
        try:
            check_session(**session)
        except BaseException:
            has_failed = True  # hypothesis runs failed examples again
            raise
        count += 1

    check()
    with capsys.disabled():
        print(f"\n{count} recorded flows replayed: 0 differences")
    assert count >= 25


@pytest.mark.parametrize(
    ("before", "later"),
    [
        (
            {"type": "text", "value": "hello", "side": "A"},
            {"type": "text", "value": "x", "side": "B"},
        ),
        ({"type": "text", "value": "hello", "side": "A"}, RINGALL),
        ({"type": "text", "value": "hello", "side": "B"}, RINGALL),
        (
            {"type": "text", "value": "hello", "side": "B"},
            {"type": "text", "value": "x", "side": "B"},
        ),
    ],
)
def test_a_structure_without_a_number_is_inferred(before, later):
    make = ("call", "makeCallBackCallFollowme", {"customer_name": CUSTOMERS[0]}, 1, False)
    params = {"customer_name": CUSTOMERS[0], "callBackFollowmeStruct": [later]}
    actions = [make, ("call", "setCallBackFollowme", params, 1, False), make]
    check_session([(CUSTOMERS[0], [before])], {}, actions, [(0, 0)] * 12, 500)


def check_session(before, subscribers, actions, overlaps, error_status):
    values = {"error_status": error_status, "lengths_as_text": error_status == 200}
    app = fake(**values)
    try:
        rows = run_session(app, before, subscribers, actions)
    finally:
        fake_of(app).close()
    with tempfile.TemporaryDirectory() as folder:
        tape = Path(folder) / "tape"
        _write(tape, rows, overlaps)
        differences, left_out = drifts(tape, **values)
        assert differences == []
        assert [reason for _, reason in left_out if not reason.startswith(REASONS)] == []
        text = tape.read_text("utf-8")
        for secret in ("TOPSECRET", "9161234", "8 912 345", CUSTOMERS[0], CUSTOMERS[1]):
            assert secret not in text


def run_session(app, before, subscribers, actions):
    """Return requests and answers of a session."""
    client, made, rows = app.test_client(), [], []
    service = fake_of(app).service
    for number, subscriber in subscribers.items():
        fake_of(app).store.set_subscriber(number, subscriber)
    for customer, struct in before:
        params = {"customer_name": customer, "callBackFollowmeStruct": struct}
        request = {"jsonrpc": "2.0", "id": 1, "method": "setCallBackFollowme", "params": params}
        _response(client, request)
    for action in actions:
        if isinstance(action, list):
            body = [_envelope(item, made) for item in action if item[0] == "call"]
        elif action[0] == "clock":
            service.scheduler.advance(action[1])
            continue
        elif action[0] == "fault":
            FaultRegistry(fake_of(app).store).add(f"{action[1]}*1")
            continue
        else:
            body = _envelope(action, made)
        answer = _response(client, body)
        content = answer.get_json(silent=True)
        for item in content if isinstance(content, list) else [content]:
            result = item.get("result") if isinstance(item, dict) else None
            if isinstance(result, dict) and "callBackCall_id" in result:
                made.append(result["callBackCall_id"])
        rows.append((body, answer))
    return rows


def _write(path, rows, overlaps):
    """Write the tape: the fake executed row ``n`` at second ``n``, somewhere in its interval."""
    exchanges = []
    for index, row in enumerate(rows):
        early, late = overlaps[index % len(overlaps)]
        exchanges.append((index + late + 0.25, index - early + 10, early + late + 0.25, row))
    with TapeWriter(path) as tape:
        for _, at, took, (body, answer) in sorted(exchanges, key=lambda exchange: exchange[0]):
            request = {
                "verb": "POST", "path": "/index.php", "query": "", "auth": "basic",
                "content_type": "application/json", "body": json.dumps(body).encode(),
            }  # fmt: skip
            response = {
                "status": answer.status_code,
                "content_type": answer.content_type,
                "body": answer.data,
            }
            tape.add(at, request, response, took=took)
