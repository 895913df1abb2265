"""The command ``contract check``: violations in requests, responses and exchanges."""

import json
import subprocess
import sys

import pytest

import mtt_contracts
from mtt_contracts.checking import check
from mtt_mock.cli.main import main
from mtt_mock.conformance.recording.tape import TapeWriter

SET = {
    "jsonrpc": "2.0",
    "id": "1",
    "method": "setCallBackFollowme",
    "params": {
        "customer_name": "8831405",
        "callBackFollowmeStruct": [{"type": "text", "value": "Hello", "side": "В"}],
    },
}
GOOD = {
    "jsonrpc": "2.0",
    "id": "1",
    "method": "getCustomerBalance",
    "params": {"customer_name": "1"},
}


def paths(value, method=None):
    return [problem.path for problem in check(value, method).problems]


@pytest.mark.parametrize("name", sorted(mtt_contracts.examples()))
def test_every_example_is_a_valid_exchange(name):
    example = mtt_contracts.examples()[name]
    checked = check({"request": example.request, "response": example.response})
    assert (checked.kind, checked.problems) == ("exchange", [])


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (GOOD, "request", []),
        (GOOD | {"method": "GETCUSTOMERBALANCE"}, "request", []),
        (GOOD | {"params": ["1"]}, "request", []),
        (GOOD | {"params": [1]}, "request", ["params.customer_name"]),
        (GOOD | {"params": []}, "request", ["params.customer_name"]),
        (GOOD | {"method": "nonsense"}, "request", ["method"]),
        ({"method": "getCustomerBalance"}, "request", ["jsonrpc"]),
        (SET, "request", ["params.callBackFollowmeStruct[0].side"]),
        ([GOOD, SET], "batch of 2", ["[1].params.callBackFollowmeStruct[0].side"]),
        ([GOOD, 7], "batch of 2", ["[1]"]),
        ([], "batch", [""]),
        ([GOOD, {"jsonrpc": "2.0", "id": 1, "result": 1}], "batch of 2", [""]),
        ({"jsonrpc": "2.0", "id": 1, "result": 1}, "response", []),
        ({"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": "x"}}, "response", ["error.data"]),
        ("text", "unknown", [""]),
        ({"a": 1}, "unknown", [""]),
    ],
)  # fmt: skip
def test_kind_and_problems_are_detected(value, kind, expected):
    checked = check(value)
    assert (checked.kind, [problem.path for problem in checked.problems]) == (kind, expected)


def test_a_response_is_checked_against_the_named_method():
    response = {"jsonrpc": "2.0", "id": 1, "result": {"success": "1"}}
    assert paths(response) == []
    assert paths(response, "setcallbackfollowme") != []
    assert paths(response | {"result": {"success": 1}}, "setCallBackFollowme") == []


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ({"jsonrpc": "2.0", "id": "1", "result": {"balance": 1, "currency": "RUB"}}, []),
        ({"jsonrpc": "2.0", "id": 1, "result": {"balance": 1, "currency": "RUB"}}, ["response.id"]),
        ({"jsonrpc": "2.0", "id": "1", "result": {"currency": "RUB"}}, ["response.balance"]),
        (None, []),
        ("x", ["response"]),
    ],
)
def test_an_exchange_is_checked_as_a_whole(response, expected):
    assert paths({"request": GOOD, "response": response}) == expected
    assert paths({"request": 1, "response": response}) == ["request"]


def run(*arguments, **options):
    command = [sys.executable, "-m", "mtt_mock", "contract", "check", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_the_command_explains_each_problem_on_a_line():
    done = run("-", input=json.dumps(SET))
    assert done.returncode == 1
    [line, last] = done.stdout.splitlines()
    assert line.startswith("params.callBackFollowmeStruct[0].side: ")
    assert line.endswith("(hint: В is Cyrillic U+0412; type the Latin letter B)")
    assert last == "checked as: request; 1 problem"


@pytest.mark.parametrize(
    ("content", "code", "out", "err"),
    [
        (json.dumps(GOOD), 0, "checked as: request; meets the contract\n", ""),
        ("<html>", 2, "", "is not JSON"),
        ("[" * 100_000, 2, "", "is not JSON"),
        ("\udcff", 2, "", "is not JSON"),
    ],
    ids=["good", "html", "deep", "no text"],
)
def test_exit_codes_separate_errors_from_violations(tmp_path, capsys, content, code, out, err):
    file = tmp_path / "request.json"
    file.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert main(["contract", "check", str(file)]) == code
    captured = capsys.readouterr()
    assert captured.out == out
    assert err in captured.err


def test_missing_files_and_unknown_methods_are_errors(tmp_path, capsys):
    assert main(["contract", "check", str(tmp_path / "none")]) == 2
    assert "No such file" in capsys.readouterr().err
    file = tmp_path / "x.json"
    file.write_text(json.dumps(GOOD))
    assert main(["contract", "check", str(file), "--method", "nonsense"]) == 2
    assert "the contract has no method 'nonsense'" in capsys.readouterr().err


OF = {"customer_name": "8831405"}
A = {"type": "Ringall", "redirect_number": "79161234567", "timeout": 25}
REFUSED = {"error": 1, "error_description": "Side A not clear. Delete before insert"}
RUNNING = {"code": -32603, "message": "Internal error", "data": "Call is not ended"}


def asked(method, **params):
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**OF, **params}}


