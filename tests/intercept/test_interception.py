"""Interception: all connections to MTT reach the fake, and everything is restored."""

import _socket
import asyncio
import concurrent.futures
import contextlib
import errno
import functools
import http.client
import importlib
import os
import socket
import ssl
import subprocess
import sys
import threading
import types
import urllib.request
from http import HTTPStatus
from unittest import mock
from urllib.parse import urlsplit

import certifi
import pytest
from libraries import SET, URL, with_aiohttp, with_http_client, with_urllib_request

import mtt_mock
from mtt_mock import InterceptError, intercept
from mtt_mock.domain.hosts import HostError
from mtt_mock.interception.hooks import child_processes
from mtt_mock.server.tls import Authority

HOST = "webapicommon.mtt.ru"
PATCHED = [
    (socket, "getaddrinfo"),
    (socket, "gethostbyname"),
    (socket, "gethostbyname_ex"),
    (socket.socket, "__init__"),
    (socket.socket, "connect"),
    (socket.socket, "connect_ex"),
    (socket.socket, "send"),
    (socket.socket, "sendall"),
    (socket.socket, "sendmsg"),
    (ssl.SSLSocket, "send"),
    (ssl.SSLSocket, "write"),
    (ssl.SSLObject, "write"),
    (ssl.SSLContext, "wrap_socket"),
    (ssl.SSLContext, "wrap_bio"),
    (subprocess.Popen, "__init__"),
    (os, "execve"),
    (os, "posix_spawn"),
    (os, "posix_spawnp"),
]
ORIGINAL = [vars(owner).get(name) for owner, name in PATCHED]


@pytest.fixture(autouse=True)
def _nothing_stays():
    environment = dict(os.environ)
    yield
    assert [vars(owner).get(name) for owner, name in PATCHED] == ORIGINAL
    changed = {
        name for name in environment | os.environ if environment.get(name) != os.environ.get(name)
    }
    assert changed <= {"PYTEST_CURRENT_TEST"}


@contextlib.contextmanager
def listening(answer=b""):
    """A server other than the fake; it stores the received bytes."""
    got, stopping = [], threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
                connection, _ = server.accept()
                with connection, contextlib.suppress(OSError):
                    if stopping.is_set():
                        return
                    connection.settimeout(20)
                    got.append(connection.recv(65536))
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        address = server.getsockname()
        yield types.SimpleNamespace(got=got, port=address[1])
        stopping.set()
        socket.create_connection(address).close()
        thread.join()


# What is redirected.


def test_every_spelling_of_the_name_reaches_the_fake():
    with intercept() as interception:
        for name in (HOST, "WebApiCommon.MTT.ru", "webapicommon.mtt.ru.", b"webapicommon.mtt.ru"):
            socket.create_connection((name, 443), timeout=20).close()
        plain = http.client.HTTPConnection(HOST, timeout=20)
        plain.request("OPTIONS", "/index.php")
        assert plain.getresponse().status == 200
        plain.close()
        direct = socket.socket()
        direct.connect((HOST, 443))
        assert direct.getpeername()[0] == "127.0.0.1"
        direct.close()
        assert interception.refused == ()


@pytest.mark.parametrize("family", [socket.AF_UNSPEC, socket.AF_INET, socket.AF_INET6])
def test_every_address_family_reaches_the_fake(family):
    with intercept():
        found = socket.getaddrinfo(HOST, "https", family, socket.SOCK_STREAM)
        assert found
        for kind, type_, proto, _, address in found:
            with socket.socket(kind, type_, proto) as sock:
                try:
                    sock.connect(address)
                except OSError as error:
                    assert kind == socket.AF_INET6, error  # noqa: PT017
                    pytest.skip("no IPv6 here")
                assert sock.getpeername()[0] in ("127.0.0.1", "::ffff:127.0.0.1")


