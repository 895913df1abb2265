"""The server sends the same bytes, whatever the packets in which a request comes."""

import asyncio
import json
import re
from contextlib import closing
from itertools import pairwise

import pytest
from endpoint_requests import (
    LOGIN,
    NO_CONTENT,
    TOKEN,
    bodies,
    call,
    headers,
    journal_of,
    new_fake,
    settings_values,
)
from hypothesis import example, given
from hypothesis import strategies as st

from mtt_mock import Fake, Settings
from mtt_mock.server import http_protocol
from mtt_mock.storage.stores import open_fake
from support.connections import MemoryTransport, new_protocol

LAST = b"GET /last HTTP/1.1\r\nhost: mtt\r\nconnection: close\r\n\r\n"
DELETE = json.dumps(call("deleteCallBackFollowme", None, customer_name="7")).encode()
BALANCE = json.dumps(call("getCustomerBalance", customer_name="7")).encode()


async def responses(
    fake, packets, *, is_direct=True, is_full=False, is_half_closed=False, tunnel_hosts=(), app=None
):
    """Return the bytes that a server of ``fake`` sends, and the paths that became tasks.

    ``is_full``: the client reads nothing before the first packet is there.
    ``is_half_closed``: the client ends its side behind the last packet.
    """
    tasks, closed = [], asyncio.Event()
    transport = MemoryTransport(closed.set)
    protocol = new_protocol(fake, is_direct=is_direct, tasks=tasks, app=app)
    protocol.tunnel_hosts = tunnel_hosts
    protocol.connection_made(transport)
    if is_full:
        protocol.pause_writing()
        asyncio.get_running_loop().call_soon(protocol.resume_writing)
    for packet in packets:
        if not transport.is_closing():
            protocol.data_received(packet)
    if is_half_closed:
        await asyncio.sleep(0)  # asyncio sees the end in another iteration
        protocol.eof_received()
    async with asyncio.timeout(30):
        await closed.wait()
    protocol.connection_lost(None)
    await asyncio.sleep(0)
    return transport.sent, tasks


