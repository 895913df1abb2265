"""HTTP and HTTPS of one fake over real sockets."""

import contextlib
import datetime as dt
import errno
import gc
import http.client
import json
import re
import select
import socket
import ssl
import subprocess
import sys
import time
import warnings
from asyncio.sslproto import SSLProtocol
from types import SimpleNamespace

import pytest

from mtt_mock import LiveServer, create_app
from mtt_mock.domain.hosts import HostError
from mtt_mock.server import event_loops, live_server, sockets
from mtt_mock.server.tls import Authority, server_context, silent_invalid_names
from support.processes import serving
from support.waiting import until

SET = {
    "jsonrpc": "2.0",
    "id": "1",
    "method": "setCallBackFollowme",
    "params": {
        "customer_name": "883140500000000",
        "callBackFollowmeStruct": [{"type": "ringall", "redirect_number": "79000000001"}],
    },
}


def trusting(*hosts):
    return ssl.create_default_context(cafile=Authority.of_machine(hosts=hosts).path)


def post(connection):
    connection.request(
        "POST", "/index.php", json.dumps(SET), {"Authorization": "Basic bG9naW46cGFzc3dvcmQ="}
    )
    return json.loads(connection.getresponse().read())["result"]


@pytest.fixture
def server():
    return LiveServer(create_app())


def test_http_and_https_share_one_fake(server):
    port = server.listen_tls(server_context())
    with server:
        plain = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        secure = http.client.HTTPSConnection("localhost", port, timeout=20, context=trusting())
        assert post(plain) == {"success": 1}
        assert post(secure) == {
            "error": 1,
            "error_description": "Side A not clear. Delete before insert",
        }
        plain.close()
        secure.close()
    assert server.tls_url(port) == f"https://127.0.0.1:{port}/index.php"


def test_https_can_be_added_while_it_serves(server):
    with server:
        ports = [server.listen_tls(server_context()) for _ in range(2)]
        for port, answer in zip(ports, ("success", "error"), strict=True):
            secure = http.client.HTTPSConnection("localhost", port, timeout=20, context=trusting())
            assert answer in post(secure)
            secure.close()


@pytest.mark.parametrize("name", ["webapicommon.mtt.ru", "localhost", "127.0.0.1", "::1"])
def test_the_certificate_covers_mtt_and_this_machine(server, name):
    port = server.listen_tls(server_context())
    with (
        server,
        socket.create_connection(("127.0.0.1", port)) as raw,
        trusting().wrap_socket(raw, server_hostname=name) as tls,
    ):
        assert tls.version() in ("TLSv1.2", "TLSv1.3")


@pytest.mark.parametrize(
    ("name", "hosts"),
    [
        ("webapicommon.mtt.ru", ["webapicommon.mtt.ru", "localhost"]),
        ("127.0.0.1", ["webapicommon.mtt.ru", "localhost", "127.0.0.1", "0:0:0:0:0:0:0:1"]),
    ],
)
def test_certificates_for_a_name_hold_no_addresses(server, name, hosts):
    # BoringSSL cannot check addresses against the limits of the authority.
    port = server.listen_tls(server_context())
    with (
        server,
        socket.create_connection(("127.0.0.1", port)) as raw,
        trusting().wrap_socket(raw, server_hostname=name) as tls,
    ):
        assert [value for _, value in tls.getpeercert()["subjectAltName"]] == hosts


def test_the_certificate_is_for_no_other_host(server):
    port = server.listen_tls(server_context(["other.example"]))
    with server:
        for name, good in [("other.example", True), ("webapicommon.mtt.ru", False)]:
            with socket.create_connection(("127.0.0.1", port)) as raw:
                if good:
                    trusting("other.example").wrap_socket(raw, server_hostname=name).close()
                    continue
                with pytest.raises(ssl.SSLCertVerificationError):
                    trusting().wrap_socket(raw, server_hostname=name)


@pytest.mark.parametrize("name", ["", "https://x", "a b", 7, "*.mtt.ru"])
def test_an_invalid_host_is_refused(name):
    with pytest.raises(HostError, match="is not a host; give a name such as"):
        server_context([name])


def test_idle_handshakes_block_no_client_and_time_out(server):
    port = server.listen_tls(server_context(), handshake_timeout=2)
    with server:
        idle = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(50)]
        half = idle[0]
        half.sendall(b"\x16\x03\x01\x02\x00\x01\x00")  # the beginning of a ClientHello
        secure = http.client.HTTPSConnection("localhost", port, timeout=20, context=trusting())
        assert post(secure) == {"success": 1}
        assert select.select(idle, [], [], 0)[0] == []  # none of them was dropped before
        secure.close()
        for connection in idle:
            assert connection.recv(1) == b""
            connection.close()


def test_a_stop_finishes_requests_and_drops_handshakes(server):
    port = server.listen_tls(server_context(), handshake_timeout=60)
    server.start()
    with socket.create_connection(("127.0.0.1", port), timeout=20) as idle:
        secure = http.client.HTTPSConnection("localhost", port, timeout=20, context=trusting())
        assert post(secure) == {"success": 1}
        started = time.monotonic()
        server.stop()
        assert time.monotonic() - started < 3
        assert idle.recv(1) == b""
        secure.close()


