"""The command ``record``: forwarding, tapes, and failures."""

import contextlib
import http.client
import json
import signal
import sys

import httpx2
import pytest
from endpoints import CUSTOMER, closed_port
from tape_sessions import drifts

from mtt_mock.server.handles import serve
from support.one_response import answering
from support.processes import serving

pytestmark = pytest.mark.process

AUTH = ("login", "password")
PHONE = "79161234567"
# mtt-mock on a disk that has room for 700 bytes
LIMITED = """
import errno, os, stat, sys
from mtt_mock.cli.main import main
write = os.write
def limited(number, content):
    now = os.fstat(number)
    if not stat.S_ISREG(now.st_mode):
        return write(number, content)
    if now.st_size >= 700:
        raise OSError(errno.ENOSPC, "No space left on device")
    return write(number, content[: 700 - now.st_size])
os.write = limited
sys.exit(main())
"""


def call(method, **params):
    params = {"customer_name": CUSTOMER, **params}
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


@contextlib.contextmanager
def recording(upstream, tape, *more, **options):
    arguments = ("--upstream", upstream, "--out", str(tape), *more)
    with serving(*arguments, command=("record", "--port", "0"), **options) as process:
        yield process


def ended(process, signal_number=signal.SIGINT):
    code, _ = process.stop(signal_number)
    return code, "".join(f"{line}\n" for line in process.lines)


def rows(tape):
    return [json.loads(line) for line in tape.read_text("utf-8").splitlines()]


def test_a_recorded_session_is_redacted_and_drifts_nowhere(tmp_path):
    tape = tmp_path / "tape.jsonl"
    struct = [{"type": "Ringall", "redirect_number": PHONE}]
    with (
        serve() as server,
        recording(server.url, tape) as process,
        httpx2.Client(auth=AUTH) as client,
    ):
        assert client.get(process.url).json()["target"] == "/index.php"
        body = call("setCallBackFollowme", callBackFollowmeStruct=struct, caller_id=f"+{PHONE}")
        assert client.post(process.url, json=body).json()["result"] == {"success": 1}
        got = client.post(process.url, json=call("getCallBackFollowme")).json()["result"]
        assert got["callBackFollowmeStruct"] == struct  # the client sees what the service says
        assert client.post(process.url, content=b"{").status_code == 500
        assert httpx2.post(process.url, json=body).status_code == 401  # no login at all
        code, out = ended(process)
    assert code == 0
    assert out.splitlines()[-1] == f"5 exchanges on {tape}."
    text = tape.read_text("utf-8")
    for secret in (PHONE, CUSTOMER, "bG9naW46"):
        assert secret not in text
    head, _, made, seen, *_ = rows(tape)
    assert head == {"tape": "mtt-mock", "version": 1, "endpoint": "/index.php", "redacted": True}
    asked = json.loads(made["request"]["body"])["params"]
    answered = json.loads(seen["response"]["body"])["result"]
    assert asked["caller_id"] == f"+{answered['callBackFollowmeStruct'][0]['redirect_number']}"
    assert made["request"]["auth"] == "basic"
    assert drifts(tape) == ([], [])
    assert tape.stat().st_mode & 0o777 == 0o600


def test_a_changed_fake_drifts_at_the_change_only(tmp_path, run_main):
    tape = tmp_path / "tape.jsonl"
    with serve(error_status=200) as server, recording(server.url, tape) as process:
        with httpx2.Client(auth=AUTH) as client:
            client.post(process.url, json=call("deleteCallBackFollowme"))
            client.post(process.url, json=call("getCallBackFollowme"))
            client.post(process.url, json=call("noSuchMethod"))
            client.post(process.url, json=[call("noSuchMethod")])
        assert ended(process, signal.SIGTERM)[0] == 0
    done = run_main("drift", tape)
    assert (done.returncode, done.stdout.splitlines()) == (
        1,
        [
            "line 3: HTTP status: seen 200, expected 500",
            "line 4: HTTP status: seen 200, expected 500",
            "4 exchanges compared, 2 differences",
        ],
    )


