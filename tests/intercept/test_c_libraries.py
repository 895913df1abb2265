"""Libraries that connect or resolve in C: they reach the fake or are refused."""

import _socket
import asyncio
import contextlib
import gc
import io
import socket
import sys

import certifi
import pytest

from mtt_mock import InterceptError, InterceptWarning, intercept

URL = "https://webapicommon.mtt.ru/index.php"
BODY = '{"jsonrpc":"2.0","id":1,"method":"deleteCallBackFollowme","params":{"customer_name":"8831405"}}'
ADDRESS = ["webapicommon.mtt.ru:443:127.0.0.1"]  # there is no fake on this port


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


def pycurl_post(handle, pycurl):
    """Send a request and return the answer's body, or the error's number."""
    answer = io.BytesIO()
    handle.setopt(pycurl.URL, URL)
    handle.setopt(pycurl.USERPWD, "login:password")
    handle.setopt(pycurl.POSTFIELDS, BODY)
    handle.setopt(pycurl.WRITEDATA, answer)
    handle.setopt(pycurl.TIMEOUT, 20)
    handle.setopt(pycurl.RESOLVE, ADDRESS)
    try:
        handle.perform()
    except pycurl.error as error:
        return error.args[0]
    return answer.getvalue()


def test_unhashable_classes_do_not_disturb_pycurl():
    pycurl = pytest.importorskip("pycurl", reason="pycurl is not installed")

    class Meta(type):
        def __eq__(cls, other):
            return cls is other

        __hash__ = None

    unhashable = Meta("Unhashable", (), {"__slots__": ("value", "__weakref__")})()
    unhashable.value = [unhashable]  # the garbage collector knows it
    older = pycurl.Curl()
    with pytest.warns(InterceptWarning, match="before the interception: 1"), intercept():
        assert b'"success":1' in pycurl_post(older, pycurl)
    assert gc.is_tracked(unhashable)


def test_libcurl_uses_no_proxy_of_mtt_mock_exec(monkeypatch):
    pycurl = pytest.importorskip("pycurl", reason="pycurl is not installed")
    requests = pytest.importorskip("curl_cffi.requests", reason="curl_cffi is not installed")
    # The variables go before the interception ends, which restores those that it found.
    with intercept() as interception, monkeypatch.context() as patch:
        interception.redirect.ports |= {9}  # as if a proxy listened there
        for name in ("HTTPS_PROXY", "https_proxy"):
            patch.setenv(name, "http://127.0.0.1:9")
        for name in ("NO_PROXY", "no_proxy"):
            patch.setenv(name, "localhost")
        assert b'"success":1' in pycurl_post(pycurl.Curl(), pycurl)
        response = requests.post(URL, data=BODY, auth=("login", "password"), timeout=20)
        assert '"success":1' in response.text


@pytest.mark.parametrize(
    ("file", "answer"), [(certifi.where(), b'"success":1'), ("/no/such/file", b"77")]
)
def test_pycurl_with_certificates_of_its_own_trusts_the_fake(file, answer):
    pycurl = pytest.importorskip("pycurl", reason="pycurl is not installed")
    with intercept():
        handle = pycurl.Curl()
        handle.setopt(pycurl.CAINFO, file)
        assert answer in str(pycurl_post(handle, pycurl)).encode()


@pytest.mark.parametrize(
    ("file", "reaches_it"), [(certifi.where(), True), ("/no/such/file", False)]
)
def test_curl_cffi_with_certificates_of_its_own_trusts_the_fake(file, reaches_it):
    requests = pytest.importorskip("curl_cffi.requests", reason="curl_cffi is not installed")
    with intercept() as interception, requests.Session(verify=file) as session:
        with contextlib.suppress(requests.exceptions.SSLError):
            session.post(URL, data=BODY, auth=("login", "password"), timeout=20)
        assert len(interception.server.journal) == reaches_it


@pytest.mark.filterwarnings("ignore:pycurl handles created before")
@pytest.mark.parametrize("duplicate", [False, True])
def test_older_pycurl_handles_are_led_until_the_end(duplicate):
    pycurl = pytest.importorskip("pycurl", reason="pycurl is not installed")
    handle = pycurl.Curl()
    handle.setopt(pycurl.CAINFO, "/no/such/file")
    with intercept() as interception:
        inside = handle.duphandle() if duplicate else handle
        assert b'"success":1' in pycurl_post(inside, pycurl)
        assert len(interception.server.journal) == 1
    assert pycurl_post(handle, pycurl) == pycurl.E_COULDNT_CONNECT


