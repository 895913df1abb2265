"""The command ``watch``: a fake's journal in the terminal."""

import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
from contextlib import contextmanager, nullcontext
from http.client import IncompleteRead

import pytest

from mtt_client import MttClient, MttError, Ringall
from mtt_mock.cli.commands.watch import entry_lines
from mtt_mock.cli.main import main
from mtt_mock.domain.subscribers import Busy
from mtt_mock.server.handles import serve

pytestmark = pytest.mark.process

CUSTOMER = "8831405"


@contextmanager
def watching(url, *arguments, stdout=subprocess.PIPE, **variables):
    command = [sys.executable, "-m", "mtt_mock", "watch", url, *arguments]
    process = subprocess.Popen(
        command,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TZ": "UTC"} | variables,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
        if process.stdout is not None:
            process.stdout.close()


@contextmanager
def client_of(server):
    login, password = server.credentials
    with MttClient(server.url, login, password, CUSTOMER) as client:
        yield client


def without_times(line):
    return re.sub(r"^\d\d:\d\d:\d\d ", "", re.sub(r" [0-9.]+ ms$", "", line.rstrip("\n")))


def test_it_prints_past_and_new_entries():
    with serve(clock="manual") as server, client_of(server) as client:
        client.set_callback_followme([Ringall("79000000001", timeout=5)])
        with watching(server.url) as process:
            lines = [process.stdout.readline(), process.stdout.readline()]
            assert re.match(r"\d\d:\d\d:\d\d set", lines[0])
            assert without_times(lines[0]) == f"setCallBackFollowme {CUSTOMER} ok"
            assert lines[1].startswith("  note: callBackFollowmeStruct[0].timeout")
            with pytest.raises(MttError):
                client.set_callback_followme([Ringall("79000000002")])
            assert without_times(process.stdout.readline()) == (
                f"setCallBackFollowme {CUSTOMER} refused: Side A not clear. Delete before insert"
            )
            process.send_signal(signal.SIGINT)
            assert process.wait() == 0
            assert process.stderr.read() == ""


def test_entries_are_filtered():
    with serve(clock="manual") as server, client_of(server) as client:
        client.set_callback_followme([Ringall("79000000001")])
        client.get_customer_balance()
        with pytest.raises(MttError):
            client.set_callback_followme([Ringall("79000000002")])
        options = ("--method", "SETCALLBACKFOLLOWME", "--customer", CUSTOMER, "--problems")
        with watching(server.url, *options) as process:
            assert "refused" in process.stdout.readline()


def test_numbers_are_masked_on_request():
    with serve(clock="manual") as server:
        login, password = server.credentials
        with MttClient(server.url, login, password, "79000000001") as client:
            client.delete_callback_followme()
        with watching(server.url, "--mask") as process:
            line = without_times(process.stdout.readline())
            assert line == "deleteCallBackFollowme 79******001 ok"


def test_a_fake_that_is_restarted_is_waited_for():
    with serve(clock="manual") as server:
        port = server.live.port
        with client_of(server) as client:
            client.delete_callback_followme()
            client.delete_callback_followme()
        with watching(server.url) as process:
            process.stdout.readline()
            process.stdout.readline()
            server.live.stop()
            assert process.stderr.readline() == (
                "mtt-mock watch: the fake has stopped; waiting for it\n"
            )
            from mtt_mock.server.live_server import LiveServer
            from mtt_mock.web.app import create_app, fake_of

            app = create_app(clock="manual")
            # Its numbers exceed those of the former fake before the first poll.
            for number in range(3):
                fake_of(app).record_unmatched_request(f"GET/{number}", 404)
            with LiveServer(app, port=port):
                lines = [without_times(process.stdout.readline()) for _ in range(3)]
            assert lines == [f"GET/{number} - HTTP 404" for number in range(3)]


@pytest.mark.parametrize(
    ("arguments", "end"),
    [
        ([], "call 8831405 {id} cancel on side B: 79000009001 busy"),
        (["--mask"], "call 88**405 {id} cancel on side B: 79******001 busy"),
    ],
)
def test_it_prints_how_a_call_ended(arguments, end):
    with serve(clock="manual") as server, client_of(server) as client:
        server.subscribers["79000009001"] = Busy(1)
        client.set_callback_followme([Ringall("79000000001", timeout=10)])
        call = client.make_callback_call_followme(b_number="79000009001", caller_id="79000000009")
        with watching(server.url, *arguments) as process:
            while "makeCallBack" not in process.stdout.readline():
                pass
            server.clock.run_until_idle()
            assert without_times(process.stdout.readline()) == end.format(id=call)


def test_a_fake_without_calls_is_refused(capsys, monkeypatch):
    answers = {"journal?limit=0": b'{"generation": 1, "last": 0}'}
    monkeypatch.setattr(
        "mtt_mock.cli.commands.watch.ControlClient.request",
        lambda _self, _verb, path, *_more: nullcontext(io.BytesIO(answers.get(path, b"{}"))),
    )
    assert main(["watch", "http://127.0.0.1:1"]) == 2
    assert "does not answer as mtt-mock does" in capsys.readouterr().err


class _Truncated:
    """A response whose connection breaks."""

    def read(self):
        raise IncompleteRead(b"{")


def test_a_truncated_page_is_an_unreachable_fake(capsys, monkeypatch):
    monkeypatch.setattr(
        "mtt_mock.cli.commands.watch.ControlClient.request",
        lambda *_request: nullcontext(_Truncated()),
    )
    assert main(["watch", "http://127.0.0.1:1"]) == 2
    assert "http://127.0.0.1:1 does not answer: IncompleteRead" in capsys.readouterr().err


def test_a_call_without_a_reason_shows_its_state():
    entry = {"kind": "call", "at": 0.0, "customer": "1", "call": "2", "outcome": "joined"}
    [line] = entry_lines(entry, coloured=False)
    assert line.endswith(" call 1 2 joined")


def test_colours_need_a_terminal_without_no_color():
    with serve(clock="manual") as server, client_of(server) as client:
        client.delete_callback_followme()
        for variables, coloured in (({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False)):
            ours, theirs = pty.openpty()
            with watching(server.url, stdout=theirs, **variables):
                output = b""
                while b"\n" not in output:
                    output += os.read(ours, 1000)
            os.close(ours)
            os.close(theirs)
            assert (b"\x1b[" in output) is coloured


def test_requests_cannot_control_the_terminal():
    entry = {
        "kind": "exchange",
        "at": 0.0,
        "method": "set\x1b[2J\n",
        "customer": "\x07",
        "outcome": "ok\r",
        "ms": 1.0,
        "notes": [{"message": "\x1b]0;x", "hint": None}],
    }
    text = "\n".join(entry_lines(entry, coloured=False))
    assert all(char.isprintable() or char == "\n" for char in text)
    assert len(text.splitlines()) == 2


def test_the_token_comes_from_a_variable(capsys, monkeypatch):
    with serve(clock="manual", control_token="s3cret") as server:
        assert main(["watch", server.url]) == 2
        assert "put it into the variable MTT_MOCK_CONTROL_TOKEN" in capsys.readouterr().err
        with client_of(server) as client:
            client.delete_callback_followme()
        with watching(server.url, MTT_MOCK_CONTROL_TOKEN="s3cret") as process:
            assert "deleteCallBackFollowme" in process.stdout.readline()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://127.0.0.1:1", "does not answer: Connection refused"),
        ("ftp://x", "not an http(s) URL: ftp://x"),
        ("http://", "not an http(s) URL: http://"),
        ("http://[", "not an http(s) URL: http://[ ("),
        ("http://127.0.0.1:99999", "not an http(s) URL: http://127.0.0.1:99999 ("),
    ],
)
def test_urls_without_a_fake_are_refused(capsys, url, message):
    assert main(["watch", url]) == 2
    assert message in capsys.readouterr().err


def test_other_servers_are_refused(capsys, mtt_receiver):
    assert main(["watch", mtt_receiver.url]) == 2
    assert "does not answer as mtt-mock does" in capsys.readouterr().err


def test_entries_are_json_that_the_stream_gives():
    entry = {"kind": "event", "at": 0.0, "event": "start_side_A", "customer": "1", "call": "2"}
    entry |= {"url": None, "status": None, "problem": "lost", "outcome": "lost", "ms": 0.0}
    [line] = entry_lines(json.loads(json.dumps(entry)), coloured=True)
    assert line.endswith(" start_side_A 1 call 2 \x1b[31m- lost\x1b[0m 0.0 ms")