def test_getaddrinfo_keeps_its_contract():
    with intercept():
        [named] = {
            entry[3]
            for entry in socket.getaddrinfo(HOST, 443, flags=socket.AI_CANONNAME)
            if entry[3]
        }
        assert named == HOST
        with pytest.raises(socket.gaierror):
            socket.getaddrinfo(HOST, 443, flags=socket.AI_NUMERICHOST)
        assert socket.gethostbyname(HOST) == socket.gethostbyname_ex(HOST)[2][0]
        assert socket.gethostbyname("localhost") == "127.0.0.1"
        assert "127.0.0.1" in socket.gethostbyname_ex("localhost")[2]
        assert socket.getaddrinfo(None, 80)
        assert socket.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM)


def test_other_hosts_can_be_configured_names_and_addresses():
    with intercept(hosts=["Other.Example", "203.0.113.7"]) as interception:
        assert interception.hosts == ("203.0.113.7", "other.example")
        context = ssl.create_default_context()
        for name in interception.hosts:
            with (
                socket.create_connection((name, 443), timeout=20) as raw,
                context.wrap_socket(raw, server_hostname=name) as tls,
            ):
                assert tls.getpeername()[0] == "127.0.0.1"
        assert socket.gethostbyname("localhost") == "127.0.0.1"


def test_private_hosts_are_not_intercepted():
    with listening(b"HTTP/1.0 200 OK\r\n\r\nhello") as other, intercept():
        with urllib.request.urlopen(f"http://127.0.0.1:{other.port}/x", timeout=20) as answer:
            assert answer.read() == b"hello"
        with urllib.request.urlopen(f"http://localhost:{other.port}/x", timeout=20) as answer:
            assert answer.read() == b"hello"
        left, right = socket.socketpair()
        left.sendall(b"CONNECT example.com:443 HTTP/1.1\r\n\r\n")
        left.sendmsg([b"POST http://example.com/ HTTP/1.1\r\n", b"\r\n"])
        left.close()
        right.close()
        for kind, address in [
            (socket.SOCK_DGRAM, ("8.8.8.8", 80)),  # how programs learn their own address
            (socket.SOCK_STREAM, ("10.255.255.1", 5432)),
        ]:
            with socket.socket(socket.AF_INET, kind) as sock:
                sock.setblocking(False)
                assert sock.connect_ex(address) in (0, errno.EINPROGRESS, errno.ENETUNREACH)


# What is refused.


@pytest.mark.parametrize("address", ["1.1.1.1", "::ffff:1.1.1.1", "2606:4700:4700::1111"])
def test_unresolved_public_addresses_are_refused(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with intercept() as interception, socket.socket(family) as sock:
        for call in (sock.connect, sock.connect_ex):
            with pytest.raises(
                InterceptError, match="mtt-mock refused: a connection to"
            ) as refused:
                call((address, 443))
            assert "looked up under another name" in str(refused.value)
            assert "mtt_mock.intercept(allow=" in str(refused.value)
        assert len(interception.refused) == 2


def test_sockets_stay_instances_of_their_base():
    with intercept(), socket.socket() as sock:
        assert isinstance(sock, _socket.socket)
        subclass = type("Other", (_socket.socket,), {})
        assert not isinstance(sock, subclass)
        with contextlib.closing(subclass()) as other:
            assert isinstance(other, subclass)


@pytest.mark.parametrize("method", ["connect", "connect_ex"])
@pytest.mark.parametrize("is_reloaded", [False, True])
def test_sockets_of_an_unhooked_class_are_refused(method, is_reloaded):
    with intercept() as interception:
        # importlib.reload(socket) makes such a class.
        unhooked = _socket.socket
        if is_reloaded:
            unhooked = type("socket", (unhooked,), {"__slots__": ["__weakref__"]})
        placeholder = socket.gethostbyname(HOST)
        for address, reason in (
            (
                (placeholder, 443),
                f"a connection to {placeholder} by a socket that cannot be redirected",
            ),
            (("45.45.45.45", 443), "a connection to 45.45.45.45 port 443. While webapicommon"),
        ):
            with contextlib.closing(unhooked()) as sock:
                with pytest.raises(InterceptError, match=f"mtt-mock refused: {reason}"):
                    getattr(sock, method)(address)
        assert len(interception.refused) == 2
        with contextlib.closing(unhooked()) as sock:
            port = urlsplit(interception.server.url).port
            sock.connect(("127.0.0.1", port))  # others are let through


def test_asyncio_and_udp_on_443_are_refused_likewise():
    with intercept() as interception:
        with pytest.raises(InterceptError):
            asyncio.run(asyncio.open_connection("1.1.1.1", 443))
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as quic,
            pytest.raises(InterceptError),
        ):
            quic.connect(("1.1.1.1", 443))
        assert len(interception.refused) == 2


