"""Limits of connections: timeouts, body sizes, number of connections."""

import asyncio
import json
import re
import socket
import time
import tracemalloc
from contextlib import ExitStack

import httpx2
import pytest

from mtt_mock import LiveServer, create_app, serve
from mtt_mock.server import (
    connection_limit,
    event_stream,
    http_protocol,
    live_server,
    uvicorn_server,
)
from mtt_mock.server.connection_limit import ConnectionLimit
from mtt_mock.server.inline_wsgi import read_body
from support.processes import MTT_MOCK, serving
from support.waiting import until

BODY = b'{"jsonrpc":"2.0","id":1,"method":"getCustomerBalance","params":["1"]}'
STREAM = b"GET /_mtt/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
OFFER = b"Connection: Upgrade\r\nUpgrade: h2c\r\n"


def head(more=b"", body=BODY):
    return (
        b"POST /index.php HTTP/1.1\r\nHost: h\r\nAuthorization: Basic YTpi\r\n"
        b"%sContent-Length: %d\r\n\r\n" % (more, len(body))
    )


def connect(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)


def read_all(connection):
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def is_closed(connection):
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.fixture
def server():
    with LiveServer(create_app()) as server:
        yield server


@pytest.mark.parametrize("pieces", [1, 2, 3])
@pytest.mark.parametrize("requests_before", [0, 1])
def test_the_body_behind_an_upgrade_offer_is_the_requests(server, requests_before, pieces):
    hidden = b"GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n"
    offer = head(OFFER, hidden)
    sent = [[offer + hidden], [offer, hidden], [offer[:50], offer[50:], hidden]][pieces - 1]
    last = head(b"Connection: close\r\n") + BODY
    with connect(server) as connection:
        for piece in [*[head() + BODY] * requests_before, *sent, last]:
            connection.sendall(piece)
            time.sleep(0.02)  # so that each comes by itself
        answers = read_all(connection)
    assert answers.count(b"HTTP/1.1 ") == requests_before + 2
    assert answers.count(b"HTTP/1.1 200 OK") == requests_before + 1
    assert answers.count(b'"code":-32700') == 1
    assert b"/hidden" not in answers


@pytest.mark.parametrize("count", [2, 40])
def test_a_pipelined_upgrade_is_answered_in_its_turn(server, count):
    # The first is answered as it is read, others are open when the offer comes.
    bodies = [BODY.replace(b'"id":1', b'"id":%d' % number) for number in range(count)]
    requests = b"".join(head(body=body) + body for body in bodies)
    with connect(server) as connection:
        connection.sendall(requests + head(OFFER) + BODY + head(b"Connection: close\r\n") + BODY)
        answers = read_all(connection)
    assert [int(text) for text in re.findall(rb'"id":(\d+)\}', answers)] == [*range(count), 1, 1]


def test_an_upgrade_behind_a_slow_answer_keeps_its_body():
    with LiveServer(create_app(faults=["delay=0.3@1"])) as server, connect(server) as connection:
        for piece in (head() + BODY, head(OFFER), BODY, head(b"Connection: close\r\n") + BODY):
            connection.sendall(piece)
            time.sleep(0.02)  # so that each comes by itself
        assert read_all(connection).count(b'"id":1}') == 3


@pytest.mark.parametrize("offer", [b"", OFFER])
def test_two_host_fields_are_refused(server, offer):
    request = head(b"HOST: webapicommon.mtt.ru\r\n" + offer) + BODY
    with connect(server) as connection:
        connection.sendall(request + head() + BODY)
        answers = read_all(connection)
    assert answers.startswith(b"HTTP/1.1 400 ")
    assert answers.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("offer", [b"", OFFER])
@pytest.mark.parametrize(("version", "status"), [(b"1.1", b"400"), (b"1.0", b"200")])
def test_http_1_1_needs_a_host(server, offer, version, status):
    request = head(offer).replace(b"Host: h\r\n", b"").replace(b"1.1", version, 1)
    with connect(server) as connection:
        connection.sendall(request + BODY + head(b"Connection: close\r\n") + BODY)
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 %s " % status)
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", b""),
        (b"\r\n", b"HTTP/1.1 408 "),
        (head()[:60], b"HTTP/1.1 408 "),
        (head() + BODY[:10], b"HTTP/1.1 408 "),
        (head() + BODY + head()[:60], b"HTTP/1.1 200 "),
    ],
    ids=["silent", "empty lines", "half a head", "half a body", "half a second head"],
)
def test_a_slow_request_closes_the_connection(server, monkeypatch, sent, answer):
    monkeypatch.setattr(http_protocol, "HEAD_TIMEOUT", 0.3)
    monkeypatch.setattr(http_protocol, "BODY_TIMEOUT", 0.3)
    with connect(server) as connection:
        connection.sendall(sent)
        assert read_all(connection).startswith(answer)