def test_older_pycurl_handles_cause_a_warning():
    pycurl = pytest.importorskip("pycurl", reason="pycurl is not installed")
    handle = pycurl.Curl()
    with pytest.raises(
        InterceptWarning, match="pycurl handles created before the interception: 1\\."
    ):
        with intercept():
            pass
    handle.close()
    with intercept():
        assert socket.gethostbyname("webapicommon.mtt.ru") == "127.77.84.1"
    assert socket.gethostbyname("127.0.0.1") == "127.0.0.1"


def test_unreachable_pycurl_handles_cause_no_warning():
    pycurl = pytest.importorskip("pycurl", reason="pycurl is not installed")
    gc.disable()
    try:
        cycle = [pycurl.Curl()]
        cycle.append(cycle)
        del cycle
        with intercept():
            assert socket.gethostbyname("webapicommon.mtt.ru") == "127.77.84.1"
    finally:
        gc.enable()


def test_older_handles_of_an_own_class_are_led_after_a_reset():
    pycurl = pytest.importorskip("pycurl", reason="pycurl is not installed")

    class Own(pycurl.Curl):
        pass

    handle = Own()
    with intercept() as interception:
        assert isinstance(handle, Own)
        handle.reset()
        assert b'"success":1' in pycurl_post(handle, pycurl)
        assert len(interception.server.journal) == 1
    assert type(handle) is Own
    assert pycurl_post(handle, pycurl) == pycurl.E_COULDNT_CONNECT


@pytest.mark.filterwarnings("ignore:pycurl handles created before")
def test_an_older_pycurl_handle_keeps_its_certificates_after_the_end(mtt_server):
    pycurl = pytest.importorskip("pycurl", reason="pycurl is not installed")
    handle = pycurl.Curl()
    handle.setopt(pycurl.CAINFO, "/no/such/file")
    with intercept(mtt_server):
        assert b'"success":1' in pycurl_post(handle, pycurl)
        port = mtt_server.live.tls_port(["webapicommon.mtt.ru"])
    handle.setopt(pycurl.URL, f"https://127.0.0.1:{port}/index.php")
    with pytest.raises(pycurl.error) as caught:
        handle.perform()
    assert caught.value.args[0] == pycurl.E_SSL_CACERT_BADFILE


def test_older_curl_cffi_sessions_are_led_until_the_end(monkeypatch):
    # A session that has read these when it was made verifies with that file only.
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    requests = pytest.importorskip("curl_cffi.requests", reason="curl_cffi is not installed")
    from curl_cffi import Curl, CurlOpt

    answer = io.BytesIO()
    handle = Curl()
    handle.setopt(CurlOpt.URL, URL.encode())
    handle.setopt(CurlOpt.USERPWD, b"login:password")
    handle.setopt(CurlOpt.POSTFIELDS, BODY.encode())
    handle.setopt(CurlOpt.RESOLVE, ADDRESS)
    handle.setopt(CurlOpt.WRITEDATA, answer)
    with requests.Session() as session:
        with intercept() as interception:
            handle.perform(clear_resolve=False)
            assert b'"success":1' in answer.getvalue()
            response = session.post(URL, data=BODY, auth=("login", "password"), timeout=20)
            assert '"success":1' in response.text
            assert len(interception.server.journal) == 2
    with pytest.raises(Exception, match="connect"):
        handle.perform()


@pytest.mark.parametrize("target", ["{}:443", "dns:///{}:443", "dns://127.0.0.1/{}:443"])
@pytest.mark.parametrize("kind", ["insecure", "secure", "aio"])
def test_a_grpc_channel_to_mtt_is_refused(kind, target):
    grpc = pytest.importorskip("grpc", reason="grpcio is not installed")
    pytest.importorskip("grpc.aio")

    def open_channel(address):
        if kind == "aio":

            async def asynchronous():
                await grpc.aio.insecure_channel(address).close()

            return asyncio.run(asynchronous())
        if kind == "secure":
            return grpc.secure_channel(address, grpc.ssl_channel_credentials()).close()
        return grpc.insecure_channel(address).close()

    with intercept() as interception:
        with pytest.raises(InterceptError, match=r"a gRPC channel to .*webapicommon.mtt.ru"):
            open_channel(target.format("webapicommon.mtt.ru"))
        assert len(interception.refused) == 1
        open_channel("127.0.0.1:9")
    open_channel(target.format("webapicommon.mtt.ru"))  # opens no connection yet


