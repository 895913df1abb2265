"""Each response fault, as a client on a socket sees it."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from mtt_mock.domain.faults import FAULT_MEANINGS, parse_fault
from mtt_mock.server import http_protocol
from mtt_mock.server.live_server import LiveServer
from mtt_mock.web.app import create_app
from support.waiting import until, until_equal

_ELEMENT = {
    "order": 1,
    "timeout": 20,
    "redirect_number": "79001234567",
    "type": "Ringall",
    "name": "A",
    "side": "A",
}


@contextlib.contextmanager
def _live(*faults: str) -> Iterator[LiveServer]:
    with LiveServer(create_app()) as live:
        for fault in faults:
            parsed = parse_fault(fault)
            live.fake.store.change_faults(lambda now, parsed=parsed: now.with_fault(parsed))
        yield live


def _envelope(call_id: Any = 1, customer: str = "a") -> dict[str, Any]:
    params = {"customer_name": customer, "callBackFollowmeStruct": [_ELEMENT]}
    return {"jsonrpc": "2.0", "id": call_id, "method": "setCallBackFollowme", "params": params}


def _post(live: LiveServer, request: Any, timeout: float = 20) -> tuple[int, bytes]:
    login, password = "user", "password"
    for account in live.fake.settings.accounts[:1]:
        login, password = account.login, account.password
    token = base64.b64encode(f"{login}:{password}".encode()).decode()
    connection = http.client.HTTPConnection(live.host, live.port, timeout=timeout)
    with contextlib.closing(connection):
        headers = {"Authorization": f"Basic {token}"}
        connection.request("POST", "/index.php", json.dumps(request).encode(), headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


def _seen(live: LiveServer, name: str) -> str:
    """Return the outcome of a set for the client, as a few words."""
    started = time.monotonic()
    try:
        status, body = _post(live, _envelope(), 0.5 if name == "no-answer" else 20)
    except TimeoutError:
        return "nothing"
    except ConnectionResetError:
        return "reset"
    except http.client.IncompleteRead:
        return "half"
    late = "late " if time.monotonic() - started >= 0.2 else ""
    try:
        answer = json.loads(body)
    except ValueError:
        shown = body[:6].decode() if not body.startswith(b'{"') else "broken"
        with contextlib.suppress(ValueError):
            json.loads(body[: len(body) // 2])
            shown = "twice" if body else ""
        return f"{late}{status} {shown}".strip()
    return f"{late}{status} id {answer['id']} success {answer['result']['success']!r}"


_TABLE = {
    "delay": ("delay=0.3", "late 200 id 1 success 1", True),
    "no-answer": ("no-answer", "nothing", False),
    "reset-before": ("reset-before", "reset", False),
    "reset-after": ("reset-after", "reset", True),
    "http-500": ("http-500", "500 500 In", False),
    "http-502": ("http-502", "502 502 Ba", False),
    "http-503": ("http-503", "503 503 Se", False),
    "http-504": ("http-504", "504 504 Ga", True),
    "http-429": ("http-429", "429 429 To", False),
    "http-401": ("http-401", "401 401 Un", False),
    "html-error": ("html-error", "200 <html>", False),
    "empty": ("empty", "200", True),
    "truncated": ("truncated", "half", True),
    "invalid-json": ("invalid-json", "200 broken", True),
    "wrong-id": ("wrong-id", "200 id 2 success 1", True),
    "wrong-success-type": ("wrong-success-type", "200 id 1 success '1'", True),
    "duplicated": ("duplicated", "200 twice", True),
    "trickle": ("trickle=0.3", "late 200 id 1 success 1", True),
}


def test_the_table_is_complete() -> None:
    assert list(_TABLE) == [name for name in FAULT_MEANINGS if not name.startswith("event-")]


@pytest.mark.parametrize("name", list(_TABLE))
def test_each_fault_has_its_documented_effect(name: str) -> None:
    fault, seen, applied = _TABLE[name]
    with _live(fault) as live:
        assert _seen(live, name) == seen
        assert bool(live.fake.followme("a").elements) is applied
        assert live.fake.journal[-1].fault == str(parse_fault(fault))


def test_a_fault_leaves_other_requests_unchanged() -> None:
    with _live("*/a:reset-after@1") as live:
        assert _post(live, _envelope(customer="b"))[0] == 200
        assert _seen(live, "reset-after") == "reset"
        assert _post(live, _envelope(customer="a"))[0] == 200


def test_a_fault_applies_to_the_whole_batch() -> None:
    with _live("setCallBackFollowme:http-503@2") as live:
        batch = [_envelope(1, "a"), _envelope(2, "b")]
        assert _post(live, batch)[0] == 503
        assert not live.fake.store.customers()
        assert _post(live, batch)[0] == 200


def test_a_fault_applies_to_notifications() -> None:
    with _live("reset-after") as live:
        with pytest.raises(ConnectionResetError):
            _post(live, _envelope(None))
        assert live.fake.followme("a").elements


@pytest.mark.parametrize("fault", ["delay=3600", "trickle=3600", "no-answer"])
def test_a_stop_ends_delayed_responses(fault: str) -> None:
    started = time.monotonic()
    with _live(fault) as live, contextlib.suppress(TimeoutError):
        _post(live, _envelope(), 0.3)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("offer", ["", "Connection: Upgrade\r\nUpgrade: h2c\r\n"])
def test_an_unanswered_connection_ends_with_its_client(
    monkeypatch: pytest.MonkeyPatch, offer: str
) -> None:
    monkeypatch.setattr(http_protocol, "HALF_CLOSED_TIMEOUT", 0.0)
    body = json.dumps(_envelope())
    head = f"POST /index.php HTTP/1.1\r\nHost: h\r\nAuthorization: Basic YTpi\r\n{offer}"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()
    with _live("no-answer") as live:
        with socket.create_connection((live.host, live.port)) as client:
            client.sendall(request)
            until_equal(lambda: len(live.fake.journal), 1)
            client.sendall(b"x" * 100_000)
        until(lambda: not live._server.server_state.connections)
