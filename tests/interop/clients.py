"""Drives one Python JSON-RPC library as its documents say: LIBRARY URL. Prints what the caller gets.

Each function returns ``call(method, params)``; ``params`` are a dict or a list.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import uuid

CUSTOMER = "883140500000000"
SET = {
    "customer_name": CUSTOMER,
    "callBackFollowmeStruct": [{"type": "ringall", "redirect_number": "79000000001"}],
}
CALLS = [  # name, method, params
    ("first", "deleteCallBackFollowme", {"customer_name": CUSTOMER}),
    ("error", "getCallBackFollowme", {"customer_name": CUSTOMER}),
    ("success", "setCallBackFollowme", SET),
    ("refusal", "setCallBackFollowme", SET),
    ("position", "deleteCallBackFollowme", [CUSTOMER]),
    ("cyrillic", "deleteCallBackFollowme", {"customer_name": "Анна"}),
]
LOGIN, PASSWORD = "login", "password"


def with_login(url):
    return url.replace("://", f"://{LOGIN}:{PASSWORD}@")


def split(params):
    return ([], params) if isinstance(params, dict) else (params, {})


def awaited(open_session):
    """Return a call that runs ``open_session()``'s coroutine function once a call."""

    def call(method, params):
        async def run():
            async with open_session() as session:
                args, named = split(params)
                return await session(method, args, named)

        return asyncio.run(run())

    return call


def jsonrpclib(url):
    import jsonrpclib as library

    server = (getattr(library, "ServerProxy", None) or library.Server)(with_login(url))

    def call(method, params):
        args, named = split(params)
        return getattr(server, method)(*args, **named)

    return call


def pjrpc(url):
    import requests
    from pjrpc.client.backend import requests as backend

    session = requests.Session()
    session.auth = (LOGIN, PASSWORD)
    client = backend.Client(url, session=session)

    def call(method, params):
        args, named = split(params)
        return client.proxy.__getattr__(method)(*args, **named)

    return call


def tinyrpc(url):
    from tinyrpc import RPCClient
    from tinyrpc.protocols.jsonrpc import JSONRPCProtocol
    from tinyrpc.transports.http import HttpPostClientTransport

    client = RPCClient(JSONRPCProtocol(), HttpPostClientTransport(url, auth=(LOGIN, PASSWORD)))

    def call(method, params):
        args, named = split(params)
        return client.call(method, args, named)

    return call


def jsonrpc_requests(url):
    from jsonrpc_requests import Server

    server = Server(url, auth=(LOGIN, PASSWORD))

    def call(method, params):
        args, named = split(params)
        return getattr(server, method)(*args, **named)

    return call


def jsonrpc_async(url):
    import aiohttp
    from jsonrpc_async import Server

    class Session:
        async def __aenter__(self):
            self.server = Server(url, auth=aiohttp.BasicAuth(LOGIN, PASSWORD))
            return lambda method, args, named: getattr(self.server, method)(*args, **named)

        async def __aexit__(self, *_):
            await self.server.session.close()

    return awaited(Session)


def aiohttp_jsonrpc(url):
    import aiohttp
    from aiohttp_jsonrpc.client import ServerProxy

    class Session:
        async def __aenter__(self):
            self.session = aiohttp.ClientSession(auth=aiohttp.BasicAuth(LOGIN, PASSWORD))
            proxy = ServerProxy(url, client=self.session)
            return lambda method, args, named: getattr(proxy, method)(*args, **named)

        async def __aexit__(self, *_):
            await self.session.close()

    return awaited(Session)


def aiohttp_rpc(url):
    import aiohttp
    import aiohttp_rpc as library

    class Session:
        async def __aenter__(self):
            self.client = library.JSONRPCClient(url, auth=aiohttp.BasicAuth(LOGIN, PASSWORD))
            await self.client.connect()
            return lambda method, args, named: self.client.call(method, *args, **named)

        async def __aexit__(self, *_):
            await self.client.disconnect()

    return awaited(Session)


def async_jrpc(url):
    from jrpc import Client

    class Session:
        async def __aenter__(self):
            self.client = Client(url, auth=(LOGIN, PASSWORD))
            return lambda method, args, named: self.client.call(method, *args, **named)

        async def __aexit__(self, *_):
            await self.client.aclose()

    return awaited(Session)


def jsonrpcclient(url):
    import requests
    from jsonrpcclient import Error, parse, request

    def call(method, params):
        answer = requests.post(url, json=request(method, params=params), auth=(LOGIN, PASSWORD))
        parsed = parse(answer.json())
        if isinstance(parsed, Error):
            raise RuntimeError(repr(parsed))  # noqa: TRY004
        return parsed.result

    return call


def json_rpc(url):
    import requests
    from jsonrpc.jsonrpc2 import JSONRPC20Request

    def call(method, params):
        body = JSONRPC20Request(method, params, _id=str(uuid.uuid4())).json
        answer = requests.post(url, data=body, auth=(LOGIN, PASSWORD)).json()
        if "error" in answer:
            raise RuntimeError(json.dumps(answer["error"]))
        return answer["result"]

    return call


def json_rpc_without_id(url):
    import requests
    from jsonrpc.jsonrpc2 import JSONRPC20Request

    def call(method, params):
        answer = requests.post(
            url, data=JSONRPC20Request(method, params).json, auth=(LOGIN, PASSWORD)
        )
        return answer.json()["result"]

    return call


def jsonrpc2_pyclient(url):
    from jsonrpc2pyclient.httpclient import RPCHTTPClient

    token = base64.b64encode(f"{LOGIN}:{PASSWORD}".encode()).decode()
    client = RPCHTTPClient(url, {"Authorization": f"Basic {token}"})

    def call(method, params):
        return client.call(method, params)

    return call


def bitcoinrpc(url):
    from bitcoinrpc import BitcoinRPC

    class Session:
        async def __aenter__(self):
            self.rpc = BitcoinRPC.from_config(url, (LOGIN, PASSWORD))
            await self.rpc.__aenter__()
            return lambda method, args, named: self.rpc.acall(method, args or list(named.values()))

        async def __aexit__(self, *error):
            await self.rpc.__aexit__(*error)

    return awaited(Session)


def text_of(error):
    """Return all that an exception tells its caller."""
    causes = [error, error.__cause__] if error.__cause__ else [error]
    shown = [
        f"{cause!r} {cause} {vars(cause) if hasattr(cause, '__dict__') else ''}" for cause in causes
    ]
    for cause in causes:
        for name in ("server_response", "response"):
            body = getattr(getattr(cause, name, None), "text", None)
            shown.append(body if isinstance(body, str) else "")
    return " ".join(shown)


def main(library, url):
    call = globals()[library](url)
    answers = {}
    for name, method, params in CALLS:
        try:
            answers[name] = {"value": call(method, params)}
        except Exception as error:  # noqa: BLE001 -- whatever the library raises
            answers[name] = {
                "error": f"{type(error).__name__}: {error}"[:120],
                "all": text_of(error)[:4000],
            }
    print(json.dumps(answers, default=repr))


if __name__ == "__main__":
    main(*sys.argv[1:])