@pytest.mark.parametrize("host", [HOST, "1.1.1.1"])
@pytest.mark.parametrize(
    "send",
    [
        lambda sock, address: sock.sendto(b"x", address),
        lambda sock, address: sock.sendto(b"x", 0, address),
        lambda sock, address: sock.sendmsg([b"x"], [], 0, address),
    ],
)
def test_datagrams_without_a_connection_are_refused(host, send):
    with intercept() as interception, socket.socket(type=socket.SOCK_DGRAM) as quic:
        with pytest.raises(InterceptError, match=r"a (datagram|connection) to 1"):
            send(quic, (socket.gethostbyname(host), 443))
        assert len(interception.refused) == 1
        with socket.socket(type=socket.SOCK_DGRAM) as receiver:
            receiver.bind(("127.0.0.1", 0))
            assert send(quic, receiver.getsockname()) == 1  # others are let through
            assert receiver.recv(2) == b"x"


@pytest.mark.skipif(not hasattr(socket, "MSG_FASTOPEN"), reason="the system has no TCP Fast Open")
def test_tcp_fast_open_reaches_the_fake():
    request = b"OPTIONS /index.php HTTP/1.0\r\n\r\n"
    with intercept():
        for send in (
            lambda sock, address: sock.sendto(request, socket.MSG_FASTOPEN, address),
            lambda sock, address: sock.sendmsg([request], [], socket.MSG_FASTOPEN, address),
        ):
            with socket.socket() as sock:
                send(sock, (HOST, 80))
                assert sock.recv(12) == b"HTTP/1.1 200"


def test_custom_resolvers_are_refused():
    real = ("93.184.216.34", 443)  # what a library with a resolver or a cache of its own would use
    with intercept():
        import aiohttp

        class Resolver(aiohttp.abc.AbstractResolver):
            async def resolve(self, host, port=0, family=socket.AF_INET):  # noqa: ARG002
                return [
                    {
                        "hostname": host,
                        "host": real[0],
                        "port": port,
                        "family": socket.AF_INET,
                        "proto": 0,
                        "flags": 0,
                    }
                ]

            async def close(self):
                pass

        async def call():
            connector = aiohttp.TCPConnector(resolver=Resolver())
            async with aiohttp.ClientSession(connector=connector) as session:
                await session.get(URL)

        with pytest.raises(aiohttp.ClientConnectorError, match="mtt-mock refused"):
            asyncio.run(call())


@pytest.mark.parametrize(
    ("family", "address"), [(socket.AF_INET, "45.45.45.45"), (socket.AF_INET6, "2a00::45")]
)
def test_under_exec_mtts_own_address_leads_to_the_fake(monkeypatch, family, address):
    def getaddrinfo(_host, _port):
        return [(family, socket.SOCK_STREAM, 6, "", (address, 0))]

    with intercept() as interception:
        monkeypatch.setattr(_socket, "getaddrinfo", getaddrinfo)
        interception.redirect.ports |= {9}  # as under mtt-mock exec, whose proxy listens there
        with socket.socket(family) as sock:
            sock.connect((address, 80))
            sock.sendall(b"OPTIONS /index.php HTTP/1.0\r\n\r\n")
            assert sock.recv(12) == b"HTTP/1.1 200"
        with socket.socket(family) as sock, pytest.raises(InterceptError, match=r"1::9|1\.1\.1\.1"):
            sock.connect(("2a01::9" if family == socket.AF_INET6 else "1.1.1.1", 80))


