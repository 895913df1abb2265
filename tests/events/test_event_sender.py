"""The event sender: order, limits, and a ``Delivery`` for every outcome."""

from __future__ import annotations

import gc
import re
import socket
import subprocess
import sys
import threading
import time

import pytest
from raw_receiver import OK, callback

from mtt_mock.service.callbacks import (
    CallbackAllowlist,
    CallbackEvent,
    Delivery,
    EventRules,
    EventSender,
)


def lines_of(head):
    return head.decode().removesuffix("\r\n\r\n").split("\r\n")


@pytest.fixture
def resolving(monkeypatch):
    """Return a function that sets the addresses of names; it returns the list of look-ups."""

    def resolve(**answers):
        asked = []

        def getaddrinfo(host, port, *_arguments, **_options):
            asked.append(host)
            answer = answers[host.replace(".", "_")]
            if isinstance(answer, Exception):
                raise answer
            addresses = answer.pop(0) if isinstance(answer[0], list) else answer
            return [
                (socket.AF_INET6, 1, 6, "", (each, 0, 0, 0))
                if ":" in each
                else (socket.AF_INET, 1, 6, "", (each, 0))
                for each in addresses
            ]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return asked

    return resolve


# Requests.


def test_an_event_is_one_plain_get(answering, deliver):
    receiver = answering(OK)
    before = time.time()
    delivery = deliver(f"127.0.0.1:{receiver.port}/tracking/5?x=%2f", "start_side_A", "1000001")
    assert receiver.heads == [
        b"GET /tracking/5?x=%2f&event=start_side_A&id=1000001 HTTP/1.1\r\n"
        + f"Host: 127.0.0.1:{receiver.port}\r\n".encode()
        + b"User-Agent: mtt-mock\r\nAccept: */*\r\n\r\n"
    ]
    assert delivery.callback == callback(f"127.0.0.1:{receiver.port}/tracking/5?x=%2f")
    assert delivery.url == (
        f"http://127.0.0.1:{receiver.port}/tracking/5?x=%2f&event=start_side_A&id=1000001"
    )
    assert (delivery.status, delivery.problem, delivery.delivered) == (200, None, True)
    assert delivery.outcome == "HTTP 200"
    assert before <= delivery.at <= time.time()
    assert 0 < delivery.ms < 60_000


def test_the_path_is_sent_verbatim(answering, deliver):
    receiver = answering(OK)
    deliver(f"http://127.0.0.1:{receiver.port}/a/../b/./%7E'x?{{y}}='")
    assert lines_of(receiver.heads[0])[0] == (
        "GET /a/../b/./%7E'x?{y}=%27&event=start_side_A&id=1000001 HTTP/1.1"
    )


def test_user_and_password_of_the_url_become_basic_auth(answering, deliver):
    receiver = answering(OK)
    deliver(f"http://us%20er:p%3Ass@127.0.0.1:{receiver.port}/")
    assert "Authorization: Basic dXMgZXI6cDpzcw==" in lines_of(receiver.heads[0])
    assert f"Host: 127.0.0.1:{receiver.port}" in lines_of(receiver.heads[0])


def test_connections_are_reused_without_cookies(raw, deliver):
    def behave(connection, _head):
        connection.sendall(OK.replace(b"200 OK", b"200 OK\r\nSet-Cookie: a=1; Path=/"))

    receiver = raw(behave)
    assert [deliver(receiver.url).status for _ in range(3)] == [200, 200, 200]
    assert not any(b"ookie" in head for head in receiver.heads)
    assert receiver.connections == 1


def test_proxies_of_the_environment_are_not_used(monkeypatch, answering, make_sender):
    proxy = answering(OK)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    receiver = answering(OK)
    assert make_sender().send(callback(receiver.url)).result(60).status == 200
    assert len(receiver.heads) == 1
    assert proxy.heads == []


