"""A client on a scripted server: responses are literal bytes, requests are recorded."""

import asyncio
import inspect
import json

import httpx2

from mtt_client import AsyncMttClient, MttClient

URL = "http://127.0.0.1:8082/index.php"
CUSTOMER = "883140500000000"
PASSWORD = "pass-кот-2"
SUCCESS = b'{"jsonrpc":"2.0","id":%d,"result":{"success":1}}'
NOTHING_SET = (
    b'{"jsonrpc":"2.0","id":%d,"error":{"code":-32603,"message":"Internal error",'
    b'"data":"Callback followme structure not found"}}'
)


class Script:
    """Answers in order: bytes (HTTP 200), (status, bytes), or an exception to raise."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []

    def __call__(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            return answer(request)
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        return httpx2.Response(status, content=body)

    @property
    def sent(self):
        return [json.loads(request.content) for request in self.requests]

    @property
    def called(self):
        return [envelope["method"] for envelope in self.sent]


def result(request_id, value):
    """Return the bytes of a result."""
    return json.dumps({"jsonrpc": "2.0", "id": request_id, "result": value}).encode()


def failure(request_id, data, code=-32603):
    """Return the bytes of an error envelope."""
    error = {"code": code, "message": "Internal error", "data": data}
    return json.dumps({"jsonrpc": "2.0", "id": request_id, "error": error}).encode()


class Time:
    """A clock that only sleeps and responses advance; ``sleeps`` lists the requested seconds."""

    def __init__(self):
        self.now = 1000.0
        self.sleeps = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.sleeps.append(seconds)
        self.now += seconds

    async def sleep_async(self, seconds):
        self.sleep(seconds)


class SyncKit:
    cls = MttClient

    def on_time(self, handler, time, **options):
        return self.client(handler, sleep=self.sleep_of(time), clock=time, **options)

    def sleep_of(self, time):
        return time.sleep

    def client(self, handler, **options):
        settings = {"url": URL, "login": "кот", "password": PASSWORD, "customer_name": CUSTOMER}
        return Blocking(self.cls(**settings | options, transport=httpx2.MockTransport(handler)))


class AsyncKit(SyncKit):
    cls = AsyncMttClient

    def sleep_of(self, time):
        return time.sleep_async


class Blocking:
    """Either client with blocking methods."""

    def __init__(self, client):
        self.client = client

    def __getattr__(self, name):
        method = getattr(self.client, name)

        def run(*args, **options):
            result = method(*args, **options)
            return asyncio.run(result) if inspect.isawaitable(result) else result

        return run
