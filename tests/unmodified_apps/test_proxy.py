"""The proxy over real sockets, and ``mtt-mock proxy`` with ``mtt-mock env``."""

import contextlib
import http.client
import http.server
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mtt_mock
from mtt_mock import Fake
from mtt_mock.cli.environment_options import FakeTarget
from mtt_mock.conformance.recording.tape import TapeWriter
from mtt_mock.interception.exec.fake_environment import open_environment
from mtt_mock.interception.proxy import Proxy
from mtt_mock.interception.proxy.destinations import is_public_address
from mtt_mock.interception.proxy.request_head import HeadError, parse
from mtt_mock.server.tls import Authority
from support.processes import serving
from support.waiting import until

HOST = "webapicommon.mtt.ru"


@pytest.fixture(scope="module")
def fake():
    with mtt_mock.serve() as server:
        yield server


def proxy_of(fake, **options):
    return Proxy([HOST], fake.live.tls_port((HOST,)), fake.live.port, **options)


@pytest.fixture(scope="module", params=["fake", "recorder"])
def tunnels(request, tmp_path_factory):
    """A proxy as ``mtt-mock proxy`` starts it, with and without ``--record``."""
    folder = tmp_path_factory.mktemp("tape")
    with contextlib.ExitStack() as stack:
        is_recorded = request.param == "recorder"
        tape = stack.enter_context(TapeWriter(folder / "tape")) if is_recorded else None
        target = FakeTarget(Fake(), None, tape)
        yield stack.enter_context(open_environment(target.serve)).proxy


def say(proxy, data, *, end=True):
    """Send ``data`` and return all received bytes."""
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=20) as sock:
        sock.sendall(data)
        if end:
            sock.shutdown(socket.SHUT_WR)
        answer = b""
        while part := sock.recv(65536):
            answer += part
        return answer


@contextlib.contextmanager
def echoing():
    """A server that echoes its input in capitals."""

    def serve():
        while True:
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                while data := connection.recv(65536):
                    if data == b"stop":
                        return
                    connection.sendall(data.upper())

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        with socket.create_connection(server.getsockname()) as last:
            last.sendall(b"stop")
        thread.join()


def test_a_tunnel_to_mtt_is_tls_with_the_fake(fake):
    with proxy_of(fake) as proxy:
        context = ssl.create_default_context(cafile=Authority.of_machine().path)
        for port in (443, 8443):
            connection = http.client.HTTPSConnection(
                "127.0.0.1", proxy.port, context=context, timeout=20
            )
            connection.set_tunnel(HOST, port)
            connection.request("OPTIONS", "/index.php")
            assert connection.getresponse().status == 200
            connection.close()
        assert proxy.refused == {}


@pytest.mark.parametrize(
    "target",
    [
        f"http://{HOST}/index.php",
        f"http://{HOST}:80/index.php",
        f"HTTP://{HOST.upper()}./index.php",
    ],
)
def test_plain_requests_for_mtt_reach_the_fake(fake, target):
    with proxy_of(fake) as proxy:
        answer = say(
            proxy, f"OPTIONS {target} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode(), end=False
        )
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_tunnel_to_port_80_is_plain_http(fake):
    with proxy_of(fake) as proxy:
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=20) as sock:
            sock.sendall(f"CONNECT {HOST}:80 HTTP/1.1\r\n\r\n".encode())
            assert sock.recv(100) == b"HTTP/1.1 200 Connection established\r\n\r\n"
            sock.sendall(b"OPTIONS /index.php HTTP/1.1\r\nHost: x\r\n\r\n")
            assert sock.recv(100).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        (b"CONNECT example.com:443 HTTP/1.1\r\n\r\n", "example.com:443"),
        (b"GET http://example.com/ HTTP/1.1\r\n\r\n", "example.com:80"),
        (b"CONNECT notwebapicommon.mtt.ru:443 HTTP/1.1\r\n\r\n", "notwebapicommon.mtt.ru:443"),
        (
            b"CONNECT webapicommon.mtt.ru.evil.example:443 HTTP/1.1\r\n\r\n",
            "webapicommon.mtt.ru.evil.example:443",
        ),
        (b"CONNECT 127.0.0.1:22 HTTP/1.1\r\n\r\n", "127.0.0.1:22"),
    ],
)
def test_other_hosts_are_refused_with_the_reason_and_remembered(fake, asked, name):
    with proxy_of(fake) as proxy:
        answer = say(proxy, asked)
        say(proxy, asked)
        assert proxy.refused == {name: 2}
    assert answer.startswith(b"HTTP/1.1 403 Forbidden\r\n")
    assert answer.endswith(
        f"mtt-mock proxy: {name} is refused: only the MTT host is served; --pass-on lets others "
        "through\n".encode()
    )


