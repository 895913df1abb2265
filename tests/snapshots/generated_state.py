"""Strategies for the states that the wire and the control API can create."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from mtt_contracts.strategies import (
    call_back_urls,
    followme_structs,
    make_call_params,
    prompt_names,
    set_followme_params,
)
from mtt_mock import Fake, Settings
from mtt_mock.service.fault_registry import FaultRegistry
from mtt_mock.testing.strategies import subscribers

AUTH = "Basic bG9naW46cGFzc3dvcmQ="
ORIGIN = "http://mtt.test:8080"

customers = st.sampled_from(["883140500000000", "имя", "a/b", "\x00", "x" * 300])
patterns = st.sampled_from(["7900*", "79000010???", "*", "+7?", "79000000001", "+79000000002"])
texts = st.sampled_from(  # of none of them the steps below become aware
    [
        "getCustomerBalance:delay=0..2~0.5#7",
        "getCustomerBalance:http-500@3",
        "event-lost",
        "getCustomerBalance/a%2Fb:empty*2",
    ]
)
sets = set_followme_params(customer_names=customers)
rung = {"type": "Ringall", "redirect_number": "79000000001"}
complete = {"b_number": "79000000001", "caller_id": "74951001010"}  # else it would be refused
calls = st.tuples(
    make_call_params(customer_names=customers),
    followme_structs().map(lambda struct: [rung, *struct]),
    st.just("http://127.0.0.1:1/") | call_back_urls(),
).map(
    lambda drawn: (
        drawn[0] | complete | {"simpleCallBackFollowmeStruct": drawn[1], "callBackURL": drawn[2]}
    )
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("set"), sets),
        st.tuples(st.just("upload"), customers, prompt_names(), st.binary(min_size=1, max_size=9)),
        st.tuples(st.just("call"), calls),
        st.tuples(st.just("call"), calls),
        st.tuples(st.just("subscriber"), patterns, subscribers()),
        st.tuples(st.just("fault"), texts),
        st.tuples(st.just("strike"), customers),
        st.tuples(st.just("balance"), customers, st.decimals(-(10**9), 10**9, places=2)),
        st.tuples(st.just("advance"), st.integers(0, 90) | st.just(4000)),
        st.tuples(st.just("take"), st.integers(0, 90)),
        st.tuples(st.just("take"), st.integers(0, 90) | st.just(4000)),
        st.tuples(st.just("forget"), customers),
    ),
    max_size=20,
)


def fake(state=None, **settings):
    values = {"clock": "manual", "callback_allow": "none"}
    return Fake(Settings.of(**values | settings), state)


def ask(fake, method, params):
    request = {"jsonrpc": "2.0", "method": method, "params": params, "id": 1}
    return json.loads(fake.answer(AUTH, json.dumps(request).encode(), ORIGIN).body)


def upload(fake, customer, name, content):
    asked = {"customer_name": customer, "file_name": name}
    url = ask(fake, "setCallBackPrompt", asked)["result"]["uploadURL"]
    assert fake.upload(AUTH, "POST", url.removeprefix(f"{ORIGIN}/upload/"), content).status == 200


def do(fake, step):
    """Apply a generated step; a refused step changes nothing."""
    kind, *given = step
    if kind == "set":
        ask(fake, "setCallBackFollowme", given[0])
    elif kind == "upload":
        upload(fake, *given)
    elif kind == "call":
        ask(fake, "makeCallBackCallFollowme", given[0])
    elif kind == "subscriber":
        fake.store.set_subscriber(*given)
    elif kind == "fault":
        FaultRegistry(fake.store).add(given[0])
    elif kind == "strike":
        fake.store.change_faults(lambda now: now.trigger("getCustomerBalance", given[0])[0])
    elif kind == "balance":
        fake.store.change_balance(given[0], lambda _: given[1])
    elif kind == "advance":
        fake.service.scheduler.advance(given[0])
    elif kind == "take":
        # A claimed step stays in flight, as during the delivery of an event.
        store, clock = fake.store, fake.service.clock
        store.claim_next(clock.now() + given[0] * 1000, store.generation)
    else:
        fake.service.scheduler.delete_customer(given[0])