def test_bytes_other_than_tls_are_disconnected(server):
    port = server.listen_tls(server_context())
    with server:
        for data in (b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 100, b"\x16\x03\x01\xff\xff"):
            with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
                raw.sendall(data)
                raw.shutdown(socket.SHUT_WR)
                while raw.recv(100):
                    pass
        secure = http.client.HTTPSConnection("localhost", port, timeout=20, context=trusting())
        assert post(secure) == {"success": 1}
        secure.close()


def test_a_failed_handshake_leaves_no_buffers(server):
    def connections():
        return [each for each in gc.get_objects() if isinstance(each, SSLProtocol)]

    port = server.listen_tls(server_context())
    gc.collect()
    gc.disable()  # asyncio's connection must not wait for the collector
    try:
        with server:
            before = len(connections())
            for _ in range(5):
                with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
                    raw.sendall(b"GET / HTTP/1.1\r\n\r\n")
                    assert raw.recv(1) == b""
            until(lambda: len(connections()) == before, seconds=20)
    finally:
        gc.enable()


def test_a_long_running_server_renews_its_certificate(server):
    days = 0
    start = dt.datetime.now(dt.UTC) - dt.timedelta(days=21)  # its clients are at day 21

    def now():
        return start + dt.timedelta(days=days)

    def serial():
        with (
            socket.create_connection(("127.0.0.1", port)) as raw,
            trusting().wrap_socket(raw, server_hostname="localhost") as tls,
        ):
            return tls.getpeercert()["serialNumber"]

    port = server.listen_tls(server_context(now=now))
    with server:
        first = serial()
        assert serial() == first
        days = 19
        assert serial() == first
        days = 21
        renewed = serial()
        assert renewed != first
        assert serial() == renewed


def test_the_context_is_of_pythons_own_class(monkeypatch):
    own = ssl.SSLContext
    # TLS 1.2, or the system's choice where Debian builds Python.
    oldest = own(ssl.PROTOCOL_TLS_SERVER).minimum_version

    class SSLContext(own):
        """Stands for truststore's, which calls no callback for a server name."""

    monkeypatch.setattr(ssl, "SSLContext", SSLContext)
    context = server_context()
    assert type(context) is own
    assert context.minimum_version is oldest


def test_tls_before_1_2_is_refused():
    client = ssl.create_default_context()
    client.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        client.minimum_version = ssl.TLSVersion.TLSv1
        client.maximum_version = ssl.TLSVersion.TLSv1_1
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    hello = client.wrap_bio(to_client, to_server, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        hello.do_handshake()
    # Where Debian builds Python, OpenSSL refuses it by its signatures.
    refusals = r"UNSUPPORTED_PROTOCOL|NO_SUITABLE_SIGNATURE_ALGORITHM"
    with pytest.raises(ssl.SSLError, match=refusals):
        server_context().wrap_bio(to_server, to_client, server_side=True).do_handshake()


def test_an_invalid_server_name_prints_no_traceback():
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    hello = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        hello.do_handshake()
    sent = outgoing.read().replace(b"localhost", b"local\xffost")
    with serving("--tls", "--tls-port", "0") as process:
        port = int(re.search(r"https://127\.0\.0\.1:(\d+)/index\.php", process.banner[1]).group(1))
        with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
            raw.sendall(sent)
            assert raw.recv(1) == b""
        assert process.stop() == (0, ["mtt-mock stopped."])
    assert "Traceback" not in "\n".join(process.lines)


def test_other_ignored_errors_are_reported(monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", seen.append)
    error = SimpleNamespace(exc_type=ValueError, object=b"name", err_msg=None)
    undecodable = SimpleNamespace(exc_type=UnicodeDecodeError, object=None, err_msg=None)
    with silent_invalid_names():
        for unraisable in (error, undecodable):
            sys.unraisablehook(unraisable)
        sys.unraisablehook(SimpleNamespace(**{**vars(undecodable), "object": b"\xff"}))
    assert seen == [error, undecodable]


def test_a_busy_tls_port_is_an_os_error(server):
    with socket.create_server(("127.0.0.1", 0)) as other:
        with pytest.raises(OSError, match="Address already in use"):
            server.listen_tls(server_context(), port=other.getsockname()[1])
        with server:
            assert server.port


def test_an_unstarted_server_leaves_no_socket_open(server):
    port = server.listen_tls(server_context())
    server.close()
    for each in (port, server.port):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", each))


def test_serve_tls_prints_both_urls_and_serves_both():
    with serving("--tls", "--tls-port", "0", "--tls-host", "mtt.test") as process:
        port = int(re.search(r"https://127\.0\.0\.1:(\d+)/index\.php", process.banner[1]).group(1))
        assert process.banner[1].endswith("(trust: mtt-mock ca path --tls-host mtt.test)")
        for name in ("webapicommon.mtt.ru", "mtt.test"):
            with (
                socket.create_connection(("127.0.0.1", port)) as raw,
                trusting("mtt.test").wrap_socket(raw, server_hostname=name),
            ):
                pass
        context = trusting("mtt.test")
        secure = http.client.HTTPSConnection("localhost", port, timeout=20, context=context)
        assert post(secure) == {"success": 1}
        plain = http.client.HTTPConnection(*process.url.split("/")[2].split(":"), timeout=20)
        assert post(plain)["error"] == 1
        secure.close()
        plain.close()
        assert process.stop()[0] == 0
    assert len(process.lines) == 3
    assert process.lines[-1] == "mtt-mock stopped."


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tls-port", "x"], "argument --tls-port: 'x' is not a port"),
        (["--tls-host", "a/b"], "--tls-host: 'a/b' is not a host; give a name such as"),
    ],
)
def test_an_invalid_tls_option_ends_with_exit_code_2(run_main, arguments, message):
    done = run_main("serve", "--port", "0", "--tls", "--tls-port", "0", *arguments)
    assert done.returncode == 2
    assert message in done.stderr


