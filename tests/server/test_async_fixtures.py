"""Fixtures for asynchronous tests and for tests under @given."""

from __future__ import annotations

import asyncio
import warnings

import httpx2
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from mtt_client import Ringall

NUMBERS = {"b_number": "79000010105", "caller_id": "74951001010"}


async def receive(events):
    """Start a receiver in this event loop; return the server and its URL."""

    async def answer(reader, writer):
        events.append((await reader.readuntil(b"\r\n\r\n")).split()[1].decode())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def call(client, url):
    await client.set_callback_followme([Ringall("79000010002")])
    return await client.make_callback_call_followme(callback_url=url, **NUMBERS)


def test_receivers_in_the_same_loop_answer_during_an_advance(mtt_async_client, mtt_async_clock):
    async def run():
        events = []
        server, url = await receive(events)
        async with server:
            call_id = await call(mtt_async_client, url)
            await mtt_async_clock.advance(0.5)
            assert len(events) == 1
            await mtt_async_clock.run_until_idle()
        return events, await mtt_async_client.wait_for_call(call_id)

    events, info = asyncio.run(run())
    assert [event.partition("&")[0] for event in events] == [
        "/?event=start_side_A", "/?event=start_side_B", "/?event=end_side_A", "/?event=end_side_B",
    ]  # fmt: skip
    assert info.destination_b == "79000010105"


def test_an_async_clock_is_awaited_beside_the_receiver(mtt_async_client, mtt_async_clock):
    async def run():
        events = []
        server, url = await receive(events)
        async with server:
            await call(mtt_async_client, url)
            began = mtt_async_clock.time()
            await mtt_async_clock.advance(0.5)
            assert len(events) == 1
            await mtt_async_clock.sleep(0.5)
            assert mtt_async_clock.time() == began + 1
            assert mtt_async_clock.speed == "manual"
            await mtt_async_clock.run_until_idle()
        assert len(events) == 4

    asyncio.run(run())


@pytest.mark.mtt(event_timeout=0.1)
def test_a_blocked_loop_is_named_as_the_cause(mtt_async_client, mtt_clock, mtt_async_clock):
    async def run():
        server, url = await receive([])
        async with server:
            await call(mtt_async_client, url)
            with pytest.warns(RuntimeWarning, match=r"write: await mtt_async_clock\.advance"):
                mtt_clock.advance(1)
            await mtt_async_clock.run_until_idle()

    asyncio.run(run())


def test_advancing_in_a_coroutine_without_events_warns_of_nothing(mtt_clock):
    async def run():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            mtt_clock.advance(1)
            mtt_clock.run_until_idle()

    asyncio.run(run())


def test_waiting_for_a_call_advances_the_manual_clock(mtt_async_client, mtt_clock):
    async def run():
        return await mtt_async_client.wait_for_call(await call(mtt_async_client, None))

    before = mtt_clock.time()
    assert asyncio.run(run()).destination_a == "79000010002"
    assert mtt_clock.time() == before + 5


@given(number=st.integers(0, 9))
def test_each_example_gets_a_clean_fake(mtt_session_server, number):
    server = mtt_session_server()
    assert len(server.journal) == 0
    request = {
        "jsonrpc": "2.0", "id": number + 1, "method": "getCustomerBalance",
        "params": {"customer_name": "1"},
    }  # fmt: skip
    answer = httpx2.post(server.url, json=request, auth=server.credentials, trust_env=False)
    assert answer.json()["id"] == number + 1
    assert len(server.journal) == 1


def test_client_and_clock_work_in_trio(mtt_async_client, mtt_async_clock):
    async def run():
        await mtt_async_client.set_callback_followme(
            [Ringall("79000000001")], caller_id="74951001010"
        )
        call = await mtt_async_client.make_callback_call_followme(b_number="79000000002")
        await mtt_async_clock.advance(5)
        return await mtt_async_client.wait_for_call(call)

    assert trio.run(run).destination_b == "79000000002"