def put(*elements, **params):
    return asked("setCallBackFollowme", callBackFollowmeStruct=list(elements), **params)


def result(value):
    return {"jsonrpc": "2.0", "id": 1, "result": value}


MISTAKES = [
    (put(A), 200, result(REFUSED), None),
    (put(A), 200, result(REFUSED), "result.error ignored: sets again after the refusal in"),
    (asked("makeCallBackCallFollowme", b_number="79167654321"), 200, result({"callBackCall_id": "1000001"}),
     "result.error ignored: calls although the set in"),
    (asked("getCallBackFollowmeCallInfo", callBackCall_id="1000001"), 500,
     {"jsonrpc": "2.0", "id": 1, "error": RUNNING}, "info asked too early: asks 1.0 s after"),
    (asked("deleteCallBackFollowme"), 200, result({"success": 1}), None),
    (put(A | {"timeout": 30}), None, None, None),
    (put(A | {"timeout": 30}), 200, result(REFUSED), "set repeated after a lost answer: sends the set of"),
    (asked("deleteCallBackFollowme"), 200, result({"success": 1}), None),
    (put(A | {"timeout": 5}), 200, result({"success": 1}), "short timeout: callBackFollowmeStruct[0].timeout is 5 s"),
    (put({"type": "text", "value": "x", "side": "\u0412"}), 500, None, "Cyrillic side: callBackFollowmeStruct[0].side"),
    (put(A, caller_id=74951001010), 500, None, "number as a JSON number: caller_id is a number"),
]  # fmt: skip


def write_tape(path):
    with TapeWriter(path) as tape:
        for at, (body, status, answer, _) in enumerate(MISTAKES):
            request = {
                "verb": "POST", "path": "/index.php", "query": "", "auth": "basic",
                "content_type": "application/json", "body": json.dumps(body).encode(),
            }  # fmt: skip
            content = b"ReadTimeout" if answer is None else json.dumps(answer).encode()
            tape.add(
                at, request, {"status": status, "content_type": "application/json", "body": content}
            )


def write_har(path):
    entries = [
        {
            "startedDateTime": f"2026-11-27T10:00:{at:02d}+00:00",
            "request": {"method": "POST", "postData": {"text": json.dumps(body)}},
            "response": {"status": status or 0, "content": {"text": json.dumps(answer) if answer else ""}},
        }
        for at, (body, status, answer, _) in enumerate(MISTAKES)
    ]  # fmt: skip
    entries.append({"request": {"method": "GET"}})
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}))


def write_journal(path):
    rows = [
        {
            "seq": seq, "kind": "exchange", "at": seq, "method": body["method"], "id": 1,
            "request": body["params"], "status": status or 0,
            "answer": {name: answer[name] for name in ("result", "error") if name in answer} if answer else None,
        }
        for seq, (body, status, answer, _) in enumerate(MISTAKES, 1)
    ]  # fmt: skip
    rows.insert(0, {"seq": 0, "kind": "event"})
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))


@pytest.mark.parametrize(
    ("kind", "write"), [("tape", write_tape), ("HAR", write_har), ("journal", write_journal)]
)
def test_typical_mistakes_are_named_by_exchange(tmp_path, capsys, kind, write):
    path = tmp_path / "file"
    write(path)
    assert main(["contract", "check", str(path)]) == 1
    *lines, last = capsys.readouterr().out.splitlines()
    mistakes = [line for line in lines if any(text and text in line for *_, text in MISTAKES)]
    expected = [text for *_, text in MISTAKES if text]
    assert [text in line for text, line in zip(expected, mistakes, strict=True)] == [True] * 7
    assert last == f"checked as: {kind} of 11 exchanges; 2 problems, 7 typical mistakes"