def test_an_ipv6_receiver_is_reached(answering, deliver):
    try:
        receiver = answering(OK, host="::1")
    except OSError:
        pytest.skip("no IPv6 here")
    assert deliver(receiver.url).status == 200
    assert f"Host: [::1]:{receiver.port}" in lines_of(receiver.heads[0])


# Responses.


@pytest.mark.parametrize(
    ("answer", "status", "problem"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, None),
        (b"HTTP/1.0 200 OK\r\n\r\nto the end", 200, None),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, None),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nno", 200, None),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_000, 200, None),
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", 500, "HTTP 500"),
        (b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", 404, "HTTP 404"),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", 304, "HTTP 304"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", None, "the answer is not proper HTTP: Received server _SWITCH_UPGRADE event without a pending proposal"),
        (
            b"HTTP/1.1 301 Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
            301,
            "HTTP 301, and the redirect to /elsewhere was not followed",
        ),
        (b"", None, "the connection was closed before an HTTP answer"),
        (b"HTTP/1.1 20", None, "the connection was closed before an HTTP answer"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", None, "the connection was closed before an HTTP answer"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", None, "the answer is not proper HTTP: illegal status line: bytearray(b'SSH-2.0-OpenSSH_9.2')"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", None, "the answer is not proper HTTP: bad Content-Length"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", 200, "the answer broke off"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 200, "the answer broke off"),
    ],
)  # fmt: skip
def test_every_answer_is_recorded(answering, deliver, answer, status, problem):
    receiver = answering(answer)
    delivery = deliver(receiver.url)
    assert (delivery.status, delivery.problem) == (status, problem)
    assert delivery.delivered == (status in (200, 204))
    assert delivery.outcome == (problem or f"HTTP {status}")
    assert len(receiver.heads) == 1


@pytest.mark.parametrize("line", [b"X: " + b"x" * 500_000, b"X: 1\r\n" * 100_000])
def test_an_endless_head_is_cut(answering, deliver, line):
    delivery = deliver(answering(b"HTTP/1.1 200 OK\r\n" + line).url)
    assert delivery.status is None
    assert delivery.problem == "the answer is not proper HTTP: Receive buffer too long"


def test_an_endless_body_is_read_up_to_64_kib(raw, deliver):
    stopped = threading.Event()

    def behave(connection, _head):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                connection.sendall(b"x" * 65536)
        except OSError:
            stopped.set()
        return "close"

    delivery = deliver(raw(behave).url)
    assert (delivery.status, delivery.problem, delivery.delivered) == (200, None, True)
    assert stopped.wait(30)


@pytest.mark.parametrize(
    ("head", "piece", "status", "problem"),
    [
        (
            b"",
            b"HTTP/1.1 100 Continue\r\n\r\n",
            None,
            "the answer is not proper HTTP: more than 131072 bytes before its end",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"1;%s\r\nx\r\n" % (b"e" * 60),
            200,
            "the answer broke off",
        ),
    ],
    ids=["interim answers", "chunk extensions"],
)
def test_an_answer_of_too_many_bytes_is_cut(raw, deliver, head, piece, status, problem):
    stopped = threading.Event()

    def behave(connection, _head):
        connection.sendall(head)
        try:
            while True:
                connection.sendall(piece * 1000)
        except OSError:
            stopped.set()
        return "close"

    delivery = deliver(raw(behave).url)
    assert (delivery.status, delivery.problem) == (status, problem)
    assert stopped.wait(30)


def test_an_unresponsive_receiver_times_out(raw, make_sender):
    gone = threading.Event()

    def behave(connection, _head):
        connection.recv(1)
        gone.set()
        return "close"

    delivery = make_sender(timeout=0.05).send(callback(raw(behave).url)).result(60)
    assert (delivery.status, delivery.problem) == (None, "no answer within 0.05 s")
    assert not delivery.delivered
    assert delivery.ms >= 50
    assert gone.wait(30)


def test_a_trickling_receiver_times_out(raw, make_sender):
    def behave(connection, _head):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        pause = threading.Event()
        while True:
            connection.sendall(b"x")
            pause.wait(0.01)

    delivery = make_sender(timeout=0.2).send(callback(raw(behave).url)).result(60)
    assert (delivery.status, delivery.problem) == (200, "no end of the answer within 0.2 s")