PRIVATE = [
    "127.0.0.1",
    "127.9.9.9",
    "::1",
    "0.0.0.0",
    "::",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "fe80::1",
    "fe80::1%eth0",
    "fd00::1",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
    "2001:0:7f00:1::",
    "nonsense",
    "",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_pass_on_refuses_non_public_addresses(fake, address):
    assert not is_public_address(address)
    resolve = {"inside.example": ["93.184.216.34", address]}
    with proxy_of(fake, pass_on=True, resolve=resolve.get) as proxy:
        answer = say(proxy, b"CONNECT inside.example:443 HTTP/1.1\r\n\r\n")
        plain = say(proxy, b"GET http://inside.example/ HTTP/1.1\r\n\r\n")
        assert proxy.refused == {"inside.example:443": 1, "inside.example:80": 1}
    for response in (answer, plain):
        assert response.startswith(b"HTTP/1.1 403 Forbidden\r\n")
        assert response.endswith(b"its address is not one of the public internet\n")


@pytest.mark.parametrize(
    "target", ["127.0.0.1:22", "localhost:22", "[::1]:22", "0177.0.0.1:22", "2130706433:22", "0:22"]
)
def test_pass_on_refuses_every_spelling_of_loopback(fake, target):
    with proxy_of(fake, pass_on=True) as proxy:
        answer = say(proxy, f"CONNECT {target} HTTP/1.1\r\n\r\n".encode())
    assert answer.startswith((b"HTTP/1.1 403 ", b"HTTP/1.1 502 "))


@pytest.mark.parametrize(
    "address",
    ["93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"],
)
def test_public_addresses_are_public(address):
    assert is_public_address(address)


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=4, network="127.0.0.0/8"))
def test_private_addresses_are_not_public_in_any_form(address):
    number = int(address)
    for text in (
        str(address),
        f"::ffff:{address}",
        f"64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}",
        f"2002:{number >> 16:x}:{number & 0xFFFF:x}::1",
    ):
        assert not is_public_address(text), text


def test_pass_on_connects_to_the_checked_address(fake, monkeypatch):
    asked = []
    with echoing() as port:

        def resolve(host):
            asked.append(host)  # a name that has another address each time it is looked up
            return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

        monkeypatch.setattr(
            "mtt_mock.interception.proxy.forward_proxy.is_public_address",
            lambda text: text == "127.0.0.1",
        )
        with proxy_of(fake, pass_on=True, resolve=resolve) as proxy:
            answer = say(proxy, f"CONNECT rebound.example:{port} HTTP/1.1\r\n\r\nhello".encode())
            assert answer == b"HTTP/1.1 200 Connection established\r\n\r\nHELLO"
            assert asked == ["rebound.example"]
            assert b"403" in say(proxy, f"CONNECT rebound.example:{port} HTTP/1.1\r\n\r\n".encode())


def test_pass_on_removes_proxy_headers(fake, monkeypatch):
    monkeypatch.setattr(
        "mtt_mock.interception.proxy.forward_proxy.is_public_address", lambda _text: True
    )
    with echoing() as port:
        with proxy_of(fake, pass_on=True, resolve=lambda *_: ["127.0.0.1"]) as proxy:
            answer = say(
                proxy,
                f"POST http://user:pw@other.example:{port}?q=1 HTTP/1.1\r\nHost: other.example\r\n"
                "Proxy-Authorization: Basic c2VjcmV0\r\nProxy-Connection: keep-alive\r\n"
                "Connection: X-Hop, Content-Length\r\nX-Hop: 1\r\n"
                "Content-Length: 4\r\n\r\nbody".encode(),
            )
    assert (
        answer
        == (
            f"POST /?Q=1 HTTP/1.1\r\nHOST: OTHER.EXAMPLE:{port}\r\nCONTENT-LENGTH: 4\r\n"
            "CONNECTION: CLOSE\r\n\r\nBODY"
        ).encode()
    )