def test_a_journal_of_the_fake_without_mistakes_passes(mtt_server, mtt_client, tmp_path, capsys):
    import httpx2

    from mtt_client import Ringall

    mtt_client.delete_callback_followme()
    mtt_client.set_callback_followme([Ringall("79161234567", timeout=20)])
    root = mtt_server.url.removesuffix("index.php")
    for name, kind in ("journal.jsonl", "journal"), ("journal.har", "HAR"), ("journal", "journal"):
        path = tmp_path / name
        path.write_bytes(httpx2.get(f"{root}_mtt/{name}", trust_env=False).content)
        assert main(["contract", "check", str(path)]) == 0
        assert capsys.readouterr().out.startswith(f"checked as: {kind} of 2 exchanges; 0 problems")


def test_requests_without_a_call_are_problems(mtt_server, tmp_path, capsys):
    import httpx2

    def post(content, url=mtt_server.url):
        return httpx2.post(url, content=content, auth=("login", "password"), trust_env=False)

    sent = [b"{", b"5", b'{"id": 1, "method": "getCustomerBalance", "params": ["1"]}']
    answers = [post(content).text for content in sent]
    prompt = b'{"jsonrpc": "2.0", "id": 1, "method": "setCallBackPrompt", "params": ["1", "a.wav"]}'
    post(b"RIFF", post(prompt).json()["result"]["uploadURL"])  # no JSON-RPC, and no problem
    httpx2.get(mtt_server.url, auth=("login", "password"), trust_env=False)
    problems = [
        "the request holds no JSON-RPC 2.0 call: -32700 Parse error",
        "the request holds no JSON-RPC 2.0 call: -32600 Invalid Request",
        "getCustomerBalance: request.jsonrpc: jsonrpc is required",
    ]
    expected = [f"entry {number}: {text}" for number, text in enumerate(problems, 1)]

    path = tmp_path / "file"
    root = mtt_server.url.removesuffix("index.php")
    path.write_bytes(httpx2.get(f"{root}_mtt/journal", trust_env=False).content)
    assert main(["contract", "check", str(path)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        *expected,
        "checked as: journal of 4 exchanges; 3 problems, 0 typical mistakes",
    ]

    entries = [
        {
            "startedDateTime": "2026-11-27T10:00:00+00:00",
            "request": {"method": "POST", "postData": {"text": content.decode()}},
            "response": {"status": 500, "content": {"text": answer}},
        }
        for content, answer in zip([*sent, b"RIFF"], [*answers, '{"success": 1}'], strict=True)
    ]
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}))
    assert main(["contract", "check", str(path)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        *expected,
        "checked as: HAR of 4 exchanges; 3 problems, 0 typical mistakes",
    ]


def test_a_damaged_tape_is_reported_in_one_line(tmp_path, capsys):
    path = tmp_path / "tape"
    path.write_text('{"tape": "mtt-mock", "version": 9}\n')
    assert main(["contract", "check", str(path)]) == 2
    assert "is a tape of version 9" in capsys.readouterr().err


def test_a_capture_without_exchanges_is_an_error(mtt_server, tmp_path, capsys):
    import httpx2

    with TapeWriter(tmp_path / "tape.jsonl"):
        pass
    root = mtt_server.url.removesuffix("index.php")
    for name in ("journal", "journal.har"):
        content = httpx2.get(f"{root}_mtt/{name}", trust_env=False).content
        (tmp_path / name).write_bytes(content)
    entry = {
        "startedDateTime": "2026-11-27T10:00:00+00:00",
        "request": {
            "method": "POST",
            "url": "https://other.test/",
            "postData": {"text": '{"a": 1}'},
        },
        "response": {"status": 200, "content": {"text": "{}"}},
    }
    other = {"log": {"version": "1.2", "entries": [entry]}}
    (tmp_path / "other.har").write_text(json.dumps(other))
    kinds = {"tape.jsonl": "tape", "journal": "journal", "journal.har": "HAR", "other.har": "HAR"}
    for name, kind in kinds.items():
        assert main(["contract", "check", str(tmp_path / name)]) == 2
        assert capsys.readouterr().err == (
            f"mtt-mock: the {kind} holds no exchange with MTT; nothing was checked\n"
        )
