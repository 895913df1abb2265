"""The examples of the JSON-RPC 2.0 specification, section 7, each with the fake's answer.

Its methods (subtract, sum, …) are none of MTT's: where the example is about more than an unknown
method, ``with_mtt`` is the same request with methods of MTT. ``differs`` says why MTT's library
answers otherwise than the specification, ``null`` where it does not. Every error of the library has
``data``, which the specification leaves open; that is no difference.
"""

import json
from pathlib import Path

import httpx2
import pytest

from mtt_mock.server.handles import serve

CASES = json.loads((Path(__file__).parent / "jsonrpc_cases.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def server():
    with serve() as server:
        yield server


def outline(answer):
    """Return the specified parts: result or error, its code and message, and the id."""
    if isinstance(answer, list):
        return [outline(each) for each in answer]
    if answer is None:
        return None
    error = answer.get("error")
    about = (error["code"], error["message"]) if error else "result"
    return answer["jsonrpc"], about, answer["id"]


def asked(case):
    return case.get("with_mtt") or case


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_fake_reproduces_each_example(server, case):
    for one in (case, asked(case)):
        answer = httpx2.post(server.url, content=one["request"], auth=server.credentials)
        assert {"status": answer.status_code, "body": answer.text} == one["answer"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_responses_match_the_specification_or_explain(case):
    body = asked(case)["answer"]["body"]
    same = outline(json.loads(body) if body else None) == outline(case["specification"])
    assert same == (case["differs"] is None)


def test_the_table_has_every_example_of_the_specification():
    assert len({case["request"] for case in CASES}) == 15
    assert [case["name"] for case in CASES if case["differs"]] == [
        "positional parameters, the other way round",
        "a notification of an unknown method",
        "an invalid request",
    ]