def test_addresses_can_be_allowed_and_learnt_by_name(monkeypatch):
    # The originals, so that nothing leaves this machine.
    reached = []
    monkeypatch.setattr(
        socket.socket, "connect", lambda _self, to: reached.append(to[0]), raising=False
    )
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda _host, port, *_: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("9.9.9.9", port))],
    )
    with intercept(allow=["8.8.8.0/24"]), socket.socket() as sock:
        sock.connect(("8.8.8.8", 443))
        with pytest.raises(InterceptError):
            sock.connect(("9.9.9.9", 443))
        socket.getaddrinfo("9.9.9.9", 443)
        with pytest.raises(InterceptError):  # to look up an address says nothing
            sock.connect(("9.9.9.9", 443))
        socket.getaddrinfo("dns.example", 443)
        sock.connect(("9.9.9.9", 443))
    assert reached == ["8.8.8.8", "9.9.9.9"]


@pytest.mark.parametrize(
    "asked",
    [
        b"CONNECT webapicommon.mtt.ru:443 HTTP/1.1\r\nHost: webapicommon.mtt.ru:443\r\n\r\n",
        b"CONNECT WEBAPICOMMON.MTT.RU:443 HTTP/1.0\r\n\r\n",
        b"POST http://webapicommon.mtt.ru/index.php HTTP/1.1\r\nHost: x\r\n\r\n{}",
        b"GET http://user:pass@webapicommon.mtt.ru:80/ HTTP/1.1\r\n\r\n",
        b"POST /index.php HTTP/1.1\r\nAccept: */*\r\nHost: webapicommon.mtt.ru\r\n\r\n{}",
        b"\x05\x01\x00\x03\x13webapicommon.mtt.ru\x01\xbb",
        b"\x04\x01\x01\xbb\x00\x00\x00\x01me\x00webapicommon.mtt.ru\x00",
    ],
)
def test_proxies_and_tunnels_to_mtt_are_refused(asked):
    with listening() as proxy, intercept() as interception:
        with socket.create_connection(("127.0.0.1", proxy.port)) as sock:
            for send in (
                sock.sendall,
                sock.send,
                lambda data: sock.sendmsg([data[:20], data[20:]]),
            ):
                with pytest.raises(InterceptError, match="which is not the fake") as refused:
                    send(asked)
        assert "NO_PROXY=webapicommon.mtt.ru" in str(refused.value)
        assert len(interception.refused) == 3
    assert not [data for data in proxy.got if data]


def test_a_proxied_socket_that_hides_its_peer_is_let_through():
    class ProxiedSocket(socket.socket):
        """As PySocks makes them: they name the server behind the proxy, and nothing before."""

        def getpeername(self):
            return None

    with intercept() as interception, ProxiedSocket() as sock:
        port = urlsplit(interception.server.url).port
        sock.connect(("127.0.0.1", port))
        sock.sendall(f"OPTIONS /index.php HTTP/1.0\r\nHost: {HOST}\r\n\r\n".encode())
        assert sock.recv(12) == b"HTTP/1.1 200"


def test_tls_for_mtt_to_other_servers_is_refused():
    with listening() as other, intercept():
        context = ssl.create_default_context()
        with socket.create_connection(("127.0.0.1", other.port)) as sock:
            with pytest.raises(InterceptError, match="a TLS connection for webapicommon"):
                context.wrap_socket(sock, server_hostname=HOST)

        async def call():
            await asyncio.open_connection(
                "127.0.0.1", other.port, ssl=context, server_hostname=HOST
            )

        with pytest.raises(OSError):
            asyncio.run(call())
    assert not [data for data in other.got if HOST.encode() in data]