@pytest.mark.parametrize("host", ["Host: 127.0.0.1", "host: localhost\r\nHOST: x", "X: y"])
def test_the_target_names_the_host_and_not_the_header(fake, host):
    with proxy_of(fake) as proxy:
        line = f"GET http://{HOST}/_mtt/state HTTP/1.1"
        assert (
            b" 404 "
            in say(proxy, f"{line}\r\n{host}\r\n\r\n".encode(), end=False).split(b"\r\n")[0]
        )


def in_tunnel(proxy, port, *requests):
    """Send each request through one tunnel to MTT's host; return the statuses of the answers."""
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=20)
    connection.set_tunnel(HOST, port)
    connection.connect()
    if port == 443:
        context = ssl.create_default_context(cafile=Authority.of_machine().path)
        connection.sock = context.wrap_socket(connection.sock, server_hostname=HOST)
    statuses = []
    with connection.sock as sock:
        for request in requests:
            sock.sendall(request)
            answer = http.client.HTTPResponse(sock)
            answer.begin()
            if not answer.chunked:  # the stream has no end
                answer.read()
            statuses.append(answer.status)
    return statuses


UPGRADE = b"Connection: Upgrade\r\nUpgrade: h2c\r\n"


@pytest.mark.parametrize("port", [80, 443])
@pytest.mark.parametrize(
    "fields",
    [
        b"Host: 127.0.0.1\r\n",
        b"HOST: LocalHost:8082\r\n",
        b"Host: [::1]\r\n",
        b"Host: \r\n",
        b"Host: 127.0.0.1\r\n" + UPGRADE,
        f"Host: {HOST}\r\n".encode(),
    ],
)
def test_no_host_in_a_tunnel_reaches_the_control_api(tunnels, port, fields):
    state = b"GET /_mtt/state HTTP/1.1\r\n" + fields + b"\r\n"
    reset = b"POST /_mtt/reset HTTP/1.1\r\nContent-Length: 0\r\n" + fields + b"\r\n"
    stream = b"GET /_mtt/stream HTTP/1.1\r\n" + fields + b"\r\n"
    alive = b"OPTIONS /index.php HTTP/1.1\r\n" + fields + b"\r\n"
    assert in_tunnel(tunnels, port, alive, state, reset, stream, alive) == [200, 404, 404, 404, 200]


def test_a_request_without_host_in_a_tunnel_gets_404(tunnels):
    state = b"GET /_mtt/state HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    assert in_tunnel(tunnels, 80, state) == [404]


def test_the_fake_beside_the_tunnel_keeps_its_control_api(tunnels):
    port = tunnels._identity["http_port"]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/_mtt/state")
    assert connection.getresponse().status == 200
    connection.close()


