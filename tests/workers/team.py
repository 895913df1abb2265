"""Servers of several processes, as a client and an operator see them."""

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

CUSTOMER = "883140500000000"
AUTH = "Basic bG9naW46cGFzc3dvcmQ="
WON = {"success": 1}
LOST = {"error": 1, "error_description": "Side A not clear. Delete before insert"}
NAMES = ["start_side_A", "start_side_B", "end_side_A", "end_side_B"]


def request(method, **params):
    return {"jsonrpc": "2.0", "id": "1", "method": method, "params": params}


def set_request(customer=CUSTOMER):
    elements = [{"type": "ringall", "redirect_number": "79000000001"}]
    return request("setCallBackFollowme", customer_name=customer, callBackFollowmeStruct=elements)


def call_request(callback_url, **more):
    params = {
        "customer_name": CUSTOMER,
        "b_number": "79000010099",  # answers at once
        "caller_id": "74951001010",
        "callBackURL": callback_url,
        "simpleCallBackFollowmeStruct": [{"type": "Linear", "redirect_number": "79000010001"}],
    }
    return request("makeCallBackCallFollowme", **params | more)


def post(url, envelope, *, timeout=20):
    """Return the answer to a request on a connection of its own."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    with contextlib.closing(connection):
        connection.request("POST", parts.path, json.dumps(envelope), {"Authorization": AUTH})
        return json.loads(connection.getresponse().read())


def control(url, path, values=None, *, timeout=20):
    """Return the answer of the control API: to a GET, with ``values`` to a POST."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    with contextlib.closing(connection):
        body = None if values is None else json.dumps(values)
        headers = {"Content-Type": "application/json"}
        connection.request("GET" if values is None else "POST", f"/_mtt/{path}", body, headers)
        return json.loads(connection.getresponse().read())


def until(ask, seconds=20.0):
    """Return what ``ask`` returns as soon as it is true; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < deadline, ask
        time.sleep(0.02)
    return found


class Team:
    """A running ``mtt-mock serve`` and the processes that it has started."""

    def __init__(self, process):
        self.process = process
        self.banner = []
        self.lines = []

    def read_banner(self, *, go_on=True):
        """Wait for the banner; from then on read what is printed, unless told not to."""
        for line in self.process.stdout:
            self.banner.append(line.rstrip("\n"))
            if line.startswith("Ctrl-C"):
                break
        found = re.search(r"http://\S+", "\n".join(self.banner))
        assert found, self.banner
        self.url = found.group()
        if not go_on:
            return
        # What it prints is read all the time, so that it never waits for us.
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def children(self):
        """Return the pids of all processes that the parent has started."""
        asked = ["ps", "-A", "-o", "pid=,ppid=,stat="]
        rows = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines()
        return [
            int(pid)
            for pid, parent, state in (row.split(None, 2) for row in rows)
            if int(parent) == self.process.pid and not state.startswith("Z")
        ]

    def workers(self):
        """Return the pids of the workers."""
        asked = ["ps", "-ww", "-o", "pid=,command=", "-p", ",".join(map(str, self.children()))]
        rows = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
        return [int(row.split()[0]) for row in rows.splitlines() if "spawn_main" in row]

    def stop(self, number=signal.SIGTERM):
        """Send the parent a signal; return its exit code, and all that was printed after it."""
        before = len(self.lines)
        self.process.send_signal(number)
        return self.wait(), self.lines[before:]

    def wait(self):
        """Return the exit code when it has ended and all that it printed is read."""
        code = self.process.wait(timeout=40)
        self._reading.join(10)
        return code


@contextlib.contextmanager
def started(store, *arguments):
    """Run ``mtt-mock serve --store`` in a session of its own, and kill what is left of it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mtt_mock", "serve", "--port", "0", "--store", store, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its own group, which it leads
        process.wait()
        process.stdout.close()


@contextlib.contextmanager
def serving(store, *arguments):
    """Run it until its banner is complete."""
    with started(store, *arguments) as process:
        team = Team(process)
        team.read_banner()
        yield team


class Receiver:
    """Takes events and keeps each; while ``free`` is not set, they are not answered."""

    def __init__(self):
        self.events = []
        self.free = threading.Event()
        self.free.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                query = parse_qs(urlsplit(self.path).query)
                event = query["id"][0], query["event"][0]
                receiver.events.append(event)
                receiver.note(*event)
                receiver.free.wait(20)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self.url = f"127.0.0.1:{self._server.server_port}/events"

    def note(self, call, name):
        """Do what an application does when an event comes, before it is answered."""

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.free.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