def test_the_longest_idle_connections_make_room_for_others(monkeypatch, caplog):
    monkeypatch.setattr(live_server, "max_connections", lambda: 5)
    with LiveServer(create_app()) as server:
        silent = [connect(server) for _ in range(12)]
        assert httpx2.get(server.url, auth=("a", "b")).status_code == 200
        assert [connection.recv(1) for connection in silent[:8]] == [b""] * 8
        for connection in silent:
            connection.close()
    assert [record.getMessage().split(",")[0] for record in caplog.records] == [
        "5 connections are open"
    ]


@pytest.mark.process
def test_idle_connections_do_not_exhaust_descriptors():
    limited = ("sh", "-c", 'ulimit -n 256; exec "$0" "$@"', *MTT_MOCK)
    with serving(program=limited) as server:
        port = int(server.url.split(":")[2].split("/")[0])
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(260)]
        health = f"http://127.0.0.1:{port}/_mtt/health/alive"
        assert httpx2.get(health, trust_env=False, timeout=10).status_code == 200
        for connection in silent:
            connection.close()
        assert server.stop()[0] == 0
    assert len(server.lines) < 10


def test_oversized_bodies_are_not_stored():
    async def receive():
        return {"type": "http.request", "body": bytes(1024 * 1024), "more_body": True}

    for declared in (None, 100 * 1024 * 1024):
        tracemalloc.start()
        body, size = asyncio.run(read_body(receive, 2 * 1024 * 1024, declared))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert body == b""
        assert size > 64 * 1024 * 1024
        assert peak < 6 * 1024 * 1024


@pytest.mark.parametrize(
    ("path", "auth", "status"),
    [
        ("/_mtt/snapshot", None, 401),
        ("/upload/nonsense", ("ann", "x"), 404),
        ("/upload/nonsense", ("eve", "x"), 401),
        ("/index.php", ("eve", "x"), 401),
    ],
)
def test_refused_heads_ignore_the_body(path, auth, status):
    with serve(accounts=["ann:x"], control_token="secret") as server:
        url = server.url.replace("/index.php", path)
        content = bytes(3 * 1024 * 1024)
        assert httpx2.post(url, content=content, auth=auth).status_code == status
        chunks = (content[:1024] for _ in range(1024))
        assert httpx2.post(url, content=chunks, auth=auth).status_code == status


@pytest.mark.parametrize(
    ("descriptors", "connections"),
    [(256, 192), (10, 1), (20_000, 10_000), (connection_limit.resource.RLIM_INFINITY, 10_000)],
)
def test_connections_stay_below_the_descriptors(monkeypatch, descriptors, connections):
    monkeypatch.setattr(
        connection_limit.resource, "getrlimit", lambda _kind: (descriptors, descriptors)
    )
    assert connection_limit.max_connections() == connections


def test_a_connection_over_the_limit_is_refused(monkeypatch):
    monkeypatch.setattr(live_server, "max_connections", lambda: 1)
    with LiveServer(create_app()) as server, connect(server) as busy:
        busy.sendall(STREAM)
        assert busy.recv(65536).startswith(b"HTTP/1.1 200 ")
        with connect(server) as late:
            answer = read_all(late)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert answer.endswith(b"503: 1 connections are open, the maximum\n")


@pytest.mark.parametrize("offer", [b"", OFFER])
def test_unfinished_requests_make_room_for_others(monkeypatch, offer):
    begun = []

    class Limit(ConnectionLimit):
        def unfinished(self, connection):
            super().unfinished(connection)
            begun.append(connection)

    monkeypatch.setattr(live_server, "ConnectionLimit", Limit)
    monkeypatch.setattr(live_server, "max_connections", lambda: 5)
    with LiveServer(create_app()) as server, ExitStack() as connections:
        answered = connections.enter_context(connect(server))
        answered.sendall(STREAM)
        assert answered.recv(65536).startswith(b"HTTP/1.1 200 ")
        begun.clear()
        unfinished = []
        for number in range(12):
            unfinished.append(connections.enter_context(connect(server)))
            unfinished[-1].sendall(head(offer) + BODY[:10])
            until(lambda number=number: len(begun) > number)
        assert httpx2.get(server.url, auth=("a", "b")).status_code == 200
        assert all(is_closed(connection) for connection in unfinished[:8])
        unfinished[-1].sendall(BODY[10:])
        assert unfinished[-1].recv(65536).startswith(b"HTTP/1.1 200 ")