def test_environment_proxies_are_not_used_for_mtt(monkeypatch):
    with listening(b"HTTP/1.1 502 no\r\n\r\n") as proxy:
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", "example.com")
        import httpx
        import requests

        early = httpx.Client()
        with intercept() as interception:
            assert os.environ["NO_PROXY"] == "example.com,webapicommon.mtt.ru"
            assert with_urllib_request()["result"] == {"success": 1}
            assert requests.post(URL, json=SET, auth=("a", "b"), timeout=20).json()["result"]
            assert httpx.post(URL, json=SET, auth=("a", "b")).json()["result"]
            assert interception.refused == ()
            # A client that took the proxy before cannot be helped, but nothing leaves.
            with pytest.raises(httpx.TransportError):
                early.post(URL, json=SET)
            [refused] = interception.refused
            assert refused.startswith("a request for webapicommon.mtt.ru through 127.0.0.1 port ")
        early.close()
    assert not [data for data in proxy.got if b"mtt" in data]


def test_a_connection_from_before_is_refused_not_used():
    with mtt_mock.serve() as real:  # in place of the real MTT
        trusting = ssl.create_default_context(cafile=Authority.of_machine().path)
        raw = socket.create_connection(("127.0.0.1", real.live.tls_port((HOST,))))
        with trusting.wrap_socket(raw, server_hostname=HOST) as before, intercept():
            for call in (before.send, before.sendall, before.write):
                with pytest.raises(InterceptError, match="older than the interception"):
                    call(b"POST /index.php HTTP/1.1\r\n\r\n")
        plain = http.client.HTTPConnection("127.0.0.1", real.live.port)
        plain.connect()
        with intercept(), pytest.raises(InterceptError, match="which is not the fake"):
            plain.request("POST", "/index.php", "{}", {"Host": HOST})
        plain.close()
        assert len(real.journal) == 0


@pytest.mark.parametrize("wrap", ["wrap_socket", "wrap_bio"])
def test_clients_with_certificates_of_their_own_trust_the_fake(wrap):
    pinned = ssl.create_default_context(cafile=certifi.where())
    with intercept():
        if wrap == "wrap_socket":
            connection = http.client.HTTPSConnection(HOST, context=pinned)
            connection.request("GET", "/index.php")
            assert connection.getresponse().status == HTTPStatus.UNAUTHORIZED
            connection.close()
        else:

            async def connect():
                _, writer = await asyncio.open_connection(HOST, 443, ssl=pinned)
                writer.close()
                await writer.wait_closed()

            asyncio.run(connect())


def test_a_child_with_certificates_of_its_own_trusts_the_fake():
    program = (
        "import certifi, http.client, ssl; "
        "context = ssl.create_default_context(cafile=certifi.where()); "
        f"connection = http.client.HTTPSConnection({HOST!r}, context=context); "
        "connection.request('GET', '/index.php'); print(connection.getresponse().status)"
    )
    with intercept():
        child = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
    assert child.stdout == "401\n"


def test_a_client_that_checks_no_certificates_works():
    lax = ssl._create_unverified_context()
    with intercept(), socket.create_connection((HOST, 443)) as raw:
        lax.wrap_socket(raw, server_hostname=HOST).close()


@pytest.mark.parametrize("data", [b"", b"G", b"\x16", b"\x16\x03\x01\x00\x01\x01", b"\x05\x01"])
def test_short_data_passes(data):
    left, right = socket.socketpair()
    with intercept(), left, right:
        left.sendall(data)
        left.send(memoryview(data))
        with pytest.raises(TypeError):
            left.send("text")


# How long it holds.


