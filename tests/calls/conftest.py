from __future__ import annotations

import json
from contextlib import ExitStack

import httpx2
import pytest

from support.receiver import HeldReceiver

CUSTOMER = "883140500000000"


class Wire:
    """HTTP to a fake, as any language would send it."""

    def __init__(self, http, server):
        self.http = http
        self.server = server
        self.origin = server.url.removesuffix("/index.php")

    def send(self, body, **options):
        """Return the answer to a body, which may be any bytes."""
        auth = options.pop("auth", ("login", "password"))
        return self.http.post(self.server.url, content=body, auth=auth, **options)

    def call(self, method, **params):
        """Return the answer to a call; the customer is the one on MTT's page."""
        params = {"customer_name": CUSTOMER} | params
        request = {"jsonrpc": "2.0", "method": method, "params": params, "id": "1"}
        return self.send(json.dumps(request).encode())

    def result(self, method, **params):
        answer = self.call(method, **params)
        assert answer.status_code == 200, answer.text
        envelope = answer.json()
        result = envelope.pop("result")
        assert envelope == {"jsonrpc": "2.0", "id": "1"}
        return result

    def error(self, method, **params):
        """Return code and data of the error."""
        answer = self.call(method, **params)
        assert answer.status_code == 500, answer.text
        envelope = answer.json()
        error = envelope.pop("error")
        assert envelope == {"jsonrpc": "2.0", "id": "1"}
        messages = {-32603: "Internal error", -32602: "Invalid params"}
        assert error["message"] == messages[error["code"]]
        assert sorted(error) == ["code", "data", "message"]
        return error["code"], error["data"]

    def make(self, *numbers, kind="Ringall", **params):
        """Make a call to side A's ``numbers`` and return its id; B answers at once."""
        params = {"b_number": "79000009000", "caller_id": "74951001010"} | params
        if numbers:
            params["simpleCallBackFollowmeStruct"] = [
                {"type": kind, "redirect_number": number} for number in numbers
            ]
        return self.result("makeCallBackCallFollowme", **params)["callBackCall_id"]

    def make_and_pass(self, clock):
        """Make a call that is over a second later, let that second pass, and return its id."""
        call = self.make("79000010001")
        clock.advance(1)
        return call

    def info(self, call_id, **params):
        answer = self.result("getCallBackFollowmeCallInfo", callBackCall_id=call_id, **params)
        assert list(answer) == ["callBackFollowmeCallInfoStruct"]
        return answer["callBackFollowmeCallInfoStruct"]

    def why_not(self, call_id, **params):
        return self.error("getCallBackFollowmeCallInfo", callBackCall_id=call_id, **params)

    def upload_url(self, file_name="hello.wav", **params):
        return self.result("setCallBackPrompt", file_name=file_name, **params)["uploadURL"]

    def upload(self, content, file_name="hello.wav"):
        url = self.upload_url(file_name)
        return self.http.post(url, content=content, auth=("login", "password"))

    def control(self, path, values=None, **options):
        url = f"{self.origin}/_mtt/{path}"
        if values is None:
            return self.http.get(url, **options)
        return self.http.post(url, json=values, **options)


@pytest.fixture
def wire(mtt_server):
    # Over plain HTTP no certificate is verified, and to load them would take 25 ms of each test.
    with httpx2.Client(trust_env=False, verify=False, timeout=30) as http:
        yield Wire(http, mtt_server)


@pytest.fixture
def listener():
    """Return a function that starts a ``HeldReceiver``."""
    with ExitStack() as receivers:
        yield lambda on_event: receivers.enter_context(HeldReceiver(on_event))