def test_half_of_the_connections_may_be_streams(monkeypatch):
    monkeypatch.setattr(event_stream, "max_connections", lambda: 6)
    with LiveServer(create_app()) as server:
        streams = [connect(server) for _ in range(3)]
        for stream in streams:
            stream.sendall(STREAM)
            assert stream.recv(65536).startswith(b"HTTP/1.1 200 ")
        url = server.url.replace("/index.php", "/_mtt/stream")
        refused = httpx2.get(url)
        assert refused.status_code == 503
        assert refused.json()["error"].startswith("3 streams are open, the maximum: half of")
        assert httpx2.get(server.url, auth=("a", "b")).status_code == 200
        streams.pop().close()
        until(lambda: is_streamed(server))
        for stream in streams:
            stream.close()


def is_streamed(server):
    with connect(server) as stream:
        stream.sendall(STREAM)
        return stream.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_unread_answers_make_room_for_others(monkeypatch):
    monkeypatch.setattr(live_server, "max_connections", lambda: 2)
    app = create_app(max_body=10**9)
    with LiveServer(app) as server, connect(server) as unread, connect(server) as read:
        preset = json.dumps({
            "jsonrpc": "2.0", "id": 1, "method": "setCallBackFollowme",
            "params": ["1", [{"type": "text", "side": "B", "value": "x" * 20_000_000}]],
        }).encode()  # fmt: skip
        unread.sendall(head(body=preset) + preset)
        assert unread.recv(65536).startswith(b"HTTP/1.1 200 ")
        get = BODY.replace(b"getCustomerBalance", b"getCallBackFollowme")
        read.sendall(STREAM)
        unread.sendall(head(body=get) + get)
        assert read.recv(65536).startswith(b"HTTP/1.1 200 ")
        until(lambda: b" 200 " in first_line(server))


def first_line(server):
    with connect(server) as connection:
        connection.sendall(head() + BODY)
        return connection.recv(65536)[:20]


def chunked(more=b""):
    request = head(b"Connection: close\r\nTransfer-Encoding: chunked\r\n", BODY)
    return request.replace(b"Content-Length: %d\r\n" % len(BODY), b"") + b"%x%s\r\n%s\r\n0\r\n" % (
        len(BODY), more, BODY,
    )  # fmt: skip


def test_a_trailer_is_no_header(server):
    request = chunked().replace(b"Authorization: Basic YTpi\r\n", b"")
    with connect(server) as connection:
        connection.sendall(request + b"Authorization: Basic YTpi\r\n\r\n")
        assert read_all(connection).startswith(b"HTTP/1.1 401 ")
    with connect(server) as connection:
        connection.sendall(chunked() + b"Authorization: Basic YTpi\r\n\r\n")
        assert read_all(connection).startswith(b"HTTP/1.1 200 ")


TOO_LARGE = (
    b"400: the request's head or trailer is too large: 65536 bytes and 200 fields are the maximum\n"
)


@pytest.mark.parametrize(
    "request_bytes",
    [
        head(b"X: %s\r\n" % (b"a" * 70_000)),
        head(b"X: 1\r\n" * 250),
        chunked() + b"X: " + b"a" * 80_000,
        chunked(b";x=" + b"a" * 80_000),
        chunked() + b"X: 1\r\n" * 250,
    ],
    ids=["long head", "many fields", "long trailer", "long chunk extension", "many trailers"],
)
def test_a_refused_head_names_its_limit(server, request_bytes):
    with connect(server) as connection:
        connection.sendall(request_bytes)
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.endswith(TOO_LARGE)


@pytest.mark.parametrize("count", [17, 400])
def test_pipelined_requests_are_answered_in_order(server, count):
    bodies = [BODY.replace(b'"id":1', b'"id":%d' % number) for number in range(count)]
    requests = b"".join(head(body=body) + body for body in bodies)
    with connect(server) as connection:
        connection.sendall(requests + head(b"Connection: close\r\n") + BODY)
        answers = read_all(connection)
    ids = [int(found) for found in re.findall(rb'"id":(\d+)\}', answers)]
    assert ids == [*range(count), 1]