def test_a_closed_port_is_reported_as_no_connection(deliver):
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        port = unheard.getsockname()[1]
        delivery = deliver(f"http://127.0.0.1:{port}/")
    assert delivery.status is None
    assert delivery.problem == f"no connection to 127.0.0.1:{port}: Connection refused"


def test_a_server_without_tls_is_reported(receiver, deliver):
    delivery = deliver(receiver.url.replace("http:", "https:"))
    place = receiver.url.removeprefix("http://").removesuffix("/events")
    assert delivery.status is None
    assert delivery.problem == f"no TLS with {place}: it answers without TLS, as at an http:// URL"


def test_a_closed_tls_handshake_is_reported(deliver):
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def hang_up():
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass

        thread = threading.Thread(target=hang_up)
        thread.start()
        place = f"127.0.0.1:{listening.getsockname()[1]}"
        problem = deliver(f"https://{place}/").problem
        assert problem == f"no TLS with {place}: it closed the connection"
        thread.join(30)


def test_an_invalid_url_is_reported(deliver):
    delivery = deliver("ftp://example.com/")
    assert (delivery.url, delivery.status) == (None, None)
    assert delivery.problem == (
        "callBackURL must be http or https, got 'ftp://example.com/', which begins with ftp:"
    )


def test_a_stale_connection_loses_no_event(raw, deliver):
    def behave(connection, _head):
        # No Connection header announces the close; the next request detects it.
        connection.sendall(OK)
        if len(receiver.heads) == 1:
            assert b"id=2" in receiver._head(connection)
            return "close"
        return "keep"

    receiver = raw(behave)
    assert [deliver(receiver.url, call_id=each).status for each in ("1", "2")] == [200, 200]
    assert receiver.connections == 2


# Allowed addresses.


def test_a_forbidden_address_gets_no_connection(answering, make_sender):
    receiver = answering(OK)
    delivery = make_sender("203.0.113.0/24").send(callback(receiver.url)).result(60)
    assert delivery.url == f"{receiver.url}?event=start_side_A&id=1000001"
    assert delivery.status is None
    assert delivery.problem == (
        "events may not go to 127.0.0.1: --callback-allow (setting callback_allow) is 203.0.113.0/24; "
        "--callback-allow 127.0.0.1 lets them through"
    )
    assert receiver.connections == 0


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]"]
)
def test_other_spellings_of_an_address_are_checked(answering, make_sender, host):
    receiver = answering(OK)
    url = f"http://{host}:{receiver.port}/"
    refused = make_sender("10.0.0.0/8").send(callback(url)).result(60)
    assert refused.problem.startswith("events may not go to ")
    assert receiver.connections == 0
    assert make_sender("private").send(callback(url)).result(60).status == 200


def test_the_checked_address_is_the_one_connected(answering, deliver, resolving):
    receiver = answering(OK)
    asked = resolving(rebinding_example_com=[["127.0.0.1"], ["169.254.169.254"]])
    delivery = deliver(f"http://rebinding.example.com:{receiver.port}/")
    assert delivery.status == 200
    assert asked == ["rebinding.example.com"]
    assert f"Host: rebinding.example.com:{receiver.port}" in lines_of(receiver.heads[0])


def test_a_name_with_a_forbidden_address_is_refused(deliver, resolving):
    resolving(metadata_example_com=["169.254.169.254"])
    assert deliver("http://metadata.example.com/").problem == (
        "events may not go to metadata.example.com (169.254.169.254): --callback-allow (setting "
        "callback_allow) is private; --callback-allow metadata.example.com lets them through"
    )


@pytest.mark.parametrize("local", [["::1", "127.0.0.1"], ["127.0.0.1", "::1"]])
def test_allowed_addresses_are_tried_until_one_connects(answering, deliver, resolving, local):
    receiver = answering(OK)
    resolving(mixed_example_com=["169.254.169.254", *local])
    assert deliver(f"http://mixed.example.com:{receiver.port}/").status == 200
    assert len(receiver.heads) == 1


