"""Fakes in processes that share a database, and clients of them."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import subprocess
import sys
import time

AUTH = "Basic bG9naW46cGFzc3dvcmQ="
CUSTOMER = "883140500000000"

# Arguments: the store, seconds of the lease, and the settings as JSON. Prints its port.
_PROGRAM = """
import json, sys
import mtt_mock.web.app
from mtt_mock import LiveServer, create_app
from mtt_mock.storage.sql import open_database

store, lease, settings = sys.argv[1], float(sys.argv[2]), json.loads(sys.argv[3])
mtt_mock.web.app.open_state = lambda url: open_database(url, lease=lease)
server = LiveServer(create_app(store=store, **settings))
print(server.port, flush=True)
server.run()
"""


class Unanswered(Exception):
    """No response arrived, or one that is not the service's."""


class Process:
    """A fake in its own process."""

    def __init__(self, store, lease, settings):
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, store, str(lease), json.dumps(settings)],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = self._process.pid
        self.port = None

    def wait_until_up(self):
        line = self._process.stdout.readline()
        assert line, "the process ended at its start"
        self.port = int(line)
        until = time.monotonic() + 30
        while True:
            with contextlib.suppress(Unanswered):
                self.control("clock")
                return
            assert time.monotonic() < until
            time.sleep(0.02)

    def send(self, number):
        self._process.send_signal(number)

    def kill(self):
        """Kill the process with SIGKILL."""
        self._process.kill()
        self._process.wait()

    def stop(self):
        """Stop the process cleanly and return its exit status."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(30)

    def end(self):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def client(self, timeout=60.0):
        return Client(self.port, timeout)

    def call(self, method, *, timeout=60.0, **params):
        """Return the answer's ``result``, or its ``error``."""
        with self.client(timeout) as client:
            return client.call(method, **params)

    def control(self, path, values=None, *, verb=None, timeout=60.0):
        """Return status and JSON of the control API."""
        body = None if values is None else json.dumps(values)
        headers = {"Content-Type": "application/json"} if body else {}
        with self.client(timeout) as client:
            return client.ask(verb or ("POST" if body else "GET"), f"/_mtt/{path}", body, headers)


class Client:
    """One connection to a fake, opened again when it was closed."""

    def __init__(self, port, timeout):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._connection.close()

    def ask(self, verb, path, body=None, headers=None):
        """Return status and JSON. Raises ``Unanswered``."""
        try:
            self._connection.request(verb, path, body, headers or {})
            answer = self._connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise Unanswered(repr(error)) from None
        assert b"Traceback" not in text
        try:
            return answer.status, json.loads(text)
        except ValueError:
            raise Unanswered(f"{answer.status} {text[:200]!r}") from None

    def call(self, method, **params):
        """Return ``result``, or ``error``. Raises ``Unanswered``."""
        request = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": method,
            "params": {"customer_name": CUSTOMER} | params,
        }
        _, answer = self.ask("POST", "/index.php", json.dumps(request), {"Authorization": AUTH})
        return answer.get("result", answer.get("error"))


class Fakes:
    """Starts processes, and kills them all at the end."""

    def __init__(self):
        self._processes = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self._processes:
            process.end()

    def start(self, store, count=1, *, lease=1.0, **settings):
        """Start ``count`` processes at once; return them when all respond."""
        values = {"callback_allow": ["127.0.0.1"]} | settings
        started = [Process(store, lease, values) for _ in range(count)]
        self._processes += started
        for process in started:
            process.wait_until_up()
        return started
