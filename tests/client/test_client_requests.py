"""The client's requests on the wire, and the values that its methods return."""

import asyncio
import base64
import inspect
import json
import threading

import httpx2
import pytest
from scripted import CUSTOMER, NOTHING_SET, SUCCESS, URL, Script

import mtt_client
from mtt_client import (
    AsyncMttClient,
    File,
    Followme,
    FollowmeNotFoundError,
    Linear,
    MttClient,
    Ringall,
    RpcError,
    Text,
)


def test_the_public_api_is_exactly_this():
    assert mtt_client.__all__ == [
        "AsyncMttClient",
        "AuthenticationError",
        "Balance",
        "CallEndedError",
        "CallInfo",
        "CallNotEndedError",
        "CallNotFoundError",
        "CallTimeoutError",
        "Element",
        "File",
        "Followme",
        "FollowmeNotFoundError",
        "FollowmeNotRestoredError",
        "HttpError",
        "Linear",
        "MttClient",
        "MttError",
        "MttTimeoutError",
        "ProtocolError",
        "RefusedError",
        "RequestContractError",
        "Ringall",
        "RpcError",
        "SideNotClearError",
        "Text",
        "TransportError",
    ]
    public = [name for name in dir(MttClient) if not name.startswith("_")]
    assert public == [
        "call",
        "close",
        "delete_callback_followme",
        "download_record",
        "get_callback_followme",
        "get_callback_followme_call_info",
        "get_customer_balance",
        "make_callback_call_followme",
        "replace_callback_followme",
        "service_map",
        "set_callback_followme",
        "set_callback_prompt",
        "upload_prompt",
        "wait_for_call",
    ]
    asynchronous = [name for name in dir(AsyncMttClient) if not name.startswith("_")]
    assert asynchronous == sorted({*public, "aclose"} - {"close"})


@pytest.mark.parametrize(
    ("element", "wire"),
    [
        (Ringall("79000000001"), {"redirect_number": "79000000001", "type": "Ringall"}),
        (
            Linear("79000000001", order=2, timeout=15, name="boss"),
            {
                "redirect_number": "79000000001",
                "order": 2,
                "timeout": 15,
                "name": "boss",
                "type": "Linear",
            },
        ),
        (Text("Добрый день"), {"value": "Добрый день", "side": "A", "type": "text"}),
        (
            File("for_all_sales", side="A", order=6, timeout=20),
            {"value": "for_all_sales", "side": "A", "order": 6, "timeout": 20, "type": "file"},
        ),
        (File("for_all_sales"), {"value": "for_all_sales", "side": "B", "type": "file"}),
        (
            Linear("79000000001", type="linal"),
            {"redirect_number": "79000000001", "type": "linal"},
        ),
    ],
)
def test_none_fields_of_elements_are_not_sent(element, wire):
    assert element.to_wire() == wire


def test_elements_are_frozen_with_keyword_options():
    with pytest.raises(AttributeError):
        Ringall("79000000001").order = 1
    with pytest.raises(TypeError):
        Ringall("79000000001", 1)


def test_set_sends_one_json_rpc_request(kit):
    script = Script(SUCCESS % 1)
    elements = [Ringall("79000000001", order=1), {"type": "text", "value": "Алло", "side": "B"}]
    returned = kit.client(script).set_callback_followme(
        elements, caller_id="74951001010", default_b_number="79511234567"
    )
    assert returned is None
    assert script.sent == [
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "setCallBackFollowme",
            "params": {
                "customer_name": "883140500000000",
                "callBackFollowmeStruct": [
                    {"redirect_number": "79000000001", "order": 1, "type": "Ringall"},
                    {"type": "text", "value": "Алло", "side": "B"},
                ],
                "caller_id": "74951001010",
                "defaultBNumber": "79511234567",
            },
        }
    ]
    assert script.requests[0].method == "POST"
    assert str(script.requests[0].url) == URL
    assert script.requests[0].headers["content-type"] == "application/json"


def test_omitted_numbers_are_not_sent(kit):
    script = Script(SUCCESS % 1)
    kit.client(script).set_callback_followme([])
    assert script.sent[0]["params"] == {
        "customer_name": "883140500000000",
        "callBackFollowmeStruct": [],
    }


def test_credentials_are_basic_auth_in_utf_8(kit):
    script = Script(SUCCESS % 1)
    kit.client(script).delete_callback_followme()
    scheme, token = script.requests[0].headers["authorization"].split()
    assert scheme == "Basic"
    assert base64.b64decode(token).decode("utf-8") == "кот:pass-кот-2"


def test_ids_count_up_from_1(kit):
    script = Script(SUCCESS % 1, SUCCESS % 2, SUCCESS % 3)
    client = kit.client(script)
    for _ in range(3):
        client.delete_callback_followme()
    assert [envelope["id"] for envelope in script.sent] == [1, 2, 3]


def test_ids_are_unique_across_threads(kit):
    seen = []

    def handler(request):
        request_id = json.loads(request.content)["id"]
        seen.append(request_id)
        return httpx2.Response(200, content=SUCCESS % request_id)

    client = kit.client(handler)
    threads = [threading.Thread(target=client.delete_callback_followme) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(1, 21))