def test_an_allowed_name_may_resolve_to_any_address(answering, make_sender, resolving):
    receiver = answering(OK)
    resolving(hooks_example_com=["127.0.0.1"])
    sender = make_sender("*.example.com")
    url = f"http://hooks.example.com:{receiver.port}/"
    assert sender.send(callback(url)).result(60).status == 200


def test_an_unknown_host_is_reported(deliver, resolving):
    resolving(missing_example_com=socket.gaierror(-2, "Name or service not known"))
    delivery = deliver("http://missing.example.com/")
    assert delivery.url == "http://missing.example.com/?event=start_side_A&id=1000001"
    assert delivery.problem == (
        "the host missing.example.com was not found: Name or service not known"
    )


def test_a_label_that_is_too_long_is_reported(deliver):
    assert deliver(f"http://{'x' * 64}/").problem.startswith(f"the host {'x' * 64} was not found: ")


def test_a_silent_name_server_delays_no_other_event(monkeypatch, answering, make_sender):
    answered = threading.Event()

    def getaddrinfo(*_arguments, **_options):
        answered.wait(60)
        raise socket.gaierror(-3, "too late")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    sender = make_sender(timeout=0.1)
    silent = [
        sender.send(callback(f"http://silent{each}.example.com/", call_id=str(each)))
        for each in range(15)
    ]
    assert make_sender().send(callback(answering(OK).url)).result(60).status == 200
    assert {each.result(60).problem for each in silent} == {"no answer within 0.1 s"}
    sender.close()
    answered.set()


def test_a_timed_out_lookup_serves_later_events(monkeypatch, receiver):
    answered = threading.Event()
    timeouts = [0.05, 30.0]

    def getaddrinfo(*_arguments, **_options):
        answered.wait(60)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    private = CallbackAllowlist.parse(["private"])
    sender = EventSender(lambda: EventRules(private, timeouts.pop(0)))
    url = receiver.url.replace("127.0.0.1", "slow.example.com")
    try:
        first, second = [sender.send(callback(url, call_id=each)) for each in ("1", "2")]
        assert first.result(60).problem == "no answer within 0.05 s"
        answered.set()
        assert second.result(60).status == 200
    finally:
        sender.close()


def test_settings_are_read_at_each_delivery(receiver):
    targets, timeouts = (
        [CallbackAllowlist.parse(["none"]), CallbackAllowlist.parse(["private"])],
        [1.0, 30.0],
    )
    sender = EventSender(lambda: EventRules(targets.pop(0), timeouts.pop(0)))
    try:
        problem = sender.send(callback(receiver.url)).result(60).problem
        assert problem.startswith(
            "events may not go to 127.0.0.1: --callback-allow (setting callback_allow) is none;"
        )
        assert sender.send(callback(receiver.url)).result(60).status == 200
    finally:
        sender.close()
    assert (targets, timeouts) == ([], [])


def test_an_internal_error_ends_in_a_delivery(receiver):
    def broken():
        raise KeyError("callback_allow")

    sender = EventSender(broken)
    try:
        for _ in range(20):  # more than there are workers
            delivery = sender.send(callback(receiver.url)).result(60)
            assert delivery.problem == "not delivered: KeyError: 'callback_allow'"
    finally:
        sender.close()


# Order and concurrency.


def test_events_are_ordered_within_a_call_only(raw, receiver, sender):
    began, go_on = threading.Event(), threading.Event()

    def behave(connection, head):
        if b"start_side_A" in head:
            began.set()
            go_on.wait(60)
        connection.sendall(OK)

    slow = raw(behave)
    names = ["start_side_A", "start_side_B", "end_side_A", "end_side_B"]
    held = [sender.send(callback(slow.url, name, "1")) for name in names]
    others = [sender.send(callback(receiver.url, name, "2")) for name in names]
    assert [each.result(60).status for each in others] == [200, 200, 200, 200]
    assert receiver.names == names
    assert began.wait(30)
    assert len(slow.heads) == 1
    assert not any(each.done() for each in held)
    assert sender.pending == 4
    go_on.set()
    assert [each.result(60).callback.event for each in held] == names
    assert [re.search(rb"event=(\w+)", head)[1].decode() for head in slow.heads] == names