def test_a_kill_loses_no_recorded_line(tmp_path):
    tape = tmp_path / "tape.jsonl"
    with serve() as server, recording(server.url, tape) as process:
        for count in range(1, 4):
            httpx2.post(process.url, json=call("deleteCallBackFollowme"), auth=AUTH)
            assert len(rows(tape)) == 1 + count
        process.stop(signal.SIGKILL)
    assert drifts(tape) == ([], [])


def test_files_and_signed_urls_are_not_recorded(tmp_path):
    tape = tmp_path / "tape.jsonl"
    with serve() as server, recording(server.url, tape) as process:
        origin = process.url.removesuffix("/index.php")
        answer = httpx2.post(process.url, json=call("setCallBackPrompt", file_name="hi"), auth=AUTH)
        url = answer.json()["result"]["uploadURL"]
        path = "/" + url.split("/", 3)[3]
        sent = httpx2.post(f"{origin}{path}?token=abc", content=b"RIFF of my voice", auth=AUTH)
        code, out = ended(process)
    assert code == 0
    assert sent.status_code != 502
    text = tape.read_text("utf-8")
    for secret in ("my voice", path, url, "token=abc"):
        assert secret not in text
        assert secret not in out
    uploaded = rows(tape)[2]["request"]
    assert uploaded["path"] == "/redacted.invalid/2"
    assert uploaded["body"] == "(16 bytes, not recorded)"


def test_credentials_are_redacted_without_redaction(tmp_path):
    tape = tmp_path / "tape.jsonl"
    with serve() as server, recording(server.url, tape, "--no-redaction") as process:
        httpx2.post(process.url, json=call("getCustomerBalance"), auth=AUTH)
        ended(process)
    text = tape.read_text("utf-8")
    assert CUSTOMER in text
    assert "bG9naW46" not in text


def test_a_lost_upstream_is_502_and_keeps_the_tape(tmp_path):
    tape = tmp_path / "tape.jsonl"
    with contextlib.ExitStack() as stack:
        with serve() as server:
            process = stack.enter_context(recording(server.url, tape))
            httpx2.post(process.url, json=call("deleteCallBackFollowme"), auth=AUTH)
        answer = httpx2.post(process.url, json=call("deleteCallBackFollowme"), auth=AUTH)
        assert answer.status_code == 502
        assert answer.text.startswith("mtt-mock record: no answer from upstream: ConnectError")
        code, out = ended(process)
    assert code == 2
    assert out.splitlines()[-2:] == [
        f"2 exchanges on {tape}.",
        "mtt-mock: 1 not answered; all other exchanges are on the tape",
    ]
    assert drifts(tape)[0] == []
    assert drifts(tape)[1][0][1].startswith("the upstream did not answer: ConnectError")


@pytest.mark.parametrize(
    ("status", "kind", "note"),
    [
        (200, "text/html", "POST /index.php 200: the answer is HTML, not JSON"),
        (401, "text/plain", "POST /index.php 401: the login is refused"),
    ],
)
def test_foreign_responses_end_with_exit_code_2(tmp_path, status, kind, note):
    tape = tmp_path / "tape.jsonl"
    body = b"<html>Hello</html>" if kind == "text/html" else b"no"
    with answering(status, kind, body) as url, recording(url, tape) as process:
        answer = httpx2.post(process.url, json=call("getCustomerBalance"), auth=AUTH)
        assert (answer.status_code, answer.content) == (status, body)
        code, out = ended(process)
    assert code == 2
    assert note in out.splitlines()
    assert out.splitlines()[-1] == (
        "mtt-mock: 1 answered with a refused login or HTML; all other exchanges are on the tape"
    )


def test_a_full_disk_loses_only_the_current_line(tmp_path):
    tape = tmp_path / "tape.jsonl"
    with serve() as server:
        with recording(server.url, tape, program=(sys.executable, "-c", LIMITED)) as process:
            for _ in range(4):
                answer = httpx2.post(process.url, json=call("deleteCallBackFollowme"), auth=AUTH)
                assert answer.json()["result"] == {"success": 1}
            code, out = ended(process)
    assert code == 2
    assert "POST /index.php 200: NOT WRITTEN: No space left on device" in out.splitlines()
    assert out.splitlines()[-1].endswith(" not written; all other exchanges are on the tape")
    assert tape.read_bytes().endswith(b"}\n")
    assert drifts(tape) == ([], [])


