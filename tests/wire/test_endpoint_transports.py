"""MTT's endpoint answers alike through Flask, on the server and in process."""

import asyncio

import httpx2
import pytest
from endpoint_requests import (
    LOGIN,
    NO_CONTENT,
    TOKEN,
    journal_of,
    new_fake,
    requests,
    settings_values,
)
from flask import url_for
from hypothesis import example, given
from hypothesis import strategies as st

from mtt_mock import Fake
from mtt_mock.server.asgi_app import FakeAsgiApp, LazyWsgi
from mtt_mock.server.request_cycle import CONNECTION_KEY
from mtt_mock.web.app import create_app, fake_of, flask_app
from mtt_mock.web.transport import AppTransport


class Connection:
    """One request of an ASGI server: records the sent messages and the transport's events."""

    def __init__(self, body, *, in_two):
        half = len(body) // 2
        parts = [body[:half], body[half:]] if in_two else [body]
        self._messages = [
            {"type": "http.request", "body": part, "more_body": part is not parts[-1]}
            for part in parts
        ]
        self.transport = self
        self.events = []

    async def receive(self):
        return self._messages.pop(0) if self._messages else {"type": "http.disconnect"}

    async def send(self, message):
        message = {**message}
        if "body" in message:
            message["body"] = TOKEN.sub(b"/upload/TOKEN", message["body"])
        self.events.append(message)

    def silence(self):
        self.events.append("silence")

    def get_extra_info(self, _name):
        return self

    def setsockopt(self, *_arguments):
        self.events.append("linger")

    def abort(self):
        self.events.append("abort")

    def close(self):
        self.events.append("close")


async def ask(app, request):
    method, path, sent, body, query, in_two = request
    connection = Connection(body, in_two=in_two)
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "query_string": query,
        "scheme": "http",
        "server": ("127.0.0.1", 8082),
        "client": ("127.0.0.1", 5),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in sent.items()],
        "state": {CONNECTION_KEY: connection},
    }
    await app(scope, connection.receive, connection.send)
    return connection.events


LARGE = [
    (method, "/index.php", {"authorization": LOGIN}, b" " * 2000, b"", True)
    for method in ("POST", "GET", "HEAD")
]
WITHOUT_LOGIN = [("POST", "/index.php", {}, b"[]", b"", False)]
CALL = [("POST", "/index.php", {"authorization": LOGIN}, b"[]", b"", False)]
OFFER = {"authorization": LOGIN, "connection": "upgrade", "upgrade": "websocket"}
WEBSOCKET = [(method, "/index.php", OFFER, b"[]", b"", False) for method in ("POST", "GET")]
PREFLIGHT = [("OPTIONS", "/index.php", {}, b"", b"", False)]


@given(settings_values, st.lists(requests, min_size=1, max_size=5))
@example({"max_body": 1024}, LARGE)
@example({"max_body": 1024}, WITHOUT_LOGIN)
@example({"max_body": 1024}, WEBSOCKET)
@example({"max_body": 1024, "profile": NO_CONTENT}, PREFLIGHT)
@example({"max_body": 1024, "faults": ["reset-before"]}, WITHOUT_LOGIN)
@example({"faults": ["reset-after", "no-answer", "delay=0.001"]}, CALL * 3)
def test_flask_and_the_server_send_the_same_bytes(values, sent):
    direct, flask = new_fake(values), new_fake(values)
    ways = [
        FakeAsgiApp(direct, LazyWsgi(lambda: flask_app(direct).wsgi_app), lambda: True),
        FakeAsgiApp(flask, LazyWsgi(lambda: flask_app(flask).wsgi_app), lambda: False),
    ]

    async def compare():
        for request in sent:
            first, second = [await ask(app, request) for app in ways]
            assert first == second

    asyncio.run(compare())
    assert journal_of(direct) == journal_of(flask)
    for fake in (direct, flask):
        fake.close()


@given(settings_values, st.lists(requests, min_size=1, max_size=5))
@example({"max_body": 1024}, LARGE)
@example({"max_body": 1024}, WITHOUT_LOGIN)
@example({"max_body": 1024}, WEBSOCKET)
@example({"max_body": 1024, "profile": NO_CONTENT}, PREFLIGHT)
def test_flask_and_the_transport_give_the_same_responses(values, sent):
    apps = [flask_app(new_fake(values)) for _ in range(2)]
    transports = [AppTransport(apps[0]), httpx2.WSGITransport(app=apps[1])]
    for method, path, given_headers, body, query, _ in sent:
        answers = []
        if not "".join(given_headers.values()).isascii():
            continue  # httpx2.WSGITransport raises UnicodeDecodeError
        for transport in transports:
            request = httpx2.Request(
                method,
                httpx2.URL("http://mtt-mock.invalid", path=path, query=query),
                headers=[(k.encode(), v.encode("latin-1")) for k, v in given_headers.items()],
                content=body,
            )
            response = transport.handle_request(request)
            content = TOKEN.sub(b"/upload/TOKEN", response.read())
            answers.append((response.status_code, response.headers.multi_items(), content))
        assert answers[0] == answers[1]
    for app in apps:
        fake_of(app).close()


@pytest.mark.parametrize("change", ["middleware", "before", "after", "teardown"])
def test_the_transport_uses_added_middleware(change):
    app = flask_app(Fake())
    seen = []
    inner = app.wsgi_app
    if change == "middleware":
        app.wsgi_app = lambda environ, start: seen.append(1) or inner(environ, start)
    elif change == "before":
        app.before_request(lambda: seen.append(1))
    elif change == "after":
        app.after_request(lambda response: seen.append(1) or response)
    else:
        app.teardown_request(lambda _error: seen.append(1))
    with httpx2.Client(transport=AppTransport(app), base_url="http://fake.invalid") as client:
        assert client.post("/index.php", content=b"{}").status_code == 401
    assert seen == [1]


def test_the_transport_carries_text_that_is_not_ascii():
    transport = AppTransport(flask_app(Fake()))
    with httpx2.Client(transport=transport) as client:
        state = client.get(
            "http://127.0.0.1/_mtt/state/привет", headers={"X-Name": "Анна".encode()}
        )
        assert state.json()["customer"] == "привет"
        assert client.get("http://x/файл?name=%2B").status_code == 404
        journal = client.get("http://127.0.0.1/_mtt/journal").json()["entries"]
    assert [entry["method"] for entry in journal] == ["GET /файл"]
    assert journal[0]["wire"]["peer"] == "127.0.0.1"


@pytest.mark.parametrize("host", [b"[", b"[::1", b"x:y", b"[1]", b"a b", b""])
def test_the_transport_answers_to_invalid_host_headers(host):
    transport = AppTransport(flask_app(Fake()))
    for method, path, status in (("POST", "/index.php", 401), ("GET", "/elsewhere", 404)):
        request = httpx2.Request(method, f"http://fake.invalid{path}", headers=[(b"Host", host)])
        assert transport.handle_request(request).status_code == status


def test_urls_of_the_application_can_be_built():
    with create_app(clock="manual").test_request_context("http://fake.invalid/"):
        assert url_for("openrpc", x="1") == "/openrpc.json?x=1"
        assert url_for("record", token="a b") == "/record/a%20b.wav"