def test_the_innermost_interception_applies():
    with intercept() as outer:
        with_http_client()
        with intercept() as inner:
            with_http_client()
            assert (len(outer.server.journal), len(inner.server.journal)) == (1, 1)
        with_http_client()
        assert (len(outer.server.journal), len(inner.server.journal)) == (2, 1)


def test_they_may_end_in_any_order():
    for order in ([0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0]):
        stacks = [contextlib.ExitStack() for _ in range(3)]
        open_ = [stack.enter_context(intercept()) for stack in stacks]
        alive = [0, 1, 2]
        for number in order:
            before = len(open_[alive[-1]].server.journal)
            with_http_client()
            assert len(open_[alive[-1]].server.journal) == before + 1
            stacks[number].close()
            alive.remove(number)
        assert vars(socket).get("getaddrinfo") is ORIGINAL[0]


def test_it_ends_on_an_exception_and_works_again():
    for _ in range(3):
        with contextlib.suppress(ZeroDivisionError), intercept() as interception:
            with_http_client()
            1 / 0  # noqa: B018
        assert len(interception.server.journal) == 1
        assert vars(socket).get("getaddrinfo") is ORIGINAL[0]


def test_threads_share_and_nest_interception():
    with intercept() as interception, concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: with_http_client(), range(40)))
        assert len(interception.server.journal) == 40

    def once(_number):
        with intercept(server):
            return "result" in with_http_client()

    with mtt_mock.serve() as server, concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert list(pool.map(once, range(40))) == [True] * 40
        assert len(server.journal) == 40


def test_it_decorates_a_function_too():
    @intercept()
    def call():
        return with_http_client()["result"]

    assert call() == {"success": 1}
    assert call() == {"success": 1}


def test_patches_by_others_are_kept():
    ours = socket.getaddrinfo
    with intercept():
        theirs = socket.getaddrinfo = functools.partial(socket.getaddrinfo)
    assert socket.getaddrinfo is theirs
    assert socket.getaddrinfo("127.0.0.1", 80)  # the hook below does nothing any more
    socket.getaddrinfo = ours


def test_later_guards_receive_the_fakes_address():
    # As pytest-socket does for each test, with the connect that was there when it was imported.
    original, asked = socket.socket.connect, []

    def guard(self, address):
        asked.append(address[0])
        return original(self, address)

    with intercept():
        for _ in range(2):
            socket.socket.connect = guard
            socket.create_connection((HOST, 443), timeout=20).close()
    assert asked == ["127.0.0.1", "127.0.0.1"]
    assert socket.socket.connect is guard
    del socket.socket.connect


def test_a_connect_that_another_tool_restored_is_hooked_again():
    original = socket.socket.connect
    with intercept():
        socket.socket.connect = original
        with socket.socket() as sock, pytest.raises(InterceptError, match=r"45\.45\.45\.45"):
            sock.connect(("45.45.45.45", 443))
        socket.socket.connect = original
        with socket.socket() as sock:
            sock.connect((socket.gethostbyname(HOST), 443))


def test_the_hook_returns_when_a_mock_of_connect_ends():
    with intercept():
        hook = socket.socket.connect
        with mock.patch.object(socket.socket, "connect"):
            socket.socket().close()
            assert socket.socket.connect is not hook
        socket.socket().close()
        assert socket.socket.connect is hook


