"""A run against a fake of any profile learns that profile: 100 random profiles."""

from __future__ import annotations

import random

import pytest

from mtt_contracts.fact_values import defaults, settable_facts
from mtt_mock import AppTransport, EventReceiver, FakeClock, create_app, fake_of
from mtt_mock.conformance.learning import learn_from_report
from mtt_mock.conformance.probe_client import Target
from mtt_mock.conformance.runner import verify
from mtt_mock.service.profile import Profile

ACCOUNTS = ["a:bé:8831405,1000000,mtt-mock-verify-nobody", "c:d:8831406"]
A, SECOND, B = "79000010340", "79000010441", "79000010517"
BUSY, SILENT = "79000009001", "79000009002"
ERROR = {"code": -32001, "message": "Failed", "data": "нет/data"}
NAMED = {"code": -32002, "message": "Wrong", "data": "wrong: {reason}"}
WORDS = {
    fact_id: fact.schema["enum"]
    for fact_id, fact in settable_facts().items()
    if "enum" in fact.schema
}
VALUES = WORDS | {
    "transport.auth.missing": [{"status": 403, "www_authenticate": ""}],
    "transport.auth.401_body": [{"body": "нет", "content_type": "text/html"}],
    "transport.auth.other_customer": [{"code": -32003, "data": "{customer} is not yours"}],
    "transport.head_limit": [{"bytes": 16384, "fields": 100, "status": 431}],
    "transport.endpoint": [["POST", "PUT"], ["POST", "PUT", "PATCH"]],
    "transport.auth.utf8": ["utf-8"],
    "transport.content_type.ignored": [{"types": ["application/json"], "status": 406}],
    "transport.content_type.answer": [
        {"content_type": "text/json; charset=utf-8", "allow_origin": "", "allow_headers": "x-a"}
    ],
    "smd.get": [405],
    "smd.shape": [{"target": "{target}", "services": "{services}", "version": 2}],
    "smd.entries": [
        {
            "getCustomerBalance": {
                "parameters": [
                    {"name": "customer_name", "optional": False, "type": "string"},
                    {"name": "currency", "optional": True, "default": None},
                ]
            }
        }
    ],
    "balance.exists": [False],
    "transport.options": [{"status": 204, "credentials": True}],
    "transport.status.error": [200, 400],
    "transport.status.batch": [207],
    "transport.body_limit": [{"bytes": 131072, "status": 400}],
    "rpc.success": [{"jsonrpc": "2.0", "server": "mtt"}],
    "rpc.json.escapes": [
        {"slashes": False, "unicode": True},
        {"slashes": False, "unicode": False},
    ],
    "rpc.json.key_order": [
        {
            "success": ["id", "jsonrpc", "result"],
            "failure": ["error", "id", "jsonrpc"],
            "error": ["data", "code", "message"],
        }
    ],
    "rpc.notification": [
        {"ids": ["missing", "null"], "status": 204},
        {"ids": ["missing", "null", '""', '"0"', "false", "0.0", "0"]},
    ],
    "rpc.error.parse": [ERROR],
    "rpc.error.parse.depth": [128],
    "rpc.error.invalid_request": [{"code": -32009, "message": "No request"}],
    "rpc.error.method": [{"code": -32601, "message": "No such method", "data": "no method"}],
    "rpc.error.params.scalar": [ERROR],
    "rpc.error.params.named_missing": [{"code": -32602, "data": "{name} is missing"}],
    "rpc.error.params.empty": [ERROR],
    "rpc.error.params.count": [
        {"code": -32602, "data": "{got} of {expected} parameters"},
        ERROR,
    ],
    "rpc.error.method_failed": ["Failure"],
    "rpc.batch.limit": [20, 300],
    "set.success": [{"success": True, "version": 2}],
    "set.type.words": [["ringall", "linear", "text", "file"]],
    "set.element.relaxed": [{"name": "optional", "prompt_timeout": "refuse"}],
    "prompt.url": [{"url": "{url}", "method": "POST"}],
    "set.conflict": [{"error": 1, "error_description": "Side A is taken"}],
    "set.conflict.side_b": [{"error": 2, "error_description": "Side B is taken"}],
    "set.conflict.rule": [{"first": "B", "any": False}, {"first": "A", "any": True}],
    "set.limit": [50, 200],
    "set.element.invalid": [NAMED, ERROR],
    "get.nothing": [ERROR],
    "delete.both": [["A", "B", "caller_id"], ["A", "B", "defaultBNumber"]],
    "delete.nothing": [ERROR],
    "prompt.reply": [{"success": 1, "file": "kept"}],
    "prompt.auth": [
        {"missing": 403, "other_customer": 403},
        {"missing": 401, "other_customer": 404},
    ],
    "prompt.refused": [{"unknown": 410, "empty": 422, "method": 400}],
    "prompt.limit": [{"bytes": 2097152, "status": 400}],
    "prompt.name": [64],
    "prompt.missing": [{"action": "error", **NAMED}],
    "call.id": [{"callBackCall_id": "{id}", "state": "queued"}],
    "call.record": [False],
    "event.names": [
        {
            "start_side_A": "began_A",
            "start_side_B": "began_B",
            "end_side_A": "over_A",
            "end_side_B": "over_B",
        }
    ],
    "info.shape": [
        {
            name: value
            for name, value in defaults()["info.shape"].items()
            if name != "call_back_cost"
        }
        | {"note": "none"}
    ],
    "info.record": ["{url}", {"url": "{url}", "kind": "wav"}],
    "call.id.form": ["uuid"],
    "call.struct.none": [ERROR],
    "call.struct.no_number": [ERROR],
    "call.b_number.none": [ERROR],
    "call.caller_id.none": [{"code": -32004, "message": "No caller"}],
    "call.duration.from": [{"from": "answer", "maximum": 3600}],
    "call.description": [{"maximum": 200, "returned": False}],
    "ring.timeout.default": [20, 45],
    "ring.prompts.length": [{"characters_per_second": 10, "minimum": 2, "unknown_file": 3}],
    "talk.longest": [600],
    "event.query": [{"event": "what", "id": "call"}],
    "event.url.invalid": [NAMED],
    "event.once": [2],
    "event.where": [["127.0.0.1", "::1"]],
    "event.bounds": [2],
    "info.running.text": [ERROR],
    "info.timeout_a": [{"code": -32005, "data": "A is silent"}],
    "info.timeout_b": [{"code": -32006, "data": "B is silent"}],
    "info.cancel": [{"code": -32007, "data": "left on side {side}"}],
    "info.unknown": [ERROR],
    "info.kept": [500],
    "info.length.charged": [6, 60],
    "info.cost": [
        {"A": "1.50", "B": "1.50", "type": "text"},
        {"A": "2", "B": "3", "type": "number"},
    ],
    "info.currency": ["USD"],
    "info.status": ["ok", ""],
    "info.record.60s": [30],
    "info.record.download": [404],
    "info.cancel.when": [["busy"]],
    "balance.shape": [{"sum": "{balance_text}", "limit": "none"}],
    "balance.zero": [ERROR],
}