def test_get_returns_typed_elements_and_the_raw_structure(kit):
    script = Script(
        b'{"jsonrpc":"2.0","id":1,"result":{"callBackFollowmeStruct":['
        b'{"order":1,"timeout":25,"redirect_number":"79000000001","type":"ringall","name":"sales"},'
        b'{"order":4,"redirect_number":"79000000002","type":"linal","side":"A"},'
        b'{"type":"text","value":"Hello","side":"A","name":"greeting"},'
        b'{"type":"FILE","value":"for_all_sales","side":"B"}],'
        b'"caller_id":"74951001010","defaultBNumber":"79511234567"}}'
    )
    followme = kit.client(script).get_callback_followme()
    assert followme == Followme(
        elements=(
            Ringall("79000000001", order=1, timeout=25, name="sales", type="ringall"),
            Linear("79000000002", order=4, type="linal"),
            Text("Hello", side="A"),
            File("for_all_sales", side="B", type="FILE"),
        ),
        raw=[
            {
                "order": 1,
                "timeout": 25,
                "redirect_number": "79000000001",
                "type": "ringall",
                "name": "sales",
            },
            {"order": 4, "redirect_number": "79000000002", "type": "linal", "side": "A"},
            {"type": "text", "value": "Hello", "side": "A", "name": "greeting"},
            {"type": "FILE", "value": "for_all_sales", "side": "B"},
        ],
        caller_id="74951001010",
        default_b_number="79511234567",
    )
    assert script.sent[0]["method"] == "getCallBackFollowme"
    assert script.sent[0]["params"] == {"customer_name": "883140500000000"}


def test_get_without_numbers_has_none_for_them(kit):
    body = b'{"jsonrpc":"2.0","id":1,"result":{"callBackFollowmeStruct":[]}}'
    assert kit.client(Script(body)).get_callback_followme() == Followme((), [], None, None)


@pytest.mark.parametrize("status", [200, 400, 500])
def test_get_without_a_structure_is_not_found(kit, status):
    with pytest.raises(FollowmeNotFoundError) as caught:
        kit.client(Script((status, NOTHING_SET % 1))).get_callback_followme()
    assert caught.value.data == "Callback followme structure not found"


def test_other_failures_of_get_are_rpc_errors(kit):
    body = b'{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"Internal error","data":"x"}}'
    with pytest.raises(RpcError) as caught:
        kit.client(Script((500, body))).get_callback_followme()
    assert type(caught.value) is RpcError


def test_delete_names_the_customer_and_returns_nothing(kit):
    script = Script(SUCCESS % 1)
    assert kit.client(script).delete_callback_followme() is None
    assert script.sent[0]["method"] == "deleteCallBackFollowme"
    assert script.sent[0]["params"] == {"customer_name": "883140500000000"}


def test_the_service_map_is_requested_with_get(kit):
    script = Script(b'{"transport":"POST","services":{"setCallBackFollowme":{"parameters":[]}}}')
    assert kit.client(script).service_map() == {
        "transport": "POST",
        "services": {"setCallBackFollowme": {"parameters": []}},
    }
    assert script.requests[0].method == "GET"
    assert script.requests[0].content == b""


def test_call_sends_methods_unknown_to_the_contract(kit):
    script = Script(b'{"jsonrpc":"2.0","id":1,"result":{"calls":1.5}}')
    client = kit.client(script)
    assert client.call("getCallHistory", {"customer_name": CUSTOMER}) == {"calls": 1.5}
    assert script.sent[0]["params"] == {"customer_name": "883140500000000"}


def test_context_managers_close_the_connections():
    transport = httpx2.MockTransport(Script())
    with MttClient(URL, "l", "p", CUSTOMER, transport=transport) as client:
        pass
    with pytest.raises(RuntimeError, match="closed"):
        client.delete_callback_followme()

    async def scenario():
        async with AsyncMttClient(URL, "l", "p", CUSTOMER, transport=transport) as client:
            pass
        with pytest.raises(RuntimeError, match="closed"):
            await client.delete_callback_followme()

    asyncio.run(scenario())


def test_close_closes_the_connections(kit):
    client = kit.client(Script())
    closing = "close" if isinstance(client.client, MttClient) else "aclose"
    getattr(client, closing)()
    with pytest.raises(RuntimeError, match="closed"):
        client.delete_callback_followme()


def test_every_request_has_the_timeout(kit):
    script = Script(SUCCESS % 1)
    kit.client(script, timeout=2.5).delete_callback_followme()
    every = {"connect": 2.5, "read": 2.5, "write": 2.5, "pool": 2.5}
    assert script.requests[0].extensions["timeout"] == every


def test_both_clients_take_the_same_arguments():
    for name in (name for name in dir(AsyncMttClient) if not name.startswith("_")):
        if name == "aclose":
            continue
        sync, asynchronous = getattr(MttClient, name), getattr(AsyncMttClient, name)
        assert inspect.signature(sync) == inspect.signature(asynchronous), name
        assert inspect.iscoroutinefunction(asynchronous)


def test_cookies_are_not_stored(kit):
    def setting(_):
        return httpx2.Response(
            200, headers={"set-cookie": "session=1; Path=/"}, content=SUCCESS % 1
        )

    script = Script(setting, SUCCESS % 2)
    client = kit.client(script)
    client.delete_callback_followme()
    client.delete_callback_followme()
    assert "cookie" not in script.requests[1].headers