def test_the_longest_idle_connections_make_room_for_others(fake, caplog):
    def connect(sent=b""):
        connection = socket.create_connection(("127.0.0.1", proxy.port), timeout=20)
        connection.sendall(sent)
        return connection

    with proxy_of(fake, max_clients=5) as proxy:
        used = connect(f"CONNECT {HOST}:80 HTTP/1.1\r\n\r\n".encode())
        assert used.recv(100).endswith(b"established\r\n\r\n")
        silent = [connect() for _ in range(3)]
        tunnel = connect(f"CONNECT {HOST}:80 HTTP/1.1\r\n\r\n".encode())
        assert tunnel.recv(100).endswith(b"established\r\n\r\n")
        used.sendall(b"OPTIONS /index.php HTTP/1.1\r\nHost: x\r\n\r\n")
        assert used.recv(65536).startswith(b"HTTP/1.1 200 ")
        silent += [connect() for _ in range(4)]
        assert [connection.recv(1) for connection in (*silent[:3], tunnel)] == [b""] * 4
        used.sendall(b"OPTIONS /index.php HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"HTTP/1.1 200 " in used.recv(65536)
        for connection in (used, tunnel, *silent):
            connection.close()
    assert [record.getMessage().split(",")[0] for record in caplog.records] == [
        "5 connections to the proxy are open"
    ]


def test_pass_on_to_an_unreachable_host_is_502(fake, monkeypatch):
    monkeypatch.setattr(
        "mtt_mock.interception.proxy.forward_proxy.is_public_address", lambda _text: True
    )
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with proxy_of(fake, pass_on=True, resolve=lambda *_: ["127.0.0.1"]) as proxy:
        answer = say(proxy, f"CONNECT down.example:{port} HTTP/1.1\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    assert f"down.example port {port}: ".encode() in answer

    def unknown(_host):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with proxy_of(fake, pass_on=True, resolve=unknown) as proxy:
        answer = say(proxy, b"CONNECT no.example:443 HTTP/1.1\r\n\r\n")
    assert answer.endswith(b"no.example port 443: Name or service not known\n")


def test_pass_on_to_a_name_that_is_too_long_is_502(fake):
    name = f"{'a' * 64}.example"
    with proxy_of(fake, pass_on=True) as proxy:
        answer = say(proxy, f"CONNECT {name}:443 HTTP/1.1\r\n\r\n".encode())
    assert answer.endswith(f"{name} port 443: not a host name\n".encode())


@pytest.mark.parametrize(
    ("asked", "status", "reason"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 400, b"set HTTPS_PROXY and HTTP_PROXY"),
        (b"nonsense\r\n\r\n", 400, b"that was no HTTP/1.1 request"),
        (b"CONNECT example.com HTTP/1.1\r\n\r\n", 400, b"host and port are not valid"),
        (b"CONNECT :443 HTTP/1.1\r\n\r\n", 400, b"host and port are not valid"),
        (b"CONNECT a:0 HTTP/1.1\r\n\r\n", 400, b"host and port are not valid"),
        (b"CONNECT a:99999 HTTP/1.1\r\n\r\n", 400, b"host and port are not valid"),
        (b"GET ftp://a/ HTTP/1.1\r\n\r\n", 400, b"set HTTPS_PROXY"),
        (b"GET http://a/ HTTP/1.1\r\nX: " + b"x" * 70000 + b"\r\n\r\n", 431, b"too large"),
    ],
)
def test_invalid_proxy_requests_are_refused(fake, asked, status, reason):
    with proxy_of(fake) as proxy:
        with contextlib.suppress(ConnectionError):
            answer = say(proxy, asked)
            assert answer.startswith(b"HTTP/1.1 %d " % status)
            assert reason in answer
        # The proxy still serves.
        assert say(proxy, f"OPTIONS http://{HOST}/index.php HTTP/1.1\r\n\r\n".encode()) != b""


@pytest.mark.parametrize(
    ("greeting", "protocol"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "TLS"),
        (b"\x05\x01\x00", "SOCKS 5"),
        (b"\x04\x01\x01\xbb\x00\x00\x00\x01\x00", "SOCKS 4"),
    ],
)
def test_other_protocols_are_closed_and_counted(fake, greeting, protocol):
    with proxy_of(fake) as proxy:
        begun = time.monotonic()
        with contextlib.suppress(ConnectionError):
            assert say(proxy, greeting) == b""
        assert time.monotonic() - begun < 5
        assert proxy.rejected == {f"the client spoke {protocol} to the proxy's HTTP port": 1}


def test_an_https_url_in_clear_text_reaches_the_fake(fake):
    # axios up to 1.16.0 and needle send it in place of CONNECT.
    with proxy_of(fake) as proxy:
        answer = say(
            proxy,
            f"POST https://{HOST}/index.php HTTP/1.1\r\nHost: {HOST}\r\n"
            "Content-Length: 2\r\n\r\n{}".encode(),
        )
        assert answer.startswith(b"HTTP/1.1 401 ")
        other = say(proxy, b"GET https://example.com/ HTTP/1.1\r\n\r\n")
        assert other.startswith(b"HTTP/1.1 403 ")