@pytest.mark.parametrize(
    ("module", "name"), [("gevent.socket", "socket"), ("eventlet.greenio", "GreenSocket")]
)
def test_green_sockets_are_refused_public_addresses(tmp_path, monkeypatch, module, name):
    package, _, submodule = module.partition(".")
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").touch()
    (tmp_path / package / f"{submodule}.py").write_text(
        f"class {name}:\n"
        "    family, type = 2, 1\n"
        "    def connect(self, address):\n"
        "        return address\n"
        "    connect_ex = connect\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    for known in (package, module):
        monkeypatch.delitem(sys.modules, known, raising=False)
    with intercept() as interception:
        green = getattr(importlib.import_module(module), name)()
        for connect in (green.connect, green.connect_ex):
            with pytest.raises(InterceptError, match=r"45\.45\.45\.45"):
                connect(("45.45.45.45", 443))
            assert connect((HOST, 443)) == ("127.0.0.1", interception.server.live.tls_port((HOST,)))
    assert green.connect(("45.45.45.45", 443)) == ("45.45.45.45", 443)
    for known in (package, module):
        monkeypatch.delitem(sys.modules, known)


def test_an_aiohttp_that_was_imported_before_trusts_the_fake():
    pytest.importorskip("aiohttp")
    with intercept():
        assert with_aiohttp()["result"] == {"success": 1}


def test_unix_sockets_and_wrong_addresses_are_left_to_python(tmp_path):
    path = str(tmp_path / "socket")
    with (
        intercept(),
        socket.socket(socket.AF_UNIX) as server,
        socket.socket(socket.AF_UNIX) as client,
    ):
        server.bind(path)
        server.listen()
        client.connect(path)
        assert client.getpeername() == path
        with socket.socket() as sock:
            with pytest.raises(TypeError):
                sock.connect("webapicommon.mtt.ru")
            with pytest.raises(TypeError):
                sock.connect(("webapicommon.mtt.ru",))


def test_a_running_server_or_an_application_can_be_given():
    with mtt_mock.serve() as server:
        for fake in (server, server.live):
            with intercept(fake) as interception:
                with_http_client()
                assert len(interception.server.journal) == len(server.journal)
        assert len(server.journal) == 2
    app = mtt_mock.create_app()
    with intercept(app):
        with_http_client()
    assert len(mtt_mock.fake_of(app).journal) == 1


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"hosts": ["https://webapicommon.mtt.ru"]}, HostError, "is not a host"),
        ({"hosts": []}, HostError, "must be a list of host names"),
        ({"hosts": "localhost"}, HostError, "must be a list of host names, got 'localhost'"),
        ({"allow": "8.8.8.8"}, ValueError, "allow must be a list of addresses"),
        ({"allow": ["example.com"]}, ValueError, "allow holds 'example.com'; give addresses"),
    ],
)
def test_invalid_arguments_change_nothing(options, error, message):
    with pytest.raises(error, match=message), intercept(**options):
        pass


def test_a_fake_on_other_addresses_is_refused():
    with mtt_mock.LiveServer(mtt_mock.create_app(), host="127.0.0.2") as live:
        with pytest.raises(ValueError, match=r"listens on 127\.0\.0\.1"), intercept(live):
            pass


def test_new_interpreters_reach_the_fake():
    try:
        import _interpreters as interpreters
    except ImportError:  # before Python 3.13
        interpreters = pytest.importorskip("_xxsubinterpreters")
    own = interpreters.create
    code = (
        "import urllib.error, urllib.request\n"
        f"try: urllib.request.urlopen('http://{HOST}/index.php')\n"
        "except urllib.error.HTTPError: pass\n"  # 401
    )
    with intercept() as interception:
        interpreter = interpreters.create()
        try:
            interpreters.run_string(interpreter, child_processes._LOAD_HOOKS)  # they are there
            interpreters.run_string(interpreter, code)
        finally:
            interpreters.destroy(interpreter)
        assert len(interception.server.journal) == 1
    assert interpreters.create is own


def test_an_interpreter_without_hooks_is_refused():
    class Interpreters:
        destroyed = None

        def run_string(self, _interpreter, _script):
            return types.SimpleNamespace(formatted="ImportError: x")

        def destroy(self, interpreter):
            self.destroyed = interpreter

    interpreters = Interpreters()
    create = child_processes._create_interpreter(interpreters)(None, lambda: 7)
    with pytest.raises(RuntimeError, match="cannot hook the interpreter: ImportError: x"):
        create()
    assert interpreters.destroyed == 7