# Where sets race, each takes 20 ms. Where batches are refused, and so on, others cannot be learned.
SHARES = {
    "set.atomic": 0.02, "rpc.batch": 0.1, "transport.auth.basic": 0.1, "smd.get": 0.1,
    "balance.exists": 0.05, "call.caller_id": 0.2, "set.side.prompt": 0.05,
}  # fmt: skip


def random_profile(seed):
    """Return about half of the facts with another value than the default."""
    draw = random.Random(seed)
    return {
        fact_id: draw.choice(values)
        for fact_id, values in VALUES.items()
        if draw.random() < SHARES.get(fact_id, 0.5)
    }


def learned_of(facts, receiver):
    """Return what a run against a fake of ``facts`` learns; the run knows nothing of them."""
    receiver.clear()
    app = create_app(clock="manual", profile=Profile(facts), accounts=ACCOUNTS)
    target = Target(
        url="http://fake.invalid/index.php", login="a", password="bé", customer="8831405",
        rate=1e9, budget=5000, timeout=5,
    )  # fmt: skip
    try:
        report = verify(
            target,
            transport=AppTransport(app),
            allowed=("change", "calls", "uploads", "large", "wrong password"),
            numbers=[A, SECOND, B],
            busy_number=BUSY,
            silent_number=SILENT,
            hangs_up="B",
            other_customer="8831406",
            receiver=receiver,
            events_url=receiver.url,
            sleep=FakeClock(fake_of(app)).sleep,
            only=settable_facts(),
        )
    finally:
        fake_of(app).close()
    assert report.abort_reason is None
    return learn_from_report(report)


@pytest.fixture(scope="module")
def receiver():
    with EventReceiver() as receiver:
        yield receiver


def test_every_settable_fact_has_another_value_to_learn():
    assert set(VALUES) == set(settable_facts())


def test_learned_facts_hold_and_others_are_named(receiver):
    learned = learned_of(random_profile(0), receiver)
    assert contradicted(learned, random_profile(0)) == []
    assert set(learned.values) | set(learned.unlearned) == set(settable_facts())
    assert learned.unlearned["info.kept"] == "needs a thousand calls"


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "seeds",
    [range(50), range(50, 100)],
    ids=["first-50", "second-50"],
)
def test_a_run_learns_four_fifths_of_any_profile(receiver, capsys, seeds):
    learned_values = 0
    for seed in seeds:
        facts = random_profile(seed)
        learned = learned_of(facts, receiver)
        assert contradicted(learned, facts) == [], facts
        learned_values += len(rightly_learned(learned, facts))
    values = len(seeds) * len(settable_facts())
    with capsys.disabled():
        print(
            f"\n{len(seeds)} random profiles: {learned_values} of {values} values learned "
            f"({learned_values / values:.1%})"
        )
    assert learned_values >= 0.8 * values


def rightly_learned(learned, facts):
    """Return the facts of which the whole value is known; the rest of an object is the default."""
    real, seen = Profile(facts), Profile(learned.values)
    return [
        fact_id
        for fact_id in settable_facts()
        if (fact_id in learned.values or learned.unlearned[fact_id] == "the default holds")
        and seen[fact_id] == real[fact_id]
    ]


def contradicted(learned, facts):
    """Return the learned values, or members of objects, that are not those of the profile."""
    real = Profile(facts)
    return [
        (fact_id, name, value)
        for fact_id, whole in learned.values.items()
        for name, value in (whole if isinstance(whole, dict) else {None: whole}).items()
        if value != (real[fact_id] if name is None else real[fact_id].get(name))
    ]