@given(st.binary(max_size=300))
def test_any_head_is_read_or_refused(raw):
    with contextlib.suppress(HeadError):
        head = parse(raw)
        assert 0 < head.port < 65536
        assert head.host


def test_an_idle_client_blocks_no_other_and_times_out(fake):
    with proxy_of(fake, timeout=0.3) as proxy:
        idle = socket.create_connection(("127.0.0.1", proxy.port), timeout=20)
        assert say(proxy, f"OPTIONS http://{HOST}/index.php HTTP/1.1\r\n\r\n".encode()) != b""
        assert idle.recv(1) == b""
        idle.close()


def test_open_tunnels_do_not_hold_up_the_end(fake):
    with proxy_of(fake) as proxy:
        sock = socket.create_connection(("127.0.0.1", proxy.port), timeout=20)
        sock.sendall(f"CONNECT {HOST}:443 HTTP/1.1\r\n\r\n".encode())
        assert sock.recv(100).startswith(b"HTTP/1.1 200")
    assert sock.recv(1) == b""
    sock.close()


def test_https_urls_in_plain_requests_are_refused(fake):
    with proxy_of(fake, pass_on=True, resolve=lambda *_: ["8.8.8.8"]) as proxy:
        answer = say(proxy, b"GET https://example.com/ HTTP/1.1\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert answer.endswith(b"an https URL must be requested with CONNECT\n")


def test_half_a_head_is_dropped_in_silence(fake):
    with proxy_of(fake) as proxy:
        assert say(proxy, b"CONNECT x") == b""
        assert proxy.rejected == {}


def test_it_listens_on_loopback_by_default(fake):
    proxy = proxy_of(fake)
    assert proxy.host == "127.0.0.1"
    assert proxy.url == f"http://127.0.0.1:{proxy.port}"
    proxy.close()


# The commands.


PROXY = ("proxy", "--port", "0", "--http-port", "0", "--tls-port", "0")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_printed_line_redirects_a_shell(number):
    with serving(command=PROXY) as process:
        banner = "\n".join(process.banner)
        line = re.search(r'eval "\$\(mtt-mock (env .*)\)"', banner).group(1)
        script = (
            f'eval "$({sys.executable} -m mtt_mock {line})"; '
            "curl -sS -u a:b https://webapicommon.mtt.ru/index.php; curl -sS https://example.com"
        )
        done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
        assert '"transport":"POST"' in done.stdout
        assert "403" in done.stderr
        until(lambda: process.lines)  # the request's line is written after its answer
        assert process.stop(number) == (0, ["mtt-mock stopped."])
    assert "Other machines" not in banner
    assert "Other hosts are refused (--pass-on forwards them)." in banner


def test_a_public_proxy_prints_a_warning():
    with serving("--host", "0.0.0.0", "--pass-on", "--quiet", command=PROXY) as process:
        banner = "\n".join(process.banner)
        assert process.stop() == (0, ["mtt-mock stopped."])
    assert "Other machines can reach the proxy (0.0.0.0)." in banner
    assert "Other hosts are forwarded." in banner
    assert re.search(r"Token of the control API \(/_mtt/\): \S{20}", banner)
    assert re.search(r"The fake itself: http://([\d.]+):", banner).group(1) == "127.0.0.1"


@pytest.mark.parametrize("option", ["--port", "--http-port", "--tls-port"])
def test_a_busy_port_of_the_proxy_is_named(run_main, option):
    ports = {"--port": "0", "--http-port": "0", "--tls-port": "0"}
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        words = [word for item in (ports | {option: port}).items() for word in item]
        done = run_main("proxy", *words)
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        f"mtt-mock: cannot listen on 127.0.0.1 port {port}: Address already in use; choose other "
        "ports (0: a free one) or another --host\n",
    )


