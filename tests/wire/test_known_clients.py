"""Four usage patterns of public clients work unchanged."""

import base64
import http.client
import json
import urllib.error
import urllib.parse
import urllib.request

import pytest

from mtt_mock import LiveServer, create_app

CUSTOMER = "883140500000000"
STRUCT = [{"order": 1, "type": "lineral", "redirect_number": "+79000000001"}]
AUTH = {"Authorization": "Basic " + base64.b64encode("логин:пароль".encode()).decode()}


@pytest.fixture
def server():
    with LiveServer(create_app()) as live:
        yield live


def send(server, verb, path, body=None, **headers):
    connection = http.client.HTTPConnection(server.host, server.port, timeout=20)
    connection.request(verb, path, body, AUTH | headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, json.loads(text)


def test_a_client_that_reads_the_service_map(server):
    status, smd = send(server, "GET", "/index.php")
    assert status == 200
    entry = smd["services"]["setCallBackFollowme"]
    names = [parameter["name"] for parameter in entry["parameters"]]
    assert names == ["customer_name", "callBackFollowmeStruct", "caller_id", "defaultBNumber"]
    values = [CUSTOMER, STRUCT, "74951001010", "79511234567"]
    params = dict(zip(names, values, strict=True))
    call = {"jsonrpc": "2.0", "method": "setCallBackFollowme", "params": params, "id": 1}
    content_type = {"Content-Type": "application/json"}
    answer = send(server, "POST", smd["target"], json.dumps(call), **content_type)
    assert answer == (200, {"jsonrpc": "2.0", "result": {"success": 1}, "id": 1})


def test_a_client_that_posts_json_as_a_form(server):
    call = {
        "jsonrpc": "2.0",
        "method": "setCallBackFollowme",
        "params": {"customer_name": CUSTOMER, "callBackFollowmeStruct": STRUCT},
        "id": "3",
    }
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for result in (
        {"success": 1},
        {"error": 1, "error_description": "Side A not clear. Delete before insert"},
    ):
        answer = send(server, "POST", "/index.php", json.dumps(call), **form)
        assert answer == (200, {"jsonrpc": "2.0", "result": result, "id": "3"})


def test_a_client_that_sends_positional_parameters(server):
    call = {"jsonrpc": "2.0", "method": "setCallBackFollowme", "id": 1}
    call["params"] = [CUSTOMER, STRUCT, None, "79511234567"]
    assert send(server, "POST", "/index.php", json.dumps(call))[1]["result"] == {"success": 1}
    call = {"jsonrpc": "2.0", "method": "getCallBackFollowme", "params": [CUSTOMER], "id": 2}
    assert send(server, "POST", "/index.php", json.dumps(call))[1]["result"] == {
        "callBackFollowmeStruct": STRUCT,
        "defaultBNumber": "79511234567",
    }


def test_a_client_that_expects_error_statuses(server):
    call = {
        "jsonrpc": "2.0",
        "method": "getCallBackFollowme",
        "params": {"customer_name": CUSTOMER},
        "id": 1,
    }
    request = urllib.request.Request(server.url, json.dumps(call).encode(), AUTH)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with pytest.raises(urllib.error.HTTPError) as caught:
        opener.open(request, timeout=20)
    with caught.value as answer:
        assert answer.status == 500
        assert json.load(answer)["error"] == {
            "code": -32603,
            "message": "Internal error",
            "data": "Callback followme structure not found",
        }
