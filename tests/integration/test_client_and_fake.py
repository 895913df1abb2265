"""The client against the fake with generated structures, in process and over a socket."""

import asyncio

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtt_client import (
    AsyncMttClient,
    FollowmeNotFoundError,
    MttClient,
    RpcError,
    SideNotClearError,
)
from mtt_contracts import strategies
from mtt_mock import LiveServer, create_app, fake_of
from support.profiles import examples

CUSTOMER = "883140500000000"


@pytest.fixture(scope="module", params=["in process", "over a socket"])
def target(request):
    """A fake, and a client of it."""
    app = create_app()
    if request.param == "in process":
        transport = httpx2.WSGITransport(app=app)
        with MttClient("http://x/index.php", "a", "b", CUSTOMER, transport=transport) as client:
            yield fake_of(app), client
    else:
        with LiveServer(app) as server, MttClient(server.url, "a", "b", CUSTOMER) as client:
            yield fake_of(app), client


def sides(struct):
    return {"B" if element.get("side") == "B" else "A" for element in struct}


numbers_or_none = st.none() | strategies.numbers()


@pytest.mark.unmeasured
@given(strategies.followme_structs(), numbers_or_none, numbers_or_none)
def test_get_returns_the_structure_verbatim(target, struct, caller_id, b_number):
    fake, client = target
    fake.reset()
    client.set_callback_followme(struct, caller_id=caller_id, default_b_number=b_number)
    followme = client.get_callback_followme()
    assert followme.raw == struct
    assert (followme.caller_id, followme.default_b_number) == (caller_id, b_number)
    assert [element.to_wire() for element in followme.elements] == struct


@pytest.mark.unmeasured
@given(strategies.followme_structs(), strategies.followme_structs())
def test_a_second_set_depends_on_its_sides(target, first, second):
    fake, client = target
    fake.reset()
    client.set_callback_followme(first)
    shared = sorted(sides(first) & sides(second))
    if shared:
        with pytest.raises(SideNotClearError) as caught:
            client.set_callback_followme(second)
        assert caught.value.side == shared[0]
        assert client.get_callback_followme().raw == first
    else:
        client.set_callback_followme(second)
        assert client.get_callback_followme().raw == first + second


@pytest.mark.unmeasured
@given(strategies.followme_structs(), strategies.followme_structs())
def test_replace_stores_the_new_structure_only(target, first, second):
    fake, client = target
    fake.reset()
    client.replace_callback_followme(first, caller_id="79000000001")
    client.replace_callback_followme(second)
    followme = client.get_callback_followme()
    assert followme.raw == second
    assert followme.caller_id is None


@pytest.mark.unmeasured
@given(strategies.followme_structs())
def test_delete_clears_and_may_be_repeated(target, struct):
    fake, client = target
    fake.reset()
    client.set_callback_followme(struct)
    client.delete_callback_followme()
    client.delete_callback_followme()
    with pytest.raises(FollowmeNotFoundError):
        client.get_callback_followme()


@settings(max_examples=examples(25))
@given(strategies.followme_structs())
def test_the_async_client_agrees_with_the_sync_one(struct):
    with LiveServer(create_app()) as server:

        async def main():
            async with AsyncMttClient(server.url, "a", "b", CUSTOMER) as client:
                await client.set_callback_followme(struct)
                with pytest.raises(SideNotClearError):
                    await client.set_callback_followme(struct)
                return await client.get_callback_followme()

        followme = asyncio.run(main())
        with MttClient(server.url, "a", "b", CUSTOMER) as client:
            assert client.get_callback_followme() == followme
    assert followme.raw == struct


@pytest.mark.parametrize("status", [200, 400, 500])
def test_errors_are_parsed_under_any_http_status(status):
    with (
        LiveServer(create_app(error_status=status)) as server,
        MttClient(server.url, "a", "b", CUSTOMER) as client,
    ):
        with pytest.raises(RpcError) as caught:
            client.call("noSuchMethod", {})
        with pytest.raises(FollowmeNotFoundError):
            client.get_callback_followme()
    assert (caught.value.code, caught.value.message, caught.value.data) == (
        -32601,
        "Method not found",
        None,
    )


def test_one_of_many_concurrent_async_sets_succeeds():
    with LiveServer(create_app()) as server:

        async def attempt(client):
            try:
                await client.set_callback_followme(
                    [{"type": "ringall", "redirect_number": "79000000001"}]
                )
            except SideNotClearError:
                return "refused"
            return "won"

        async def main():
            async with AsyncMttClient(server.url, "a", "b", CUSTOMER, timeout=30) as client:
                return await asyncio.gather(*(attempt(client) for _ in range(50)))

        outcomes = asyncio.run(main())
    assert sorted(outcomes) == ["refused"] * 49 + ["won"]


def test_the_service_map_lists_the_methods():
    with LiveServer(create_app()) as server, MttClient(server.url, "a", "b", CUSTOMER) as client:
        assert list(client.service_map()["services"]) == [
            "setCallBackFollowme",
            "getCallBackFollowme",
            "deleteCallBackFollowme",
            "setCallBackPrompt",
            "getCallBackFollowmeCallInfo",
            "makeCallBackCallFollowme",
            "getCustomerBalance",
        ]
