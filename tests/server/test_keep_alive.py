"""Idle connections are closed some seconds after their last response."""

import asyncio
import json
from contextlib import closing

import pytest

from mtt_mock import Fake
from support.connections import MemoryTransport, new_protocol

BODY = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "getCustomerBalance"}).encode()
HEAD = (
    b"POST /index.php HTTP/1.1\r\nhost: a\r\nauthorization: Basic bG9naW46cGFzc3dvcmQ=\r\n"
    b"content-length: %d\r\n\r\n" % len(BODY)
)


class Loop:
    """An event loop of which only the clock and the timers are used."""

    def __init__(self):
        self.now = 0.0
        self.timers = []

    def time(self):
        return self.now

    def call_soon(self, callback, *arguments):
        callback(*arguments)

    def call_later(self, seconds, callback, *arguments):
        timer = Timer(self.now + seconds, callback, arguments)
        self.timers.append(timer)
        return timer

    def advance(self, seconds):
        end = self.now + seconds
        while due := sorted(
            (timer for timer in self.timers if timer.at <= end), key=lambda timer: timer.at
        ):
            self.timers.remove(due[0])
            self.now = due[0].at
            if not due[0].is_cancelled:
                due[0].callback(*due[0].arguments)
        self.now = end


class Timer:
    def __init__(self, at, callback, arguments):
        self.at, self.callback, self.arguments = at, callback, arguments
        self.is_cancelled = False

    def cancel(self):
        self.is_cancelled = True


@pytest.fixture
def connection():
    """A connection of a server, and its loop."""

    async def connect():
        return new_protocol(fake)

    with closing(Fake()) as fake:
        protocol = asyncio.run(connect())
        protocol.loop = Loop()
        protocol.connection_made(MemoryTransport())
        yield protocol, protocol.loop


def is_closed(protocol):
    return protocol.transport.is_closing()


def test_an_idle_connection_is_closed_after_five_seconds(connection):
    protocol, loop = connection
    protocol.data_received(HEAD + BODY)
    loop.advance(4.9)
    assert not is_closed(protocol)
    loop.advance(0.2)
    assert is_closed(protocol)


def test_a_line_break_behind_a_request_begins_no_other(connection):
    protocol, loop = connection
    protocol.data_received(HEAD + BODY)
    protocol.data_received(b"\r\n")
    loop.advance(5.1)
    assert is_closed(protocol)


def test_each_response_begins_the_seconds_again(connection):
    protocol, loop = connection
    for _ in range(10):
        protocol.data_received(HEAD + BODY)
        loop.advance(3)
    assert not is_closed(protocol)
    loop.advance(2.1)
    assert is_closed(protocol)


def test_a_request_that_is_not_complete_is_not_idle(connection):
    protocol, loop = connection
    protocol.data_received(HEAD + BODY)
    loop.advance(4)
    protocol.data_received(HEAD[:20])
    loop.advance(15)
    assert not is_closed(protocol)
    protocol.data_received(HEAD[20:] + BODY)
    loop.advance(4.9)
    assert not is_closed(protocol)
    loop.advance(0.2)
    assert is_closed(protocol)


def test_one_timer_serves_all_responses(connection):
    protocol, loop = connection
    for _ in range(100):
        protocol.data_received(HEAD + BODY)
    assert len([timer for timer in loop.timers if not timer.is_cancelled]) == 1


def test_a_lost_connection_leaves_no_timer(connection):
    protocol, loop = connection
    protocol.data_received(HEAD + BODY)
    protocol.connection_lost(ConnectionResetError())
    assert [timer for timer in loop.timers if not timer.is_cancelled] == []
