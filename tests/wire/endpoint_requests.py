"""Requests to MTT's endpoint, and fakes that answer them alike."""

import json
import re

from hypothesis import strategies as st

from mtt_mock import Fake, Settings
from mtt_mock.service.profile import Profile
from mtt_mock.service.state import in_memory

TOKEN = re.compile(rb"/upload\\?/[^\"]+")  # of an upload URL, which differs each time
CUSTOMER = "883140500000000"
LOGIN = "Basic bG9naW46cGFzc3dvcmQ="
FAULTS = [
    "http-500", "http-401", "http-429", "html-error", "invalid-json", "wrong-id", "empty",
    "wrong-success-type", "duplicated", "delay=0.001", "no-answer", "reset-before", "reset-after",
    "truncated", "trickle=0.001",
]  # fmt: skip


def call(method, call_id=1, **params):
    return {"jsonrpc": "2.0", "id": call_id, "method": method, "params": params}


ELEMENTS = [
    {"type": "Linear", "redirect_number": "79000000001", "timeout": 5, "order": 1, "extra": 1},
    {"type": "text", "side": "B", "value": "привет"},
]
CALLS = [
    call("setCallBackFollowme", customer_name=CUSTOMER, callBackFollowmeStruct=ELEMENTS),
    call("setCallBackFollowme", customer_name=CUSTOMER, callBackFollowmeStruct=[{"type": "x"}]),
    call("getCallBackFollowme", "7", customer_name=CUSTOMER),
    call("deleteCallBackFollowme", None, customer_name=CUSTOMER),
    call("setCallBackPrompt", customer_name=CUSTOMER, file_name="hello.wav"),
    call("getCustomerBalance", 2.5, customer_name="7"),
    call("getCustomerBalance"),
    call("noSuchMethod", [1]),
    {"id": 1},
    None,
]
bodies = st.one_of(
    st.sampled_from(CALLS).map(json.dumps).map(str.encode),
    st.lists(st.sampled_from(CALLS), max_size=4).map(json.dumps).map(str.encode),
    st.binary(max_size=40),
    st.sampled_from([b" " * 2000, b""]),
)
others = [LOGIN.lower(), "Basic 0Lg60LE=", "Basic %%%", "Bearer x", "basic", "", "\xff"]
headers = st.fixed_dictionaries(
    {"authorization": st.sampled_from([LOGIN] * 3 * len(others) + others)},
    optional={
        "host": st.sampled_from(
            ["127.0.0.1:80", "fake.example", "[::1]:8082", "a b", "", "x/y", "[::1", "é.example"]
        ),
        "content-type": st.sampled_from(["application/json", "text/html", "multipart/form-data"]),
        "x-other": st.text("ab", max_size=3),
    },
)
requests = st.tuples(
    st.sampled_from(["POST"] * 6 + ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"]),
    st.sampled_from(["/index.php"] * 6 + ["//index.php", "/index.php/", "/INDEX.PHP", "/"]),
    headers,
    bodies,
    st.sampled_from([b"", b"smd", b"a=%00&b"]),
    st.booleans(),
)
NO_CONTENT = Profile({"rpc.notification": {"status": 204}, "transport.options": {"status": 204}})
settings_values = st.fixed_dictionaries(
    {"max_body": st.sampled_from([1024, 1024 * 1024])},
    optional={
        "error_status": st.sampled_from([200, 400, 500]),
        "accounts": st.sampled_from([["login:password"], ["а:б"], ["other:p"]]),
        "faults": st.lists(st.sampled_from(FAULTS), min_size=1, max_size=2),
        "max_batch": st.just(2),
        "profile": st.just(NO_CONTENT),
    },
)


def new_fake(values):
    return Fake(Settings.of(**values), in_memory()._replace(secret=b"0" * 32))


def journal_of(fake):
    return [
        (
            entry.method,
            entry.status,
            entry.outcome,
            entry.fault,
            {
                name: value
                for name, value in entry.wire["headers"].items()
                if name != "Content-Length"  # WSGI adds one to requests without a body
            },
            entry.wire["login"],
            entry.wire.get("body"),
        )
        for entry in fake.journal
    ]