def test_env_quotes_values_for_the_shell(run_main, monkeypatch, tmp_path):
    folder = tmp_path / "it's a $HOME; folder"
    monkeypatch.setenv("MTT_MOCK_CA_DIR", str(folder))
    monkeypatch.setenv("NO_PROXY", "a;b $(c)")
    done = run_main("env", "--no-check")
    assert done.returncode == 0
    assert all(line.startswith("export ") for line in done.stdout.splitlines())
    script = (
        f'{done.stdout}\nprintf \'%s|\' "$HTTPS_PROXY" "$NO_PROXY" "$MTT_MOCK_URL" "$SSL_CERT_FILE"'
    )
    printed = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, check=True
    ).stdout
    proxy, no_proxy, url, bundle, _ = printed.split("|")
    assert proxy == "http://127.0.0.1:8083"
    assert no_proxy == "a;b $(c),localhost,127.0.0.1,::1"
    assert url == "http://127.0.0.1:8082/index.php"
    assert os.path.dirname(bundle) == str(folder)
    assert "PRIVATE" not in done.stdout


def test_env_prints_plain_lines_too(run_main):
    lines = run_main("env", "--no-check", "--format", "plain", "--port", "9000").stdout.splitlines()
    assert "HTTPS_PROXY=http://127.0.0.1:9000" in lines


def test_env_reads_the_ports_from_the_proxy(fake, run_main):
    fingerprint = Authority.of_machine().fingerprint
    with Proxy([HOST], 4443, 4480, authority=fingerprint) as proxy:
        lines = run_main("env", "--format", "plain", "--port", str(proxy.port)).stdout.splitlines()
    assert f"HTTPS_PROXY=http://127.0.0.1:{proxy.port}" in lines
    assert "MTT_MOCK_URL=http://127.0.0.1:4480/index.php" in lines


def test_env_refuses_other_programs_and_authorities(fake, run_main):
    done = run_main("env", "--port", str(fake.live.port))
    assert (done.returncode, done.stdout) == (2, "")
    assert "another program answers at" in done.stderr
    with Proxy([HOST], 4443, 4480, authority="other") as proxy:
        done = run_main("env", "--port", str(proxy.port))
    assert (done.returncode, done.stdout) == (2, "")
    assert "has another certificate authority" in done.stderr
    done = run_main("env", "--port", str(proxy.port))
    assert (done.returncode, done.stdout) == (2, "")
    assert "no mtt-mock proxy answers" in done.stderr


@pytest.mark.parametrize("body", ["{}", "[]", "nonsense", '{"mtt_mock": "serve"}'])
def test_env_refuses_unexpected_responses(run_main, body):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            """Print nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        done = run_main("env", "--port", str(server.server_port))
    assert (done.returncode, done.stdout) == (2, "")
    assert "another program answers at" in done.stderr


def test_plain_lines_cannot_hold_a_line_break(run_main, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "a\nHTTPS_PROXY=b")
    done = run_main("env", "--no-check", "--format", "plain")
    assert done.returncode == 2
    assert done.stderr == ("mtt-mock: NO_PROXY holds a line break; use --format sh\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", "0"], "give the ports that mtt-mock proxy printed, not 0"),
        (["--mtt-host", "a/b"], "'a/b' is not a host"),
    ],
)
def test_env_errors_are_explained(run_main, arguments, message):
    done = run_main("env", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


# The health check.


def test_health_reports_a_fake_without_a_journal_entry(run_main, fake):
    before = len(fake.journal)
    done = run_main("health", fake.url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ok\n", "")
    assert len(fake.journal) == before


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://127.0.0.1:1/index.php", "does not answer: Connection refused"),
        ("ftp://x/", "not an http(s) URL: ftp://x/"),
        ("nonsense", "not an http(s) URL: nonsense"),
        ("http://x:y/", "not an http(s) URL: http://x:y/ ("),
        ("http://a b/", "does not answer: "),
    ],
)
def test_health_fails_in_one_line(run_main, url, message):
    done = run_main("health", url)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_health_fails_on_other_servers(run_main, fake):
    done = run_main("health", fake.url.replace("index.php", "other"))
    assert done.returncode == 2
    assert "answers with status 404" in done.stderr
