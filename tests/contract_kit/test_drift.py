"""The command ``drift``: a tape against a fresh fake shows each change of the service."""

import copy
import json
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tape_sessions import call, drifts, record

import mtt_contracts.strategies as mtt
from mtt_mock.cli.main import main
from support.profiles import examples

CUSTOMER = "883140500000000"
OF = {"customer_name": CUSTOMER}
A = {"type": "Ringall", "redirect_number": "79161234567", "order": 1, "timeout": 25}
B = {"type": "text", "value": "Connecting 8 (495) 123-45-67", "side": "B"}
SET = call(
    "setCallBackFollowme", {**OF, "callBackFollowmeStruct": [A, B], "caller_id": "74951001010"}
)
GET, DELETE = call("getCallBackFollowme", OF), call("deleteCallBackFollowme", OF)
MAKE = call(
    "makeCallBackCallFollowme", {**OF, "b_number": "79167654321", "callBackURL": "example.com/t/5"}
)


def info(answers):
    """Ask how the call that was made last ended."""
    made = next(one for one in reversed(answers) if "callBackCall_id" in str(one))
    return call("getCallBackFollowmeCallInfo", {**OF, **made["result"]}, call_id="i")


SESSION = [
    DELETE, SET, SET, GET, MAKE, info, None, info, call("noSuchMethod"), b"{", b"[]",
    call("getCallBackFollowmeCallInfo", {**OF, "callBackCall_id": "1"}),
    call("setCallBackPrompt", {**OF, "file_name": "hello"}), call("getCustomerBalance", OF),
    [GET, call("deleteCallBackFollowme", [CUSTOMER], call_id=2)], {"jsonrpc": "2.0", **OF},
]  # fmt: skip


def test_a_tape_of_the_fake_itself_drifts_nowhere(tmp_path):
    assert drifts(record(tmp_path / "tape", SESSION)) == ([], [])


def test_different_call_outcomes_are_not_drift(tmp_path):
    for index, number in enumerate(("79000000101", "79000000102", "79000000103")):
        make = call("makeCallBackCallFollowme", {**OF, "b_number": number})
        session = [SET, make, info, None, info]
        assert drifts(record(tmp_path / str(index), session)) == ([], [])


def changed(of, change):
    """Return a service that answers ``of`` otherwise."""

    def service(body, status, answer):
        method = body.get("method") if isinstance(body, dict) else None
        answer = copy.deepcopy(answer)
        if method == of:
            status = change(answer) or status
        return status, answer

    return service


def at(*path, to):
    def change(answer):
        if path[0] not in answer:
            return
        for step in path[:-1]:
            answer = answer[step]
        if to is None:
            del answer[path[-1]]
        else:
            answer[path[-1]] = to

    return change


def without_info(method):
    """Return the session; without questions about a call whose id is changed."""
    return [each for each in SESSION if each is not info or not method.startswith("make")]


INFO = ("result", "callBackFollowmeCallInfoStruct")


