"""Event streams poll the fake once for all of them."""

import asyncio
import itertools

from mtt_mock import Fake
from mtt_mock.server.event_stream import ChangeWatch, EncodedEntries


def test_concurrent_streams_poll_the_fake_once():
    fake = Fake()
    looks = []

    async def ask():
        watch = ChangeWatch(fake)
        version = watch._version
        watch._version = lambda: looks.append(1) or version()
        first = await asyncio.gather(*(watch.version() for _ in range(50)))
        fake.answer("Basic YTpi", b"{}")
        await asyncio.sleep(0.11)
        later = await asyncio.gather(*(watch.version() for _ in range(50)))
        return set(first), set(later)

    first, later = asyncio.run(ask())
    fake.close()
    assert len(looks) == 2
    assert len(first) == len(later) == 1
    assert first != later


class Client:
    """A connection of the server, whose client may not read."""

    def __init__(self, turns, *, is_reading=True):
        self.turns, self.is_reading, self.sent_in = turns, is_reading, []

    async def wait_until_writable(self):
        if not self.is_reading:
            await asyncio.Event().wait()

    async def send(self, _message):
        self.sent_in.append(self.turns[0])


async def count_iterations(turns):
    while True:
        turns[0] += 1
        await asyncio.sleep(0)


async def send_to(clients, turns, piece):
    """Send two slices to every client; return the iterations of the loop in which they were sent."""
    fake = Fake()
    watch = ChangeWatch(fake)
    counting = asyncio.ensure_future(count_iterations(turns))

    async def stream(client):
        for _ in range(2):
            await watch.send(piece, client, client.send)

    streams = [asyncio.ensure_future(stream(client)) for client in clients]
    await asyncio.wait(streams, timeout=0.3)
    for task in (*streams, counting):
        task.cancel()
    fake.close()
    return [iteration for client in clients for iteration in client.sent_in]


def test_streams_send_in_different_loop_iterations():
    turns = [0]
    clients = [Client(turns) for _ in range(20)]
    iterations = asyncio.run(send_to(clients, turns, b"slice"))
    assert len(iterations) == len(set(iterations)) == 40


def test_an_unread_stream_delays_no_other():
    turns = [0]
    clients = [Client(turns, is_reading=False), *(Client(turns) for _ in range(5))]
    assert len(asyncio.run(send_to(clients, turns, b"slice"))) == 10


def test_streams_pause_after_64_kib():
    turns = [0]
    clients = [Client(turns) for _ in range(4)]
    iterations = sorted(asyncio.run(send_to(clients, turns, b"x" * 16 * 1024)))
    pauses = [later - former for former, later in itertools.pairwise(iterations)]
    assert max(pauses) > 5  # iterations that others have
    assert pauses.index(max(pauses)) == 3  # behind the fourth slice


def test_encoded_entries_are_kept_up_to_4_mib():
    fake = Fake()
    encoded = EncodedEntries()
    fake.answer("Basic YTpi", b"{}")
    [entry] = fake.journal.entries(0, 1)
    size = len(encoded.event(1, entry, mask=False))
    for generation in range(2, 4 * 1024 * 1024 // size + 100):
        encoded.event(generation, entry, mask=False)
    fake.close()
    assert 4 * 1024 * 1024 - 2 * size < sum(map(len, encoded._events.values())) <= 4 * 1024 * 1024
