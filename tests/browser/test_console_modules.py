"""The console's pure modules in Node: search, differences, reasons, diagrams, URLs."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import mtt_mock

NODE = shutil.which("node")
PAGE = Path(mtt_mock.__file__).parent / "web/console/page"

pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")


# One Node for all tests: to start one takes longer than any of them.
EVALUATOR = """
import { createInterface } from "node:readline";
const AsyncFunction = (async () => {}).constructor;
for await (const line of createInterface({ input: process.stdin })) {
    const { url, before, expression } = JSON.parse(line);
    let answer;
    try {
        await new AsyncFunction(before)();
        answer = { value: await new AsyncFunction("m", `return ${expression}`)(await import(url)) };
    } catch (error) {
        answer = { error: error.stack };
    }
    console.log(JSON.stringify(answer));
}
"""


@pytest.fixture(scope="module")
def run():
    """Return a function that gives the value of a JavaScript expression about the module ``m``."""
    with subprocess.Popen(
        [NODE, "--input-type=module", "--no-warnings", "-e", EVALUATOR],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as node:  # fmt: skip

        def run(module, expression, *, before=""):
            url = (PAGE / module).as_uri()
            print(
                json.dumps({"url": url, "before": before, "expression": expression}),
                file=node.stdin,
            )
            node.stdin.flush()
            answer = json.loads(node.stdout.readline())
            assert "error" not in answer, answer["error"]
            return answer["value"]

        yield run


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("", []),
        ("makeCall", [("makecall", None, False)]),
        ("-ok two", [("ok", None, True), ("two", None, False)]),
        ("status:503", [("503", "status", False)]),
        ("-customer:883", [("883", "customer", True)]),
        ("+7(900)000-00-01", [("79000000001", None, False)]),
        ("a:b", [("a:b", None, False)]),
        ("-", [("-", None, False)]),
        ("-32602", [("-32602", None, False)]),
        ("+7 (968)", [("7", None, False), ("968", None, False)]),
    ],
)
def test_a_query_is_read_as_terms(run, query, terms):
    found = run("search.js", f"m.parse({json.dumps(query)})")
    assert [(term["word"], term["field"], term["not"]) for term in found] == terms


def test_hits_are_split_from_the_rest(run):
    found = run("search.js", 'm.split("error -32602 error", m.parse("error 326"))')
    assert [(part["text"], part["hit"]) for part in found] == [
        ("error", True), (" -", False), ("326", True), ("02 ", False), ("error", True),
    ]  # fmt: skip


def test_headers_are_not_searched(run):
    entry = {"wire": {"headers": {"User-Agent": "secret-agent"}, "login": "ann"}, "status": 401}
    text = run("search.js", f"m.textOf({json.dumps(entry)})")
    assert "secret-agent" not in text
    assert "ann" in text
    assert "http 401" in text


@pytest.mark.parametrize(
    ("before", "after", "paths"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": [1, 2]}, {"a": [1, 3, 4]}, ["a[1]", "a[2]"]),
        ({"a": {"b": 1}}, {"a": {"c": 1}}, ["a.b", "a.c"]),
        ([], {}, [""]),
        (1, "1", [""]),
        ({"a": None}, {"a": {}}, ["a"]),
    ],
)
def test_differences_are_named_by_path(run, before, after, paths):
    found = run("diff.js", f"m.diff({json.dumps(before)}, {json.dumps(after)})")
    assert [row["path"] for row in found] == paths


def call(state, *timeline, deliveries=()):
    events = [
        {"at": at, "kind": kind, "side": side, "detail": detail}
        for at, kind, side, detail in timeline
    ]
    return {
        "state": state,
        "timeline": events,
        "started": 100,
        "deliveries": list(deliveries),
        "id": "1",
    }


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (call("running"), ("running", None, [])),
        (call("joined", (9, "hangs_up", "B", "79")), ("hung_up", "B", [])),
        (call("joined"), ("over", None, [])),
        (call("cancel on side B", (4, "busy", "B", "79")), ("cancel", "B", [("79", "busy")])),
        (
            call("timeout on side A", (4, "busy", "A", "71"), (9, "rings_out", "A", "72")),
            ("timeout", "A", [("71", "busy"), ("72", "rings_out")]),
        ),
    ],
)
def test_a_calls_reason_is_named(run, subject, expected):
    found = run("reasons.js", f"m.reasonOf({json.dumps(subject)})")
    numbers = [(number["number"], number["kind"]) for number in found["numbers"]]
    assert (found["key"], found["side"], numbers) == expected


def test_messages_are_ordered_by_time(run):
    delivery = {"event": "start_side_A", "at": 3, "outcome": "HTTP 500"}
    subject = call("running", (0, "rings", "A", "79"), (3, "answers", "A", "79"))
    found = run("sequence.js", f"m.messagesOf({json.dumps(subject)}, [{json.dumps(delivery)}])")
    assert [(message["at"], message["from"], message["to"]) for message in found] == [
        (0, "application", "fake"),
        (0, "fake", "A"),
        (3, "A", "fake"),
        (3, "fake", "receiver"),
    ]
    assert found[-1]["failed"] is True


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("#/entry/7-12", {"kind": "entry", "generation": 7, "seq": 12}),
        ("#/entry/7", None),
        ("#/call/1000001", {"kind": "call", "id": "1000001"}),
        ("#/call/%E0%A4%A", {"kind": "call", "id": "%E0%A4%A"}),
        ("#/journal?text=a+b", {"kind": "journal", "filter": {"text": "a b"}}),
        ("#journal", None),
        ("", None),
    ],
)
def test_addresses_are_read(run, address, expected):
    assert run("address.js", f"m.parseAddress({json.dumps(address)})") == expected


@pytest.mark.parametrize(
    ("numbers", "text"),
    [([], ""), ([3], "3"), ([1, 2, 3], "1-3"), ([3, 7, 8, 9, 11], "3,7-9,11")],
)
def test_numbers_of_entries_become_ranges(run, numbers, text):
    assert run("search.js", f"m.ranges({json.dumps(numbers)})") == text


def test_the_nearest_value_has_the_fewest_differences(run):
    value = '{"a": 1, "b": {"c": 2}}'
    candidates = (
        '[{"a": 2, "b": {"c": 3}}, {"a": 1, "b": {"c": 3}}, {"a": 5}, {"a": 3, "b": {"c": 2}}]'
    )
    assert run("diff.js", f"m.nearest({value}, {candidates})") == {"a": 3, "b": {"c": 2}}
    assert run("diff.js", f"m.nearest({value}, [])") is None
    assert run("diff.js", "m.nearest(1, [[1], [2]], (each) => each[0])") == [1]


@pytest.mark.parametrize(
    ("severity", "mood"), [("information", "good"), ("warning", "warned"), (None, "warned")]
)
def test_a_note_of_information_is_not_a_problem(run, severity, mood):
    entry = {"kind": "exchange", "outcome": "ok", "notes": [{"severity": severity}]}
    assert run("entries.js", f"m.mood({json.dumps(entry)})") == mood


def test_a_silent_stream_ends_with_an_error(run):
    stream = """(async () => {
        globalThis.fetch = async (_path, { signal }) => ({
            ok: true,
            body: new ReadableStream({
                start(controller) {
                    controller.enqueue(new TextEncoder().encode(": mtt-mock\\n\\n"));
                    signal.addEventListener("abort", () => controller.error(new Error("aborted")));
                },
            }),
        });
        const steps = [];
        const { signal } = new AbortController();
        const opened = () => steps.push("opened");
        await m.readStream({ signal, opened, silence: 20 }).catch((error) => steps.push(error.message));
        return [...steps, signal.aborted];
    })()"""
    page = "globalThis.sessionStorage = { getItem: () => null }; globalThis.location = { href: 'http://host/' };"
    assert run("api.js", f"await {stream}", before=page) == ["opened", "aborted", False]