def test_a_busy_tls_port_is_reported_in_one_line(run_main):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run_main("serve", "--port", "0", "--tls", "--tls-port", str(port))
    assert done.returncode == 2
    assert done.stderr == (
        f"mtt-mock: cannot listen on 127.0.0.1 port {port}: Address already in use; "
        "choose another with --tls-port (0: a free one)\n"
    )


def test_a_stop_closes_every_connection():
    code = (
        "import gc, socket, ssl\n"
        "from mtt_mock import LiveServer, create_app\n"
        "from mtt_mock.server.tls import server_context\n"
        "server = LiveServer(create_app())\n"
        "port = server.listen_tls(server_context(), handshake_timeout=60)\n"
        "with server, socket.create_connection(('127.0.0.1', port)) as idle:\n"
        "    raw = socket.create_connection(('127.0.0.1', port))\n"
        "    ssl._create_unverified_context().wrap_socket(raw).close()\n"  # idle is accepted, too
        "    server.stop()\n"
        "    gc.collect()\n"
        "    print(idle.recv(1))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("b''\n", "")


def posted(port):
    connection = http.client.HTTPSConnection("localhost", port, timeout=20, context=trusting())
    answer = post(connection)
    connection.close()
    return answer


def test_unfinished_handshakes_make_room_for_others(monkeypatch, caplog):
    monkeypatch.setattr(live_server, "max_connections", lambda: 5)
    with LiveServer(create_app()) as server:
        port = server.listen_tls(server_context())
        half = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(12)]
        for connection in half:
            connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00")
        assert posted(port) == {"success": 1}
        for connection in half[:8]:
            with contextlib.suppress(ConnectionResetError):
                assert connection.recv(1) == b""
        for connection in half:
            connection.close()
    assert [record.getMessage().split(",")[0] for record in caplog.records] == [
        "5 connections are open"
    ]


def test_a_tls_listener_waits_for_a_free_descriptor(server, monkeypatch):
    loop_class = event_loops.RealTimeLoop
    accept, failed = loop_class.sock_accept, []

    async def without_descriptors(loop, listener):
        if not failed:
            failed.append(listener)
            raise OSError(errno.EMFILE, "Too many open files")
        return await accept(loop, listener)

    monkeypatch.setattr(loop_class, "sock_accept", without_descriptors)
    port = server.listen_tls(server_context())
    with server:
        assert posted(port) == {"success": 1}
    assert failed


def test_a_tls_connection_over_the_limit_is_closed(monkeypatch):
    monkeypatch.setattr(live_server, "max_connections", lambda: 1)
    with LiveServer(create_app()) as server:
        port = server.listen_tls(server_context())
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as busy:
            busy.sendall(b"GET /_mtt/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert busy.recv(65536).startswith(b"HTTP/1.1 200 ")
            with socket.create_connection(("127.0.0.1", port), timeout=20) as late:
                assert late.recv(1) == b""


def test_slow_handshakes_are_few(server, monkeypatch):
    monkeypatch.setattr(sockets, "MAX_HANDSHAKES", 3)
    monkeypatch.setattr(sockets, "MIN_HANDSHAKE_SECONDS", 0.1)
    port = server.listen_tls(server_context())
    with server:
        half = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(6)]
        assert posted(port) == {"success": 1}
        for connection in half[:4]:
            with contextlib.suppress(ConnectionResetError):
                assert connection.recv(1) == b""
        for connection in half:
            connection.close()


@pytest.mark.parametrize("in_memory", [True, False])
def test_no_key_stays_in_a_file(monkeypatch, tmp_path, in_memory):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    if not in_memory:
        monkeypatch.delattr("os.memfd_create", raising=False)
    assert server_context(["mtt.example"]).verify_mode == ssl.CERT_NONE
    assert list(tmp_path.iterdir()) == []