def test_many_calls_each_in_order(receiver, sender):
    names = ["start_side_A", "start_side_B", "end_side_A", "end_side_B"]
    for name in names:
        for call_id in range(100):
            sender.send(callback(receiver.url, name, str(call_id)))
    assert sender.drain(60)
    assert sender.pending == 0
    for call_id in range(100):
        assert [each.event for each in receiver.events if each.id == str(call_id)] == names


def test_at_most_16_deliveries_run_at_once(raw, sender):
    go_on, sixteen = threading.Event(), threading.Semaphore(0)

    def behave(connection, _head):
        sixteen.release()
        go_on.wait(60)
        connection.sendall(OK)

    slow = raw(behave)
    sent = [sender.send(callback(slow.url, call_id=str(each))) for each in range(40)]
    for _ in range(16):
        assert sixteen.acquire(timeout=30)
    assert not sixteen.acquire(timeout=0.05)
    assert sender.pending == 40
    go_on.set()
    assert {each.result(60).status for each in sent} == {200}
    assert slow.connections == 16


def test_callbacks_run_before_the_next_event_is_sent(receiver, sender):
    seen = []
    for name in ("start_side_A", "end_side_A"):
        sender.send(callback(receiver.url, name)).add_done_callback(
            lambda future: seen.append((future.result().callback.event, receiver.names))
        )
    assert sender.drain(60)
    assert seen[1] == ("end_side_A", ["start_side_A", "end_side_A"])
    assert seen[0][0] == "start_side_A"


def test_a_future_cannot_be_cancelled(receiver, sender):
    future = sender.send(callback(receiver.url))
    assert not future.cancel()
    assert future.result(60).status == 200


def test_drain_reports_pending_events(raw, sender):
    go_on = threading.Event()

    def behave(connection, _head):
        go_on.wait(60)
        connection.sendall(OK)

    sender.send(callback(raw(behave).url))
    assert not sender.drain(0.01)
    go_on.set()
    assert sender.drain(60)


def test_events_beyond_the_limit_are_not_sent(monkeypatch, raw, sender):
    monkeypatch.setattr("mtt_mock.service.callbacks.sender.MAX_PENDING_EVENTS", 2)
    go_on = threading.Event()

    def behave(connection, _head):
        go_on.wait(60)
        connection.sendall(OK)

    slow = raw(behave)
    sent = [sender.send(callback(slow.url)) for _ in range(3)]
    assert sent[2].result(0).problem == "not sent: 2 events were waiting already"
    go_on.set()
    assert [each.result(60).status for each in sent[:2]] == [200, 200]


# Close.


def test_close_ends_running_and_waiting_deliveries(raw, make_sender):
    asked = threading.Event()

    def behave(connection, _head):
        asked.set()
        connection.recv(1)
        return "close"

    slow = raw(behave)
    sender = make_sender()
    in_flight = sender.send(callback(slow.url, "start_side_A", "1"))
    waiting = [sender.send(callback(slow.url, "end_side_A", "1")) for _ in range(2)]
    assert asked.wait(30)
    thread = sender._thread
    sender.close()
    assert not thread.is_alive()
    first = in_flight.result(0)
    assert (first.status, first.problem) == (None, "broken off: the fake was stopped")
    assert first.url == f"{slow.url}?event=start_side_A&id=1"
    for each in waiting:
        assert each.result(0).problem == "not sent: the fake was stopped"
        assert (each.result(0).url, each.result(0).ms) == (None, 0.0)
    assert sender.pending == 0
    assert sender.drain(0)
    assert len(slow.heads) == 1


