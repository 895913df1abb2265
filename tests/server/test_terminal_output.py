"""What commands print of other people's files and servers cannot steer a terminal."""

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from mtt_mock.cli.commands.watch import entry_lines

HOSTILE = "\x1b[31mred\x1b]0;title\x07\x9b31m\u202egnp"
CUSTOMER = {"name": HOSTILE, "balance": "1.00"}
TAPE = [
    {"tape": "mtt-mock", "version": 1, "endpoint": "/index.php", "redacted": True},
    {
        "at": 1,
        "request": {
            "verb": "POST", "path": f"/x{HOSTILE}", "query": "", "auth": None,
            "content_type": "", "body": "",
        },
        "response": {"status": 200, "content_type": "", "body": HOSTILE},
    },
]  # fmt: skip


@contextlib.contextmanager
def answering(status_line, body):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            head = f"{status_line}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            self.wfile.write(head.encode("latin-1") + body)

        do_POST = do_GET  # noqa: N815 -- the library's name

        def log_message(self, *_arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def written(path, content):
    path.write_text(content, encoding="utf-8")
    return str(path)


def state_import(folder, run):
    snapshot = {"mtt_mock": "state", "version": 1, "customers": [CUSTOMER, CUSTOMER]}
    file = written(folder / "state.json", json.dumps(snapshot))
    return run("state", "import", f"sqlite:///{folder}/x.db", file)


def drift(folder, run):
    lines = "".join(json.dumps(row) + "\n" for row in TAPE)
    return run("drift", written(folder / "t.jsonl", lines))


def contract_check(folder, run):
    call = {"jsonrpc": "2.0", "id": 1, "method": "getCustomerBalance", "params": {HOSTILE: 1}}
    return run("contract", "check", written(folder / "x.json", json.dumps(call)))


def unknown_account(folder, run):
    return run(
        "serve",
        "--accounts-file",
        written(folder / "a.toml", f'["x\u202e"]\n"{"a" * 3}\u202e" = 1\n'),
    )


def wrong_host(_folder, run):
    return run("serve", "--host", HOSTILE, "--port", "0")


def health(_folder, run):
    with answering("HTTP/1.0 503 x", json.dumps({"reason": HOSTILE}).encode()) as url:
        return run("health", url)


def no_http(_folder, run):
    with answering(f"{HOSTILE.encode().decode('latin-1')}", b"") as url:
        return run("health", url)


def import_refusal(folder, run):
    body = json.dumps({"error": HOSTILE}).encode()
    file = written(folder / "s.json", "{}")
    with answering("HTTP/1.0 400 x", body) as url:
        return run("state", "import", url, file)


def import_notes(folder, run):
    body = json.dumps({"imported": {HOSTILE: 1}, "notes": [HOSTILE]}).encode()
    file = written(folder / "s.json", "{}")
    with answering("HTTP/1.0 200 x", body) as url:
        return run("state", "import", url, file)


def profile_check(folder, run):
    return run("profile", "check", written(folder / "p.toml", '"x\u202e\u009b" = 1\n'))


@pytest.mark.parametrize(
    "command",
    [
        state_import, drift, contract_check, unknown_account, wrong_host, health, no_http,
        import_refusal, import_notes, profile_check,
    ],
    ids=lambda command: command.__name__,
)  # fmt: skip
def test_no_control_character_reaches_the_terminal(tmp_path, run_main, command):
    done = command(tmp_path, run_main)
    text = done.stdout + done.stderr
    assert text.strip()
    assert [char for char in text if not char.isprintable() and char != "\n"] == []


def test_watch_shows_a_foreign_entry_in_plain_characters():
    event = {
        "kind": "event", "at": 0.0, "event": HOSTILE, "call": HOSTILE, "customer": HOSTILE,
        "url": HOSTILE, "outcome": HOSTILE, "problem": HOSTILE, "status": None, "ms": 1.0,
        "notes": [{"message": HOSTILE, "hint": HOSTILE}],
    }  # fmt: skip
    lines = list(entry_lines(event, coloured=False))
    assert len(lines) == 2
    assert all(line.isprintable() for line in lines)
