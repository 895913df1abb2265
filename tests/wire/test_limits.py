"""Limits that protect other clients from one client."""

import asyncio
import contextlib
import json
import socket
import tracemalloc

import pytest

from mtt_mock import LiveServer, create_app
from mtt_mock.server.inline_wsgi import InlineWsgiAdapter

AUTH = b"Authorization: Basic bG9naW46cGFzc3dvcmQ=\r\n"
DELETE = b'{"jsonrpc":"2.0","method":"deleteCallBackFollowme","params":["1"],"id":1}'
DELETED = b'{"jsonrpc":"2.0","result":{"success":1},"id":1}'


@pytest.fixture(scope="module")
def server():
    with LiveServer(create_app()) as live:
        yield live


def connect(server):
    return socket.create_connection((server.host, server.port), timeout=20)


def read_answer(connection):
    """Return status line and body of one answer."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        assert piece, data
        data += piece
    head, body = data.split(b"\r\n\r\n", 1)
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    return head.split(b"\r\n")[0], body


def read_all(connection):
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            data += piece
    return data


def post(server, body, path=b"/index.php"):
    with connect(server) as connection:
        head = b"POST " + path + b" HTTP/1.1\r\nHost: x\r\n" + AUTH
        connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        return read_answer(connection)


@pytest.mark.parametrize("apart", [False, True], ids=["one packet", "body apart"])
def test_an_offer_to_upgrade_to_http_2_is_ignored(server, apart):
    head = (
        b"POST /index.php HTTP/1.1\r\nHost: x\r\n"
        + AUTH
        + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\n"
        + b"Content-Length: %d\r\n\r\n" % len(DELETE)
    )
    with connect(server) as connection:
        for _ in range(2):  # the connection stays open
            for part in (head, DELETE) if apart else (head + DELETE,):
                connection.sendall(part)
            status, body = read_answer(connection)
            assert status.startswith(b"HTTP/1.1 200 ")
            assert body == DELETED


def test_an_endless_header_is_cut_off(server):
    with connect(server) as connection:
        connection.sendall(b"POST /index.php HTTP/1.1\r\nX: ")
        with pytest.raises(OSError):  # hung up on
            [connection.sendall(b"x" * 10_000) for _ in range(10_000)]
    assert post(server, DELETE) == (b"HTTP/1.1 200 OK", DELETED)


def test_an_endless_path_is_cut_off(server):
    with connect(server) as connection:
        connection.sendall(b"GET /" + b"x" * 70_000)
        assert read_all(connection).startswith(b"HTTP/1.1 400 ")


def test_too_many_header_fields_are_refused(server):
    with connect(server) as connection:
        connection.sendall(b"GET /index.php HTTP/1.1\r\n" + AUTH + b"a:b\r\n" * 250 + b"\r\n")
        assert read_all(connection).startswith(b"HTTP/1.1 400 ")


def test_a_large_body_is_accepted(server):
    body = DELETE + b" " * 500_000
    assert post(server, body) == (b"HTTP/1.1 200 OK", DELETED)


def test_a_batch_over_100_calls_is_an_invalid_request():
    client = create_app().test_client()
    calls = [json.loads(DELETE)] * 101
    assert len(client.post("/index.php", auth=("a", "b"), json=calls[:100]).json) == 100
    answer = client.post("/index.php", auth=("a", "b"), json=calls)
    assert answer.status_code == 500
    assert answer.json == {
        "jsonrpc": "2.0",
        "id": None,
        "error": {
            "code": -32600,
            "message": "Invalid Request",
            "data": "batch of 101 calls, at most 100 are taken (--max-batch)",
        },
    }


def test_the_batch_limit_can_be_set():
    client = create_app(max_batch=1).test_client()
    answer = client.post("/index.php", auth=("a", "b"), json=[json.loads(DELETE)] * 2)
    assert answer.json["error"]["data"] == "batch of 2 calls, at most 1 are taken (--max-batch)"


@pytest.mark.parametrize("path", ["//index.php", "///index.php", "/%2Findex.php", "/index.php/"])
def test_only_the_exact_path_is_the_endpoint(server, path):
    assert post(server, DELETE, path.encode())[0] == b"HTTP/1.1 404 Not Found"


def test_a_preflight_needs_no_credentials():
    answer = create_app().test_client().options("/index.php")
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Headers"] == "x-requested-with, content-type"


def test_a_foreign_customers_long_name_is_not_echoed():
    client = create_app(accounts=["a:b:1"]).test_client()
    body = DELETE.replace(b'["1"]', b'["%s"]' % (b"9" * 100_000))
    answer = client.post("/index.php", auth=("a", "b"), data=body)
    expected = "Customer " + "9" * 60 + " does not belong to this login"
    assert answer.json["error"]["data"] == expected


def test_answers_do_not_wait_for_the_clients_acknowledgement(server):
    # asyncio turns Nagle's algorithm off only where the protocol is named: 40 ms an answer.
    assert server._socket.proto == socket.IPPROTO_TCP


def test_an_oversized_body_is_read_but_not_stored():
    sent, left = [], iter(range(50, -1, -1))

    async def receive():
        return {"type": "http.request", "body": bytes(100_000), "more_body": next(left) > 0}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/", "query_string": b"", "http_version": "1.1",
        "scheme": "http", "server": ("x", 1), "client": None, "headers": [],
    }  # fmt: skip
    seen = []

    def app(environ, start_response):
        seen.append((environ["wsgi.input"].read(), environ["CONTENT_LENGTH"]))
        start_response("413 Too Large", [])
        return [b""]

    tracemalloc.start()
    asyncio.run(InlineWsgiAdapter(app, lambda _path: 100_000)(scope, receive, send))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seen == [(b"", "5100000")]
    assert next(left, "all read") == "all read"
    assert sent[0]["status"] == 413
    assert peak < 1_500_000


def ask(client, method, customer, **params):
    params = {"customer_name": customer, **params}
    call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return client.post("/index.php", auth=("a", "b"), json=call)


RING = [{"type": "Ringall", "redirect_number": "79000000001"}]
CALL = {"b_number": "79000000002", "caller_id": "79000000003", "simpleCallBackFollowmeStruct": RING}


def test_a_new_customer_beyond_the_limit_is_refused():
    client = create_app(clock="manual", max_customers=2).test_client()
    for customer in ("1", "2"):
        assert ask(client, "setCallBackFollowme", customer, callBackFollowmeStruct=RING).json[
            "result"
        ]
    text = "2 customers are stored, the limit (--max-customers)"
    for refused in (
        ask(client, "setCallBackFollowme", "3", callBackFollowmeStruct=RING),
        ask(client, "makeCallBackCallFollowme", "4", **CALL),
    ):
        assert refused.status_code == 503
        assert refused.json["error"] == {"code": -32603, "message": "Internal error", "data": text}
    assert "callBackCall_id" in ask(client, "makeCallBackCallFollowme", "1", **CALL).json["result"]
    client.post("/_mtt/reset", json={})
    assert ask(client, "setCallBackFollowme", "3", callBackFollowmeStruct=RING).json["result"]


def test_failed_calls_do_not_admit_customers_beyond_the_limit():
    client = create_app(clock="manual", max_customers=2).test_client()
    customers = ("1", "2", "3", "4")
    for customer in customers:  # without a preset the call fails and stores nothing
        assert ask(client, "makeCallBackCallFollowme", customer).status_code == 500
    statuses = [
        ask(client, "setCallBackFollowme", customer, callBackFollowmeStruct=RING).status_code
        for customer in customers
    ]
    assert statuses == [200, 200, 503, 503]


def test_a_call_beyond_the_running_ones_is_refused():
    client = create_app(clock="manual", max_running_calls=2).test_client()
    for _ in range(2):
        assert ask(client, "makeCallBackCallFollowme", "1", **CALL).json["result"]
    refused = ask(client, "makeCallBackCallFollowme", "1", **CALL)
    assert refused.status_code == 503
    assert refused.json["error"]["data"] == "2 calls are running, the limit (--max-running-calls)"
    client.post("/_mtt/clock", json={"advance": 3600})
    assert ask(client, "makeCallBackCallFollowme", "1", **CALL).json["result"]


def upload(client, customer, name, size):
    url = ask(client, "setCallBackPrompt", customer, file_name=name).json["result"]["uploadURL"]
    return client.post(url, data=b"x" * size, auth=("a", "b"))


def test_the_prompts_of_a_customer_are_bounded_together():
    client = create_app(max_prompts=1000, max_customers=2).test_client()
    assert upload(client, "1", "a.wav", 600).status_code == 200
    refused = upload(client, "1", "b.wav", 401)
    assert refused.status_code == 413
    assert refused.json["error_description"] == (
        "Prompts of the customer would hold more than 1000 bytes (--max-prompts)"
    )
    assert upload(client, "1", "a.wav", 1000).status_code == 200
    assert upload(client, "2", "b.wav", 401).status_code == 200
    assert upload(client, "3", "b.wav", 1).status_code == 503
