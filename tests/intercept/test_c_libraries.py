"""Libraries that connect or resolve in C: they reach the fake or are refused."""

import asyncio
import io
import socket
import sys

import pytest

from mtt_mock import InterceptError, intercept

URL = "https://webapicommon.mtt.ru/index.php"
BODY = '{"jsonrpc":"2.0","id":1,"method":"deleteCallBackFollowme","params":{"customer_name":"8831405"}}'


def test_pycurl_reaches_the_fake():
    pycurl = pytest.importorskip("pycurl", reason="pycurl is not installed")
    original = pycurl.Curl
    with intercept() as interception:
        handle, answer = pycurl.Curl(), io.BytesIO()
        handle.reset()
        handle.setopt(pycurl.URL, URL)
        handle.setopt(pycurl.USERPWD, "login:password")
        handle.setopt(pycurl.POSTFIELDS, BODY)
        handle.setopt(pycurl.WRITEDATA, answer)
        handle.setopt(pycurl.TIMEOUT, 20)
        handle.perform()
        assert b'"success":1' in answer.getvalue()
        assert len(interception.server.journal) == 1
    assert pycurl.Curl is original


def test_tornado_on_pycurl_reaches_the_fake():
    pytest.importorskip("pycurl", reason="pycurl is not installed")
    pytest.importorskip("tornado", reason="tornado is not installed")
    from tornado.curl_httpclient import CurlAsyncHTTPClient

    async def post():
        client = CurlAsyncHTTPClient(force_instance=True)
        response = await client.fetch(
            URL, method="POST", body=BODY, auth_username="login", auth_password="password"
        )
        return response.body

    with intercept():
        assert b'"success":1' in asyncio.run(post())


def test_curl_cffi_reaches_the_fake():
    requests = pytest.importorskip("curl_cffi.requests", reason="curl_cffi is not installed")
    with intercept():
        with requests.Session() as session:
            for _ in range(2):
                response = session.post(URL, data=BODY, auth=("login", "password"), timeout=20)
                assert '"success":1' in response.text


def test_aiohttp_with_aiodns_reaches_the_fake():
    aiohttp = pytest.importorskip("aiohttp", reason="aiohttp is not installed")
    pytest.importorskip("aiodns", reason="aiodns is not installed")
    import ssl

    async def post():
        resolver = aiohttp.AsyncResolver()
        connector = aiohttp.TCPConnector(resolver=resolver, ssl=ssl.create_default_context())
        headers = {"Authorization": "Basic bG9naW46cGFzc3dvcmQ="}
        async with aiohttp.ClientSession(connector=connector) as session:
            async with session.post(URL, data=BODY, headers=headers) as response:
                return await response.text()

    with intercept():
        assert '"success":1' in asyncio.run(post())


def test_a_dns_query_of_aiodns_is_refused_in_words():
    aiodns = pytest.importorskip("aiodns", reason="aiodns is not installed")

    async def query():
        resolver = aiodns.DNSResolver()
        try:
            return await resolver.query("webapicommon.mtt.ru", "A")
        finally:
            await resolver.close()

    with intercept() as interception:
        with pytest.raises(InterceptError, match=r"a DNS query for .* by aiodns"):
            asyncio.run(query())
        assert len(interception.refused) == 1


@pytest.mark.filterwarnings("ignore:gethostbyname:DeprecationWarning")  # still in use
@pytest.mark.parametrize("lookup", ["getaddrinfo", "gethostbyname"])
def test_aiodns_resolves_other_names(lookup):
    aiodns = pytest.importorskip("aiodns", reason="aiodns is not installed")

    async def look_up():
        resolver = aiodns.DNSResolver()
        try:
            with pytest.raises(aiodns.error.DNSError):
                await getattr(resolver, lookup)("no-such-name.invalid", socket.AF_INET)
            return await getattr(resolver, lookup)("localhost", socket.AF_INET)
        finally:
            await resolver.close()

    with intercept() as interception:
        assert "127.0.0.1" in str(asyncio.run(look_up()))
        assert interception.refused == ()


@pytest.mark.parametrize("source", [None, "raise ImportError('no libcurl')"])
def test_missing_or_broken_libraries_are_ignored(tmp_path, monkeypatch, source):
    for name in ("pycurl", "curl_cffi", "curl_cffi.curl", "aiodns", "uvloop"):
        monkeypatch.delitem(sys.modules, name, raising=False)
        if source is None or name == "uvloop":
            monkeypatch.setitem(sys.modules, name, None)
        elif "." not in name:
            (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    with intercept():
        socket.create_connection(("webapicommon.mtt.ru", 443), timeout=20).close()