def post(body, sent=None, path="/index.php"):
    fields = {"host": "127.0.0.1:8082", "authorization": LOGIN, **(sent or {})}
    fields["content-length"] = str(len(body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + body


@given(settings_values, st.lists(st.tuples(headers, bodies), min_size=1, max_size=4), st.data())
@example({"max_body": 1024, "faults": ["truncated"]}, [({}, BALANCE)], None)
@example({"max_body": 1024, "faults": ["reset-after"]}, [({}, BALANCE)], None)
@example({"max_body": 1024}, [({}, b" " * 1025)], None)
@example({"max_body": 1024, "profile": NO_CONTENT}, [({}, DELETE)] * 2, None)
def test_packets_do_not_change_the_bytes(values, sent, data):
    requests = [post(body, given_headers) for given_headers, body in sent]
    stream = b"".join(requests) + LAST
    cuts = [] if data is None else data.draw(st.lists(st.integers(0, len(stream)), max_size=6))
    bounds = [0, *sorted(cuts), len(stream)]
    ways = [
        ([*requests, LAST], True),
        ([stream[start:end] for start, end in pairwise(bounds)], True),
        ([bytes([byte]) for byte in stream], True),
        ([stream], False),
    ]
    found = []
    for packets, is_direct in ways:
        with closing(new_fake(values)) as fake:
            answer, _ = asyncio.run(responses(fake, packets, is_direct=is_direct))
            found.append((TOKEN.sub(b"/upload/TOKEN", answer), journal_of(fake)))
    assert found[1:] == found[:1] * 3


@pytest.mark.parametrize(
    ("packets", "tasks"),
    [
        ([post(BALANCE)], []),
        ([post(BALANCE), post(BALANCE)], []),
        ([post(BALANCE)[:-1], post(BALANCE)[-1:]], ["/index.php"]),
        ([post(BALANCE) * 3], ["/index.php"] * 2),
        ([post(BALANCE, {"expect": "100-continue"})], ["/index.php"]),
        ([post(BALANCE, path="/index.php?a")], ["/index.php"]),
        ([post(b" " * 3000)], ["/index.php"]),
    ],
    ids=["one", "two", "in two packets", "pipelined", "expect", "query", "large"],
)
def test_a_request_in_one_packet_needs_no_task(packets, tasks):
    with closing(Fake()) as fake:
        _, found = asyncio.run(responses(fake, [*packets, LAST]))
    assert found == [*tasks, "/last"]


@pytest.mark.parametrize(
    ("version", "connection"), [(b"1.0", "close"), (b"1.0", "keep-alive"), (b"1.1", "close")]
)
def test_a_connection_closes_as_the_client_asks(version, connection):
    request = post(BALANCE, {"connection": connection}).replace(b"1.1", version, 1)
    with closing(Fake()) as fake:
        answer, tasks = asyncio.run(responses(fake, [request]))
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == 1
    assert b"\r\nconnection: close\r\n" in answer
    assert tasks == ["/index.php"]


GET = post(b"").replace(b"POST", b"GET", 1)


@pytest.mark.parametrize(
    "packets",
    [
        [post(BALANCE)],
        [post(BALANCE)[:-1], post(BALANCE)[-1:]],
        [GET],
        [GET + GET, GET],
        [GET + GET[:9]],
    ],
    ids=["one packet", "two packets", "GET", "pipelined", "half a head"],
)
def test_a_client_that_sends_no_more_is_answered(packets):
    with closing(Fake()) as fake:
        answer, _ = asyncio.run(responses(fake, packets, is_half_closed=True))
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == b"".join(packets).count(b"HTTP/1.1\r\n")


BROKEN_BODY = post(b"").replace(b"content-length: 0", b"transfer-encoding: chunked") + b"zz\r\n"


@pytest.mark.parametrize("cuts", [[], [len(GET)], [3], [len(GET) + 9], [len(GET) * 2]], ids=str)
@pytest.mark.parametrize(
    "refused",
    [b"GET / x\r\n\r\n", b"\0" * 99, GET[:-2] + b"host: y\r\n\r\n", BROKEN_BODY],
    ids=["version", "binary", "two hosts", "chunk"],
)
@pytest.mark.parametrize(
    "request_bytes",
    [GET, GET * 2, post(BALANCE), post(BALANCE) * 3],
    ids=["GET", "two", "POST", "three"],
)
def test_a_refusal_follows_the_answers_before_it(request_bytes, refused, cuts):
    stream = request_bytes + refused + GET
    packets = [stream[start:end] for start, end in pairwise([0, *cuts, len(stream)])]
    with closing(Fake()) as fake:
        answers, _ = asyncio.run(responses(fake, packets))
    statuses = re.findall(rb"HTTP/1\.1 (\d+) ", answers)
    assert statuses == [b"200"] * request_bytes.count(b" HTTP/1.1\r\n") + [b"400"]


def test_bytes_behind_a_refusal_are_read_up_to_a_limit():
    packets = [GET + b"\0", *[b"x" * 10_000] * 3]
    with closing(Fake()) as fake:
        answers, _ = asyncio.run(responses(fake, packets))
    assert re.findall(rb"HTTP/1\.1 (\d+) ", answers) == [b"200", b"400"]


@pytest.mark.parametrize("behind", [b"", GET, GET * 2, b"\0"], ids=["-", "GET", "two", "binary"])
def test_an_open_request_learns_that_its_client_is_gone(behind):
    async def wait_for_end(_scope, receive, _send):
        while (await receive())["type"] != "http.disconnect":
            pass

    async def leave(fake):
        transport = MemoryTransport(lambda: None)
        protocol = new_protocol(fake, app=wait_for_end)
        protocol.connection_made(transport)
        protocol.data_received(GET + behind)
        await asyncio.sleep(0)
        [task] = protocol.server_state.tasks
        protocol.connection_lost(None)
        # Awaited with asyncio.timeout, the task would end by itself: uvicorn swallows that.
        _, pending = await asyncio.wait([task], timeout=5)
        return pending

    with closing(Fake()) as fake:
        assert not asyncio.run(leave(fake))


async def answer_later(_scope, receive, send):
    """Answer after 20 iterations of the loop, in which other things happen."""
    await receive()
    for _ in range(20):
        await asyncio.sleep(0)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize("half", [GET[:9], post(BALANCE)[:-1]], ids=["head", "body"])
def test_a_late_request_is_refused_behind_the_answers(monkeypatch, half):
    for name in ("HEAD_TIMEOUT", "BODY_TIMEOUT"):
        monkeypatch.setattr(http_protocol, name, 0.0)

    with closing(Fake()) as fake:
        answers, _ = asyncio.run(responses(fake, [GET + half], app=answer_later))
    assert re.findall(rb"HTTP/1\.1 (\d+) ", answers) == [b"200", b"408"]


def test_the_body_of_a_waiting_request_is_read_up_to_a_limit():
    async def receive(fake):
        answer = asyncio.Event()
        transport = MemoryTransport()
        protocol = new_protocol(fake, app=lambda *_: answer.wait())
        protocol.connection_made(transport)
        protocol.data_received(GET + post(b" " * 100_000)[:-1])
        return transport.is_reading

    with closing(Fake()) as fake:
        assert not asyncio.run(receive(fake))


@pytest.mark.parametrize("cut", [0, -1], ids=["one packet", "two packets"])
def test_a_tunnel_decides_the_host(cut):
    hosts = ("webapicommon.mtt.ru",)
    packets = [post(BALANCE)[:cut], post(BALANCE)[cut:], LAST]
    with closing(Fake()) as fake:
        asyncio.run(responses(fake, packets, tunnel_hosts=hosts))
        wire = fake.journal[0].wire
    assert wire["headers"]["Host"] == "webapicommon.mtt.ru"


def test_a_client_of_http_1_0_gets_no_interim_answer():
    request = post(BALANCE, {"expect": "100-continue"}).replace(b"HTTP/1.1", b"HTTP/1.0", 1)
    with closing(Fake()) as fake:
        answer, _ = asyncio.run(responses(fake, [request[:-1], request[-1:]]))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_host_field_in_a_trailer_is_dropped():
    chunk = b"%x\r\n%b\r\n0\r\nHost: other\r\n\r\n" % (len(BALANCE), BALANCE)
    request = post(b"").replace(b"content-length: 0", b"transfer-encoding: chunked") + chunk
    with closing(Fake()) as fake:
        answer, _ = asyncio.run(responses(fake, [request + LAST]))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    ("behind", "statuses"),
    [(b"\0" * 99, [b"200", b"400"]), (BROKEN_BODY, [b"200", b"400"]), (post(b"{}")[:-1], [b"200"])],
    ids=["binary", "chunk", "half a body"],
)
def test_a_client_that_sends_no_more_learns_of_a_refusal(behind, statuses):
    with closing(Fake()) as fake:
        answers, _ = asyncio.run(
            responses(fake, [GET + behind], is_half_closed=True, app=answer_later)
        )
    assert re.findall(rb"HTTP/1\.1 (\d+) ", answers) == statuses


def test_a_length_may_have_zeros_in_front():
    request = post(BALANCE).replace(b"content-length: ", b"content-length: " + b"0" * 5000)
    with closing(Fake()) as fake:
        answer, _ = asyncio.run(responses(fake, [request[:-1], request[-1:] + LAST]))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("request_bytes", [GET[:9], post(BALANCE)[:-1]], ids=["head", "body"])
def test_a_request_without_its_end_is_not_answered(request_bytes):
    with closing(Fake()) as fake:
        answer, _ = asyncio.run(responses(fake, [request_bytes], is_half_closed=True))
    assert (answer, [*fake.journal]) == (b"", [])


def test_a_client_that_is_gone_is_dropped_after_some_seconds(monkeypatch):
    monkeypatch.setattr(http_protocol, "HALF_CLOSED_TIMEOUT", 0.0)

    async def never_answer(_scope, receive, _send):
        while (await receive())["type"] != "http.disconnect":
            pass

    async def leave(fake):
        closed = asyncio.Event()
        transport = MemoryTransport(closed.set)
        protocol = new_protocol(fake, app=never_answer)
        protocol.connection_made(transport)
        protocol.data_received(GET)
        assert protocol.eof_received()
        async with asyncio.timeout(30):
            await closed.wait()
        protocol.connection_lost(None)
        return transport.sent

    with closing(Fake()) as fake:
        assert asyncio.run(leave(fake)) == b""


def test_a_database_is_asked_by_a_task(tmp_path):
    with closing(open_fake(store=f"sqlite:///{tmp_path}/fake.db")) as fake:
        _, tasks = asyncio.run(responses(fake, [post(BALANCE), LAST]))
    assert tasks == ["/index.php", "/last"]


def test_a_client_that_does_not_read_gets_a_task():
    with closing(Fake()) as fake:
        answer, tasks = asyncio.run(responses(fake, [post(BALANCE), LAST], is_full=True))
    assert answer.count(b"HTTP/1.1 200 OK") == 1
    assert tasks == ["/index.php", "/last"]


def test_an_error_of_the_fake_is_answered_with_500(monkeypatch):
    def fail(*_arguments):
        raise LookupError("a defect")

    with closing(Fake(Settings())) as fake:
        monkeypatch.setattr(fake, "answer", fail)
        answer, tasks = asyncio.run(responses(fake, [post(BALANCE)]))
    assert answer.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert answer.endswith(b"connection: close\r\n\r\nInternal Server Error")
    assert tasks == []