def test_child_processes_are_guarded_and_can_intercept(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("print('the one that was hidden')\n")
    code = (
        "import socket\n"
        "try: socket.create_connection(('1.1.1.1', 443))\n"
        "except ConnectionError as e: print(str(e)[12:52])\n"
        "import mtt_mock, urllib.request, urllib.error\n"
        "with mtt_mock.intercept() as own:\n"
        f"    try: urllib.request.urlopen({URL!r})\n"
        "    except urllib.error.HTTPError as e: print(e.code); e.close()\n"
        "    print(len(own.server.journal))\n"
    )
    with intercept() as interception:
        environment = os.environ | {
            "PYTHONPATH": f"{os.environ['PYTHONPATH']}{os.pathsep}{tmp_path}"
        }
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
        assert len(interception.server.journal) == 0
    assert (done.stdout.splitlines(), done.stderr) == (
        ["the one that was hidden", "mtt-mock refused: a connection to 1.1.1.", "401", "1"],
        "",
    )


# uvloop resolves and connects in C, and is hooked by itself.


def on_uvloop(main):
    uvloop = pytest.importorskip("uvloop")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


@pytest.mark.unmeasured
@pytest.mark.parametrize("library", ["httpx", "httpx2", "aiohttp"])
def test_on_uvloop_libraries_reach_the_fake(library, pytester):
    pytester.makeini("[pytest]\nmtt_intercept = true\nfilterwarnings = error\n")
    pytester.makepyfile(
        f"""
        import asyncio, uvloop

        async def ask():
            import {library} as module
            if {library!r} == "aiohttp":
                # Its own goodbye may outlast the loop, which uvloop then complains about.
                ends = module.TCPConnector()
                async with module.ClientSession(connector=ends, connector_owner=False) as session:
                    async with session.get({URL!r}) as answer:
                        status = answer.status
                await ends.close(abort_ssl=True)
                return status
            async with module.AsyncClient() as client:
                return (await client.get({URL!r})).status_code

        def test_it(mtt_intercept, mtt_server):
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                assert runner.run(ask()) == 401
            assert len(mtt_server.journal) == 1
        """
    )
    pytest.importorskip("uvloop")
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_uvloop_streams_reach_the_fake():
    async def call():
        context = ssl.create_default_context()
        reader, writer = await asyncio.open_connection(HOST, 443, ssl=context)
        writer.write(b"OPTIONS /index.php HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        with pytest.raises(InterceptError):
            await asyncio.open_connection("1.1.1.1", 443)
        loop = asyncio.get_running_loop()
        with pytest.raises(InterceptError, match="a datagram to"):
            await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(HOST, 443))
        transport, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, ("127.0.0.1", 0)
        )
        transport.close()
        [found] = {
            entry[4][0] for entry in await loop.getaddrinfo(HOST, 443, family=socket.AF_INET6)
        }
        assert found.startswith("::ffff:127.77.")
        assert await loop.getaddrinfo("localhost", 80)
        return answer

    with intercept() as interception:
        assert on_uvloop(call()).startswith(b"HTTP/1.1 200 OK")
        assert len(interception.refused) == 2
    uvloop = pytest.importorskip("uvloop")
    assert {"getaddrinfo", "create_connection"} & set(vars(uvloop.Loop)) == set()


@pytest.mark.parametrize("tool", ["mocket", "httpretty"])
def test_tools_that_replace_sockets_are_refused(monkeypatch, tool):
    with intercept() as interception, socket.socket() as sock:
        if tool == "mocket":
            replacement = type("MocketSocket", (), {"__module__": "mocket.socket"})
            monkeypatch.setattr(socket, "socket", replacement)
        else:
            module = types.SimpleNamespace(is_enabled=lambda: True)
            monkeypatch.setitem(sys.modules, "httpretty", module)
        with pytest.raises(InterceptError, match=f"{tool} replaces Python's sockets"):
            sock.connect((HOST, 443))
        monkeypatch.undo()
    assert len(interception.refused) == 1
