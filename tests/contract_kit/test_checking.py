"""`mtt-mock contract check`: what breaks the contract in a piece of the wire."""

import json
import subprocess
import sys

import pytest

import mtt_contracts
from mtt_contracts.checking import check
from mtt_mock.cli.main import main

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
def test_every_example_file_is_an_exchange_that_keeps_to_the_contract(name):
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
        ("text", "nothing known", [""]),
        ({"a": 1}, "nothing known", [""]),
    ],
)  # fmt: skip
def test_what_it_is_taken_for_and_where_it_is_wrong(value, kind, expected):
    checked = check(value)
    assert (checked.kind, [problem.path for problem in checked.problems]) == (kind, expected)


def test_a_lone_response_is_checked_against_the_method_named():
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
    assert last == "taken for: request; 1 problem"


@pytest.mark.parametrize(
    ("content", "code", "out", "err"),
    [
        (json.dumps(GOOD), 0, "taken for: request; keeps to the contract\n", ""),
        ("<html>", 2, "", "is not JSON"),
        ("[" * 100_000, 2, "", "is not JSON"),
        ("\udcff", 2, "", "is not JSON"),
    ],
    ids=["good", "html", "deep", "no text"],
)
def test_the_exit_code_tells_trouble_from_a_broken_contract(
    tmp_path, capsys, content, code, out, err
):
    file = tmp_path / "request.json"
    file.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert main(["contract", "check", str(file)]) == code
    captured = capsys.readouterr()
    assert captured.out == out
    assert err in captured.err


def test_a_file_that_is_not_there_and_a_method_that_is_not_known_are_trouble(tmp_path, capsys):
    assert main(["contract", "check", str(tmp_path / "none")]) == 2
    assert "No such file" in capsys.readouterr().err
    file = tmp_path / "x.json"
    file.write_text(json.dumps(GOOD))
    assert main(["contract", "check", str(file), "--method", "nonsense"]) == 2
    assert "the contract has no method 'nonsense'" in capsys.readouterr().err