def test_an_unreachable_upstream_creates_no_tape(tmp_path, run_main):
    tape = tmp_path / "tape.jsonl"
    with serve() as server:
        port = server.live.tls_port(("127.0.0.1",))
        for url, reason in (
            (f"http://127.0.0.1:{closed_port()}/index.php", "ConnectError"),
            (f"https://127.0.0.1:{port}/index.php", "certificate verify failed"),
        ):
            done = run_main("record", "--upstream", url, "--out", tape)
            assert done.returncode == 2
            assert done.stderr.startswith(f"mtt-mock: cannot reach {url}: ")
            assert reason in done.stderr
            assert done.stderr.count("\n") == 1
    assert not tape.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--upstream", "ftp://host/"], "--upstream: not an http(s) URL: ftp://host/"),
        (["--upstream", "http://[::1/"], "--upstream: not an http(s) URL: http://[::1/"),
        (["--upstream", "http://a:b@host/"], "--upstream must hold no login and no query"),
        (["--out", "/no/such/tape"], "cannot write /no/such/tape: No such file or directory"),
        (["--host", "no such host"], "cannot listen on no such host port 0"),
    ],
)
def test_invalid_options_are_reported_in_one_line(
    tmp_path, arguments, message, monkeypatch, run_main
):
    monkeypatch.chdir(tmp_path)
    with serve() as server:
        given = ["record", "--upstream", server.url, "--out", "tape", "--port", "0", *arguments]
        done = run_main(*given)
    assert done.returncode == 2
    assert done.stderr.startswith(f"mtt-mock: {message}")
    assert done.stderr.count("\n") == 1


def test_an_existing_tape_is_not_overwritten(tmp_path, monkeypatch, run_main):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tape").write_text("mine")
    with serve() as server:
        done = run_main("record", "--upstream", server.url, "--out", "tape")
    assert (done.returncode, done.stderr) == (
        2,
        "mtt-mock: cannot write tape: it exists; delete it, or give another name\n",
    )
    assert (tmp_path / "tape").read_text() == "mine"
    assert list(tmp_path.iterdir()) == [tmp_path / "tape"]


def test_a_compressed_request_is_forwarded_and_recorded_decoded(tmp_path):
    import gzip

    tape = tmp_path / "tape.jsonl"
    body = json.dumps(call("deleteCallBackFollowme")).encode()
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    with serve() as server, recording(server.url, tape) as process:
        answer = httpx2.post(process.url, content=gzip.compress(body), headers=headers, auth=AUTH)
        direct = httpx2.post(server.url, content=gzip.compress(body), headers=headers, auth=AUTH)
        ended(process)
    assert answer.json() == direct.json()
    assert json.loads(rows(tape)[1]["request"]["body"])["method"] == "deleteCallBackFollowme"


def test_cookies_are_not_shared_between_clients(tmp_path):
    cookies = [("Set-Cookie", "sid=first; Path=/")]
    with (
        answering(200, "application/json", b"{}", cookies, requests := []) as url,
        recording(url, tmp_path / "tape.jsonl") as process,
    ):
        for _ in range(2):
            httpx2.post(process.url, json=call("getCustomerBalance"), auth=AUTH)
    assert [headers.get("Cookie") for headers in requests] == [None, None]


def test_the_path_reaches_upstream_as_it_came(tmp_path):
    with (
        answering(200, "application/json", b"{}", requests=(requests := [])) as url,
        recording(url, tmp_path / "tape.jsonl") as process,
    ):
        port = int(process.url.split(":")[2].split("/")[0])
        for target in ("/a%3Fb%23c%2Fd?q=%20", "//x", "/../x", "/./y?"):
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("POST", target, b"{}")
            assert connection.getresponse().status == 200
            connection.close()
    targets = [headers.target for headers in requests]
    assert targets == ["/a%3Fb%23c%2Fd?q=%20", "//x", "/../x", "/./y"]
