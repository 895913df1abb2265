"""Followme methods against a model: sets, gets and deletes of several customers in any order."""

from __future__ import annotations

import json

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mtt_mock import Fake, Settings
from support.profiles import examples

AUTH = "Basic bG9naW46cGFzc3dvcmQ="
CUSTOMERS = ["883140500000000", "883140500000001", "имя", "1"]
KNOWN = ("order", "timeout", "redirect_number", "type", "name", "side", "value")

customers = st.sampled_from(CUSTOMERS)
numbers = st.from_regex(r"\+?[0-9]{1,11}", fullmatch=True)
optional_numbers = st.none() | st.just("") | numbers
extras = st.fixed_dictionaries(
    {},
    optional={
        "order": st.integers(0, 9) | st.just(1.5),
        "timeout": st.integers(0, 60),
        "name": st.text(max_size=4),
        "colour": st.text(max_size=2) | st.none(),
        "Side": st.just("B"),
    },
)
ring = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["Ringall", "ringall", "LINEAR", "linal", "lineral"]),
        "redirect_number": numbers,
    },
    optional={"side": st.sampled_from(["A", "B"])},
)
prompt = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["text", "File"]),
        "value": st.text(min_size=1, max_size=4),
        "side": st.sampled_from(["A", "B"]),
    }
)
elements = st.tuples(ring | prompt, extras).map(lambda pair: {**pair[1], **pair[0]})
broken = st.sampled_from(
    [
        {},
        7,
        None,
        {"type": "ringall"},
        {"type": "text", "value": "x"},
        {"type": "text", "value": "x", "side": "А"},
        {"type": "ringal", "redirect_number": "79"},
        {"type": "linal", "redirect_number": 79},
        {"type": "linal", "redirect_number": "79", "timeout": -1},
    ]
)


def side_of(element):
    # Numbers to ring belong to side A; a prompt names its side.
    return element["side"] if element["type"].lower() in ("text", "file") else "A"


class Presets(RuleBasedStateMachine):
    def __init__(self, state=None):
        super().__init__()
        self.fake = Fake(Settings.of(clock="manual"), state)
        self.model = {}  # customer → [elements, caller_id, defaultBNumber]
        self.calls = 0

    def teardown(self):
        self.fake.close()

    def call(self, method, params, *, notify=False):
        self.calls += 1
        envelope = {"jsonrpc": "2.0", "method": method, "params": params}
        if not notify:
            envelope["id"] = self.calls
        reply = self.fake.answer(AUTH, json.dumps(envelope).encode())
        if not reply.body:
            return reply.status, None
        answer = json.loads(reply.body)
        assert answer.pop("id") == envelope.get("id")
        assert answer.pop("jsonrpc") == "2.0"
        return reply.status, answer

    def model_set(self, customer, brought, caller_id, b_number):
        held, former_caller, former_b = self.model.get(customer, ([], None, None))
        for side in ("A", "B"):
            if side in map(side_of, held) and side in map(side_of, brought):
                text = f"Side {side} not clear. Delete before insert"
                return {"error": 1, "error_description": text}
        kept = [{key: each[key] for key in each if key in KNOWN} for each in brought]
        self.model[customer] = (held + kept, caller_id or former_caller, b_number or former_b)
        return {"success": 1}

    @rule(
        customer=customers,
        brought=st.lists(elements, max_size=3),
        caller_id=optional_numbers,
        b_number=optional_numbers,
        positional=st.booleans(),
        notify=st.booleans(),
    )
    def set(self, *, customer, brought, caller_id, b_number, positional, notify):
        params = [customer, brought, caller_id, b_number]
        if not positional:
            names = ("customer_name", "callBackFollowmeStruct", "caller_id", "defaultBNumber")
            params = dict(zip(names, params, strict=True))
        expected = self.model_set(customer, brought, caller_id, b_number)
        answer = self.call("setCallBackFollowme", params, notify=notify)
        assert answer == (200, None if notify else {"result": expected})

    @rule(customer=customers, before=st.lists(elements, max_size=2), wrong=broken)
    def set_what_makes_no_sense(self, customer, before, wrong):
        params = {
            "customer_name": customer,
            "callBackFollowmeStruct": [*before, wrong],
            "caller_id": "79",
        }
        status, answer = self.call("setCallBackFollowme", params)
        assert (status, answer["error"]["code"]) == (500, -32602)
        assert answer["error"]["data"].startswith(f"callBackFollowmeStruct[{len(before)}]")

    @rule(customer=customers, notify=st.booleans())
    def delete(self, customer, notify):
        self.model.pop(customer, None)
        answer = self.call("deleteCallBackFollowme", {"customer_name": customer}, notify=notify)
        assert answer == (200, None if notify else {"result": {"success": 1}})

    @rule(customer=customers)
    def get(self, customer):
        self.check(customer)

    @rule()
    def reset(self):
        self.fake.reset()
        self.model.clear()

    @invariant()
    def every_customer_gets_what_the_model_holds(self):
        for customer in CUSTOMERS:
            self.check(customer)

    def check(self, customer):
        status, answer = self.call("getCallBackFollowme", [customer])
        held, caller_id, b_number = self.model.get(customer, ([], None, None))
        if not held:
            error = {
                "code": -32603,
                "message": "Internal error",
                "data": "Callback followme structure not found",
            }
            assert (status, answer) == (500, {"error": error})
            return
        expected = {"callBackFollowmeStruct": held}
        if caller_id:
            expected["caller_id"] = caller_id
        if b_number:
            expected["defaultBNumber"] = b_number
        assert (status, answer) == (200, {"result": expected})


TestPresets = Presets.TestCase
TestPresets.settings = settings(max_examples=examples(80), stateful_step_count=25)