@pytest.mark.parametrize(
    ("method", "change", "expected"),
    [
        (
            "deleteCallBackFollowme",
            at("result", "success", to="1"),
            ['line 2: answer.result.success: seen "1", expected 1'],
        ),
        (
            "deleteCallBackFollowme",
            at("id", to="1"),
            ['line 2: answer.id: seen "1", expected 1'],
        ),
        (
            "deleteCallBackFollowme",
            lambda _answer: 204,
            ["line 2: HTTP status: seen 204, expected 200"],
        ),
        (
            "getCallBackFollowme",
            at("result", "callBackFollowmeStruct", 0, "order", to=1.0),
            ["line 5: answer.result.callBackFollowmeStruct[0].order: seen 1.0, expected 1"],
        ),
        (
            "getCallBackFollowme",
            at("result", "callBackFollowmeStruct", 0, "type", to="ringall"),
            ['line 5: answer.result.callBackFollowmeStruct[0].type: seen "ringall", expected "Ringall"'],
        ),
        (
            "getCallBackFollowme",
            at("result", "callBackFollowmeStruct", 1, to=None),
            [
                'line 5: answer.result.callBackFollowmeStruct[1]: seen nothing, expected {"type": "text", '
                '"value": "Connecting 7 (900) 000-00-02", "side": "B"}',
            ],
        ),
        (
            "getCallBackFollowme",
            at("result", "status", to="active"),
            ['line 5: answer.result.status: seen "active", expected nothing'],
        ),
        (
            "makeCallBackCallFollowme",
            at("result", "callBackCall_id", to=12345),
            ['line 6: answer.result.callBackCall_id: seen 12345, expected "1000001"'],
        ),
        (
            "getCallBackFollowmeCallInfo",
            at(*INFO, "call_back_real_length_A", to="62"),
            ['line 8: answer.result.callBackFollowmeCallInfoStruct.call_back_real_length_A: seen "62", expected 1'],
        ),
        (
            "getCallBackFollowmeCallInfo",
            at(*INFO, "call_back_record_URL_B", to=None),
            [
                "line 8: answer.result.callBackFollowmeCallInfoStruct.call_back_record_URL_B: "
                'seen nothing, expected {"downloadURL": "http://…'
            ],
        ),
        (
            "getCallBackFollowmeCallInfo",
            at(*INFO, "call_back_currency", to="USD"),
            [
                "line 8: answer.result.callBackFollowmeCallInfoStruct.call_back_currency: "
                'seen "USD", expected "RUB"'
            ],
        ),
        (
            "noSuchMethod",
            at("error", "code", to=-32000),
            ["line 9: answer.error.code: seen -32000, expected -32601"],
        ),
        (
            "noSuchMethod",
            at("error", "data", to="Method not found"),
            ['line 9: answer.error.data: seen "Method not found", expected null'],
        ),
        (
            "setCallBackPrompt",
            at("result", "uploadURL", to="uploads.example.com/1"),
            ['line 13: answer.result.uploadURL: seen "redacted.invalid/4", expected "http://…'],
        ),
        (
            "getCustomerBalance",
            at("result", "balance", to="100"),
            ['line 14: answer.result.balance: seen "100", expected 1000'],
        ),
    ],
)  # fmt: skip
def test_each_change_is_the_only_drift(tmp_path, method, change, expected):
    session = without_info(method)
    tape = record(tmp_path / "tape", session, change=changed(method, change))
    differences, left_out = drifts(tape)
    assert [re.sub("http://.*", "http://…", each) for each in differences] == expected
    assert left_out == []


@pytest.mark.parametrize(
    ("method", "change"),
    [
        ("makeCallBackCallFollowme", at("result", "callBackCall_id", to="20461234567")),
        ("setCallBackPrompt", at("result", "uploadURL", to="http://api.example.com/up?t=1")),
        ("getCustomerBalance", at("result", "balance", to=17.25)),
        ("getCallBackFollowmeCallInfo", at(*INFO, "call_back_cost", to=99.5)),
        ("getCallBackFollowmeCallInfo", at(*INFO, "call_back_real_length_B", to=1)),
    ],
)
def test_volatile_values_are_compared_by_kind(tmp_path, method, change):
    session = (
        [each for each in SESSION if each is not info] if method.startswith("make") else SESSION
    )
    assert drifts(record(tmp_path / "tape", session, change=changed(method, change))) == ([], [])


def test_structures_set_before_recording_are_not_drift(tmp_path):
    from tape_sessions import LOGIN, fake

    app = fake()
    app.test_client().post("/index.php", json=SET, headers=LOGIN)
    assert drifts(record(tmp_path / "tape", [GET, SET, DELETE, GET], app)) == ([], [])


def test_a_tape_may_begin_with_a_refusal(tmp_path):
    from tape_sessions import LOGIN, fake

    app = fake()
    app.test_client().post("/index.php", json=SET, headers=LOGIN)
    assert drifts(record(tmp_path / "tape", [SET, MAKE, info, None, info, DELETE], app)) == ([], [])


def test_calls_over_several_numbers_are_not_drift(tmp_path):
    queue = [
        {"type": "Ringall", "redirect_number": "79000009002", "timeout": 15},
        {"type": "Ringall", "redirect_number": "79000009001", "timeout": 10},
        {"type": "Linear", "redirect_number": "79161234567", "timeout": 15},
    ]
    hunt = call("makeCallBackCallFollowme", [
        CUSTOMER, "79167654321", "74951001010", None, queue, 0, None, None, 1,
    ])  # fmt: skip
    assert drifts(record(tmp_path / "tape", [hunt, info, None, info])) == ([], [])