def test_pipelined_requests_are_parsed_in_small_numbers():
    """A flood of them is read as it is answered; it delays others by some milliseconds."""
    waiting = []

    class Watched(http_protocol.HttpProtocol):
        def on_end(self):
            super().on_end()
            waiting.append(len(self.cycles) - 1)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(live_server, "endpoint_protocol", lambda _app: Watched)
        server = LiveServer(create_app())
    with server, connect(server) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n" * 1000 + b"GET / HTTP/1.0\r\n\r\n")
        assert read_all(connection).count(b"HTTP/1.1 404 ") == 1001
    assert max(waiting) < 16 + 2048 // 18 + 2


@pytest.mark.parametrize("sent", [BODY[:10], b""])
def test_a_slow_body_of_an_upgrade_times_out(server, monkeypatch, sent):
    monkeypatch.setattr(http_protocol, "BODY_TIMEOUT", 0.3)
    with connect(server) as connection:
        connection.sendall(head(OFFER) + sent)
        assert read_all(connection).startswith(b"HTTP/1.1 408 ")


def test_a_client_may_leave_behind_an_upgrade_offer(server):
    with connect(server) as connection:
        connection.sendall(head(OFFER) + BODY[:10])
    assert httpx2.get(server.url, auth=("a", "b")).status_code == 200


def test_an_upgrade_offer_with_connection_close_ends_the_connection(server):
    offer = b"Connection: Upgrade, close\r\nUpgrade: h2c\r\n"
    with connect(server) as connection:
        connection.sendall(head(offer) + BODY + head() + BODY)
        assert read_all(connection).count(b"HTTP/1.1 200 OK") == 1


def test_a_refused_body_of_an_upgrade_closes_the_connection(server):
    chunked = head(OFFER + b"Transfer-Encoding: chunked\r\n", b"").replace(
        b"Content-Length: 0\r\n", b""
    )
    with connect(server) as connection:
        connection.sendall(chunked + b"zz\r\n")
        assert read_all(connection).startswith(b"HTTP/1.1 400 ")


def test_a_failing_server_thread_is_reported(monkeypatch):
    server = LiveServer(create_app())

    def fail(_server, _loop_factory):
        raise OSError("no loop")

    monkeypatch.setattr(live_server.AsgiServer, "run", fail)
    with pytest.raises(RuntimeError, match="thread ended at its start: no loop"):
        server.start()
    server.close()


def test_a_server_that_does_not_stop_is_reported(monkeypatch):
    monkeypatch.setattr(live_server, "_STOP_TIMEOUT", 0.01)
    server = LiveServer(create_app())
    server.start()
    thread = server._thread
    with monkeypatch.context() as context:
        context.setattr(thread, "is_alive", lambda: True)
        with pytest.raises(RuntimeError, match="the server did not stop within"):
            server.stop()
    thread.join()


@pytest.mark.parametrize("sent", [b"", head()[:60], head() + BODY[:10]])
def test_a_stop_ignores_incomplete_requests(sent):
    server = LiveServer(create_app())
    server.start()
    with connect(server) as connection:
        connection.sendall(sent)
        time.sleep(0.1)  # so that the server has it
        started = time.monotonic()
        server.stop()
        assert time.monotonic() - started < 3
        assert read_all(connection) == b""


def test_a_stop_ignores_clients_that_do_not_read(monkeypatch):
    monkeypatch.setattr(uvicorn_server, "STALLED_TIMEOUT", 0.1)
    app = create_app(max_body=10**9)
    server = LiveServer(app)
    server.start()
    with connect(server) as connection:
        preset = json.dumps({
            "jsonrpc": "2.0", "id": 1, "method": "setCallBackFollowme",
            "params": ["1", [{"type": "text", "side": "B", "value": "x" * 20_000_000}]],
        }).encode()  # fmt: skip
        connection.sendall(head(body=preset) + preset)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        get = BODY.replace(b"getCustomerBalance", b"getCallBackFollowme")
        connection.sendall(head(body=get) + get)
        time.sleep(0.5)  # so that the answer waits to be read
        started = time.monotonic()
        server.stop()
        assert time.monotonic() - started < 3
