"""Each HTTP library as an application uses it, with MTT's URL and checked certificates."""

import asyncio
import base64
import http.client
import json
import urllib.request

URL = "https://webapicommon.mtt.ru/index.php"
SET = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "setCallBackFollowme",
    "params": {
        "customer_name": "883140500000000",
        "callBackFollowmeStruct": [{"type": "Ringall", "redirect_number": "79000000001"}],
    },
}
LOGIN = ("login", "password")
HEADERS = {"Authorization": "Basic " + base64.b64encode(b"login:password").decode()}


def with_requests():
    import requests

    return requests.post(URL, json=SET, auth=LOGIN, timeout=20).json()


def with_requests_session():
    import requests

    with requests.Session() as session:
        return session.post(URL, json=SET, auth=LOGIN, timeout=20).json()


def with_urllib3():
    import urllib3

    with urllib3.PoolManager() as pool:
        return pool.request("POST", URL, json=SET, headers=HEADERS, timeout=20).json()


def with_urllib_request():
    request = urllib.request.Request(URL, json.dumps(SET).encode(), HEADERS)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def with_http_client():
    connection = http.client.HTTPSConnection("webapicommon.mtt.ru", timeout=20)
    connection.request("POST", "/index.php", json.dumps(SET), HEADERS)
    answer = json.load(connection.getresponse())
    connection.close()
    return answer


def with_httpx():
    import httpx

    return httpx.post(URL, json=SET, auth=LOGIN, timeout=20).json()


def with_httpx2():
    import httpx2

    return httpx2.post(URL, json=SET, auth=LOGIN, timeout=20).json()


def with_httpx_async():
    import httpx

    async def call():
        async with httpx.AsyncClient(timeout=20) as client:
            return (await client.post(URL, json=SET, auth=LOGIN)).json()

    return asyncio.run(call())


def with_httpx2_async():
    import httpx2

    async def call():
        async with httpx2.AsyncClient(timeout=20) as client:
            return (await client.post(URL, json=SET, auth=LOGIN)).json()

    return asyncio.run(call())


def with_aiohttp():
    import aiohttp

    async def call():
        async with (
            aiohttp.ClientSession(headers=HEADERS) as session,
            session.post(URL, json=SET) as answer,
        ):
            return await answer.json()

    return asyncio.run(call())


def with_asyncio_streams():
    import ssl

    async def call():
        reader, writer = await asyncio.open_connection(
            "webapicommon.mtt.ru", 443, ssl=ssl.create_default_context()
        )
        body = json.dumps(SET).encode()
        head = f"POST /index.php HTTP/1.1\r\nHost: webapicommon.mtt.ru\r\nConnection: close\r\nAuthorization: {HEADERS['Authorization']}\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return json.loads(answer.partition(b"\r\n\r\n")[2])

    return asyncio.run(call())


def with_the_mtt_client():
    from mtt_client import MttClient, Ringall, SideNotClearError

    with MttClient(URL, *LOGIN, "883140500000000") as client:
        try:
            client.set_callback_followme([Ringall("79000000001")])
        except SideNotClearError:
            return {"result": {"error": 1}}
        return {"result": {"success": 1}}


ALL = {
    name.removeprefix("with_"): call
    for name, call in list(globals().items())
    if name.startswith("with_")
}

if __name__ == "__main__":
    import sys

    print(json.dumps(ALL[sys.argv[1]]()["result"]))