def test_calls_started_before_recording_are_skipped(tmp_path):
    from tape_sessions import LOGIN, fake

    app = fake()
    client = app.test_client()
    client.post("/index.php", json=SET, headers=LOGIN)
    made = client.post("/index.php", json=MAKE, headers=LOGIN).json
    ask = call("getCallBackFollowmeCallInfo", {**OF, **made["result"]})
    differences, left_out = drifts(record(tmp_path / "tape", [ask, GET], app))
    assert differences == []
    assert left_out == [(2, "it is about a call that the tape does not start")]


def test_overlapping_exchanges_are_replayed_in_any_order_that_fits(tmp_path):
    tape = record(tmp_path / "tape", [SET, SET, GET, DELETE])
    head, first, refused, get, delete = map(json.loads, tape.read_text().splitlines())
    # The refused set began first, and all but the delete were answered in its time.
    times = [(0.5, 3.0), (1.0, 1.0), (1.5, 1.0), (4.0, 0.5)]
    entries = [
        {**entry, "at": at, "took": took}
        for entry, (at, took) in zip((refused, get, first, delete), times, strict=True)
    ]
    overlapping = "".join(json.dumps(line) + "\n" for line in (head, *entries))
    tape.write_text(overlapping)
    assert drifts(tape) == ([], [])
    tape.write_text(overlapping.replace('"took": 3.0', '"took": 0.1'))
    assert drifts(tape)[0] != []


def test_the_command_prints_each_difference_and_exits_1(tmp_path, capsys):
    tape = record(tmp_path / "tape", [DELETE, call("noSuchMethod"), b"{"])
    assert main(["drift", str(tape)]) == 0
    assert capsys.readouterr().out == "3 exchanges compared, 0 differences\n"
    assert main(["drift", str(tape), "--error-status", "200"]) == 1
    assert capsys.readouterr().out == (
        "line 3: HTTP status: seen 500, expected 200\n"
        "line 4: HTTP status: seen 500, expected 200\n"
        "3 exchanges compared, 2 differences\n"
    )


# Sessions ------------------------------------------------------------------------------------

_customers = st.sampled_from(["883140500000000", "79161112233"])
_ids = st.one_of(st.integers(1, 10**12), st.text(min_size=1).filter(lambda text: text != "0"))


@st.composite
def _calls(draw):
    customer = draw(_customers)
    kind = draw(
        st.sampled_from(["set", "set", "get", "delete", "make", "balance", "nothing", "prompt"])
    )
    if kind == "set":
        params = {**draw(mtt.set_followme_params()), "customer_name": customer}
        return call("setCallBackFollowme", params, draw(_ids))
    if kind == "make":
        params = {**draw(mtt.make_call_params()), "customer_name": customer}
        return call("makeCallBackCallFollowme", params, draw(_ids))
    method = {
        "get": "getCallBackFollowme", "delete": "deleteCallBackFollowme",
        "balance": "getCustomerBalance", "nothing": draw(st.text()), "prompt": "setCallBackPrompt",
    }[kind]  # fmt: skip
    params = {"customer_name": customer} | ({"file_name": "hello"} if kind == "prompt" else {})
    return call(method, params, draw(_ids))


@settings(max_examples=examples(60))
@given(
    bodies=st.lists(st.one_of(_calls(), st.lists(_calls(), max_size=3), st.binary()), max_size=10)
)
def test_the_tape_of_any_session_drifts_nowhere(bodies):
    with tempfile.TemporaryDirectory() as folder:
        tape = record(Path(folder) / "tape", bodies)
        assert drifts(tape) == ([], [])


# Bad tapes -----------------------------------------------------------------------------------

HEAD = '{"tape": "mtt-mock", "version": 1, "endpoint": "/index.php", "redacted": true}\n'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty, not a tape"),
        (b"hello\n", "is not a tape: its first line is not that of mtt-mock record"),
        (b"\xff\xfe\n", "is not a tape: its first line is not that of mtt-mock record"),
        (b"[" * 100_000, "is not a tape: its first line is not that of mtt-mock record"),
        (HEAD.replace("1,", "2,").encode(), "is a tape of version 2; this mtt-mock reads 1"),
        (b'{"tape": "mtt-mock", "version": 1}\n', "line 1 names no endpoint"),
        (HEAD.encode() + b"{}\n", "line 2 is not an exchange"),
        (HEAD.encode() + b"nonsense\nnonsense\n", "line 2 is not an exchange"),
    ],
    ids=["empty", "text", "bytes", "deep", "version", "head", "other json", "nonsense"],
)
def test_invalid_tapes_end_with_exit_code_2(tmp_path, capsys, content, message):
    tape = tmp_path / "tape"
    tape.write_bytes(content)
    for command in (
        ["drift", str(tape)],
        ["contract", "examples-from", str(tape), "--out", str(tmp_path / "x")],
    ):
        assert main(command) == 2
        captured = capsys.readouterr()
        assert message in captured.err
        assert captured.err.startswith(f"mtt-mock: {tape}")
        assert captured.err.count("\n") == 1


