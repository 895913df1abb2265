"""Endpoints for the kit's tests: live fakes, and ports without a server."""

import socket

CUSTOMER = "883140500000000"
OTHER = "883140500000001"
ELEMENTS = [
    {"order": 1, "timeout": 25, "redirect_number": "79000000017", "type": "Ringall", "name": "sales"},
    {"type": "text", "value": "One moment, please", "side": "B"},
]  # fmt: skip


def verify_arguments(url, *more):
    """Return the arguments of a quick ``mtt-mock verify`` of ``url``."""
    return [
        "verify", url, "--login", "login", "--password-env", "MTT_PASSWORD",
        "--customer", CUSTOMER, "--rate", "1000", *more,
    ]  # fmt: skip


def preset(server, customer=CUSTOMER, elements=ELEMENTS, **more):
    """Set ``elements`` for a customer of a fake."""
    import httpx2

    params = {"customer_name": customer, "callBackFollowmeStruct": elements, **more}
    envelope = {"jsonrpc": "2.0", "id": 1, "method": "setCallBackFollowme", "params": params}
    answer = httpx2.post(server.url, json=envelope, auth=server.credentials)
    assert answer.json()["result"] == {"success": 1}


def stored(server, customer=CUSTOMER):
    """Return the structure of a customer in a fake: elements, caller id, B number."""
    followme = server.followme(customer)
    elements = [element.fields for element in followme.elements]
    return elements, followme.caller_id, followme.default_b_number


def closed_port():
    """Return a loopback port without a listener."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
