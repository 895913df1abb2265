"""Servers with several worker processes, as clients and operators see them."""

import contextlib
import http.client
import json
from urllib.parse import urlsplit

CUSTOMER = "883140500000000"
AUTH = "Basic bG9naW46cGFzc3dvcmQ="
WON = {"success": 1}
LOST = {"error": 1, "error_description": "Side A not clear. Delete before insert"}
NAMES = ["start_side_A", "start_side_B", "end_side_A", "end_side_B"]


def request(method, **params):
    return {"jsonrpc": "2.0", "id": "1", "method": method, "params": params}


def set_request(customer=CUSTOMER):
    elements = [{"type": "ringall", "redirect_number": "79000000001"}]
    return request("setCallBackFollowme", customer_name=customer, callBackFollowmeStruct=elements)


def call_request(callback_url, **more):
    params = {
        "customer_name": CUSTOMER,
        "b_number": "79000010099",  # answers at once
        "caller_id": "74951001010",
        "callBackURL": callback_url,
        "simpleCallBackFollowmeStruct": [{"type": "Linear", "redirect_number": "79000010001"}],
    }
    return request("makeCallBackCallFollowme", **params | more)


def post(url, envelope, *, timeout=20):
    """Return the response to a request on a new connection."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    with contextlib.closing(connection):
        connection.request("POST", parts.path, json.dumps(envelope), {"Authorization": AUTH})
        return json.loads(connection.getresponse().read())


def control(url, path, values=None, *, timeout=20):
    """Return the control API's response to a GET, or with ``values`` to a POST."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    with contextlib.closing(connection):
        body = None if values is None else json.dumps(values)
        headers = {"Content-Type": "application/json"}
        connection.request("GET" if values is None else "POST", f"/_mtt/{path}", body, headers)
        return json.loads(connection.getresponse().read())