def test_a_missing_tape_is_reported_in_one_line(tmp_path, capsys):
    assert main(["drift", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err == (
        f"mtt-mock: cannot read {tmp_path / 'none'}: No such file or directory\n"
    )


def test_a_truncated_tape_is_read_to_its_end(tmp_path):
    from mtt_mock.conformance.recording.tape import read

    whole = record(tmp_path / "tape", [DELETE, SET, GET]).read_bytes()
    lines = whole.splitlines(keepends=True)
    for length in range(len(lines[0]), len(whole), 7):
        cut = tmp_path / "cut"
        cut.write_bytes(whole[:length])
        tape = read(str(cut))
        complete = whole[:length].count(b"\n") - 1
        assert len(tape.exchanges) in (complete, complete + 1)
        assert drifts(cut) == ([], [])


def test_a_truncated_tape_is_reported(tmp_path, capsys):
    tape = record(tmp_path / "tape", [DELETE, SET])
    tape.write_bytes(tape.read_bytes()[:-30])
    assert main(["drift", str(tape)]) == 0
    captured = capsys.readouterr()
    assert captured.out == "1 exchanges compared, 0 differences\n"
    assert captured.err == "the last line is incomplete, as after a crash\n"


@pytest.mark.parametrize(
    ("status", "answer", "reason"),
    [
        (None, "ConnectError: refused", "the upstream did not answer: ConnectError: refused"),
        (401, "no", "the login was refused (401)"),
        (502, " <html>", "the answer is HTML (HTTP 502), not JSON"),
    ],
)
def test_unrelated_exchanges_end_with_exit_code_2(tmp_path, capsys, status, answer, reason):
    tape = record(tmp_path / "tape", [DELETE, SET])
    lines = tape.read_text().splitlines()
    row = json.loads(lines[1])
    row["response"] |= {"status": status, "body": answer}
    tape.write_text("\n".join([lines[0], json.dumps(row), *lines[2:]]) + "\n")
    assert main(["drift", str(tape)]) == 2
    captured = capsys.readouterr()
    assert captured.out == "1 exchanges compared, 0 differences\n"
    assert captured.err == (
        f"line 2 not compared: {reason}\nmtt-mock: 1 exchanges could not be compared\n"
    )


def test_a_tape_without_exchanges_ends_with_exit_code_2(tmp_path, capsys):
    tape = record(tmp_path / "tape", [])
    assert main(["drift", str(tape)]) == 2
    assert capsys.readouterr().err == (
        f"mtt-mock: {tape} holds no exchange; call the URL that mtt-mock record prints\n"
    )


def test_the_clock_of_a_replay_cannot_be_set(tmp_path, capsys):
    tape = record(tmp_path / "tape", [DELETE])
    assert main(["drift", str(tape), "--clock", "real"]) == 2
    assert "--clock cannot be set" in capsys.readouterr().err


# Example files -------------------------------------------------------------------------------


def test_a_tape_is_converted_to_examples(tmp_path, capsys):
    tape = record(tmp_path / "tape", [DELETE, SET, SET, GET, [GET], call("noSuchMethod", OF)])
    out = tmp_path / "examples"
    assert main(["contract", "examples-from", str(tape), "--out", str(out)]) == 0
    captured = capsys.readouterr()
    names = [
        "deleteCallBackFollowme_success_1.json",
        "setCallBackFollowme_success_1.json",
        "setCallBackFollowme_refused_1.json",
        "getCallBackFollowme_success_1.json",
    ]
    assert captured.out.splitlines() == names
    assert captured.err.splitlines()[0] == "line 6 left out: is not one call and its answer"
    assert captured.err.splitlines()[1].startswith("line 7 left out: ")
    example = json.loads((out / names[2]).read_text("utf-8"))
    assert example["evidence"] == "observed"
    assert example["response"]["result"] == {
        "error": 1,
        "error_description": "Side A not clear. Delete before insert",
    }
    assert "79161234567" not in (out / names[1]).read_text("utf-8")
    assert main(["contract", "examples-from", str(tape), "--out", str(out)]) == 2
