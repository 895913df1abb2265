"""Writes of one event loop iteration reach the socket together."""

import asyncio

import pytest

from mtt_mock.server.coalescing import CoalescingTransport


class Recorder:
    def __init__(self):
        self.events = []

    def write(self, data):
        self.events.append(data)

    def close(self):
        self.events.append("closed")

    def abort(self):
        self.events.append("aborted")

    def is_closing(self):
        return bool({"closed", "aborted"} & set(self.events))


@pytest.mark.parametrize(
    ("end", "events"),
    [
        (lambda _transport: None, [b"head body"]),
        (lambda transport: transport.close(), [b"head body", "closed"]),
        (lambda transport: transport.abort(), ["aborted"]),
    ],
)
def test_writes_are_joined_and_ordered_with_the_end(end, events):
    recorder = Recorder()

    async def respond():
        transport = CoalescingTransport(recorder, asyncio.get_running_loop())
        transport.write(b"head ")
        transport.write(b"body")
        end(transport)
        await asyncio.sleep(0)

    asyncio.run(respond())
    assert recorder.events == events


def test_lost_connections_receive_no_writes():
    recorder = Recorder()

    async def respond():
        transport = CoalescingTransport(recorder, asyncio.get_running_loop())
        transport.write(b"late")
        recorder.close()
        await asyncio.sleep(0)

    asyncio.run(respond())
    assert recorder.events == ["closed"]