NATIVE_CLIENT = """
class Client:
    base_url = None
    def __init__(self, base_url=None): self.base_url = base_url
    def post(self, url): return f"sent to {url}"
class Url:
    def __str__(self): return "https://webapicommon.mtt.ru/"
def get(url): return f"sent to {url}"
"""


@pytest.fixture
def native_clients(tmp_path, monkeypatch):
    """Put packages on the path that stand for clients with sockets of their own."""
    (tmp_path / "grpc").mkdir()
    (tmp_path / "grpc/__init__.py").touch()
    channel = "class Channel:\n    def __init__(self, target): self.target = target\n"
    (tmp_path / "grpc/_channel.py").write_text(channel)
    (tmp_path / "primp.py").write_text(NATIVE_CLIENT)
    for name in ("grpc", "grpc._channel", "primp"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in ("grpc", "grpc._channel", "primp"):
        sys.modules.pop(name, None)  # then monkeypatch puts back what was there


def test_grpc_that_is_imported_inside_is_refused(native_clients):
    with intercept():
        from grpc._channel import Channel

        with pytest.raises(InterceptError, match="a gRPC channel to webapicommon"):
            Channel("webapicommon.mtt.ru:443")
    assert Channel("webapicommon.mtt.ru:443").target == "webapicommon.mtt.ru:443"


@pytest.mark.parametrize("is_imported_before", [True, False])
def test_requests_of_clients_with_sockets_of_their_own_are_refused(
    native_clients, is_imported_before
):
    finders = list(sys.meta_path)
    if is_imported_before:
        import primp
    with intercept() as interception:
        import primp
        from primp import get

        relative = primp.Client("https://WebApiCommon.mtt.ru")
        for send in (
            lambda: get(URL),
            lambda: primp.get(url=URL),
            lambda: primp.Client().post(URL),
            lambda: primp.Client().post(primp.Url()),
            lambda: relative.post("/index.php"),
        ):
            with pytest.raises(InterceptError, match=r"a request to .* by primp, .* --isolate"):
                send()
        assert len(interception.refused) == 5
        assert get("https://example.com/") == "sent to https://example.com/"
        assert primp.Client().post("http://[") == "sent to http://["
        interception.redirect.ports |= {9}  # as under mtt-mock exec, where they use the proxy
        assert primp.get(URL) == f"sent to {URL}"
    assert primp.get(URL) == f"sent to {URL}"
    assert sys.meta_path == finders


@pytest.mark.parametrize(
    ("address", "reaches_it"), [("127.0.0.1", True), ("45.45.45.45", False), (None, False)]
)
def test_such_requests_pass_where_mtts_name_is_local(
    native_clients, monkeypatch, address, reaches_it
):
    def getaddrinfo(host, _port):
        if address is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))]

    with intercept() as interception:
        import primp

        monkeypatch.setattr(_socket, "getaddrinfo", getaddrinfo)  # as under exec --isolate
        with contextlib.suppress(InterceptError):
            primp.get(URL)
        assert len(interception.refused) == (not reaches_it)


def test_a_missing_client_is_a_missing_module(monkeypatch):
    monkeypatch.delitem(sys.modules, "tls_client", raising=False)
    with intercept():
        with pytest.raises(ModuleNotFoundError):
            import tls_client  # noqa: F401


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


def test_older_clients_of_tornado_reach_the_fake():
    pytest.importorskip("pycurl", reason="pycurl is not installed")
    pytest.importorskip("tornado", reason="tornado is not installed")
    from tornado.curl_httpclient import CurlAsyncHTTPClient

    async def post():
        client = CurlAsyncHTTPClient(force_instance=True)
        for _ in range(2):
            with intercept() as interception:
                response = await client.fetch(
                    URL, method="POST", body=BODY, auth_username="login", auth_password="password"
                )
                assert b'"success":1' in response.body
                assert len(interception.server.journal) == 1
        # Outside there is no interception: the name leads where libcurl is told.
        outside = client.fetch(
            URL,
            method="GET",
            prepare_curl_callback=lambda curl: curl.setopt(curl_option, ADDRESS),
        )
        with pytest.raises(Exception, match="connect"):
            await outside
        client.close()

    import pycurl

    curl_option = pycurl.RESOLVE
    asyncio.run(post())


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
        if source is None:
            monkeypatch.setitem(sys.modules, name, None)
        elif "." not in name:
            (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    with intercept():
        assert socket.gethostbyname("webapicommon.mtt.ru") == "127.77.84.1"