def test_close_is_idempotent_and_stops_sending(receiver, make_sender):
    sender = make_sender()
    sender.close()
    sender.close()
    assert sender.send(callback(receiver.url)).result(0).problem == "not sent: the fake was stopped"
    assert sender.pending == 0
    assert receiver.events == []


@pytest.mark.parametrize("times", range(5))
def test_close_right_after_send_ends_every_future(receiver, make_sender, times):
    sender = make_sender()
    sent = [sender.send(callback(receiver.url, call_id=str(each))) for each in range(50)]
    sender.close()
    assert all(each.done() for each in sent)
    assert sender.pending == 0


def test_a_callback_may_close_and_drain(receiver, make_sender):
    sender = make_sender()
    answers = []

    def stop(_future):
        answers.append(sender.drain())
        sender.close()
        answers.append("closed")

    future = sender.send(callback(receiver.url))
    future.add_done_callback(stop)
    assert future.result(60).status == 200
    sender._thread.join(30)
    assert not sender._thread.is_alive()
    assert answers == [False, "closed"]


def test_close_leaves_no_thread_or_socket(receiver, make_sender):
    before = threading.active_count()
    sender = make_sender()
    sender.send(callback(receiver.url)).result(60)
    sender.close()
    gc.collect()  # an open socket would be a ResourceWarning, and those are errors here
    assert threading.active_count() == before


def test_a_sender_without_events_has_no_thread(make_sender):
    before = threading.active_count()
    sender = make_sender()
    assert sender.drain(0)
    sender.close()
    assert threading.active_count() == before


def test_deliveries_write_no_log_records(caplog, deliver, answering):
    with caplog.at_level("INFO"):
        deliver(answering(b"garbage\r\n").url)
        deliver(answering(OK).url)
    assert caplog.records == []


def test_importing_callbacks_starts_no_event_loop():
    code = (
        "import sys, mtt_mock.service.callbacks; "
        "print([m for m in ('asyncio', 'httpx2', 'ssl', 'idna', 'flask') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_process_ends_without_closing_the_sender(receiver):
    code = f"""
from mtt_mock.service.callbacks import EventRules, EventSender, CallbackAllowlist, CallbackEvent
targets = CallbackAllowlist.parse(["private"])
sender = EventSender(lambda: EventRules(targets, 5.0))
print(sender.send(CallbackEvent("1", "c", "start_side_A", "A", {receiver.url!r}, 0)).result(30).outcome)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("HTTP 200\n", "")


def test_a_silent_name_server_does_not_block_exit():
    code = """
import socket, threading
socket.getaddrinfo = lambda *_, **__: threading.Event().wait()
from mtt_mock.service.callbacks import EventRules, EventSender, CallbackAllowlist, CallbackEvent
targets = CallbackAllowlist.parse(["private"])
sender = EventSender(lambda: EventRules(targets, 0.01))
callback = CallbackEvent("1", "c", "start_side_A", "A", "http://silent.example.com/", 0)
print(sender.send(callback).result(30).outcome)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("no answer within 0.01 s\n", "")


def test_a_delivery_is_plain_data():
    delivery = Delivery(
        CallbackEvent("1", "c", "end_side_A", "A", "u", 5), None, None, "no", 1.5, 2.5
    )
    assert (delivery.outcome, delivery.delivered) == ("no", False)
    assert Delivery(delivery.callback, "u", 299, None, 1.5, 2.5).delivered
    assert not Delivery(delivery.callback, "u", 300, "HTTP 300", 1.5, 2.5).delivered


def test_a_hanging_receiver_delays_no_other(make_sender, raw, receiver):
    free = threading.Event()
    hanging = raw(lambda _connection, _head: free.wait(30))
    sender = make_sender(timeout=30.0)
    for number in range(60):
        sender.send(callback(hanging.url, call_id=str(number)))
    delivery = sender.send(callback(receiver.url, call_id="other")).result(10)
    free.set()
    assert delivery.status == 200
    assert hanging.connections <= 16
