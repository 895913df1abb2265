"""Event streams poll the fake once for all of them."""

import asyncio

from mtt_mock import Fake
from mtt_mock.server.event_stream import ChangeWatch


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
