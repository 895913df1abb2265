"""Threads: requests to a database wait in threads, and the event loop does not."""

import contextlib
import http.client
import sqlite3
import threading
import time
from urllib.parse import urlsplit

import pytest

from mtt_mock import LiveServer, create_app
from mtt_mock.server.request_log import RequestLog
from support.receiver import HeldReceiver
from support.waiting import until
from workers.team import LOST, NAMES, WON, call_request, control, post, set_request


@pytest.fixture
def file(tmp_path):
    return tmp_path / "team.db"


def store_of(file):
    return f"sqlite:///{file}"


def test_a_request_waiting_for_the_database_blocks_no_other(file):
    with LiveServer(create_app(store=store_of(file))) as server:
        answers = []
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")  # blocks all other writers
        clients = [
            threading.Thread(target=lambda: answers.append(post(server.url, set_request())))
            for _ in range(4)
        ]
        for client in clients:
            client.start()
        # None of these requests waits for the database, so four in a row show a free loop.
        parts = urlsplit(server.url)
        for _ in range(4):
            connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)
            connection.request("GET", "/_mtt/openapi.json")
            assert connection.getresponse().status == 200
            connection.close()
        assert answers == []
        other.execute("ROLLBACK")
        other.close()
        for client in clients:
            client.join()
    assert sorted(answer["result"].get("success", 0) for answer in answers) == [0, 0, 0, 1]
    assert [answer["result"] for answer in answers].count(LOST) == 3


def test_requests_of_receivers_during_an_advance_are_answered(file):
    fake = []
    responses = []

    def call_back(name, call):
        responses.append((name, post(fake[0], set_request(f"{call}{name}"))["result"]))

    with HeldReceiver(call_back) as receiver:
        with LiveServer(create_app(store=store_of(file), clock="manual")) as server:
            fake.append(server.url)
            calls = [
                post(server.url, call_request(receiver.url))["result"]["callBackCall_id"]
                for _ in range(12)
            ]
            control(server.url, "clock", {"advance": 60})
    assert sorted(receiver.events) == sorted((call, name) for call in calls for name in NAMES)
    assert [result for _, result in responses] == [WON] * 48


def test_a_long_advance_does_not_hold_up_a_stop(file):
    with HeldReceiver() as receiver:
        receiver.hold()
        server = LiveServer(create_app(store=store_of(file), clock="manual", event_timeout=1.0))
        with server:
            for _ in range(30):
                post(server.url, call_request(receiver.url))

            def advance():
                # A client that waits so long gets an error response or a closed connection.
                with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
                    control(server.url, "clock", {"advance": 60})

            client = threading.Thread(target=advance)
            client.start()
            until(lambda: receiver.events)
            begun = time.monotonic()
        # Open requests get 5 seconds; all events together would take 120.
        assert time.monotonic() - begun < 15
        client.join()


def test_in_memory_requests_run_in_the_event_loop():
    names = []

    def application(environ, start_response):
        names.append(threading.current_thread().name)
        return app(environ, start_response)

    made = create_app()
    app, made.wsgi_app = made.wsgi_app, application
    with LiveServer(made) as server:
        assert post(server.url, set_request())["result"] == WON
    assert names == ["mtt-mock"]


def test_database_requests_run_in_eight_threads(file):
    names = set()

    def application(environ, start_response):
        names.add(threading.current_thread().name)
        return app(environ, start_response)

    made = create_app(store=store_of(file))
    app, made.wsgi_app = made.wsgi_app, application
    with LiveServer(made) as server:
        clients = [
            threading.Thread(target=lambda: post(server.url, set_request())) for _ in range(24)
        ]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
    assert names
    assert names <= {f"mtt-mock answers_{number}" for number in range(8)}


class Pipe:
    def __init__(self):
        self.written = []

    def write(self, text):
        self.written.append(text)

    def flush(self):
        self.written.append("flushed")


def test_log_lines_are_written_atomically_to_pipes():
    stream = Pipe()
    with RequestLog(stream, is_shared=True) as log:
        for number in range(100):
            log(f"{number} {'я' * 100}")
    pieces, flushes = stream.written[::2], stream.written[1::2]
    assert set(flushes) == {"flushed"}
    assert len(pieces) >= 5
    assert all(piece.endswith("\n") for piece in pieces)
    assert max(len(piece.encode()) for piece in pieces) <= 4096
    assert "".join(pieces) == "".join(f"{number} {'я' * 100}\n" for number in range(100))
